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

/** For comparing two models step by step. */
export interface Steering {
  /** Token ids that are taken in place of the model's own choices, to their end; null = its own. */
  readonly follow: readonly number[] | null;
  /** Given the logits of every step before its token is taken; they are valid only then. */
  readonly onLogits: (logits: Float32Array) => void;
}

export interface GenerateOptions {
  readonly sampling: Sampling;
  readonly watch: Stopwatch;
  readonly onEvent: (event: PromptEvent) => void;
  readonly signal: AbortSignal;
  readonly steering?: Steering;
}

/**
 * Writes an answer behind a prompt that was read, token by token.
 * @param firstLogits logits behind the prompt's last token
 */
export async function generate(
  model: OpenModel,
  firstLogits: Float32Array,
  { sampling, watch, onEvent, signal, steering }: GenerateOptions,
): Promise<Generated> {
  const { graphs, conversation, settings, config } = model;
  const random = seededRandom(sampling.seed);
  const tokenIds: number[] = [];
  const follow = steering?.follow;
  let answer = '';
  let logits = firstLogits;
  for (;;) {
    steering?.onLogits(logits);
    const token = follow?.[tokenIds.length] ?? pickToken(logits, sampling, random);
    const atMs = watch.token();
    tokenIds.push(token);
    const mayEnd = !follow || tokenIds.length >= follow.length;
    if (mayEnd && settings.endTokens.has(token)) return { tokenIds, answer, stopReason: 'end-of-text' };
    answer = settings.text.decode(tokenIds);
    onEvent({ type: 'token', text: answer, index: tokenIds.length - 1, atMs });
    if (tokenIds.length >= (follow?.length ?? sampling.maxTokens))
      return { tokenIds, answer, stopReason: 'max-tokens' };
    if (conversation.cache.length >= config.text.contextLength)
      return { tokenIds, answer, stopReason: 'context-full' };
    // onnxruntime-node starts every run from setImmediate, so a message that stops the answer gets in between.
    throwIfCancelled(signal);
    logits = await graphs.decode(await graphs.embed([token]), conversation.cache);
    conversation.read([token]);
    throwIfCancelled(signal);
  }
}
