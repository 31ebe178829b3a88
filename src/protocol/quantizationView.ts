import * as v from 'valibot';
import type { Failure, OpenInput, ValueInput } from './failure';
import {
  type InspectionEvent,
  type PixelScale,
  pixelScales,
  type QuantizationReport,
  type QuantizationSettings,
  quantizationSettingsSchema,
  schemeSchema,
  type UnitDetailOutcome,
} from './quantization';

/** Of the two models that may stand side by side: the one the panel was opened for, or the one beside it. */
export const inspectionSides = ['model', 'compared'] as const;
export type InspectionSide = (typeof inspectionSides)[number];

/** What a measurement is doing, or how it ended. `done` may still be partial: the report says so. */
export type MeasurementRun =
  /** Nothing was asked for yet; a report of an earlier session may be there. */
  | { state: 'idle' }
  | { state: 'running' }
  | { state: 'done' }
  | { state: 'cancelled' }
  | { state: 'failed'; failure: Failure };

/** A model and its figures so far. */
export interface Inspection {
  /** Name for people: the bundle's, or the file's. */
  name: string;
  /** Path for people, e.g. relative to the workspace. */
  place: string;
  run: MeasurementRun;
  /** Whole once `run` has ended; null before, or where nothing was measured before it failed. */
  report: QuantizationReport | null;
  /** Events of the run that is going on, in order: all of `units` and `figures`, of `status` only the latest. */
  events: InspectionEvent[];
  /** What it is fed where no samples were chosen: those that come with it, or made-up ones. */
  usualSamples: 'shipped' | 'random';
  /** Inputs whose sizes the model leaves open, as far as that is known; a dimension that is a name is open. */
  openInputs: readonly OpenInput[];
  /** Sizes given to them, by input name; empty until a person gave them. */
  shapes: Readonly<Record<string, readonly number[]>>;
  /** Inputs that take a number which no sample gives, as far as that is known. */
  valueInputs: readonly ValueInput[];
  /** Numbers given to them, by input name. */
  values: Readonly<Record<string, number>>;
  /** How it takes the pictures that it is fed; null where it is fed none, or knows by itself. */
  pixels: PixelScale | null;
  /** Path for people of the float model that this quantized one is measured against; null where there is none. */
  original: string | null;
}

/** A rule of the recipe as its text has it now. */
export interface RecipeRule {
  match: string;
  scheme: string;
}

/** The recipe that the column `recipe` shows. */
export interface RecipeInfo {
  /** File name for people. */
  name: string;
  /** In the order of the file. */
  rules: RecipeRule[];
  /** Why the text cannot be used now, with line and column; null when it can. */
  problem: string | null;
  /** The text changed after the column `recipe` was measured. */
  stale: boolean;
}

/** What the view keeps with `setState`: the extension finds the panel's model again by it after a reload. */
export const savedQuantizationViewSchema = v.object({
  sessionId: v.pipe(v.string(), v.maxLength(64)),
});
export type SavedQuantizationView = v.InferOutput<typeof savedQuantizationViewSchema>;

/** Everything the view draws but details; sent whole on `ready`, when a run starts and when it ends. */
export interface QuantizationViewState {
  /** To be kept in {@link SavedQuantizationView}. */
  sessionId: string;
  model: Inspection;
  /** The model beside it, if one was opened. */
  compared: Inspection | null;
  /** Of the latest measurement, else those the next one would have. */
  settings: QuantizationSettings;
  /** Words for the chosen samples (`512 pictures of samples/`); null for the model's own set or random inputs. */
  calibration: string | null;
  /** Null where the model has no recipe yet; the first `addRule` makes one. */
  recipe: RecipeInfo | null;
  /** False where nothing can be measured or written, since the workspace is not trusted. */
  trusted: boolean;
  runtime: { state: 'starting' | 'ready' | 'stopped'; message?: string };
}

/** One cell of the heatmap. */
const cellSchema = v.object({
  side: v.picklist(inspectionSides),
  graph: v.string(),
  layer: v.string(),
  /** A scheme's id, or `recipe`. */
  scheme: v.pipe(v.string(), v.maxLength(64)),
});
export type CellAddress = v.InferOutput<typeof cellSchema>;

/** Extension -> webview. */
export type ToQuantizationView =
  | { type: 'state'; state: QuantizationViewState }
  | { type: 'event'; side: InspectionSide; event: InspectionEvent }
  /** The recipe's text changed, by a button here or by hand. */
  | { type: 'recipe'; recipe: RecipeInfo | null }
  /** Answers `detail`; answers to cells that are no longer selected are ignored. */
  | { type: 'detail'; cell: CellAddress; outcome: UnitDetailOutcome }
  /** The caret stands on a rule of the recipe: show the rows that its pattern names. */
  | { type: 'reveal'; match: string }
  | { type: 'notice'; message: string };

/** Bytes of an exported picture, and characters of an exported text, that the extension accepts at most. */
export const maxExportSize = 64 * 1024 * 1024;

/** The largest number of values that a seeded input may have stands in the engine; this keeps out nonsense. */
const maxSize = 2 ** 28;
const shapesSchema = v.record(
  v.string(),
  v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(maxSize))), v.maxLength(64)),
);

const pattern = v.pipe(v.string(), v.maxLength(20_000));
/** Of a rule that is there: rules may also say `float`. */
const ruleScheme = v.pipe(v.string(), v.maxLength(64));

/** Webview -> extension; checked, since a webview is a boundary. */
export const fromQuantizationViewSchema = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  /** Measures the model, and the one beside it, with these settings. */
  v.object({
    type: v.literal('measure'),
    settings: quantizationSettingsSchema,
    /** Where bare graphs are fed with pictures. */
    pixels: v.exactOptional(v.picklist(pixelScales)),
  }),
  /** Gives sizes and numbers to the inputs that a model leaves open, and measures with them. */
  v.object({
    type: v.literal('inputs'),
    side: v.picklist(inspectionSides),
    shapes: shapesSchema,
    values: v.record(v.string(), v.pipe(v.number(), v.finite())),
  }),
  /** The extension asks for the float model that this one was made from, and measures against it. */
  v.object({ type: v.literal('chooseOriginal'), side: v.picklist(inspectionSides) }),
  /** Measures the quantized model as if it were a float one again. */
  v.object({ type: v.literal('forgetOriginal'), side: v.picklist(inspectionSides) }),
  /** Ends every run of this panel; what is measured so far stays. */
  v.object({ type: v.literal('cancel') }),
  v.object({ type: v.literal('detail'), cell: cellSchema }),
  /** Puts a rule into the recipe (made where there is none), as one edit that can be undone. */
  v.object({ type: v.literal('addRule'), match: pattern, scheme: schemeSchema }),
  v.object({ type: v.literal('removeRule'), match: pattern, scheme: ruleScheme }),
  /** Opens the recipe with the rule selected. */
  v.object({ type: v.literal('revealRule'), match: pattern, scheme: ruleScheme }),
  v.object({ type: v.literal('openRecipe') }),
  /** Writes the QDQ model that the recipe describes; the extension asks where. */
  v.object({ type: v.literal('applyRecipe') }),
  /** The extension asks where to save and tells the result as a `notice`. */
  v.object({
    type: v.literal('export'),
    content: v.variant('kind', [
      v.object({
        kind: v.literal('png'),
        bytes: v.pipe(
          v.instance(Uint8Array),
          v.check(bytes => bytes.byteLength <= maxExportSize, 'a picture of at most 64 MiB'),
        ),
      }),
      v.object({
        kind: v.picklist(['csv', 'html']),
        text: v.pipe(v.string(), v.maxLength(maxExportSize)),
      }),
    ]),
  }),
  /** The extension asks for pictures or tensors. */
  v.object({ type: v.literal('chooseCalibration') }),
  v.object({ type: v.literal('openCompareModel') }),
  v.object({ type: v.literal('closeCompareModel') }),
  v.object({ type: v.literal('copy'), text: v.pipe(v.string(), v.maxLength(1_000_000)) }),
  v.object({ type: v.literal('restart') }),
  v.object({ type: v.literal('showLog') }),
]);
export type FromQuantizationView = v.InferOutput<typeof fromQuantizationViewSchema>;
