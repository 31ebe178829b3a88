import { type OpenModel, throwIfCancelled } from './openModel';

/** Tokens read in one run: large enough to keep the cores busy, small enough for a stop to be felt at once. */
const chunkTokens = 256;

/**
 * Reads the part of a prompt that is not in memory yet, and keeps the place behind the picture for other questions.
 * @param prompt all token ids; those up to the conversation's length are skipped
 * @param imageEmbeds [1, image tokens, d], in the order of the prompt's image tokens
 * @returns logits behind the last token
 */
export async function prefill(
  model: OpenModel,
  prompt: readonly number[],
  imageEmbeds: Float32Array,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { conversation } = model;
  const { imageTokenId } = model.config;
  const afterPicture = prompt.lastIndexOf(imageTokenId) + 1;
  let logits: Float32Array | undefined;
  let at = conversation.cache.length;
  while (at < prompt.length) {
    throwIfCancelled(signal);
    // The runs part behind the picture whether or not anything is reused, so the numbers are the same in both cases.
    const limit = at < afterPicture ? afterPicture : prompt.length;
    const ids = prompt.slice(at, Math.min(at + chunkTokens, limit));
    const imagesBefore = prompt.slice(0, at).filter(id => id === imageTokenId).length;
    const embeds = await embedTokens(model, ids, imageEmbeds, imagesBefore);
    logits = await model.graphs.decode(embeds, conversation.cache);
    conversation.read(ids);
    at += ids.length;
    if (at === afterPicture) conversation.keep();
  }
  if (logits === undefined) throw new Error('the prompt has no token left to read');
  return logits;
}

/**
 * Embeddings of tokens, with those of the picture in the place of its tokens.
 * @param imageEmbeds [1, image tokens, d]
 * @param imagesBefore image tokens of the prompt in front of `ids`
 * @returns [1, ids, d]
 */
export async function embedTokens(
  { graphs, config }: Pick<OpenModel, 'graphs' | 'config'>,
  ids: readonly number[],
  imageEmbeds: Float32Array,
  imagesBefore: number,
): Promise<Float32Array> {
  const { hiddenSize } = config.text;
  const embeds = await graphs.embed(ids);
  let image = imagesBefore;
  for (const [row, id] of ids.entries()) {
    if (id !== config.imageTokenId) continue;
    embeds.set(imageEmbeds.subarray(image * hiddenSize, (image + 1) * hiddenSize), row * hiddenSize);
    image++;
  }
  return embeds;
}
