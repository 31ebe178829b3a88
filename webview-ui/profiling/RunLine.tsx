import type { BaselineVerdict, ProfilingViewState } from '../../src/protocol/profilingView';
import { Button } from '../shared/Button';
import { Failed, Info } from '../shared/icons';
import { nameForPeople, sentenceForPeople } from '../shared/text';
import type { LiveRun } from './model/live';
import type { Post } from './post';

type State = Pick<ProfilingViewState, 'run' | 'runs' | 'runtime' | 'verdict'>;

interface Props {
  state: State;
  live: LiveRun | null;
  post: Post;
}

/** How far a running profile is, with its way out; or why it ended; else how the run stands against its baseline. */
export function RunLine({ state, live, post }: Props) {
  const { run, runs, verdict } = state;
  if (run.state === 'running') {
    const { doing, prompts } = live ?? { doing: 'Starting…', prompts: { done: 0, of: null } };
    return (
      <div class="run-line">
        <progress
          aria-label="Profile"
          {...(prompts.of === null ? {} : { value: prompts.done, max: prompts.of })}
        />
        <span class="run-words" dir="auto">
          {nameForPeople(doing)}
        </span>
        <Button onClick={() => post({ type: 'cancel' })}>Cancel</Button>
      </div>
    );
  }
  if (run.state === 'failed')
    return (
      <div class="run-line failed" role="alert">
        <Failed />
        <span class="run-words whole" dir="auto">
          {sentenceForPeople(run.failure.message)}
        </span>
        {run.failure.kind.startsWith('host-') && (
          <Button onClick={() => post({ type: 'restart' })}>Restart</Button>
        )}
        <Button kind="link" onClick={() => post({ type: 'showLog' })}>
          show log
        </Button>
      </div>
    );
  const [first] = runs;
  if (first && first.record.status !== 'complete')
    return (
      <div class="run-line">
        <span class="run-words whole">
          {`Not everything is measured: ${sentenceForPeople(first.record.statusReason ?? 'the run did not come to its end')}`}
        </span>
      </div>
    );
  return verdict && <VerdictLine verdict={verdict} runs={runs} post={post} />;
}

function VerdictLine({
  verdict,
  runs,
  post,
}: { verdict: BaselineVerdict } & Pick<State, 'runs'> & Pick<Props, 'post'>) {
  const { id, name, regressed, sentence } = verdict;
  return (
    <div class={regressed ? 'run-line failed' : 'run-line'}>
      {regressed ? <Failed /> : <Info />}
      <span class="run-words whole" dir="auto">
        {`Against the baseline ${nameForPeople(name)}: ${sentenceForPeople(sentence)}`}
      </span>
      {runs.every(({ record }) => record.id !== id) && (
        <Button kind="link" onClick={() => post({ type: 'overlay', id })}>
          show both
        </Button>
      )}
    </div>
  );
}
