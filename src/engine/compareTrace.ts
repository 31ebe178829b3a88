import { maxComparedTokens } from '../protocol/compare';
import type { PromptEvent } from '../protocol/prompt';
import { answerPrompt } from './answer';
import type { OpenModel } from './openModel';
import type { AnswerTrace, PromptRequest } from './target';

/**
 * Answers greedily and keeps the logits of every step, at most {@link maxComparedTokens}.
 * @param follow token ids that are read in place of the model's own choices, to their end ("teacher-forced"); null = own
 * @throws {StudioError} as `answerPrompt` does
 */
export async function traceAnswer(
  model: OpenModel,
  request: PromptRequest,
  follow: readonly number[] | null,
  onEvent: (event: PromptEvent) => void,
  signal: AbortSignal,
): Promise<Omit<AnswerTrace, 'precision' | 'model'>> {
  const asked = request.sampling?.maxTokens ?? model.settings.sampling.maxTokens;
  const sampling = { temperature: 0, maxTokens: Math.min(asked, maxComparedTokens) };
  const logits: Float32Array[] = [];
  const steering = { follow, onLogits: (step: Float32Array) => void logits.push(step.slice()) };
  const { answer, tokenIds, stopReason, timings } = await answerPrompt(
    model,
    { ...request, sampling },
    onEvent,
    signal,
    steering,
  );
  const { text } = model.settings;
  const vocabulary = Array.from(logits[0] ?? [], (_, id) => text.tokenText(id));
  const ends = tokenIds.map((_, step) =>
    Math.min(answer.length, text.decode(tokenIds.slice(0, step + 1)).length),
  );
  return { answer, tokenIds, ends, stopReason, timings, logits, vocabulary };
}
