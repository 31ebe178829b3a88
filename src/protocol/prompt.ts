import * as v from 'valibot';
import { failureSchema } from './failure';

/** Precisions of a build (see "precision of a build" in CONTRIBUTING.md) that are derived from a model's float weights. */
export const derivedPrecisions = ['fp32', 'w8a16-w4a16', 'cpu-q4'] as const;
/** Of a folder that a recipe was applied to: its graphs are what the recipe made of them, and nothing else is there. */
export const exportedPrecision = 'recipe';
export const precisions = [...derivedPrecisions, exportedPrecision] as const;
export const precisionSchema = v.picklist(precisions);
export type Precision = v.InferOutput<typeof precisionSchema>;
export type DerivedPrecision = (typeof derivedPrecisions)[number];

/** What a reader is told of a precision: a host only imitates an NPU's arithmetic, and every label says so. */
export const precisionLabels: Readonly<Record<Precision, string>> = {
  fp32: 'fp32',
  'w8a16-w4a16': 'w8a16-w4a16 (simulation of the NPU)',
  'cpu-q4': 'cpu-q4 (int4 decoder weights, for speed)',
  recipe: 'its recipe (simulation of the NPU)',
};

const nonNegative = v.pipe(v.number(), v.finite(), v.minValue(0));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** A rectangle in pixels of the picture after EXIF orientation, origin top left. */
export const regionSchema = v.object({
  left: count,
  top: count,
  width: v.pipe(v.number(), v.integer(), v.minValue(1)),
  height: v.pipe(v.number(), v.integer(), v.minValue(1)),
});
export type Region = v.InferOutput<typeof regionSchema>;

export const samplingSchema = v.object({
  maxTokens: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65536)),
  /** 0 = greedy. */
  temperature: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(10)),
  topK: v.pipe(v.number(), v.integer(), v.minValue(1)),
  topP: v.pipe(v.number(), v.finite(), v.gtValue(0), v.maxValue(1)),
  seed: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
export type Sampling = v.InferOutput<typeof samplingSchema>;

/** An earlier turn of the same conversation; the picture stands before the first one. */
export const turnSchema = v.object({ question: v.string(), answer: v.string() });
export type Turn = v.InferOutput<typeof turnSchema>;

/** Which derived build answers: a bundle folder, a precision, a target. */
export const modelChoiceSchema = v.object({
  /** Absolute path of the bundle folder. */
  bundleDir: v.string(),
  precision: precisionSchema,
  /** Target id, e.g. `local-cpu`. */
  target: v.string(),
});
export type ModelChoice = v.InferOutput<typeof modelChoiceSchema>;

/** A question about a picture. It carries its history, so a fresh host can answer it as well as a warm one. */
export const promptInputSchema = v.object({
  /** Absolute path of the picture. */
  imagePath: v.string(),
  region: v.optional(regionSchema),
  turns: v.array(turnSchema),
  question: v.string(),
  sampling: v.optional(v.partial(samplingSchema)),
});
export type PromptInput = v.InferOutput<typeof promptInputSchema>;

/**
 * Wall time of every stage in milliseconds; definitions as in metrics: TTFT runs from the accepted request to the
 * first token. A stage that did not run (image reused) is null, never 0.
 */
export const timingsSchema = v.object({
  decodeImageMs: v.nullable(nonNegative),
  resizeMs: v.nullable(nonNegative),
  encodeMs: v.nullable(nonNegative),
  projectMs: v.nullable(nonNegative),
  prefillMs: nonNegative,
  /** TTFT minus its named parts: tokenizing, template, copies, scheduling. */
  overheadMs: nonNegative,
  ttftMs: nonNegative,
  /** First token to last token. */
  decodeMs: nonNegative,
  /** (tokens - 1) / decode time; null below 2 tokens. */
  decodeTokensPerSecond: v.nullable(nonNegative),
});
export type Timings = v.InferOutput<typeof timingsSchema>;

export const tokenCountsSchema = v.object({
  /** Image tokens newly prefilled (0 when the image's cache was reused). */
  image: count,
  /** Text tokens newly prefilled. */
  text: count,
  generated: count,
});
export type TokenCounts = v.InferOutput<typeof tokenCountsSchema>;

export const stages = ['decodeImage', 'resize', 'encode', 'project', 'prefill', 'decode'] as const;
export type Stage = (typeof stages)[number];

/** Progress of one prompt, in order: stage starts and ends, then tokens. */
export const promptEventSchema = v.variant('type', [
  v.object({ type: v.literal('loading'), message: v.string() }),
  v.object({
    type: v.literal('image'),
    /** Pixels after EXIF orientation (of the region, if one was asked for). */
    width: count,
    height: count,
    inputWidth: count,
    inputHeight: count,
    imageTokens: count,
    reused: v.boolean(),
  }),
  v.object({ type: v.literal('stage'), stage: v.picklist(stages), ms: nonNegative }),
  v.object({
    type: v.literal('token'),
    /** The answer so far: re-decoded whole, since a token's text may depend on its neighbours. */
    text: v.string(),
    index: count,
    /** Milliseconds since the request was accepted. */
    atMs: nonNegative,
  }),
]);
export type PromptEvent = v.InferOutput<typeof promptEventSchema>;

/** Events that travel together: of the tokens of one frame only the last, whose text is the whole answer so far. */
export const promptEventsSchema = v.array(promptEventSchema);

export const promptResultSchema = v.object({
  answer: v.string(),
  tokenIds: v.array(count),
  stopReason: v.picklist(['end-of-text', 'max-tokens', 'context-full']),
  /** Words of the question that the tokenizer does not know; shown as a notice. */
  unknownWords: v.array(v.string()),
  precision: precisionSchema,
  tokens: tokenCountsSchema,
  timings: timingsSchema,
  model: v.object({ name: v.string(), sha256: v.string() }),
});
export type PromptResult = v.InferOutput<typeof promptResultSchema>;

export const promptOutcomeSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), result: promptResultSchema }),
  v.object({ ok: v.literal(false), failure: failureSchema }),
]);
export type PromptOutcome = v.InferOutput<typeof promptOutcomeSchema>;
