import { StudioError } from '../protocol/failure';
import type { PromptEvent, PromptResult, TokenCounts } from '../protocol/prompt';
import { generate, type Steering } from './generate';
import { lookAt } from './look';
import { type OpenModel, throwIfCancelled } from './openModel';
import { prefill } from './prefill';
import { withDefaults } from './sampling';
import { Stopwatch } from './stopwatch';
import type { PromptRequest } from './target';

/** A question of more characters per token of context is refused unread. */
const charactersPerToken = 100;

type Answer = Omit<PromptResult, 'precision' | 'model'>;

/**
 * Answers one question: looks at the picture, reads what is new of the conversation, writes.
 * @throws {StudioError} `empty-question`, `question-too-long`, `cancelled`, or what is wrong with the picture
 */
export async function answerPrompt(
  model: OpenModel,
  request: PromptRequest,
  onEvent: (event: PromptEvent) => void,
  signal: AbortSignal,
  steering?: Steering,
): Promise<Answer> {
  const watch = new Stopwatch(onEvent);
  throwIfCancelled(signal);
  const prompt = promptTokens(model, request);
  const unknownWords = model.settings.text.unknownWords(request.question);
  const { identity, picture } = await lookAt(model, request, watch, onEvent, signal);
  try {
    const from = model.conversation.resume(prompt, identity);
    const logits = await watch.stage('prefill', () => prefill(model, prompt, picture.embeds, signal));
    const sampling = withDefaults(request.sampling, model.settings.sampling);
    const run = { sampling, watch, onEvent, signal, ...(steering && { steering }) };
    const { tokenIds, answer, stopReason } = await generate(model, logits, run);
    // A follow-up question goes on from here.
    model.conversation.keep();
    const timings = watch.finish();
    const tokens = countTokens(prompt.slice(from), model.config.imageTokenId, tokenIds.length);
    return { answer, tokenIds, stopReason, unknownWords, tokens, timings };
  } catch (error) {
    // A run that failed may have left half a state; a stopped one stops between runs.
    if (!(error instanceof StudioError && error.kind === 'cancelled')) model.conversation.clear();
    throw error;
  }
}

/** Token ids of the whole conversation, checked against the context. */
function promptTokens({ settings, config }: OpenModel, request: PromptRequest): number[] {
  const question = request.question.trim();
  const turns = request.turns.map(turn => ({ question: turn.question.trim(), answer: turn.answer }));
  const { contextLength } = config.text;
  if (question === '') {
    const message = 'The question is empty: type what you want to know about the picture.';
    throw new StudioError('empty-question', message);
  }
  const characters = question.length;
  if (characters > contextLength * charactersPerToken) {
    const message = `The question has ${count(characters)} characters, far beyond the ${count(contextLength)} tokens that the model reads: shorten it.`;
    throw new StudioError('question-too-long', message);
  }
  const alone = settings.encodePrompt([], question).length;
  if (alone > contextLength) {
    const tokens = settings.text.encode(settings.text.asPlainText(question)).length;
    const room = contextLength - (alone - tokens);
    const message = `The question has ${count(tokens)} tokens and the model has room for ${count(room)} beside the picture: shorten it.`;
    throw new StudioError('question-too-long', message);
  }
  const prompt = settings.encodePrompt(turns, question);
  if (prompt.length <= contextLength) return prompt;
  const message = `With this question the conversation has ${count(prompt.length)} tokens and the model reads at most ${count(contextLength)}: start a new one.`;
  throw new StudioError('question-too-long', message);
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function countTokens(fresh: readonly number[], imageTokenId: number, generated: number): TokenCounts {
  const image = fresh.filter(id => id === imageTokenId).length;
  return { image, text: fresh.length - image, generated };
}
