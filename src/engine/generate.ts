import type { PromptEvent, PromptResult, Sampling } from '../protocol/prompt';
import { type OpenModel, throwIfCancelled } from './openModel';
import { pickToken, seededRandom } from './sampling';
import type { Stopwatch } from './stopwatch';

export interface Generated {
  /** The token that ended the answer included. */
  tokenIds: number[];
  answer: string;
  stopReason: PromptResult['stopReason'];
}

/**
 * Writes an answer behind a prompt that was read, token by token.
 * @param firstLogits logits behind the prompt's last token
 */
export async function generate(
  model: OpenModel,
  firstLogits: Float32Array,
  sampling: Sampling,
  watch: Stopwatch,
  onEvent: (event: PromptEvent) => void,
  signal: AbortSignal,
): Promise<Generated> {
  const { graphs, conversation, settings, config } = model;
  const random = seededRandom(sampling.seed);
  const tokenIds: number[] = [];
  let answer = '';
  let logits = firstLogits;
  for (;;) {
    const token = pickToken(logits, sampling, random);
    const atMs = watch.token();
    tokenIds.push(token);
    if (settings.endTokens.has(token)) return { tokenIds, answer, stopReason: 'end-of-text' };
    answer = settings.text.decode(tokenIds);
    onEvent({ type: 'token', text: answer, index: tokenIds.length - 1, atMs });
    if (tokenIds.length >= sampling.maxTokens) return { tokenIds, answer, stopReason: 'max-tokens' };
    if (conversation.cache.length >= config.text.contextLength)
      return { tokenIds, answer, stopReason: 'context-full' };
    // onnxruntime-node starts every run from setImmediate, so a message that stops the answer gets in between.
    throwIfCancelled(signal);
    logits = await graphs.decode(await graphs.embed([token]), conversation.cache);
    conversation.read([token]);
    throwIfCancelled(signal);
  }
}
