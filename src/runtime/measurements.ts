import { removeUnfinished } from '../bundle/buildFolder';
import type { Failure } from '../protocol/failure';
import type {
  ApplyOutcome,
  InspectionEvent,
  InspectOutcome,
  InspectParams,
  RecipeApplication,
  UnitDetailOutcome,
  UnitDetailParams,
} from '../protocol/quantization';
import { measurementFailures as failures } from './failures';
import { type HostAnswer, type HostEvent, type HostOptions, type HostRequest, ModelHost } from './modelHost';
import { Turns } from './turns';

export interface MeasurementOptions extends HostOptions {
  cacheDir: string;
  threads: number;
}

type OnEvent = (event: InspectionEvent) => void;

/** How long the host of details waits for the next one: it has the model's ranges at hand. */
const detailIdleMs = 120_000;

/**
 * Measurements in forked hosts of their own, apart from the hosts that answer prompts. Long ones take turns, since two
 * would only share the processor, and end with their host; the details of single units wait for no inspection and share
 * a host for as long as a person keeps looking. Nothing here rejects.
 */
export class Measurements {
  private readonly long = new Turns();
  private readonly short = new Turns();
  private readonly hosts = new Set<ModelHost>();
  private detailHost: ModelHost | undefined;
  private detailIdle: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(private readonly options: MeasurementOptions) {}

  /** Measures a model; what was measured before a cancellation may come back as a partial report. */
  async inspect(
    params: Omit<InspectParams, 'progressToken'>,
    onEvent: OnEvent,
    signal: AbortSignal,
  ): Promise<InspectOutcome> {
    // What was measured before costs no one anything, and does not wait.
    const turns = params.onlyKnown ? this.short : this.long;
    const say = saying(onEvent);
    if (turns.busy) say('Waiting for another measurement');
    const answer = await turns.take(signal, () => {
      say('Starting the measurement');
      return this.run({ type: 'inspect', params, ...this.places }, inspectionEvents(onEvent), signal);
    });
    return answer?.type === 'report' ? { ok: true, report: answer.report } : failed(answer);
  }

  async detail(params: UnitDetailParams, signal: AbortSignal): Promise<UnitDetailOutcome> {
    const answer = await this.short.take(signal, () => this.runDetail(params, signal));
    return answer?.type === 'detail' ? { ok: true, detail: answer.detail } : failed(answer);
  }

  /** Writes the quantized model of a recipe; however it ends, its folder is whole or not there. */
  async apply(params: RecipeApplication, onEvent: OnEvent, signal: AbortSignal): Promise<ApplyOutcome> {
    const say = saying(onEvent);
    if (this.long.busy) say('Waiting for a measurement');
    const answer = await this.long.take(signal, () => {
      say('Starting the export');
      return this.run({ type: 'apply', params, ...this.places }, inspectionEvents(onEvent), signal);
    });
    if (answer?.type === 'applied') return { ok: true, result: answer.result };
    // A host that was ended in the middle could not tidy up.
    await removeUnfinished(params.outDir);
    return failed(answer);
  }

  /** Ends every measurement at once and for good. */
  dispose(): void {
    this.disposed = true;
    clearTimeout(this.detailIdle);
    this.detailHost?.end(failures.stopped);
    for (const host of this.hosts) host.end(failures.stopped);
  }

  private get places(): { cacheDir: string; threads: number } {
    const { cacheDir, threads } = this.options;
    return { cacheDir, threads };
  }

  private async runDetail(params: UnitDetailParams, signal: AbortSignal): Promise<HostAnswer> {
    if (this.disposed) return { type: 'failure', id: 0, failure: failures.stopped };
    clearTimeout(this.detailIdle);
    if (this.detailHost === undefined || this.detailHost.ended)
      this.detailHost = new ModelHost(this.options, failures);
    const host = this.detailHost;
    const answer = await host.request({ type: 'detail', params, ...this.places }, ignore, signal);
    this.detailIdle = setTimeout(() => host.end(failures.stopped), detailIdleMs).unref();
    return answer;
  }

  private async run(
    request: HostRequest,
    onEvent: (message: HostEvent) => void,
    signal: AbortSignal,
  ): Promise<HostAnswer> {
    if (this.disposed) return { type: 'failure', id: 0, failure: failures.stopped };
    const host = new ModelHost(this.options, failures);
    this.hosts.add(host);
    try {
      return await host.request(request, onEvent, signal);
    } finally {
      host.end(failures.stopped);
      this.hosts.delete(host);
      // The next one may need the memory of this one.
      await host.gone;
    }
  }
}

function saying(onEvent: OnEvent): (message: string) => void {
  return message => onEvent({ type: 'status', message, done: 0, total: 0 });
}

function inspectionEvents(onEvent: OnEvent): (message: HostEvent) => void {
  return message => {
    if (message.type === 'inspectionEvent') onEvent(message.event);
  };
}

/** No answer: the measurement was cancelled while it waited for its turn. */
function failed(answer: HostAnswer | undefined): { ok: false; failure: Failure } {
  if (answer === undefined) return { ok: false, failure: failures.cancelled };
  return { ok: false, failure: answer.type === 'failure' ? answer.failure : failures.notUnderstood };
}

function ignore(): void {}
