import type { ClaimsViewState } from '../../src/protocol/claimsView';
import type { Post } from './claimsHost';
import { Form } from './Form';

interface Props {
  state: ClaimsViewState;
  runReason: string | null;
  post: Post;
}

/** What stands in place of the figures before the first run: what a run would do, and its form. */
export function Emptiness({ state, runReason, post }: Props) {
  if (state.run.state === 'running')
    return (
      <div class="empty">
        <h2>Counting both models</h2>
        <p>Figures appear as they are measured.</p>
      </div>
    );
  return (
    <div class="empty">
      <h2>Do the paper’s claims hold on this machine?</h2>
      <p>
        Two models of random weights run in turns on the processor: encoder by picture size, time to first
        token in parts, decode by context, cache and weight bytes, beside the published figures.
      </p>
      {!state.trusted && <p class="empty-reason">{runReason}</p>}
      <Form state={state} runReason={runReason} onRun={() => undefined} post={post} />
      <p class="hint">{state.keeping}</p>
    </div>
  );
}
