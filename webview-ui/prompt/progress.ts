import type { PromptEvent, PromptResult, Stage } from '../../src/protocol/prompt';
import { stages } from '../../src/protocol/prompt';

/** What the events of one answer have told so far; a fold over them, so that no event is looked at twice. */
export interface Progress {
  /** Why the answer has not begun yet (a model is being loaded or built); null once it has. */
  loading: string | null;
  image: Extract<PromptEvent, { type: 'image' }> | null;
  /** Measured stages; one that did not run, or not yet, is absent. */
  stageMs: ReadonlyMap<Stage, number>;
  /** Milliseconds since the request was accepted. */
  firstTokenAtMs: number | null;
  lastTokenAtMs: number | null;
  tokens: number;
}

export const noProgress: Progress = {
  loading: null,
  image: null,
  stageMs: new Map(),
  firstTokenAtMs: null,
  lastTokenAtMs: null,
  tokens: 0,
};

/** The progress after one more event. */
export function advance(progress: Progress, event: PromptEvent): Progress {
  switch (event.type) {
    case 'loading':
      return { ...progress, loading: event.message };
    case 'image':
      return { ...progress, loading: null, image: event };
    case 'stage':
      return {
        ...progress,
        loading: null,
        stageMs: new Map(progress.stageMs).set(event.stage, event.ms),
      };
    case 'token':
      return {
        ...progress,
        loading: null,
        firstTokenAtMs: progress.firstTokenAtMs ?? event.atMs,
        lastTokenAtMs: event.atMs,
        tokens: event.index + 1,
      };
  }
}

export interface StageShare {
  stage: Stage;
  ms: number;
}

/**
 * The stages of an answer in the order they run, with their wall time in milliseconds; those that did not run are
 * left out. A finished answer's figures come from its result. While tokens stream, decode is first to latest token.
 */
export function stageShares(progress: Progress, result: PromptResult | undefined): StageShare[] {
  const measured = result ? fromResult(result) : fromProgress(progress);
  return stages.flatMap(stage => {
    const ms = measured.get(stage);
    return ms === undefined || ms === null ? [] : [{ stage, ms }];
  });
}

function fromResult({ timings, tokens }: PromptResult): Map<Stage, number | null> {
  return new Map<Stage, number | null>([
    ['decodeImage', timings.decodeImageMs],
    ['resize', timings.resizeMs],
    ['encode', timings.encodeMs],
    ['project', timings.projectMs],
    ['prefill', timings.prefillMs],
    ['decode', tokens.generated > 1 ? timings.decodeMs : null],
  ]);
}

function fromProgress(progress: Progress): Map<Stage, number> {
  const measured = new Map(progress.stageMs);
  const { firstTokenAtMs, lastTokenAtMs } = progress;
  if (!measured.has('decode') && progress.tokens > 1 && firstTokenAtMs !== null && lastTokenAtMs !== null)
    measured.set('decode', lastTokenAtMs - firstTokenAtMs);
  return measured;
}

/** Sum of the shown stages in milliseconds, the length of a stage bar. */
export function totalMs(shares: readonly StageShare[]): number {
  return shares.reduce((sum, share) => sum + share.ms, 0);
}
