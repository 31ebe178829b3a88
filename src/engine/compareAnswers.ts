import {
  type ComparedAnswer,
  type ComparedToken,
  type CompareEvent,
  type CompareResult,
  type CompareSide,
  type CompareStep,
  likeliestCount,
} from '../protocol/compare';
import type { PromptEvent } from '../protocol/prompt';
import { klDivergence, likeliestTokens, logProbabilities } from './compareLogits';
import { verdictOf } from './compareVerdict';
import type { AnswerTrace, LoadedModel, PromptRequest } from './target';

/** Opens the model of a side; what it says on the way is for people. */
export type OpenSide = (side: CompareSide, onProgress: (message: string) => void) => Promise<LoadedModel>;

/** B's own answer, and its logits along A's tokens; null where the two share no vocabulary. */
interface Followed {
  own: AnswerTrace;
  along: readonly Float32Array[] | null;
}

const otherVocabulary =
  'The two models have different vocabularies, so their probabilities cannot be compared token by token.';

/**
 * Asks two builds the same question greedily and has B read A's answer token by token, to compare what both expect at
 * each step. One after the other, so that no more than one is in memory.
 * @throws {StudioError} as opening and `LoadedModel.trace` do; kind `cancelled` when `signal` was aborted
 */
export async function compareAnswers(
  open: OpenSide,
  request: PromptRequest,
  onEvent: (event: CompareEvent) => void,
  signal: AbortSignal,
): Promise<CompareResult> {
  const a = await withModel('a', open, onEvent, model =>
    model.trace(request, null, answerEvents('a', onEvent), signal),
  );
  const b = await withModel('b', open, onEvent, model => follow(model, request, a, onEvent, signal));
  return resultOf(a, b);
}

async function withModel<T>(
  side: CompareSide,
  open: OpenSide,
  onEvent: (event: CompareEvent) => void,
  use: (model: LoadedModel) => Promise<T>,
): Promise<T> {
  const say = (message: string) => onEvent({ type: 'status', side, message });
  const model = await open(side, say);
  try {
    say('Answering');
    return await use(model);
  } finally {
    await model.close();
  }
}

async function follow(
  model: LoadedModel,
  request: PromptRequest,
  a: AnswerTrace,
  onEvent: (event: CompareEvent) => void,
  signal: AbortSignal,
): Promise<Followed> {
  const own = await model.trace(request, null, answerEvents('b', onEvent), signal);
  if (!sameTexts(a.vocabulary, own.vocabulary)) return { own, along: null };
  const parting = a.tokenIds.findIndex((id, step) => id !== own.tokenIds[step]);
  // What a model expects depends on the tokens before, not on the one it then takes.
  if (parting < 0 || (parting === a.tokenIds.length - 1 && own.logits.length > parting))
    return { own, along: own.logits };
  onEvent({ type: 'status', side: 'b', message: 'Reading the first answer' });
  const { logits } = await model.trace(request, a.tokenIds, () => undefined, signal);
  return { own, along: logits };
}

function answerEvents(side: CompareSide, onEvent: (event: CompareEvent) => void) {
  return (event: PromptEvent) => {
    if (event.type === 'token') onEvent({ type: 'answer', side, text: event.text });
  };
}

function resultOf(traceA: AnswerTrace, { own, along }: Followed): CompareResult {
  const a = answerOf(traceA);
  const b = answerOf(own);
  const same = along === null ? sameText : sameId;
  const longer = Math.max(a.tokens.length, b.tokens.length);
  const parting = Array.from({ length: longer }, (_, step) => step).find(
    step => !same(a.tokens[step], b.tokens[step]),
  );
  const facts = {
    a,
    b,
    firstDifference: parting ?? null,
    steps: along === null ? [] : stepsOf(traceA, along),
    stepsReason: along === null ? otherVocabulary : null,
  };
  return { ...facts, verdict: verdictOf(facts) };
}

function stepsOf(a: AnswerTrace, along: readonly Float32Array[]): CompareStep[] {
  const token = (id: number): ComparedToken => ({ id, text: a.vocabulary[id] ?? '' });
  const likeliest = (logs: Float64Array) =>
    likeliestTokens(logs, likeliestCount).map(id => ({
      ...token(id),
      probability: Math.min(1, Math.exp(logs[id] ?? Number.NEGATIVE_INFINITY)),
    }));
  return a.logits.flatMap((logits, step) => {
    const other = along[step];
    const id = a.tokenIds[step];
    if (other === undefined || id === undefined) return [];
    const [logsA, logsB] = [logProbabilities(logits), logProbabilities(other)];
    const klNats = klDivergence(logsA, logsB);
    return [{ token: token(id), a: likeliest(logsA), b: likeliest(logsB), klNats }];
  });
}

function answerOf({ answer, tokenIds, ends, vocabulary, ...rest }: AnswerTrace): ComparedAnswer {
  const { stopReason, precision, model, timings } = rest;
  const token = (id: number, step: number) => ({ id, text: vocabulary[id] ?? '', end: ends[step] ?? 0 });
  const tokens = tokenIds.map(token);
  return { answer, tokens, stopReason, precision, model, timings };
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, id) => text === b[id]);
}

function sameId(a: ComparedToken | undefined, b: ComparedToken | undefined): boolean {
  return a?.id === b?.id;
}

function sameText(a: ComparedToken | undefined, b: ComparedToken | undefined): boolean {
  return a?.text === b?.text;
}
