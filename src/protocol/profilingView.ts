import * as v from 'valibot';
import type { TargetInfo } from './models';
import type { ProfileEvent, ProfileSettings } from './profile';
import { type ModelChoice, type Precision, precisionSchema } from './prompt';
import type { MeasurementRun } from './quantizationView';
import type { RunRecord } from './runRecord';

/** Runs that one panel shows at most, so that each has a colour and dashes of its own. */
export const maxRunsShown = 4;

/** A run in the panel. */
export interface ShownRun {
  record: RunRecord;
  /** Path for people of the file that keeps it; null where it could not be written. */
  place: string | null;
}

/** A run that is kept, as a list has it. */
export interface StoredRun {
  id: string;
  name: string;
  /** For people: model, precision, target, date. */
  description: string;
}

/** What the next run would measure. */
export interface ProfilingSubject {
  /** Name of the bundle for people. */
  name: string;
  /** Path for people. */
  place: string;
  choice: ModelChoice;
  settings: ProfileSettings;
  /** Path of the picture for people. */
  picture: string;
}

/** How the first run stands against the baseline of its model on its machine. */
export interface BaselineVerdict {
  /** Of the baseline. */
  id: string;
  name: string;
  /** Whether a median is worse than the limit; null where the two cannot be held against each other. */
  regressed: boolean | null;
  /** What came of it, or why nothing did. */
  sentence: string;
}

/** Quantization error by layer, as it was measured of the same model. */
export interface LayerErrors {
  graphs: {
    /** `vision_encoder`, `decoder.prefill` or `decoder.decode`. */
    graph: string;
    scheme: string;
    layers: { layer: string; sqnrDb: number | null; exact: boolean }[];
  }[];
}

/** What the view keeps with `setState`: the extension finds the panel's runs again by it after a reload. */
export const savedProfilingViewSchema = v.object({ sessionId: v.pipe(v.string(), v.maxLength(64)) });

/** Everything the view draws; sent whole on `ready`, when a run starts and when it ends. */
export interface ProfilingViewState {
  /** To be kept by the view. */
  sessionId: string;
  /** Null where the panel shows stored runs whose model is not here. */
  subject: ProfilingSubject | null;
  precisions: { id: Precision; label: string }[];
  targets: TargetInfo[];
  run: MeasurementRun;
  /** The first is what the panel is about (none before its first run ended), others lie over it. */
  runs: ShownRun[];
  /** Events of the run that is going on, in order. */
  events: ProfileEvent[];
  /** Kept runs that can be laid over, the latest first. */
  stored: StoredRun[];
  /** Null where the first run has no baseline. */
  verdict: BaselineVerdict | null;
  /** Null, with the reason, where the bundle's quantization was not measured. */
  errors: LayerErrors | null;
  errorsReason: string;
  /** Where the next run is kept, for people; or why it is not. */
  keeping: string;
  trusted: boolean;
  runtime: { state: 'starting' | 'ready' | 'stopped'; message?: string };
}

/** Extension -> webview. */
export type ToProfilingView =
  | { type: 'state'; state: ProfilingViewState }
  | { type: 'events'; events: ProfileEvent[] }
  | { type: 'stored'; stored: StoredRun[] }
  | { type: 'notice'; message: string };

/** Bytes of an exported picture, and characters of an exported text, that the extension accepts at most. */
const maxExportSize = 64 * 1024 * 1024;

const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** What the form of the view sends: all settings but the picture, which the extension asks for. */
export const profileFormSchema = v.object({
  question: v.pipe(v.string(), v.maxLength(10_000)),
  contexts: v.pipe(v.array(whole(1, 1_000_000)), v.maxLength(32)),
  repetitions: whole(1, 1000),
  warmUps: whole(0, 100),
  tokens: whole(2, 65_536),
  sustainSeconds: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(3600)),
  operators: v.boolean(),
});
export type ProfileForm = v.InferOutput<typeof profileFormSchema>;

const runId = v.pipe(v.string(), v.maxLength(200));

/** Webview -> extension; checked, since a webview is a boundary. */
export const fromProfilingViewSchema = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  /** Profiles the subject with these settings. */
  v.object({ type: v.literal('run'), form: profileFormSchema }),
  /** Ends the run; what is measured so far is kept and marked. */
  v.object({ type: v.literal('cancel') }),
  v.object({
    type: v.literal('choose'),
    precision: v.exactOptional(precisionSchema),
    target: v.exactOptional(v.pipe(v.string(), v.maxLength(100))),
  }),
  /** The extension asks which picture. */
  v.object({ type: v.literal('choosePicture'), form: profileFormSchema }),
  /** Lays a kept run over the first one; without an id the extension asks which. */
  v.object({ type: v.literal('overlay'), id: v.exactOptional(runId) }),
  v.object({ type: v.literal('removeRun'), id: runId }),
  /** Opens the file of a run. */
  v.object({ type: v.literal('openRun'), id: runId }),
  /** The extension asks for a file of another program. */
  v.object({ type: v.literal('importRun') }),
  v.object({ type: v.literal('inspectQuantization') }),
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
  /** The first run as a trace in the Trace Event Format. */
  v.object({ type: v.literal('exportTrace') }),
  v.object({ type: v.literal('restart') }),
  v.object({ type: v.literal('showLog') }),
]);
export type FromProfilingView = v.InferOutput<typeof fromProfilingViewSchema>;
