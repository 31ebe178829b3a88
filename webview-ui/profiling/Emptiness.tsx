import type { ProfilingSubject } from '../../src/protocol/profilingView';
import { nameForPeople } from '../shared/text';
import type { Post } from './post';
import { SettingsForm } from './SettingsForm';

interface Props {
  subject: ProfilingSubject | null;
  running: boolean;
  runReason: string | null;
  keeping: string;
  post: Post;
}

/** What stands in place of the figures before the first run: what a run would do, and its form. */
export function Emptiness({ subject, running, runReason, keeping, post }: Props) {
  if (running)
    return (
      <div class="empty">
        <h2>Loading the model</h2>
        <p>Charts draw as soon as the first tokens are written.</p>
      </div>
    );
  if (!subject)
    return (
      <div class="empty">
        <h2>No run to show</h2>
        <p>The file of this run is gone. Open another one from the list of runs in the side bar.</p>
      </div>
    );
  return (
    <div class="empty">
      <h2>{`How fast is ${nameForPeople(subject.name)} here?`}</h2>
      <p>
        The real prompt path runs on the chosen target: time to the first token in parts, every token’s time,
        memory, temperature where it can be read, and what each operator costs.
      </p>
      {runReason !== null && <p class="empty-reason">{runReason}</p>}
      <SettingsForm subject={subject} disabledReason={runReason} onRun={() => undefined} post={post} />
      <p class="hint">{keeping}</p>
    </div>
  );
}
