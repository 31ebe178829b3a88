import type { HostFailures } from './failures';
import { type HostAnswer, type HostEvent, type HostOptions, type HostRequest, ModelHost } from './modelHost';

export interface SpeedHostOptions extends HostOptions {
  cacheDir: string;
  threads: number;
}

/** A stopped measurement gives back what it has, for which the run of a graph that goes on has to end. */
const cancelGraceMs = 30_000;

/**
 * The forked hosts of what measures speed, each for one request: a process that did nothing before loads cold, and
 * nothing else runs in it. Nothing here rejects.
 */
export class SpeedHosts {
  private readonly hosts = new Set<ModelHost>();
  private disposed = false;

  /** @param afterwards tidies up what a host of this process id may have left, when it is gone */
  constructor(
    private readonly options: SpeedHostOptions,
    private readonly failures: HostFailures,
    private readonly afterwards: (pid: number) => Promise<void> = async () => undefined,
  ) {}

  async run(
    request: HostRequest,
    onEvent: (message: HostEvent) => void,
    signal: AbortSignal,
  ): Promise<HostAnswer> {
    const { failures } = this;
    if (this.disposed) return { type: 'failure', id: 0, failure: failures.stopped };
    const limits = { ...this.options.limits, cancelGraceMs };
    const host = new ModelHost({ ...this.options, limits }, failures);
    const { pid } = host;
    this.hosts.add(host);
    const answer = await host.request(request, onEvent, signal);
    host.end(failures.stopped);
    this.hosts.delete(host);
    // The next one may need the memory of this one, and must not be slowed down by its end.
    await host.gone;
    if (pid !== null) await this.afterwards(pid);
    return answer;
  }

  /** Ends what runs, and refuses everything later. */
  dispose(): void {
    this.disposed = true;
    for (const host of this.hosts) host.end(this.failures.stopped);
  }
}
