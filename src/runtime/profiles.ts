import { Rescue } from '../profiling/rescue';
import type { ProfileEvent, ProfileOutcome, ProfileParams, TargetFactsOutcome } from '../protocol/profile';
import { profileFailures as failures } from './failures';
import type { HostEvent } from './modelHost';
import { type SpeedHostOptions, SpeedHosts } from './speedHosts';
import type { Turns } from './turns';

/**
 * Profiles, each in a forked host of its own: a process that did nothing before loads cold, and nothing else runs in it.
 * One at a time, since two would measure each other. Of a host that dies, the record of what it told is the answer.
 * Nothing here rejects.
 */
export class Profiles {
  private readonly hosts: SpeedHosts;

  /** @param turns shared with everything else that measures speed */
  constructor(
    private readonly options: SpeedHostOptions,
    private readonly turns: Turns,
  ) {
    this.hosts = new SpeedHosts(options, failures);
  }

  async profile(
    { choice, settings }: Omit<ProfileParams, 'progressToken'>,
    onEvent: (event: ProfileEvent) => void,
    signal: AbortSignal,
  ): Promise<ProfileOutcome> {
    const say = (message: string) => onEvent({ type: 'doing', message });
    const rescue = new Rescue();
    if (this.turns.busy) say('Waiting for another measurement of speed');
    const answer = await this.turns.take(signal, () => {
      say('Starting the model host');
      const { cacheDir, threads } = this.options;
      const forward = (message: HostEvent) => {
        if (message.type !== 'profileEvent') return;
        rescue.take(message.event);
        onEvent(message.event);
      };
      return this.hosts.run({ type: 'profile', choice, settings, cacheDir, threads }, forward, signal);
    });
    if (answer === undefined) return { ok: false, failure: failures.cancelled };
    if (answer.type === 'profiled') return { ok: true, record: answer.record };
    const failure = answer.type === 'failure' ? answer.failure : failures.notUnderstood;
    const record = rescue.record(failure);
    return record ? { ok: true, record } : { ok: false, failure };
  }

  /** Asked anew each time: a driver may have been installed, and sensors say something else every second. */
  async targetFacts(signal: AbortSignal): Promise<TargetFactsOutcome> {
    const answer = await this.hosts.run({ type: 'targetFacts' }, () => undefined, signal);
    if (answer.type === 'targetFacts')
      return { ok: true, targets: answer.targets, diagnostics: answer.diagnostics };
    return { ok: false, failure: answer.type === 'failure' ? answer.failure : failures.notUnderstood };
  }

  /** Ends what runs, and refuses everything later. */
  dispose(): void {
    this.hosts.dispose();
  }
}
