import type { ProfileEvent, ProfileOutcome, ProfileParams, TargetFactsOutcome } from '../protocol/profile';
import { profileFailures as failures } from './failures';
import { type HostAnswer, type HostEvent, type HostOptions, type HostRequest, ModelHost } from './modelHost';
import type { Turns } from './turns';

export interface ProfileHostOptions extends HostOptions {
  cacheDir: string;
  threads: number;
}

/** A stopped profile gives back what it measured, for which the run of a graph that goes on has to end. */
const cancelGraceMs = 30_000;

/**
 * Profiles, each in a forked host of its own: a process that did nothing before loads cold, and nothing else runs in it.
 * One at a time, since two would measure each other. Nothing here rejects.
 */
export class Profiles {
  private readonly hosts = new Set<ModelHost>();
  private disposed = false;

  /** @param turns shared with everything else that measures speed */
  constructor(
    private readonly options: ProfileHostOptions,
    private readonly turns: Turns,
  ) {}

  async profile(
    { choice, settings }: Omit<ProfileParams, 'progressToken'>,
    onEvent: (event: ProfileEvent) => void,
    signal: AbortSignal,
  ): Promise<ProfileOutcome> {
    const say = (message: string) => onEvent({ type: 'doing', message });
    if (this.turns.busy) say('Waiting for another measurement of speed');
    const answer = await this.turns.take(signal, () => {
      say('Starting the model host');
      const { cacheDir, threads } = this.options;
      const forward = (message: HostEvent) => {
        if (message.type === 'profileEvent') onEvent(message.event);
      };
      return this.run({ type: 'profile', choice, settings, cacheDir, threads }, forward, signal);
    });
    if (answer === undefined) return { ok: false, failure: failures.cancelled };
    if (answer.type === 'profiled') return { ok: true, record: answer.record };
    return { ok: false, failure: answer.type === 'failure' ? answer.failure : failures.notUnderstood };
  }

  /** Asked anew each time: a driver may have been installed, and sensors say something else every second. */
  async targetFacts(signal: AbortSignal): Promise<TargetFactsOutcome> {
    const answer = await this.run({ type: 'targetFacts' }, () => undefined, signal);
    if (answer.type === 'targetFacts')
      return { ok: true, targets: answer.targets, diagnostics: answer.diagnostics };
    return { ok: false, failure: answer.type === 'failure' ? answer.failure : failures.notUnderstood };
  }

  /** Ends what runs, and refuses everything later. */
  dispose(): void {
    this.disposed = true;
    for (const host of this.hosts) host.end(failures.stopped);
  }

  private async run(
    request: HostRequest,
    onEvent: (message: HostEvent) => void,
    signal: AbortSignal,
  ): Promise<HostAnswer> {
    if (this.disposed) return { type: 'failure', id: 0, failure: failures.stopped };
    const limits = { ...this.options.limits, cancelGraceMs };
    const host = new ModelHost({ ...this.options, limits }, failures);
    this.hosts.add(host);
    const answer = await host.request(request, onEvent, signal);
    host.end(failures.stopped);
    this.hosts.delete(host);
    // The next one may need the memory of this one, and must not be slowed down by its end.
    await host.gone;
    return answer;
  }
}
