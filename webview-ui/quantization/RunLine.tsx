import { Button } from '../shared/Button';
import { Failed } from '../shared/icons';
import { nameForPeople } from '../shared/text';
import { asksFirst, asksForOriginal, type Measured } from './model/viewModel';
import type { Post } from './post';

/** How far a running measurement is, with its way out; or why it ended. Nothing while all is well. */
export function RunLine({ measured, post }: { measured: Measured; post: Post }) {
  const { run, progress, report } = measured;
  if (run.state === 'running') {
    const { message, done, total } = progress ?? { message: 'Starting…', done: 0, total: 0 };
    return (
      <div class="run-line">
        <progress aria-label="Measurement" {...(total > 0 ? { value: done, max: total } : {})} />
        <span class="run-words" dir="auto">
          {nameForPeople(message)}
        </span>
        <Button onClick={() => post({ type: 'cancel' })}>Cancel</Button>
      </div>
    );
  }
  if (asksFirst(measured) || asksForOriginal(measured)) return null;
  if (run.state === 'failed')
    return (
      <div class="run-line failed" role="alert">
        <Failed />
        <span class="run-words whole" dir="auto">
          {`${nameForPeople(measured.name)}: ${run.failure.message}`}
        </span>
        {run.failure.kind.startsWith('host-') && (
          <Button onClick={() => post({ type: 'restart' })}>Restart</Button>
        )}
        {run.failure.samples && (
          <Button onClick={() => post({ type: 'chooseCalibration' })}>Choose Samples…</Button>
        )}
        <Button kind="link" onClick={() => post({ type: 'showLog' })}>
          show log
        </Button>
      </div>
    );
  if (report?.partial === true || run.state === 'cancelled')
    return (
      <div class="run-line">
        <span class="run-words">
          Not everything is measured: the measurement was cancelled or failed on the way.
        </span>
      </div>
    );
  return null;
}
