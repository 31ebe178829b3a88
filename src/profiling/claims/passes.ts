import type { ModelConfig } from '../../architecture/modelConfig';
import { DecoderCache } from '../../engine/decoderCache';
import type { ModelGraphs } from '../../engine/modelGraphs';
import type { DecodeRow, Measured, PictureRow } from '../../protocol/claims';
import { StudioError } from '../../protocol/failure';
import { quantile } from '../quantiles';
import type { RandomModel } from './contender';

/** A model that is open for one picture size. */
export interface Opened {
  readonly model: RandomModel;
  readonly config: ModelConfig;
  readonly graphs: ModelGraphs;
}

export interface Pass {
  readonly repeats: number;
  readonly textTokens: number;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
  /** Called after each single value, warm-ups too. */
  readonly onStep: () => void;
}

/** Rows read in one run, as the engine reads a prompt. */
const chunkTokens = 256;
/** Tokens written for one value of the throughput. */
export const decodeTokens = 8;

interface Parts {
  readonly encodeMs: number;
  readonly projectMs: number;
  readonly prefillMs: number;
}

/**
 * One picture size in both models, in turns: a warm-up each, then the repetitions.
 * @param onRow hears the row after every repetition of both
 */
export async function measurePictures(
  pair: readonly [Opened, Opened],
  imageSize: number,
  pass: Pass,
  onRow: (row: PictureRow) => void,
): Promise<void> {
  const times = new Map<Opened, Parts[]>(pair.map(each => [each, []]));
  const macs = new Map(pair.map(each => [each, each.model.encoderMacs(imageSize)]));
  const row = (each: Opened): PictureRow['models'][0] => {
    const parts = times.get(each) ?? [];
    return {
      imageTokens: each.config.imageTokens,
      encoderMacs: macs.get(each) ?? null,
      encodeMs: distribution(parts.map(({ encodeMs }) => encodeMs)),
      projectMs: distribution(parts.map(({ projectMs }) => projectMs)),
      prefillMs: distribution(parts.map(({ prefillMs }) => prefillMs)),
      firstTokenMs: distribution(parts.map(part => part.encodeMs + part.projectMs + part.prefillMs)),
    };
  };
  await inTurns(
    pair,
    pass,
    async (each, label, counts) => {
      pass.onProgress(`${each.model.name} at ${imageSize} px, ${label}`);
      const parts = await firstToken(each, pass);
      if (counts) times.get(each)?.push(parts);
    },
    () => onRow({ imageSize, models: [row(pair[0]), row(pair[1])] }),
  );
}

/**
 * Decode throughput behind a context of a given length, in turns.
 * @param onRow hears the row after every repetition of both; once where neither model reads that much
 */
export async function measureDecode(
  pair: readonly [Opened, Opened],
  context: number,
  pass: Pass,
  onRow: (row: DecodeRow) => void,
): Promise<void> {
  const rates = new Map<Opened, number[]>(pair.map(each => [each, []]));
  const fitting = pair.filter(each => context <= each.config.text.contextLength);
  const figure = (each: Opened): Measured =>
    fitting.includes(each)
      ? distribution(rates.get(each) ?? [])
      : { measured: false, reason: `reads at most ${each.config.text.contextLength} tokens` };
  await inTurns(
    fitting,
    pass,
    async (each, label, counts) => {
      pass.onProgress(`${each.model.name} behind ${context} tokens, ${label}`);
      const rate = await decodeRate(each, context, pass.signal);
      if (counts) rates.get(each)?.push(rate);
    },
    () => onRow({ context, models: [figure(pair[0]), figure(pair[1])] }),
  );
}

/** Warm-ups first, then one value of each model after the other, so that both meet the same moods of the machine. */
async function inTurns(
  opened: readonly Opened[],
  { repeats, signal, onStep }: Pass,
  measure: (each: Opened, label: string, counts: boolean) => Promise<void>,
  onRound: () => void,
): Promise<void> {
  for (let round = 0; round <= repeats; round++) {
    for (const each of opened) {
      throwIfStopped(signal);
      await measure(each, round === 0 ? 'warm-up' : `run ${round} of ${repeats}`, round > 0);
      onStep();
    }
    if (round > 0) onRound();
  }
}

/** From pixels to the logits behind the prompt, with an empty cache. */
async function firstToken({ graphs, config }: Opened, { textTokens, signal }: Pass): Promise<Parts> {
  const { imageSize } = config.vision;
  const pixels = Float32Array.from({ length: 3 * imageSize * imageSize }, (_, index) => Math.sin(index));
  const startedAt = performance.now();
  const features = await graphs.encode(pixels);
  const encodedAt = performance.now();
  const image = await graphs.project(features);
  const projectedAt = performance.now();
  const text = await graphs.embed(Array.from({ length: textTokens }, (_, index) => index + 1));
  const prompt = new Float32Array(image.length + text.length);
  prompt.set(image);
  prompt.set(text, image.length);
  await read(graphs, prompt, new DecoderCache(graphs.cacheShape), config.text.hiddenSize, signal);
  const readAt = performance.now();
  return {
    encodeMs: encodedAt - startedAt,
    projectMs: projectedAt - encodedAt,
    prefillMs: readAt - projectedAt,
  };
}

async function read(
  graphs: ModelGraphs,
  embeds: Float32Array,
  cache: DecoderCache,
  hiddenSize: number,
  signal: AbortSignal,
): Promise<void> {
  for (let from = 0; from < embeds.length; from += chunkTokens * hiddenSize) {
    throwIfStopped(signal);
    await graphs.decode(embeds.subarray(from, from + chunkTokens * hiddenSize), cache);
  }
}

/** Tokens a second behind `context` rows. Their values do not change the time, so they are zeros and cost no prefill. */
async function decodeRate({ graphs }: Opened, context: number, signal: AbortSignal): Promise<number> {
  const cache = new DecoderCache(graphs.cacheShape);
  const room = Math.min(decodeTokens, context);
  cache.reserve(context);
  // The last of the tokens that are timed completes the context.
  cache.length = context - room;
  const token = await graphs.embed([1]);
  const startedAt = performance.now();
  for (let written = 0; written < room; written++) {
    throwIfStopped(signal);
    await graphs.decode(token, cache);
  }
  return (1000 * room) / (performance.now() - startedAt);
}

/** Called between runs: a run itself cannot be stopped. */
function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new StudioError('cancelled', 'The comparison was stopped.');
}

function distribution(values: readonly number[]): Measured {
  const ascending = values.toSorted((a, b) => a - b);
  return {
    measured: true,
    median: quantile(ascending, 0.5),
    p10: quantile(ascending, 0.1),
    p90: quantile(ascending, 0.9),
    n: values.length,
  };
}
