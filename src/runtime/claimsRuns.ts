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
import type { HostEvent } from './modelHost';
import { type SpeedHostOptions, SpeedHosts } from './speedHosts';
import type { Turns } from './turns';

/** Both models are loaded at once, and the limit is one model's. */
const modelsAtOnce = 2;

/**
 * Comparisons with the paper, each in a forked host of its own, one at a time and never beside a profile: they would
 * measure each other. Nothing here rejects.
 */
export class ClaimsRuns {
  private readonly hosts: SpeedHosts;
  private readonly memoryLimitMiB: number;

  /** @param turns shared with everything else that measures speed */
  constructor(
    private readonly options: SpeedHostOptions,
    private readonly turns: Turns,
  ) {
    const { limits, cacheDir } = options;
    this.memoryLimitMiB = limits.memoryLimitMiB * modelsAtOnce;
    const doubled = { ...options, limits: { ...limits, memoryLimitMiB: this.memoryLimitMiB } };
    // A host that was killed could not remove its graphs, which are gigabytes.
    this.hosts = new SpeedHosts(doubled, failures, pid =>
      rm(workFolder(cacheDir, pid), { recursive: true, force: true }).catch(() => undefined),
    );
  }

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
      return this.hosts.run({ type: 'claims', models, settings, cacheDir, threads }, forward, signal);
    });
    if (answer === undefined) return { ok: false, failure: failures.cancelled };
    if (answer.type === 'claimsMeasured') return { ok: true, report: answer.report };
    return { ok: false, failure: answer.type === 'failure' ? answer.failure : failures.notUnderstood };
  }

  /** Waits for nobody: nothing is measured for it. */
  async cost({ models, settings }: ClaimsCostParams, signal: AbortSignal): Promise<ClaimsCostOutcome> {
    const { cacheDir, threads } = this.options;
    const request = { type: 'claimsCost', models, settings, cacheDir, threads } as const;
    const answer = await this.hosts.run(request, () => undefined, signal);
    if (answer.type === 'claimsCost') {
      if ('failure' in answer.found) return { ok: false, ...answer.found };
      return { ok: true, cost: { ...answer.found.cost, memoryLimitBytes: this.memoryLimitMiB * 2 ** 20 } };
    }
    return { ok: false, failure: answer.type === 'failure' ? answer.failure : failures.notUnderstood };
  }

  /** Ends what runs, and refuses everything later. */
  dispose(): void {
    this.hosts.dispose();
  }
}
