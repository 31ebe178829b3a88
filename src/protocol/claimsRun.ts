import * as v from 'valibot';
import { claimsReportSchema, verdicts } from './claims';
import { failureSchema } from './failure';

/** Requests around a comparison with the paper: what it would cost, the measurement itself, and its file. */

const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));

/** Arithmetic of the decoders; encoders run in fp32. */
export const claimsPrecisions = ['cpu-q4', 'fp32'] as const;

export const claimsSettingsSchema = v.object({
  /** Edges of pictures in pixels; decoding is measured with the last one loaded. */
  imageSizes: v.pipe(v.array(whole(32, 4096)), v.minLength(1), v.maxLength(16)),
  /** Tokens in the context. */
  contexts: v.pipe(v.array(whole(1, 1_048_576)), v.minLength(1), v.maxLength(32)),
  memoryBudgetBytes: whole(1, Number.MAX_SAFE_INTEGER),
  precision: v.picklist(claimsPrecisions),
  /** Measured values after one warm-up. */
  repeats: whole(1, 1000),
});
export type ClaimsSettings = v.InferOutput<typeof claimsSettingsSchema>;

/** What stands where a person chooses nothing. */
export const defaultClaimsSettings: ClaimsSettings = {
  imageSizes: [256, 512, 768],
  contexts: [512, 1024, 4096],
  memoryBudgetBytes: 4e9,
  precision: 'cpu-q4',
  repeats: 3,
};

/** A model by its config: weights are drawn. */
export const claimsModelSchema = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(500)),
  /** Absolute path of a config.json. */
  configPath: v.string(),
});
export type ClaimsModel = v.InferOutput<typeof claimsModelSchema>;

/** The model whose claims are tested, then the baseline. */
const models = v.tuple([claimsModelSchema, claimsModelSchema]);

/** Progress of a comparison, in any order. */
export const claimsEventSchema = v.variant('type', [
  /** What is done now, for a progress line. */
  v.object({ type: v.literal('doing'), message: v.string() }),
  /** Steps of about equal weight for the person, not for the clock. */
  v.object({ type: v.literal('progress'), done: amount, of: amount }),
  /** Everything so far, after each new value. */
  v.object({ type: v.literal('measured'), report: claimsReportSchema }),
]);
export type ClaimsEvent = v.InferOutput<typeof claimsEventSchema>;

/**
 * Request `autoneural/measureClaims`; its events arrive as `$/progress` under `progressToken`. Cancel = LSP
 * cancellation: what was measured until then is the answer, with `status: partial`.
 */
export const measureClaimsParamsSchema = v.object({
  progressToken: v.union([v.string(), v.number()]),
  models,
  settings: claimsSettingsSchema,
});
export type MeasureClaimsParams = v.InferOutput<typeof measureClaimsParamsSchema>;

const failed = v.object({ ok: v.literal(false), failure: failureSchema });

export const claimsOutcomeSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), report: claimsReportSchema }),
  failed,
]);
export type ClaimsOutcome = v.InferOutput<typeof claimsOutcomeSchema>;

/** What a comparison would take, from the configs alone; the times are estimates. */
export const claimsCostSchema = v.object({
  /** Graphs that are written and removed again. */
  diskBytes: amount,
  /** Resident memory while both models are open, at the most. */
  memoryBytes: amount,
  minutes: amount,
  threads: whole(1, 10_000),
  /** What each model reads at most, in tokens. */
  contextLengths: v.tuple([amount, amount]),
  /** Null where the system does not say. */
  freeDiskBytes: v.nullable(amount),
  freeMemoryBytes: amount,
  /** At which the process of the measurement is ended. */
  memoryLimitBytes: amount,
});
export type ClaimsCost = v.InferOutput<typeof claimsCostSchema>;

/** Fields of a form that a refusal can belong to. */
export const claimsFields = ['model', 'baseline', 'imageSizes'] as const;
export type ClaimsField = (typeof claimsFields)[number];

/** Request `autoneural/claimsCost`. */
export const claimsCostParamsSchema = v.object({ models, settings: claimsSettingsSchema });
export type ClaimsCostParams = v.InferOutput<typeof claimsCostParamsSchema>;
export const claimsCostOutcomeSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), cost: claimsCostSchema }),
  v.object({
    ok: v.literal(false),
    /** What has to be changed; left out where nothing in the form is wrong. */
    field: v.exactOptional(v.picklist(claimsFields)),
    failure: failureSchema,
  }),
]);
export type ClaimsCostOutcome = v.InferOutput<typeof claimsCostOutcomeSchema>;

/** Requests `autoneural/readClaims` and `autoneural/writeClaims`: a file as `compare --json` writes it. */
export const readClaimsParamsSchema = v.object({ file: v.string() });
export const writeClaimsParamsSchema = v.object({ file: v.string(), report: claimsReportSchema });

/** A comparison on disk as a list shows it. */
export const listedClaimsSchema = v.object({
  /** Absolute path. */
  file: v.string(),
  names: v.tuple([v.string(), v.string()]),
  date: v.string(),
  status: v.picklist(['complete', 'partial']),
  verdicts: v.array(v.picklist(verdicts)),
});
export type ListedClaims = v.InferOutput<typeof listedClaimsSchema>;

export const claimsMethods = {
  measure: 'autoneural/measureClaims',
  cost: 'autoneural/claimsCost',
  read: 'autoneural/readClaims',
  write: 'autoneural/writeClaims',
} as const;
