import type { PromptEvent, Stage, Timings } from '../protocol/prompt';

/** Measures one prompt from the moment it was accepted: the wall time of each stage and of each token. */
export class Stopwatch {
  private readonly acceptedAt = performance.now();
  private readonly stages = new Map<Stage, number>();
  private firstTokenMs = 0;
  private lastTokenMs = 0;
  private tokens = 0;

  constructor(private readonly onEvent: (event: PromptEvent) => void) {}

  /** Runs a stage, measures it and reports it. */
  async stage<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    const ms = performance.now() - started;
    this.stages.set(stage, ms);
    this.onEvent({ type: 'stage', stage, ms });
    return result;
  }

  /** Notes a token. @returns milliseconds since the prompt was accepted */
  token(): number {
    this.lastTokenMs = performance.now() - this.acceptedAt;
    if (this.tokens === 0) this.firstTokenMs = this.lastTokenMs;
    this.tokens++;
    return this.lastTokenMs;
  }

  /** Reports the last stage, from the first token to the last, and sums up. */
  finish(): Timings {
    const decodeMs = this.lastTokenMs - this.firstTokenMs;
    this.onEvent({ type: 'stage', stage: 'decode', ms: decodeMs });
    const parts = [...this.stages.values()].reduce((sum, ms) => sum + ms, 0);
    const of = (stage: Stage) => this.stages.get(stage) ?? null;
    return {
      decodeImageMs: of('decodeImage'),
      resizeMs: of('resize'),
      encodeMs: of('encode'),
      projectMs: of('project'),
      prefillMs: of('prefill') ?? 0,
      // The stages do not overlap, so only rounding could make this negative.
      overheadMs: Math.max(0, this.firstTokenMs - parts),
      ttftMs: this.firstTokenMs,
      decodeMs,
      decodeTokensPerSecond: decodeMs > 0 ? ((this.tokens - 1) / decodeMs) * 1000 : null,
    };
  }
}
