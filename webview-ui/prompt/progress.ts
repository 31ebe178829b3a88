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

/** A part of an answer's time: a stage, or what the host spent between the stages before the first token. */
export type Part = Stage | 'overhead';

/** In the order of the stage bar: all that stands before `decode` adds up to the time to the first token. */
export const parts: readonly Part[] = stages.flatMap((stage): Part[] =>
  stage === 'decode' ? ['overhead', 'decode'] : [stage],
);

export interface Share {
  part: Part;
  ms: number;
}

/**
 * The parts of an answer's wall time in milliseconds; stages that did not run are left out. A finished answer's
 * figures come from its result. While tokens stream, decode is first to latest token.
 */
export function timeShares(progress: Progress, result: PromptResult | undefined): Share[] {
  const measured = result ? fromResult(result) : fromProgress(progress);
  return parts.flatMap(part => {
    const ms = measured.get(part);
    return ms === undefined || ms === null ? [] : [{ part, ms }];
  });
}

function fromResult({ timings, tokens }: PromptResult): Map<Part, number | null> {
  return new Map<Part, number | null>([
    ['decodeImage', timings.decodeImageMs],
    ['resize', timings.resizeMs],
    ['encode', timings.encodeMs],
    ['project', timings.projectMs],
    ['prefill', timings.prefillMs],
    ['overhead', timings.overheadMs],
    ['decode', tokens.generated > 1 ? timings.decodeMs : null],
  ]);
}

function fromProgress({ stageMs, firstTokenAtMs, lastTokenAtMs, tokens }: Progress): Map<Part, number> {
  const measured = new Map<Part, number>(stageMs);
  if (firstTokenAtMs === null || lastTokenAtMs === null) return measured;
  const beforeFirst = [...stageMs].reduce((sum, [stage, ms]) => (stage === 'decode' ? sum : sum + ms), 0);
  measured.set('overhead', Math.max(0, firstTokenAtMs - beforeFirst));
  if (!measured.has('decode') && tokens > 1) measured.set('decode', lastTokenAtMs - firstTokenAtMs);
  return measured;
}

/** Sum of the shares in milliseconds, the length of a stage bar. */
export function totalMs(shares: readonly Share[]): number {
  return shares.reduce((sum, share) => sum + share.ms, 0);
}
