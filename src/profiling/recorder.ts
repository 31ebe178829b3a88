import type { MeasuredAnswer, MeasuredModel, Sensors } from '../engine/measuredModel';
import type { ProfileEvent } from '../protocol/profile';
import type { PromptEvent, Stage } from '../protocol/prompt';
import type {
  OperatorPass,
  RunLoad,
  RunParts,
  RunPhase,
  RunRecord,
  RunRepetition,
  RunSample,
} from '../protocol/runRecord';

/** Reading the sensors takes a moment from the prompt that runs, so they are read seldom. */
const sampleEveryMs = 250;
const tellTokensEveryMs = 100;

const partOf: Partial<Record<Stage, 'decodeImageMs' | 'resizeMs' | 'encodeMs' | 'projectMs' | 'prefillMs'>> =
  {
    decodeImage: 'decodeImageMs',
    resize: 'resizeMs',
    encode: 'encodeMs',
    project: 'projectMs',
    prefill: 'prefillMs',
  };

const noParts: RunParts = {
  ttftMs: null,
  decodeImageMs: null,
  resizeMs: null,
  encodeMs: null,
  projectMs: null,
  prefillMs: null,
  overheadMs: null,
};

/** Collects what a run measures, and tells it while it comes. */
export class Recorder {
  readonly loads: RunLoad[] = [];
  readonly repetitions: RunRepetition[] = [];
  readonly samples: RunSample[] = [];
  readonly unmeasured: RunRecord['unmeasured'] = [];
  private readonly startedAt = performance.now();
  private sampledAtMs = Number.NEGATIVE_INFINITY;
  private model: MeasuredModel | undefined;
  private running: RunRepetition | undefined;
  /** Tokens of the running prompt that were told, and when last. */
  private told = { tokens: 0, atMs: 0 };

  constructor(
    private readonly sensors: Sensors,
    private readonly onEvent: (event: ProfileEvent) => void,
  ) {}

  /** Whether any prompt came so far that a part of it was measured. */
  get hasFigures(): boolean {
    return this.repetitions.some(({ parts }) => Object.values(parts).some(part => part !== null));
  }

  doing(message: string): void {
    this.onEvent({ type: 'doing', message });
  }

  load(load: Omit<RunLoad, 'rssBytes'>, model: MeasuredModel): void {
    this.model = model;
    const whole = { ...load, ms: rounded(load.ms), rssBytes: this.sensors.read().rssBytes };
    this.loads.push(whole);
    this.onEvent({ type: 'load', load: whole });
  }

  begun(record: RunRecord): void {
    this.onEvent({ type: 'begun', record });
  }

  /** Notes what is left out, and why. */
  notice(what: string, reason: string): void {
    this.unmeasured.push({ what, reason });
    this.onEvent({ type: 'notice', what, reason });
  }

  begin(phase: RunPhase, context: number | null, place: { index: number; of: number | null }): void {
    this.onEvent({ type: 'prompt', phase, context, ...place });
    this.sampleWhenDue();
    const tokens = { image: null, text: null, generated: 0 };
    const parts = { ...noParts };
    this.told = { tokens: 0, atMs: 0 };
    const startedAtMs = this.nowMs();
    this.running = { phase, context, startedAtMs, tokens, parts, tokenAtMs: [], partial: true };
  }

  /** Takes an event of the running prompt. Called between tokens, so it has to be quick. */
  onPromptEvent(event: PromptEvent): void {
    const { running } = this;
    if (running === undefined) return;
    if (event.type === 'stage') {
      const part = partOf[event.stage];
      if (part === undefined) return;
      running.parts[part] = rounded(event.ms);
      this.onEvent({ type: 'stage', part, ms: rounded(event.ms) });
      this.sampleWhenDue();
    } else if (event.type === 'token') {
      running.tokenAtMs.push(rounded(event.atMs));
      if (event.index === 0) running.parts.ttftMs = rounded(event.atMs);
      if (event.atMs - this.told.atMs >= tellTokensEveryMs) this.tellTokens(running);
      this.sampleWhenDue();
    }
  }

  /** Ends the running prompt. @param answer undefined when it was stopped or failed half way */
  end(answer: MeasuredAnswer | undefined): void {
    const { running } = this;
    if (running === undefined) return;
    this.running = undefined;
    running.tokens.generated = running.tokenAtMs.length;
    if (answer !== undefined) {
      const { image, text } = answer.tokens;
      running.tokens = { ...running.tokens, image, text };
      running.parts.overheadMs = rounded(answer.timings.overheadMs);
      running.partial = false;
    }
    this.tellTokens(running);
    this.repetitions.push(running);
    this.onEvent({ type: 'repetition', repetition: running });
  }

  operators(pass: OperatorPass): void {
    this.onEvent({ type: 'operators', pass });
  }

  private tellTokens(running: RunRepetition): void {
    const fresh = running.tokenAtMs.slice(this.told.tokens);
    if (fresh.length === 0) return;
    const { phase, context, startedAtMs, tokenAtMs } = running;
    const atMs = fresh.map(at => rounded(startedAtMs + at));
    this.onEvent({ type: 'tokens', phase, context, from: this.told.tokens, atMs });
    this.told = { tokens: tokenAtMs.length, atMs: fresh.at(-1) ?? 0 };
  }

  private sampleWhenDue(): void {
    const atMs = this.nowMs();
    if (atMs - this.sampledAtMs < sampleEveryMs) return;
    this.sampledAtMs = atMs;
    const { temperaturesC, ...reading } = this.sensors.read();
    const sample = {
      atMs,
      ...reading,
      cacheBytes: this.model?.cacheBytes ?? null,
      temperaturesC: temperaturesC && { ...temperaturesC },
    };
    this.samples.push(sample);
    this.onEvent({ type: 'sample', sample });
  }

  private nowMs(): number {
    return rounded(performance.now() - this.startedAt);
  }
}

/** To the microsecond: what is below is noise, and would double the size of a record. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
