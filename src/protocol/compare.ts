import * as v from 'valibot';
import { failureSchema } from './failure';
import {
  modelChoiceSchema,
  type Precision,
  precisionSchema,
  promptInputSchema,
  promptResultSchema,
  timingsSchema,
} from './prompt';

/** Tokens that are compared at most: longer answers are cut there. */
export const maxComparedTokens = 128;

/** How many of the likeliest tokens of each step are told. */
export const likeliestCount = 5;

/** Precisions that imitate an NPU's arithmetic: the quantization of their units can be looked at. */
export const simulatedPrecisions: ReadonlySet<Precision> = new Set(['w8a16-w4a16', 'recipe'] as const);

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** The two builds of a comparison: the one that leads, and the one that is compared with it. */
export const compareSides = ['a', 'b'] as const;
export type CompareSide = (typeof compareSides)[number];
const sideSchema = v.picklist(compareSides);

/** A token of the vocabulary: its id, and its text with special tokens spelled out. */
const tokenSchema = v.object({ id: count, text: v.string() });
export type ComparedToken = v.InferOutput<typeof tokenSchema>;

const likelyTokenSchema = v.object({
  ...tokenSchema.entries,
  /** Softmax of the logits at temperature 1, 0 to 1. */
  probability: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
});
export type LikelyToken = v.InferOutput<typeof likelyTokenSchema>;

const likeliest = v.pipe(v.array(likelyTokenSchema), v.maxLength(likeliestCount));

/** One step along A's tokens: both have read the same text, and say what they expect next. */
export const compareStepSchema = v.object({
  /** A's token at this step. */
  token: tokenSchema,
  a: likeliest,
  b: likeliest,
  /** KL(A || B) = sum of pA · ln(pA / pB) over the vocabulary; null where it is not finite. */
  klNats: v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0))),
});
export type CompareStep = v.InferOutput<typeof compareStepSchema>;

const answerTokenSchema = v.object({
  ...tokenSchema.entries,
  /** Characters of the answer up to and with this token. */
  end: count,
});

/** The answer that one build gives of its own accord, greedily, as the first one after it was loaded. */
export const comparedAnswerSchema = v.object({
  answer: v.string(),
  /** The token that ended the answer included. */
  tokens: v.array(answerTokenSchema),
  stopReason: promptResultSchema.entries.stopReason,
  precision: precisionSchema,
  model: promptResultSchema.entries.model,
  timings: timingsSchema,
});
export type ComparedAnswer = v.InferOutput<typeof comparedAnswerSchema>;

export const compareResultSchema = v.object({
  a: comparedAnswerSchema,
  b: comparedAnswerSchema,
  /** Index of the first token in which the answers differ; null when all are the same. */
  firstDifference: v.nullable(count),
  /** Along A's tokens; empty where `stepsReason` says why. */
  steps: v.pipe(v.array(compareStepSchema), v.maxLength(maxComparedTokens)),
  stepsReason: v.nullable(v.string()),
  /** In words: whether the answers are the same, where they part, how far the probabilities are apart. */
  verdict: v.string(),
});
export type CompareResult = v.InferOutput<typeof compareResultSchema>;

/** Request `autoneural/compare`; its events arrive as `$/progress` under `progressToken`. */
export const compareParamsSchema = v.object({
  progressToken: v.union([v.string(), v.number()]),
  a: modelChoiceSchema,
  b: modelChoiceSchema,
  /** Its sampling is greedy, whatever it says; `maxTokens` counts, up to {@link maxComparedTokens}. */
  input: promptInputSchema,
});
export type CompareParams = v.InferOutput<typeof compareParamsSchema>;

export const compareEventSchema = v.variant('type', [
  /** What is being done now, e.g. loading a model. */
  v.object({ type: v.literal('status'), side: sideSchema, message: v.string() }),
  /** The answer of a side so far, re-decoded whole. */
  v.object({ type: v.literal('answer'), side: sideSchema, text: v.string() }),
]);
export type CompareEvent = v.InferOutput<typeof compareEventSchema>;

export const compareOutcomeSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), result: compareResultSchema }),
  v.object({ ok: v.literal(false), failure: failureSchema }),
]);
export type CompareOutcome = v.InferOutput<typeof compareOutcomeSchema>;

export const compareMethod = 'autoneural/compare';
