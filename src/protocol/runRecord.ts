import * as v from 'valibot';
import { runFigureSchema } from './runFigure';

/**
 * One profile as it is kept: a JSON file under `.autoneural/runs/`. What was not measured is null, and `unmeasured` says
 * why. Times are milliseconds unless a name says otherwise; quantities are those of the metrics' definitions.
 */

/** Raised with every change that an older reader would misread. */
export const runRecordVersion = 1;

/**
 * A run record, or a file of another program, with more bytes is refused unread. A profile of ONNX Runtime of this size
 * holds about 200,000 calls.
 */
export const maxRunFileBytes = 128 * 2 ** 20;

const text = v.pipe(v.string(), v.maxLength(10_000));
const name = v.pipe(v.string(), v.maxLength(500));
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const unknownAmount = v.nullable(amount);
const unknownCount = v.nullable(count);
const unknownName = v.nullable(name);
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** The machine that ran, as far as it is known. */
export const deviceFactsSchema = v.object({
  /** Host name or model, e.g. `SA8295P ADP`. */
  name: unknownName,
  /** `linux`, `win32`, `darwin`, `android`, with a version where known. */
  os: unknownName,
  arch: unknownName,
  /** Processor or system on chip. */
  processor: unknownName,
  cores: unknownCount,
  memoryBytes: unknownCount,
});
export type DeviceFacts = v.InferOutput<typeof deviceFactsSchema>;

export const runProvenanceSchema = v.object({
  /**
   * `device`: the times are those of the machine named; `simulation`: likewise, but of quantizers imitated in floating
   * point, so they say nothing of an NPU's speed; `imported`: from another program's file.
   */
  kind: v.picklist(['device', 'simulation', 'imported']),
  /** Of an imported run: which format, from which file. */
  source: v.nullable(v.object({ format: name, file: name })),
  /** Program that measured, e.g. `autoneural-studio 0.1.0`. */
  program: unknownName,
  /** ISO 8601 in UTC, when the run began. */
  date: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
  model: v.object({
    name: unknownName,
    /** Digest over the bundle's files. */
    sha256: v.nullable(sha256),
    /** Digest of what decides its graphs: config and weights, not card or licence. Early records have none. */
    graphSha256: v.optional(v.nullable(sha256), null),
    /** sha256 of its float weights, by which a report of its quantization names it. Early records have none. */
    weightsSha256: v.optional(v.nullable(sha256), null),
    parameters: unknownCount,
    contextLength: unknownCount,
  }),
  /** Precision of the build, or what an imported file calls it. */
  precision: unknownName,
  /** What decides the quantizers; null where there are none. */
  recipeSha256: v.nullable(sha256),
  /** Program or library -> version, e.g. `onnxruntime` -> `1.30.0`. */
  versions: v.record(name, name),
  target: v.object({ id: unknownName, label: unknownName }),
  device: deviceFactsSchema,
  /** Threads inside one operator. */
  threads: unknownCount,
});
export type RunProvenance = v.InferOutput<typeof runProvenanceSchema>;

export const runSettingsSchema = v.object({
  picture: v.nullable(v.object({ name, sha256 })),
  question: v.nullable(text),
  /** Prompt lengths in tokens that were asked for, beside the prompt as it is. */
  contexts: v.array(count),
  /** Measured prompts for each context. */
  repetitions: unknownCount,
  /** Prompts before them that no summary counts. */
  warmUps: unknownCount,
  /** Tokens that every prompt writes: the end-of-text token does not end it. */
  tokens: unknownCount,
  /** Seconds of the sustained part; 0 where there was none. */
  sustainSeconds: unknownAmount,
});
export type RunSettings = v.InferOutput<typeof runSettingsSchema>;

/** One opening of the model. */
export const runLoadSchema = v.object({
  /** `cold`: the first in its process; files may still be in the system's cache. */
  kind: v.picklist(['cold', 'warm']),
  ms: amount,
  /** Whether graphs had to be derived first, which only the first time costs. */
  derived: v.boolean(),
  /** Resident memory of the process behind it. */
  rssBytes: unknownCount,
});
export type RunLoad = v.InferOutput<typeof runLoadSchema>;

/** TTFT and its parts. A part that did not run, or is not told, is null. */
export const runPartsSchema = v.object({
  ttftMs: unknownAmount,
  decodeImageMs: unknownAmount,
  resizeMs: unknownAmount,
  encodeMs: unknownAmount,
  projectMs: unknownAmount,
  prefillMs: unknownAmount,
  overheadMs: unknownAmount,
});
export type RunParts = v.InferOutput<typeof runPartsSchema>;

/** Which prompts a summary counts: `measured` ones. `cold` is the first after a load, `sustained` the endurance part. */
export const runPhases = ['cold', 'warm-up', 'measured', 'sustained'] as const;
export type RunPhase = (typeof runPhases)[number];

/** One prompt, from the accepted request to the last token; nothing is reused from the one before. */
export const runRepetitionSchema = v.object({
  phase: v.picklist(runPhases),
  /** Prompt length asked for; null = the prompt as it is. */
  context: unknownCount,
  /** When it was accepted, since the run began. */
  startedAtMs: amount,
  /** Tokens read of the picture and of the text, and tokens written. */
  tokens: v.object({ image: unknownCount, text: unknownCount, generated: unknownCount }),
  parts: runPartsSchema,
  /** When each token was there, since the request was accepted; empty where only rates are known. */
  tokenAtMs: v.pipe(v.array(amount), v.maxLength(1_000_000)),
  /** Stopped before all its tokens were written; no summary counts it. */
  partial: v.boolean(),
});
export type RunRepetition = v.InferOutput<typeof runRepetitionSchema>;

/** What sensors said at one moment. */
export const runSampleSchema = v.object({
  /** Since the run began. */
  atMs: amount,
  rssBytes: unknownCount,
  /** Keys, values and convolution states that the decoder holds, room that is not filled yet included. */
  cacheBytes: unknownCount,
  /** Sensor name -> degrees Celsius. */
  temperaturesC: v.nullable(v.record(name, v.pipe(v.number(), v.finite()))),
  /** Fastest core. */
  clockMhz: unknownAmount,
});
export type RunSample = v.InferOutput<typeof runSampleSchema>;

/** Parts of a run whose operators are counted apart. */
export const operatorStages = ['encode', 'project', 'embed', 'prefill', 'decode'] as const;
export type OperatorStage = (typeof operatorStages)[number];

/** One operator of a graph, summed over all its calls in one stage. */
export const runOperatorSchema = v.object({
  /** Null where the file does not say. */
  stage: v.nullable(v.picklist(operatorStages)),
  /** Place in the network, e.g. `vision.stage2.block3.attn.query`; of a fused node the name that the runtime gave. */
  layer: name,
  /** Operator type, e.g. `Conv`. */
  op: unknownName,
  calls: unknownCount,
  /** Over all calls. */
  timeUs: unknownAmount,
  /** Over all calls, where a device counts cycles. */
  cycles: unknownAmount,
  /** Whether `timeUs` is computed from cycles instead of measured. */
  estimated: v.boolean(),
  /** Provider or unit that ran it, as measured: `CPUExecutionProvider`, `NPU`. */
  provider: unknownName,
});
export type RunOperator = v.InferOutput<typeof runOperatorSchema>;

/** The pass in which operators were timed. It is one of its own: timing every operator slows all of them. */
export const operatorPassSchema = v.object({
  /** Prompts that the sums go over, and tokens that they wrote; null where the file does not say. */
  prompts: unknownCount,
  tokens: unknownCount,
  operators: v.pipe(v.array(runOperatorSchema), v.maxLength(100_000)),
});
export type OperatorPass = v.InferOutput<typeof operatorPassSchema>;

/** Quantities that are summed up, each with its unit in its name. */
export const runMetrics = [
  'ttftMs',
  'decodeImageMs',
  'resizeMs',
  'encodeMs',
  'projectMs',
  'prefillMs',
  'overheadMs',
  'prefillTokensPerSecond',
  'decodeTokensPerSecond',
  'tokenGapMs',
] as const;
export type RunMetric = (typeof runMetrics)[number];

/** Middle and tails over the measured prompts of one context (`tokenGapMs`: over all gaps of those prompts). */
export const runSummarySchema = v.object({
  metric: v.picklist(runMetrics),
  /** As in the repetitions. */
  context: unknownCount,
  median: amount,
  /** Quantiles by linear interpolation; null where only the middle is known. */
  p10: unknownAmount,
  p90: unknownAmount,
  /** Values, warm-ups not counted. */
  n: unknownCount,
  warmUps: unknownCount,
});
export type RunSummary = v.InferOutput<typeof runSummarySchema>;

export const runRecordSchema = v.object({
  format: v.literal('autoneural-run'),
  version: v.literal(runRecordVersion),
  /** Unique among runs; also the stem of the file's name. */
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,150}$/)),
  /** What a person calls the run. */
  name,
  provenance: runProvenanceSchema,
  settings: runSettingsSchema,
  /** `cancelled` and `failed`: what was measured until then is kept. */
  status: v.picklist(['complete', 'cancelled', 'failed']),
  /** Why the run is not complete, in one sentence. */
  statusReason: v.nullable(text),
  loads: v.array(runLoadSchema),
  repetitions: v.pipe(v.array(runRepetitionSchema), v.maxLength(100_000)),
  samples: v.pipe(v.array(runSampleSchema), v.maxLength(1_000_000)),
  peakRssBytes: unknownCount,
  operatorPass: v.nullable(operatorPassSchema),
  summaries: v.array(runSummarySchema),
  /** What an imported file gives beside the metrics; a run of our own has none. */
  figures: v.optional(v.pipe(v.array(runFigureSchema), v.maxLength(10_000))),
  /** What is null above, by field (`temperaturesC`, `operatorPass`, `context 4096`), and why. */
  unmeasured: v.array(v.object({ what: name, reason: text })),
  /** What a reader has to know beside the figures. */
  notes: v.array(text),
});
export type RunRecord = v.InferOutput<typeof runRecordSchema>;
