import { createHash } from 'node:crypto';
import type {
  DeviceFacts,
  RunLoad,
  RunOperator,
  RunProvenance,
  RunRecord,
  RunRepetition,
  RunSettings,
} from '../../protocol/runRecord';
import { runRecordVersion } from '../../protocol/runRecord';
import type { FigureDraft } from './figures';
import { summaryOf } from './figures';
import type { ForeignFile } from './foreignFile';
import { printable } from './foreignFile';
import { unmeasuredIn } from './unmeasured';

/** A format that can be imported. */
export interface Format {
  /** Stands in the record and in its id, e.g. `llama-bench`. */
  readonly id: string;
  /** Continues "looks like" and begins "... holds no", e.g. `a result of llama-bench`. */
  readonly label: string;
}

/** What a reader found in a file; everything that its format does not hold is left out. */
export interface RunDraft {
  /** What tells this run from others in the same file. */
  title?: string;
  program?: string | null;
  /** ISO 8601 in UTC. */
  date?: string | null;
  model?: Partial<RunProvenance['model']>;
  precision?: string | null;
  versions?: Record<string, string>;
  target?: Partial<RunProvenance['target']>;
  device?: Partial<DeviceFacts>;
  threads?: number | null;
  settings?: Partial<RunSettings>;
  loads?: RunLoad[];
  repetitions?: RunRepetition[];
  operators?: RunOperator[];
  figures: FigureDraft[];
  notes?: string[];
  /** Better reasons than the usual one for what the record has as null, by field. */
  reasons?: Record<string, string>;
}

/** What a run record can hold. */
const most = { operators: 100_000, repetitions: 100_000, figures: 10_000 } as const;

/** Makes a whole run record of a draft: labelled imported, every gap with its reason. */
export function importedRecord(file: ForeignFile, format: Format, draft: RunDraft, index: number): RunRecord {
  if (draft.figures.length === 0 && !draft.operators?.length)
    throw file.invalid(`looks like ${format.label}, but holds no measurement`);
  for (const part of ['operators', 'repetitions', 'figures'] as const)
    if ((draft[part]?.length ?? 0) > most[part])
      throw file.invalid(`holds more than ${most[part]} ${part}`, 'profile a part of it');
  const digest = createHash('sha256').update(file.text).digest('hex').slice(0, 12);
  const source = printable(file.name, 200);
  const { operators } = draft;
  const record: RunRecord = {
    format: 'autoneural-run',
    version: runRecordVersion,
    id: `imported-${format.id}-${digest}${index === 0 ? '' : `-${index + 1}`}`,
    name: draft.title === undefined ? source : `${source}: ${printable(draft.title, 200)}`,
    provenance: provenanceOf(draft, { format: format.id, file: source }),
    settings: settingsOf(draft),
    status: 'complete',
    statusReason: null,
    loads: draft.loads ?? [],
    repetitions: draft.repetitions ?? [],
    samples: [],
    peakRssBytes: null,
    operatorPass: operators?.length ? { prompts: null, tokens: null, operators } : null,
    summaries: draft.figures.map(summaryOf).filter(summary => summary !== null),
    figures: draft.figures.map(({ figure }) => figure),
    unmeasured: [],
    notes: draft.notes ?? [],
  };
  const reasons = { ...draft.reasons, ...withoutMedian(draft.figures) };
  return { ...record, unmeasured: unmeasuredIn(record, format.label, reasons) };
}

function provenanceOf(draft: RunDraft, source: RunProvenance['source']): RunProvenance {
  return {
    kind: 'imported',
    source,
    program: draft.program ?? null,
    date: draft.date ?? null,
    model: {
      name: null,
      sha256: null,
      graphSha256: null,
      weightsSha256: null,
      parameters: null,
      contextLength: null,
      ...draft.model,
    },
    precision: draft.precision ?? null,
    recipeSha256: null,
    versions: draft.versions ?? {},
    target: { id: null, label: null, ...draft.target },
    device: {
      name: null,
      os: null,
      arch: null,
      processor: null,
      cores: null,
      memoryBytes: null,
      ...draft.device,
    },
    threads: draft.threads ?? null,
  };
}

function settingsOf({ settings }: RunDraft): RunSettings {
  return {
    picture: null,
    question: null,
    contexts: [],
    repetitions: null,
    warmUps: null,
    tokens: null,
    sustainSeconds: null,
    ...settings,
  };
}

/** Why a metric that the file does have is no summary. */
function withoutMedian(figures: readonly FigureDraft[]): Record<string, string> {
  const reasons: Record<string, string> = {};
  for (const { metric, figure } of figures) {
    if (metric === null || figure.median !== null) continue;
    if (figure.cold !== null)
      reasons[metric] =
        'The file has only the first call after loading, which no summary counts; it is among the figures.';
    else if (figure.mean !== null)
      reasons[metric] = 'The file gives a mean, and summaries are medians; the mean is among the figures.';
  }
  return reasons;
}
