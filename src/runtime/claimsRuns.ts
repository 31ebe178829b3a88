import { rm } from 'node:fs/promises';
import { workFolder } from '../profiling/claims/workFolder';
import type {
  ClaimsCostOutcome,
  ClaimsCostParams,
  ClaimsEvent,
  ClaimsOutcome,
  MeasureClaimsParams,
} from '../protocol/claimsRun';
import { claimsFailures as failures } from './failures';
import { type HostAnswer, type HostEvent, type HostRequest, ModelHost } from './modelHost';
import type { ProfileHostOptions } from './profiles';
import type { Turns } from './turns';

/** A stopped comparison gives back what it measured, for which the run of a graph that goes on has to end. */
const cancelGraceMs = 30_000;
/** Both models are loaded at once, and the limit is one model's. */
const modelsAtOnce = 2;

/**
 * Comparisons with the paper, each in a forked host of its own, one at a time and never beside a profile: they would
 * measure each other. Nothing here rejects.
 */
export class ClaimsRuns {
  private readonly hosts = new Set<ModelHost>();
  private disposed = false;

  /** @param turns shared with everything else that measures speed */
  constructor(
    private readonly options: ProfileHostOptions,
    private readonly turns: Turns,
  ) {}

  async measure(
    { models, settings }: Omit<MeasureClaimsParams, 'progressToken'>,
    onEvent: (event: ClaimsEvent) => void,
    signal: AbortSignal,
  ): Promise<ClaimsOutcome> {
    const say = (message: string) => onEvent({ type: 'doing', message });
    if (this.turns.busy) say('Waiting for another measurement of speed');
    const answer = await this.turns.take(signal, () => {
      say('Starting the model host');
      const { cacheDir, threads } = this.options;
      const forward = (message: HostEvent) => {
        if (message.type === 'claimsEvent') onEvent(message.event);
      };
      return this.run({ type: 'claims', models, settings, cacheDir, threads }, forward, signal);
    });
    if (answer === undefined) return { ok: false, failure: failures.cancelled };
    if (answer.type === 'claimsMeasured') return { ok: true, report: answer.report };
    return { ok: false, failure: answer.type === 'failure' ? answer.failure : failures.notUnderstood };
  }

  /** Waits for nobody: nothing is measured for it. */
  async cost({ models, settings }: ClaimsCostParams, signal: AbortSignal): Promise<ClaimsCostOutcome> {
    const { cacheDir, threads } = this.options;
    const request = { type: 'claimsCost', models, settings, cacheDir, threads } as const;
    const answer = await this.run(request, () => undefined, signal);
    if (answer.type === 'claimsCost') {
      if ('failure' in answer.found) return { ok: false, ...answer.found };
      return { ok: true, cost: { ...answer.found.cost, memoryLimitBytes: this.limitMiB * 2 ** 20 } };
    }
    return { ok: false, failure: answer.type === 'failure' ? answer.failure : failures.notUnderstood };
  }

  /** Ends what runs, and refuses everything later. */
  dispose(): void {
    this.disposed = true;
    for (const host of this.hosts) host.end(failures.stopped);
  }

  private get limitMiB(): number {
    return this.options.limits.memoryLimitMiB * modelsAtOnce;
  }

  private async run(
    request: HostRequest,
    onEvent: (message: HostEvent) => void,
    signal: AbortSignal,
  ): Promise<HostAnswer> {
    if (this.disposed) return { type: 'failure', id: 0, failure: failures.stopped };
    const limits = { ...this.options.limits, cancelGraceMs, memoryLimitMiB: this.limitMiB };
    const host = new ModelHost({ ...this.options, limits }, failures);
    const { pid } = host;
    this.hosts.add(host);
    const answer = await host.request(request, onEvent, signal);
    host.end(failures.stopped);
    this.hosts.delete(host);
    await host.gone;
    // A host that was killed could not remove its graphs, which are gigabytes.
    if (pid !== null)
      await rm(workFolder(this.options.cacheDir, pid), { recursive: true, force: true }).catch(
        () => undefined,
      );
    return answer;
  }
}
