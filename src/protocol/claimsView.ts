import * as v from 'valibot';
import type { ClaimsReport } from './claims';
import { type ClaimsCostOutcome, claimsSettingsSchema } from './claimsRun';
import type { MeasurementRun } from './quantizationView';

/** A model that can be chosen: a preset or a model folder. */
export interface ClaimsChoice {
  /** `preset:NAME`, or the absolute path of a folder with a config.json. */
  id: string;
  /** For people. */
  label: string;
}

/** What the form of the view asks for: the model whose claims are tested and the baseline by id, and the settings. */
export const claimsFormSchema = v.object({
  models: v.tuple([v.pipe(v.string(), v.maxLength(4096)), v.pipe(v.string(), v.maxLength(4096))]),
  settings: claimsSettingsSchema,
});
export type ClaimsForm = v.InferOutput<typeof claimsFormSchema>;

/** How far a comparison is. */
export interface ClaimsProgress {
  doing: string;
  done: number;
  /** Null before that is known. */
  of: number | null;
}

/** What the view keeps with `setState`: the extension finds the panel's content again by it after a reload. */
export const savedClaimsViewSchema = v.object({ sessionId: v.pipe(v.string(), v.maxLength(64)) });

/** Everything the view draws; sent whole on `ready`, when a run starts and when it ends. */
export interface ClaimsViewState {
  /** To be kept by the view. */
  sessionId: string;
  choices: ClaimsChoice[];
  form: ClaimsForm;
  /** Of that form; null while it is being found out. */
  cost: ClaimsCostOutcome | null;
  run: MeasurementRun;
  /** Of the run that is going on. */
  progress: ClaimsProgress;
  /** What is shown: of the run that is going on, else of the last one or of a file. */
  report: ClaimsReport | null;
  /** Path for people of the file that keeps it; null where none does. */
  place: string | null;
  /** Where the next one is kept, for people; or why it is not. */
  keeping: string;
  trusted: boolean;
  runtime: { state: 'starting' | 'ready' | 'stopped'; message?: string };
}

/** Extension -> webview. */
export type ToClaimsView =
  | { type: 'state'; state: ClaimsViewState }
  | { type: 'progress'; progress: ClaimsProgress }
  | { type: 'measured'; report: ClaimsReport }
  | { type: 'cost'; cost: ClaimsCostOutcome | null }
  | { type: 'notice'; message: string };

/** Bytes of an exported picture, and characters of an exported text, that the extension accepts at most. */
const maxExportSize = 16 * 1024 * 1024;

/** Webview -> extension; checked, since a webview is a boundary. */
export const fromClaimsViewSchema = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  /** The form changed: what would it cost? */
  v.object({ type: v.literal('plan'), form: claimsFormSchema }),
  v.object({ type: v.literal('run'), form: claimsFormSchema }),
  /** Ends the run; what is measured so far is kept and marked. */
  v.object({ type: v.literal('cancel') }),
  /** The extension asks for the folder of the model (0) or of the baseline (1). */
  v.object({ type: v.literal('chooseFolder'), which: v.picklist([0, 1]) }),
  /** Opens the file of what is shown. */
  v.object({ type: v.literal('openFile') }),
  /** Shows the setting that limits memory. */
  v.object({ type: v.literal('openMemoryLimit') }),
  /** The extension asks where to save and tells the result as a `notice`. */
  v.object({
    type: v.literal('export'),
    content: v.variant('kind', [
      v.object({
        kind: v.literal('png'),
        bytes: v.pipe(
          v.instance(Uint8Array),
          v.check(bytes => bytes.byteLength <= maxExportSize, 'a picture of at most 16 MiB'),
        ),
      }),
      v.object({
        kind: v.picklist(['csv', 'html']),
        text: v.pipe(v.string(), v.maxLength(maxExportSize)),
      }),
    ]),
  }),
  v.object({ type: v.literal('restart') }),
  v.object({ type: v.literal('showLog') }),
]);
export type FromClaimsView = v.InferOutput<typeof fromClaimsViewSchema>;
