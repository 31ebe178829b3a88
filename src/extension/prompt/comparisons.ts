import { type CompareEvent, type CompareOutcome, simulatedPrecisions } from '../../protocol/compare';
import { type ModelChoice, type PromptInput, precisionLabels } from '../../protocol/prompt';
import type { CardRecord } from './cards';

/** Asks two builds the same question. Never rejects: whatever goes wrong is an outcome with its sentence. */
export type Compare = (
  a: ModelChoice,
  b: ModelChoice,
  input: PromptInput,
  onEvent: (event: CompareEvent) => void,
  signal: AbortSignal,
) => Promise<CompareOutcome>;

/** Steps that are kept across a window reload: longer comparisons would fill the editor's storage. */
const keptSteps = 32;

/** Takes in what has happened to a card that compares. */
export function noteEvent(card: CardRecord, event: CompareEvent): void {
  const { comparison } = card;
  if (!comparison) return;
  if (event.type === 'status') {
    const whose = event.side === 'a' ? 'First' : 'Second';
    comparison.status = `${whose} model: ${event.message}`;
  } else if (event.side === 'a') card.answer = event.text;
  else comparison.answer = event.text;
}

/** Takes in how a comparison ended; the reason of a failure is written into the very card that was running. */
export function noteEnd(card: CardRecord, outcome: CompareOutcome): void {
  const { comparison } = card;
  if (!comparison) return;
  comparison.status = null;
  if (outcome.ok) {
    const { result } = outcome;
    card.state = 'done';
    card.answer = result.a.answer;
    comparison.answer = result.b.answer;
    comparison.result = result;
  } else {
    card.state = 'failed';
    card.failure = outcome.failure;
  }
}

/** A card as it is stored: of a long comparison without its steps. */
export function storedCard(card: CardRecord): CardRecord {
  const { comparison } = card;
  const result = comparison?.result;
  if (!result || result.steps.length <= keptSteps) return card;
  const stepsReason = `The ${result.steps.length} steps were not kept when the window was closed: compare again to see them.`;
  return { ...card, comparison: { ...comparison, result: { ...result, steps: [], stepsReason } } };
}

/** A comparison as a person pastes it elsewhere: the question, the verdict and both answers with their builds. */
export function comparisonText({ question, answer, comparison }: CardRecord): string {
  const result = comparison?.result;
  if (!result) return answer;
  const lines = [result.a, result.b].map(
    ({ model, precision, answer: said }) => `${model.name} · ${precisionLabels[precision]}: ${said}`,
  );
  return [question, result.verdict, ...lines].join('\n');
}

/** The bundle whose quantization a comparison is about: that of the second side, where its units are quantized. */
export function quantizedBundle({ choice, comparison }: CardRecord): string | undefined {
  const quantized = (build: ModelChoice | undefined) => build && simulatedPrecisions.has(build.precision);
  if (quantized(comparison?.choice)) return comparison?.choice.bundleDir;
  return quantized(choice) ? choice.bundleDir : undefined;
}
