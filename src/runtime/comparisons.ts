import type { CompareEvent, CompareOutcome, CompareParams } from '../protocol/compare';
import { comparisonFailures as failures } from './failures';
import { type HostEvent, type HostOptions, ModelHost } from './modelHost';
import { Turns } from './turns';

export interface ComparisonOptions extends HostOptions {
  cacheDir: string;
  threads: number;
}

/**
 * Comparisons of two builds, each in a forked host of its own that ends with it: the hosts that answer prompts keep
 * what they remember. One at a time, since two would need the memory of both. Nothing here rejects.
 */
export class Comparisons {
  private readonly turns = new Turns();
  private host: ModelHost | undefined;
  private disposed = false;

  constructor(private readonly options: ComparisonOptions) {}

  async compare(
    { a, b, input }: Omit<CompareParams, 'progressToken'>,
    onEvent: (event: CompareEvent) => void,
    signal: AbortSignal,
  ): Promise<CompareOutcome> {
    const say = (message: string) => onEvent({ type: 'status', side: 'a', message });
    if (this.turns.busy) say('Waiting for another comparison');
    const outcome = await this.turns.take(signal, () => {
      say('Starting the model host');
      const { cacheDir, threads } = this.options;
      return this.run({ type: 'compare', a, b, input, cacheDir, threads }, onEvent, signal);
    });
    return outcome ?? { ok: false, failure: failures.cancelled };
  }

  /** Ends the comparison that runs, and refuses all later ones. */
  dispose(): void {
    this.disposed = true;
    this.host?.end(failures.stopped);
  }

  private async run(
    request: Parameters<ModelHost['request']>[0],
    onEvent: (event: CompareEvent) => void,
    signal: AbortSignal,
  ): Promise<CompareOutcome> {
    if (this.disposed) return { ok: false, failure: failures.stopped };
    const host = new ModelHost(this.options, failures);
    this.host = host;
    const forward = (message: HostEvent) => {
      if (message.type === 'compareEvent') onEvent(message.event);
    };
    const answer = await host.request(request, forward, signal);
    host.end(failures.stopped);
    // The next one may need the memory of this one.
    await host.gone;
    if (answer.type === 'compared') return { ok: true, result: answer.result };
    return { ok: false, failure: answer.type === 'failure' ? answer.failure : failures.notUnderstood };
  }
}
