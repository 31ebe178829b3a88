import type { RunRecord } from '../../protocol/runRecord';
import { aiHubFormat } from './aiHubProfile';
import { decodeForeign, type ForeignFile } from './foreignFile';
import type { JsonFormat, TextFormat } from './format';
import { genieFormat } from './genieProfile';
import { geniexFormat, geniexTextFormat } from './geniexBench';
import { htpSummaryFormat } from './htpSummary';
import { htpTraceFormat } from './htpTrace';
import { type Format, importedRecord, type RunDraft } from './importedRecord';
import { llamaCsvFormat, llamaJsonFormat, llamaJsonlFormat } from './llamaRecords';
import { llamaTableFormat } from './llamaTable';
import { ortFormat } from './ortFormat';
import { qnnCsvFormat } from './qnnCsv';
import { qnnJsonFormat } from './qnnJson';
import { parseJson } from './readJson';

const jsonFormats: readonly JsonFormat[] = [
  ortFormat,
  llamaJsonFormat,
  genieFormat,
  qnnJsonFormat,
  htpSummaryFormat,
  htpTraceFormat,
  aiHubFormat,
  geniexFormat,
];

const textFormats: readonly TextFormat[] = [
  qnnCsvFormat,
  llamaCsvFormat,
  llamaJsonlFormat,
  geniexTextFormat,
  llamaTableFormat,
];

/** Characters in which a format of lines must show itself; logs may come before it. */
const headLength = 2 ** 20;

/** What is known, for the sentence about a file that is none of it. */
const knownFormats =
  'profiles of ONNX Runtime, QNN, Genie and Qualcomm AI Hub, and results of geniex-bench and llama-bench are known';

/** A foreign file as runs. */
export interface ImportedRun {
  /** Which format it was, e.g. `llama-bench-json`. */
  readonly format: string;
  /** For people, e.g. `a result of llama-bench`. */
  readonly label: string;
  /** One, or one for every setting that a benchmark went through. */
  readonly records: readonly RunRecord[];
}

/**
 * Turns what another program measured into run records, which say so. The format is told by the content; nothing is
 * computed from the file's name. The same bytes give the same records, ids included.
 * @param fileName for the record and for sentences
 * @throws {StudioError} `run-invalid` with what is wrong in the file and what to do
 */
export function importRun(fileName: string, bytes: Uint8Array): ImportedRun {
  const file = decodeForeign(fileName, bytes);
  const head = file.text.slice(0, headLength);
  const text = textFormats.find(format => format.recognises(head));
  // One line of JSONL is a JSON file too, and lines of it are not; so lines come first.
  if (text !== undefined) return imported(file, text, text.read(file));
  if (!/^\s*[[{]/.test(file.text)) throw unknown(file);
  const value = parseJson(file);
  const json = jsonFormats.find(format => format.recognises(value));
  if (json === undefined) throw isOurs(value) ? ours(file) : unknown(file);
  return imported(file, json, json.read(file, value));
}

function imported(file: ForeignFile, format: Format, drafts: readonly RunDraft[]): ImportedRun {
  if (drafts.length === 0) throw file.invalid(`looks like ${format.label}, but holds no measurement`);
  const records = drafts.map((draft, index) => importedRecord(file, format, draft, index));
  return { format: format.id, label: format.label, records };
}

function isOurs(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'format' in value && value.format === 'autoneural-run'
  );
}

function ours(file: ForeignFile) {
  return file.invalid('is a run record of AutoNeural Studio already', 'copy it to .autoneural/runs');
}

function unknown(file: ForeignFile) {
  return file.invalid('is no profile that can be imported', knownFormats);
}
