import * as v from 'valibot';
import { listedClaimsSchema } from './claimsRun';
import { failureSchema } from './failure';
import { runRecordSchema } from './runRecord';

const filePath = v.string();

/** A run record on disk as a list shows it. */
export const listedRunSchema = v.object({
  /** Absolute path. */
  file: filePath,
  id: v.string(),
  name: v.string(),
  kind: v.picklist(['device', 'simulation', 'imported']),
  model: v.nullable(v.string()),
  /** What tells its machine from another. */
  machine: v.string(),
  precision: v.nullable(v.string()),
  target: v.nullable(v.string()),
  date: v.nullable(v.string()),
  status: v.picklist(['complete', 'cancelled', 'failed']),
  /** Median of the prompt as it is; null where it was not measured. */
  decodeTokensPerSecond: v.nullable(v.number()),
  ttftMs: v.nullable(v.number()),
});
export type ListedRun = v.InferOutput<typeof listedRunSchema>;

const failed = v.object({ ok: v.literal(false), failure: failureSchema });

/** Request `autoneural/listRuns`: the records in some folders, and the files there that cannot be read, with why. */
export const listRunsParamsSchema = v.object({ folders: v.array(filePath) });
export const listRunsOutcomeSchema = v.variant('ok', [
  v.object({
    ok: v.literal(true),
    /** The latest first. */
    runs: v.array(listedRunSchema),
    /** Comparisons with the paper, the latest first. */
    claims: v.array(listedClaimsSchema),
    broken: v.array(v.object({ file: filePath, reason: v.string() })),
  }),
  failed,
]);
export type ListRunsOutcome = v.InferOutput<typeof listRunsOutcomeSchema>;

/** Request `autoneural/readRun`: a record of this program, or a file of another one as records. */
export const readRunParamsSchema = v.object({ file: filePath });
export const readRunOutcomeSchema = v.variant('ok', [
  v.object({
    ok: v.literal(true),
    /** Not empty; more than one where a foreign file holds several. */
    records: v.array(runRecordSchema),
    /** What a foreign file is, for people; null for a record of this program. */
    foreign: v.nullable(v.string()),
  }),
  failed,
]);
export type ReadRunOutcome = v.InferOutput<typeof readRunOutcomeSchema>;

/** Request `autoneural/writeRun`: writes a record whole or not at all. */
export const writeRunParamsSchema = v.object({ file: filePath, record: runRecordSchema });
/** Request `autoneural/traceRun`: writes a record as a trace in the Trace Event Format. */
export const traceRunParamsSchema = v.object({ record: runRecordSchema, file: filePath });

export const writtenSchema = v.variant('ok', [v.object({ ok: v.literal(true) }), failed]);
export type WrittenOutcome = v.InferOutput<typeof writtenSchema>;

export const runFileMethods = {
  list: 'autoneural/listRuns',
  read: 'autoneural/readRun',
  write: 'autoneural/writeRun',
  trace: 'autoneural/traceRun',
} as const;
