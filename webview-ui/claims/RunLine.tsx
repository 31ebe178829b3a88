import type { ClaimsViewState } from '../../src/protocol/claimsView';
import { Button } from '../shared/Button';
import { Failed } from '../shared/icons';
import { visibleText } from '../shared/text';
import type { Post } from './claimsHost';

interface Props {
  state: Pick<ClaimsViewState, 'run' | 'progress' | 'report'>;
  post: Post;
}

/** How far a running comparison is, with its way out; or why it ended. Nothing while all is well. */
export function RunLine({ state: { run, progress, report }, post }: Props) {
  if (run.state === 'running') {
    const { doing, done, of } = progress;
    return (
      <div class="run-line">
        <progress aria-label="Comparison" {...(of === null ? {} : { value: done, max: of })} />
        <span class="run-words" dir="auto">
          {visibleText(doing)}
        </span>
        {of !== null && <span class="hint">{`${done} of ${of} values`}</span>}
        <Button
          title="Ends the run; what is measured so far is kept"
          onClick={() => post({ type: 'cancel' })}
        >
          Stop
        </Button>
      </div>
    );
  }
  const partial = report?.status === 'partial';
  if (run.state === 'failed')
    return (
      <div class="run-line failed" role="alert">
        <Failed />
        <span class="run-words whole" dir="auto">
          {visibleText(run.failure.message)}
          {partial && ' What was measured until then is below.'}
        </span>
        {run.failure.kind.startsWith('host-') && (
          <Button onClick={() => post({ type: 'restart' })}>Restart</Button>
        )}
        <Button kind="link" onClick={() => post({ type: 'showLog' })}>
          show log
        </Button>
      </div>
    );
  if (!partial && run.state !== 'cancelled') return null;
  return (
    <div class="run-line">
      <span class="run-words whole">
        {partial
          ? `Partial: ${visibleText(report.statusReason ?? 'not everything is measured.')}`
          : 'It was stopped before the first value.'}
      </span>
    </div>
  );
}
