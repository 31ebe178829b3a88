import { StudioError } from '../protocol/failure';
import type { PromptInput, Sampling } from '../protocol/prompt';

/** What a request asks for, and the model's own settings where it says nothing. */
export function withDefaults(asked: PromptInput['sampling'], defaults: Sampling): Sampling {
  return {
    maxTokens: asked?.maxTokens ?? defaults.maxTokens,
    temperature: asked?.temperature ?? defaults.temperature,
    topK: asked?.topK ?? defaults.topK,
    topP: asked?.topP ?? defaults.topP,
    seed: asked?.seed ?? defaults.seed,
  };
}

/** Random numbers in [0, 1) that are the same for the same seed everywhere (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Chooses the next token: the most likely one at temperature 0, else drawn after top-k and top-p as transformers'
 * logits warpers order them (temperature, top-k, top-p; top-p keeps the token that crosses the limit).
 * @param logits [vocabulary]
 * @throws {StudioError} `internal` when no logit is a finite number
 */
export function pickToken(
  logits: Float32Array,
  sampling: Pick<Sampling, 'temperature' | 'topK' | 'topP'>,
  random: () => number,
): number {
  const best = indexOfLargest(logits);
  if (sampling.temperature === 0 || sampling.topK === 1) return best;
  const candidates = largest(logits, sampling.topK);
  const top = logits[best] ?? 0;
  // Relative to the largest, so that no exponential overflows.
  const weights = candidates.map(token => Math.exp(((logits[token] ?? 0) - top) / sampling.temperature));
  const kept = nucleus(weights, sampling.topP);
  let left = random() * kept.total;
  for (let i = 0; i < kept.count; i++) {
    left -= weights[i] ?? 0;
    if (left < 0) return candidates[i] ?? best;
  }
  return candidates[kept.count - 1] ?? best;
}

/** The first index of the largest value, as argmax in PyTorch and numpy. */
function indexOfLargest(logits: Float32Array): number {
  let best = -1;
  let value = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] ?? Number.NaN;
    if (logit > value) {
      value = logit;
      best = i;
    }
  }
  if (best >= 0 && Number.isFinite(value)) return best;
  const message =
    'The model computed no usable numbers for this question: its weights may be damaged, fetch it again.';
  throw new StudioError('internal', message);
}

/** Indices of the `count` largest values, largest first, the earlier index first among equals. */
function largest(logits: Float32Array, count: number): number[] {
  let indices: number[] = [];
  if (count < logits.length) {
    const threshold =
      logits
        .filter(value => !Number.isNaN(value))
        .sort()
        .at(-count) ?? Number.NEGATIVE_INFINITY;
    for (let i = 0; i < logits.length; i++) if ((logits[i] ?? Number.NaN) >= threshold) indices.push(i);
  } else indices = [...logits.keys()].filter(i => !Number.isNaN(logits[i]));
  return indices.sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b).slice(0, count);
}

/** How many of the weights, which fall, make up the share `topP` of them all. */
function nucleus(weights: number[], topP: number): { count: number; total: number } {
  const limit = topP * weights.reduce((sum, weight) => sum + weight, 0);
  let total = 0;
  let count = 0;
  while (count < weights.length && (count === 0 || total < limit)) total += weights[count++] ?? 0;
  return { count, total };
}
