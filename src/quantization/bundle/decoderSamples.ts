import { attentionBias } from '../../engine/attentionBias';
import { DecoderCache } from '../../engine/decoderCache';
import { embedTokens } from '../../engine/prefill';
import type { Feeds, FeedTensor } from '../samples/feeds';
import type { FloatModel } from './floatModel';

/** What the decoder is fed with for one question: the whole prompt at once, then token by token. */
export interface DecoderFeeds {
  readonly prefill: Feeds;
  readonly decode: readonly Feeds[];
}

/**
 * Lets the float model answer and records what its decoder is fed with, so that a quantized decoder can be measured on
 * the float run's own tokens (teacher forcing).
 * @param pixels `pixel_values` of the picture
 * @param maxSteps decode steps that are recorded at most
 */
export async function decoderFeedsOf(
  model: FloatModel,
  pixels: Float32Array,
  question: string,
  maxSteps: number,
): Promise<DecoderFeeds> {
  const { graphs, settings } = model;
  const cache = new DecoderCache(graphs.cacheShape);
  const prompt = settings.encodePrompt([], question);
  const image = await graphs.project(await graphs.encode(pixels));
  const embeds = await embedTokens(model, prompt, image, 0);
  const prefill = feedsOf(embeds, cache);
  const decode: Feeds[] = [];
  let logits = await graphs.decode(embeds, cache);
  while (decode.length < maxSteps) {
    const token = greatest(logits);
    if (settings.endTokens.has(token)) break;
    const embed = await graphs.embed([token]);
    decode.push(feedsOf(embed, cache));
    logits = await graphs.decode(embed, cache);
  }
  return { prefill, decode };
}

/**
 * The decoder's inputs for tokens behind those in the cache. The past holds what is remembered and no room to grow,
 * since empty rows would only dilute what is measured; with nothing remembered it is one row that nobody sees, because
 * ranges of nothing are not defined.
 */
function feedsOf(embeds: Float32Array, cache: DecoderCache): Feeds {
  const { keyValueHeads, headDim, hiddenSize, convColumns } = cache.shape;
  const count = embeds.length / hiddenSize;
  const { length } = cache;
  const rows = Math.max(1, length);
  const positions = BigInt64Array.from({ length: count }, (_, index) => BigInt(length + index));
  const floats = (data: Float32Array, dims: readonly number[]): FeedTensor => ({
    type: 'float32',
    dims,
    data,
  });
  const feeds: Record<string, FeedTensor> = {
    inputs_embeds: floats(embeds.slice(), [1, count, hiddenSize]),
    position_ids: { type: 'int64', dims: [1, count], data: positions },
    attention_bias: floats(attentionBias(count, length, rows), [count, rows + count]),
  };
  const dims = [1, keyValueHeads, rows, headDim];
  for (const [layer, { key, value }] of cache.rows) {
    feeds[`past_key_values.${layer}.key`] = floats(filledRows(key, cache, rows), dims);
    feeds[`past_key_values.${layer}.value`] = floats(filledRows(value, cache, rows), dims);
  }
  for (const [layer, state] of cache.conv)
    feeds[`past_conv.${layer}`] = floats(state.slice(), [1, hiddenSize, convColumns]);
  return feeds;
}

/** The filled rows of every head, [1, heads, rows, headDim]. */
function filledRows(
  data: Float32Array,
  { shape, length, capacity }: DecoderCache,
  rows: number,
): Float32Array {
  const { keyValueHeads, headDim } = shape;
  const filled = new Float32Array(keyValueHeads * rows * headDim);
  for (let head = 0; head < keyValueHeads; head++) {
    const start = head * capacity * headDim;
    filled.set(data.subarray(start, start + length * headDim), head * rows * headDim);
  }
  return filled;
}

function greatest(logits: Float32Array): number {
  let best = 0;
  for (let token = 1; token < logits.length; token++)
    if ((logits[token] as number) > (logits[best] as number)) best = token;
  return best;
}
