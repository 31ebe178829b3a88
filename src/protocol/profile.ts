import * as v from 'valibot';
import { failureSchema } from './failure';
import { targetInfoSchema } from './models';
import { modelChoiceSchema } from './prompt';
import {
  deviceFactsSchema,
  operatorPassSchema,
  runLoadSchema,
  runPhases,
  runRecordSchema,
  runRepetitionSchema,
  runSampleSchema,
} from './runRecord';

const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** What to profile. Every prompt of it starts from nothing: neither the picture nor the text is reused. */
export const profileSettingsSchema = v.object({
  /** Absolute path of the picture. */
  imagePath: v.string(),
  question: v.string(),
  /** Prompt lengths in tokens to measure beside the prompt as it is; the question is repeated to fill them. */
  contexts: v.pipe(v.array(whole(1, 1_000_000)), v.maxLength(32)),
  /** Measured prompts for each context. */
  repetitions: whole(1, 1000),
  /** Prompts before them, for each context. */
  warmUps: whole(0, 100),
  /** Tokens that every prompt writes. */
  tokens: whole(2, 65_536),
  /** Seconds for which prompts follow each other without a pause; 0 = none. */
  sustainSeconds: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(3600)),
  /** Whether operators are timed too, in a pass of their own behind everything else. */
  operators: v.boolean(),
});
export type ProfileSettings = v.InferOutput<typeof profileSettingsSchema>;

/** What stands where a person chooses nothing. */
export const defaultProfileSettings = {
  contexts: [] as readonly number[],
  repetitions: 5,
  warmUps: 1,
  tokens: 64,
  sustainSeconds: 0,
  operators: true,
} as const;

/** How much worse than its baseline a median may become where a person chooses nothing. */
export const defaultMaxRegressionPercent = 10;

/**
 * Progress of a profile, in this order: `load` (cold, then warm); `begun`; for every prompt `prompt`, its `stage`s, its `tokens`
 * in batches, `repetition`; `sample`s in between; `operators` last. `notice`s may come anywhere. Times named `atMs` are
 * milliseconds since the run began, whatever the prompt.
 */
export const profileEventSchema = v.variant('type', [
  /** What is done now, for a progress line. */
  v.object({ type: v.literal('doing'), message: v.string() }),
  v.object({ type: v.literal('load'), load: runLoadSchema }),
  /** The record before its first prompt; what is told later can be put into it should the process die. */
  v.object({ type: v.literal('begun'), record: runRecordSchema }),
  v.object({
    type: v.literal('prompt'),
    phase: v.picklist(runPhases),
    context: v.nullable(whole(0, 1_000_000)),
    /** Which prompt this is of how many, all phases together; `of` is null while prompts follow a clock. */
    index: whole(1, 10_000_000),
    of: v.nullable(whole(1, 10_000_000)),
  }),
  v.object({
    type: v.literal('stage'),
    /** Part of the TTFT that has ended. */
    part: v.picklist(['decodeImageMs', 'resizeMs', 'encodeMs', 'projectMs', 'prefillMs']),
    ms: amount,
  }),
  /** Tokens of the running prompt that are new since the last event; at most ten events a second. */
  v.object({
    type: v.literal('tokens'),
    phase: v.picklist(runPhases),
    context: v.nullable(whole(0, 1_000_000)),
    /** Place of the first one in its answer. */
    from: whole(0, 10_000_000),
    atMs: v.array(amount),
  }),
  v.object({ type: v.literal('sample'), sample: runSampleSchema }),
  /** A prompt that is done, or was stopped (`partial`). */
  v.object({ type: v.literal('repetition'), repetition: runRepetitionSchema }),
  v.object({ type: v.literal('operators'), pass: operatorPassSchema }),
  /** Something that is left out or not measured, and why: also in the record's `unmeasured`. */
  v.object({ type: v.literal('notice'), what: v.string(), reason: v.string() }),
]);
export type ProfileEvent = v.InferOutput<typeof profileEventSchema>;

/**
 * Request `autoneural/profile`; its events arrive as `$/progress` under `progressToken`. Cancel = LSP cancellation: the
 * record of what was measured until then is the answer, with `status: cancelled`.
 */
export const profileParamsSchema = v.object({
  progressToken: v.union([v.string(), v.number()]),
  choice: modelChoiceSchema,
  settings: profileSettingsSchema,
});
export type ProfileParams = v.InferOutput<typeof profileParamsSchema>;

export const profileOutcomeSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), record: runRecordSchema }),
  v.object({ ok: v.literal(false), failure: failureSchema }),
]);
export type ProfileOutcome = v.InferOutput<typeof profileOutcomeSchema>;

/** All that is known of a target without opening a model on it. */
export const targetFactsSchema = v.object({
  ...targetInfoSchema.entries,
  /** Execution provider that is asked for, e.g. `webgpu`. */
  provider: v.string(),
  device: deviceFactsSchema,
  /** Threads inside one operator where nobody chooses. */
  threads: whole(1, 10_000),
  /** Program or library -> version. */
  versions: v.record(v.string(), v.string()),
  /** What the sensors say now. */
  sample: v.omit(runSampleSchema, ['atMs', 'cacheBytes']),
  /** What is missing, and how to come by it. */
  missing: v.array(v.object({ what: v.string(), reason: v.string(), fix: v.nullable(v.string()) })),
});
export type TargetFacts = v.InferOutput<typeof targetFactsSchema>;

/** Request `autoneural/targetFacts`: asked of a short-lived model host, since probing loads native libraries. */
export const targetFactsOutcomeSchema = v.variant('ok', [
  v.object({
    ok: v.literal(true),
    targets: v.array(targetFactsSchema),
    /** The same as text, to be copied into a report of a problem; it does not name the machine. */
    diagnostics: v.string(),
  }),
  v.object({ ok: v.literal(false), failure: failureSchema }),
]);
export type TargetFactsOutcome = v.InferOutput<typeof targetFactsOutcomeSchema>;

export const profileMethods = {
  profile: 'autoneural/profile',
  targetFacts: 'autoneural/targetFacts',
} as const;
