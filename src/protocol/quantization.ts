import * as v from 'valibot';
import { failureSchema } from './failure';

/**
 * Bits of weights and of activations of a layer: `w8a16`, `w4a8` …; `w8`, `w4` quantize weights only, `a16`, `a8`
 * activations only.
 */
export const schemeSchema = v.pipe(
  v.string(),
  v.regex(/^(?:w(?:4|8|16)(?:a(?:8|16))?|a(?:8|16))$/, 'a scheme such as w8a16'),
);
export type SchemeId = v.InferOutput<typeof schemeSchema>;

/**
 * Column of the heatmap: a uniform scheme, `recipe` where every layer has the scheme its recipe gives it, or
 * {@link quantizedColumn}.
 */
export type ColumnId = SchemeId | 'recipe';

/** The column of a model that was quantized elsewhere, measured as it is. */
export const quantizedColumn = 'as quantized';

/** How the bytes of pictures become the numbers of a bare graph: 0..1, -1..1, ImageNet's mean and deviation, 0..255. */
export const pixelScales = ['unit', 'signed', 'imagenet', 'byte'] as const;
export type PixelScale = (typeof pixelScales)[number];

export const calibrationMethods = ['minmax', 'percentile', 'mse', 'entropy'] as const;
export type CalibrationMethod = (typeof calibrationMethods)[number];

export const htpProfiles = ['none', 'v68', 'v73', 'v75'] as const;
export type HtpProfile = (typeof htpProfiles)[number];

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());

/** What to measure and how; every part of it stands in the result, since each changes the figures. */
export const quantizationSettingsSchema = v.object({
  schemes: v.pipe(v.array(schemeSchema), v.minLength(1), v.maxLength(8)),
  weights: v.object({
    granularity: v.picklist(['tensor', 'channel', 'block']),
    /** Weights that share a scale along the input axis; only with granularity `block`. */
    blockSize: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
    symmetric: v.boolean(),
  }),
  calibrationMethod: v.picklist(calibrationMethods),
  htp: v.picklist(htpProfiles),
});
export type QuantizationSettings = v.InferOutput<typeof quantizationSettingsSchema>;

/** Signal to quantization noise as defined in metrics: energies pooled over all evaluation samples. */
export const errorFigureSchema = v.object({
  /** dB; null where there is no signal, and where there is no noise (then `exact`). */
  sqnrDb: v.nullable(finite),
  exact: v.boolean(),
  /** 100 sqrt(noise energy / signal energy), percent; null without signal. */
  rmsPercent: v.nullable(finite),
  /** Of float and quantized values; null where one of them is all zero. */
  cosine: v.nullable(finite),
  /** Largest absolute difference, in the tensor's own unit. */
  maxError: v.nullable(finite),
});
export type ErrorFigure = v.InferOutput<typeof errorFigureSchema>;

/** A quantization unit: one row of the heatmap. */
export const unitSchema = v.object({
  /** Name by place, unique inside its graph, e.g. `vision.stage2.block3.attn.query`. */
  layer: v.string(),
  /** Operator, or the composite's name. */
  op: v.string(),
  /** Weights inside the unit; 0 for products, sums and norms without weights. */
  parameters: count,
  /** Of the unit's output for one sample; null where it is not known. */
  outputShape: v.nullable(v.array(count)),
});
export type Unit = v.InferOutput<typeof unitSchema>;

export const unmeasuredSchema = v.object({ layer: v.string(), reason: v.string() });
export type Unmeasured = v.InferOutput<typeof unmeasuredSchema>;

/** What was fed to the model, with the words that every figure needs beside it. */
export const calibrationInfoSchema = v.object({
  /** `random` is kept out of every headline. */
  source: v.picklist(['shipped', 'pictures', 'tensors', 'random']),
  method: v.picklist(calibrationMethods),
  /** Samples that set the ranges, and samples that were measured: disjoint sets. */
  calibrationSamples: count,
  evaluationSamples: count,
  /** Samples that could not be read, with the reason. */
  skipped: v.array(v.object({ name: v.string(), reason: v.string() })),
});
export type CalibrationInfo = v.InferOutput<typeof calibrationInfoSchema>;

const layerResultSchema = v.object({ scheme: v.string(), ...errorFigureSchema.entries });

/** A graph's rows with their accumulated errors, in graph order. */
export const graphReportSchema = v.object({
  /** `vision_encoder` (with connector), `decoder.prefill`, `decoder.decode`, or the file's name. */
  name: v.string(),
  layers: v.array(v.object({ ...unitSchema.entries, results: v.array(layerResultSchema) })),
  /** At the graph's last output, per scheme. */
  output: v.array(layerResultSchema),
  unmeasured: v.array(unmeasuredSchema),
  /** Sentences about what was decided before the measurement, such as the branch of an `If`. */
  notes: v.optional(v.array(v.string())),
});
export type GraphReport = v.InferOutput<typeof graphReportSchema>;

export const quantizationReportSchema = v.object({
  model: v.object({ name: v.string(), sha256: v.string() }),
  /** What was measured as it is against the model, in the column {@link quantizedColumn}. */
  quantized: v.optional(v.object({ name: v.string(), sha256: v.string() })),
  /** The model holds quantizers, and its float original was not given: its figures are those of quantizing it again. */
  quantizedAlready: v.optional(v.literal(true)),
  settings: quantizationSettingsSchema,
  calibration: calibrationInfoSchema,
  graphs: v.array(graphReportSchema),
  /** Set where the measurement was cancelled or failed on the way: what is there is right, but not all. */
  partial: v.boolean(),
});
export type QuantizationReport = v.InferOutput<typeof quantizationReportSchema>;

/** Progress of an inspection: rows first, then figures graph by graph and scheme by scheme. */
export const inspectionEventSchema = v.variant('type', [
  v.object({ type: v.literal('status'), message: v.string(), done: count, total: count }),
  v.object({
    type: v.literal('units'),
    graph: v.string(),
    units: v.array(unitSchema),
    unmeasured: v.array(unmeasuredSchema),
  }),
  v.object({
    type: v.literal('figures'),
    graph: v.string(),
    scheme: v.string(),
    /** One for each unit, in their order; null where this scheme does not apply to the unit. */
    figures: v.array(v.nullable(errorFigureSchema)),
    output: v.nullable(errorFigureSchema),
  }),
]);
export type InspectionEvent = v.InferOutput<typeof inspectionEventSchema>;

const histogramSchema = v.object({
  min: finite,
  max: finite,
  /** Counts of equal bins from min to max. */
  float: v.array(count),
  quantized: v.array(count),
});

/** All about one unit in one scheme, measured on demand. */
export const unitDetailSchema = v.object({
  graph: v.string(),
  layer: v.string(),
  scheme: v.string(),
  accumulated: errorFigureSchema,
  /** Float input, quantized input and weights, before the unit's own output quantizer. */
  local: errorFigureSchema,
  /** Null where the unit has no weights or the scheme leaves them float. */
  weightOnly: v.nullable(errorFigureSchema),
  activationOnly: v.nullable(errorFigureSchema),
  /** Range of the output over the calibration samples, the range chosen, and the share of values outside it. */
  range: v.object({
    min: finite,
    max: finite,
    chosenMin: finite,
    chosenMax: finite,
    clippedShare: finite,
    /** Width of one step of the activation quantizer; null where it is float. */
    step: v.nullable(finite),
  }),
  histogram: histogramSchema,
  /** Channels whose largest absolute value stands out, largest first, as multiples of the median channel's. */
  outliers: v.array(v.object({ channel: count, maxAbs: finite, timesMedian: finite })),
  /** What to do, where something helps: the rule, its cost and its measured effect on the graph's output. */
  suggestion: v.nullable(
    v.object({
      match: v.string(),
      scheme: schemeSchema,
      /** More bytes of weights than now. */
      extraBytes: finite,
      outputSqnrDbBefore: v.nullable(finite),
      outputSqnrDbAfter: v.nullable(finite),
    }),
  ),
});
export type UnitDetail = v.InferOutput<typeof unitDetailSchema>;

/** Where the samples come from; absent = the bundle's own set, or seeded random inputs for a bare graph. */
export const calibrationChoiceSchema = v.object({
  /** Absolute path of a folder of pictures, or of a `.npy` / `.json` file or folder of tensors named by input. */
  path: v.string(),
});

/** Request `autoneural/quantization/inspect`; its {@link InspectionEvent}s arrive as `$/progress`. */
export const inspectParamsSchema = v.object({
  progressToken: v.union([v.string(), v.number()]),
  /** Absolute path of a bundle folder or an .onnx file. */
  modelPath: v.string(),
  settings: quantizationSettingsSchema,
  calibration: v.optional(calibrationChoiceSchema),
  /** Sizes of inputs that the graph leaves open, by input name. */
  shapes: v.optional(v.record(v.string(), v.array(count))),
  /** One number for all of an input that no sample gives, such as a sampling rate, by input name. */
  values: v.optional(v.record(v.string(), finite)),
  /** For pictures that are fed to a bare graph; `unit` where nothing is said. */
  pixels: v.optional(v.picklist(pixelScales)),
  /** Absolute path of the same model quantized elsewhere (QDQ): measured as {@link quantizedColumn}. */
  quantizedPath: v.optional(v.string()),
  /** Absolute path of a `*.quant.yaml`: measured as the column `recipe`. */
  recipePath: v.optional(v.string()),
  /** Gives the columns that were measured before, and measures nothing; a failure of kind `usage` where there are none. */
  onlyKnown: v.optional(v.boolean()),
});
export type InspectParams = v.InferOutput<typeof inspectParamsSchema>;

/** Request `autoneural/quantization/detail`: of the same model and settings as an inspection. */
export const unitDetailParamsSchema = v.object({
  inspection: v.omit(inspectParamsSchema, ['progressToken']),
  graph: v.string(),
  layer: v.string(),
  scheme: v.string(),
});
export type UnitDetailParams = v.InferOutput<typeof unitDetailParamsSchema>;

/**
 * Request `autoneural/quantization/apply`: writes the quantized model into `outDir`, which must not be there. What is
 * being done arrives as `status` events under `progressToken`.
 */
export const applyParamsSchema = v.object({
  ...v.omit(inspectParamsSchema, ['settings', 'recipePath', 'quantizedPath', 'onlyKnown']).entries,
  /** Absolute path of a `*.quant.yaml`. */
  recipePath: v.string(),
  outDir: v.string(),
});
export type ApplyParams = v.InferOutput<typeof applyParamsSchema>;

export const recipeApplicationSchema = v.omit(applyParamsSchema, ['progressToken']);
export type RecipeApplication = v.InferOutput<typeof recipeApplicationSchema>;

export const applyResultSchema = v.object({
  /** Absolute paths of what was written, and the bytes of them all. */
  files: v.array(v.string()),
  bytes: count,
  /** Whether `outDir` is a model folder that answers; that of a bare graph holds graphs and encodings only. */
  promptable: v.boolean(),
  /** What the ranges of the activations were found with. */
  ranges: v.object({
    source: v.picklist(['shipped', 'pictures', 'tensors', 'random']),
    method: v.picklist(calibrationMethods),
    samples: count,
  }),
  /**
   * SQNR at each graph's last output as predicted by the simulation and as measured on the written model. Of a bundle's
   * decoder it is that of the logits behind the last token, which are all that the written graph gives. Empty for a graph
   * with random weights.
   */
  outputs: v.array(
    v.object({ graph: v.string(), predicted: errorFigureSchema, measured: errorFigureSchema }),
  ),
});
export type ApplyResult = v.InferOutput<typeof applyResultSchema>;

export const inspectOutcomeSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), report: quantizationReportSchema }),
  v.object({ ok: v.literal(false), failure: failureSchema }),
]);
export type InspectOutcome = v.InferOutput<typeof inspectOutcomeSchema>;

export const unitDetailOutcomeSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), detail: unitDetailSchema }),
  v.object({ ok: v.literal(false), failure: failureSchema }),
]);
export type UnitDetailOutcome = v.InferOutput<typeof unitDetailOutcomeSchema>;

export const applyOutcomeSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), result: applyResultSchema }),
  v.object({ ok: v.literal(false), failure: failureSchema }),
]);
export type ApplyOutcome = v.InferOutput<typeof applyOutcomeSchema>;

export const quantizationMethods = {
  inspect: 'autoneural/quantization/inspect',
  detail: 'autoneural/quantization/detail',
  apply: 'autoneural/quantization/apply',
} as const;

/** What a measurement assumes unless it is told otherwise. */
export const defaultQuantizationSettings: QuantizationSettings = {
  schemes: ['w8a16', 'w8a8', 'w4a16', 'w4a8'],
  weights: { granularity: 'channel', symmetric: true },
  calibrationMethod: 'minmax',
  htp: 'none',
};
