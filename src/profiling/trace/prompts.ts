import type { RunPhase, RunRepetition } from '../../protocol/runRecord';
import { counter, groupNames, span, type TraceEvent, type Track, trackName } from './events';

const pid = 1;

const phaseNames: Readonly<Record<RunPhase, string>> = {
  cold: 'first prompt after loading',
  'warm-up': 'warm-up prompt',
  measured: 'prompt',
  sustained: 'sustained prompt',
};

/** In the order in which they run. */
const parts = [
  ['decodeImageMs', 'decode picture'],
  ['resizeMs', 'resize'],
  ['encodeMs', 'encode'],
  ['projectMs', 'project'],
  ['prefillMs', 'prefill'],
  ['overheadMs', 'overhead'],
] as const;

/** Below a microsecond there is no gap that was measured. */
const shortestGapMs = 0.001;

/** Every prompt with its parts and tokens, and the speed from token to token as a counter. */
export function* promptEvents(repetitions: readonly RunRepetition[]): Generator<TraceEvent> {
  const timed = repetitions.filter(repetition => lengthMs(repetition) > 0);
  if (timed.length === 0) return;
  yield* groupNames(pid, 'Prompts');
  const ends: number[] = [];
  for (const repetition of timed) {
    const tid = laneOf(ends, repetition);
    if (ends[tid - 1] === undefined) yield trackName({ pid, tid }, tid === 1 ? 'prompts' : `prompts ${tid}`);
    ends[tid - 1] = repetition.startedAtMs + lengthMs(repetition);
    yield* promptOf(repetition, { pid, tid });
  }
}

/** The first track that is free by then. Prompts of our own never overlap; those of others might. */
function laneOf(ends: readonly number[], { startedAtMs }: RunRepetition): number {
  const free = ends.findIndex(end => end <= startedAtMs);
  return free < 0 ? ends.length + 1 : free + 1;
}

/** From the accepted request to the last token that is known. */
function lengthMs({ tokenAtMs, parts: { ttftMs } }: RunRepetition): number {
  return tokenAtMs.reduce((latest, at) => Math.max(latest, at), ttftMs ?? 0);
}

function* promptOf(repetition: RunRepetition, track: Track): Generator<TraceEvent> {
  const { startedAtMs: start, phase, context, tokens, partial, tokenAtMs } = repetition;
  const name = context === null ? phaseNames[phase] : `${phaseNames[phase]}, context ${context}`;
  const end = start + lengthMs(repetition);
  yield span(track, name, start, end, {
    phase,
    context,
    partial,
    'image tokens': tokens.image,
    'text tokens': tokens.text,
    'generated tokens': tokens.generated,
  });
  // The parts end where decoding begins, even if the time to first token was taken a moment later.
  const firstToken = start + (tokenAtMs[0] ?? repetition.parts.ttftMs ?? 0);
  yield span(track, 'time to first token', start, firstToken);
  yield* partsOf(repetition, track, start, firstToken);
  if (tokenAtMs.length > 1) yield* tokensOf(tokenAtMs, track, start, end);
}

/** The record has how long each part took, not when: they are drawn one behind the other. */
function* partsOf(
  repetition: RunRepetition,
  track: Track,
  start: number,
  end: number,
): Generator<TraceEvent> {
  let from = start;
  for (const [part, name] of parts) {
    const ms = repetition.parts[part];
    if (ms === null) continue;
    const to = Math.min(from + ms, end);
    yield span(track, name, from, to, { ms });
    from = to;
  }
}

function* tokensOf(
  tokenAtMs: readonly number[],
  track: Track,
  start: number,
  end: number,
): Generator<TraceEvent> {
  const [first = 0] = tokenAtMs;
  yield span(track, 'decode', start + first, end, { tokens: tokenAtMs.length - 1 });
  let before = first;
  for (const [place, at] of tokenAtMs.entries()) {
    // A record is data: a time that goes back would make spans cross.
    if (place === 0 || at < before) continue;
    yield span(track, `token ${place + 1}`, start + before, start + at);
    // A counter keeps its value until the next one: the speed of a gap stands where the gap begins.
    if (at - before >= shortestGapMs)
      yield counter(pid, 'decode speed', start + before, 'tok/s', 1000 / (at - before));
    before = at;
  }
  yield counter(pid, 'decode speed', end, 'tok/s', 0);
}
