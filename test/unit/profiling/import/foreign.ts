import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type ImportedRun, importRun } from '../../../../src/profiling/import/importRun';
import type { RunFigure } from '../../../../src/protocol/runFigure';
import type { RunRecord } from '../../../../src/protocol/runRecord';

const folder = path.join(import.meta.dirname, '../../../fixtures/foreign-runs');

/** Every file, with the format that has to be told. */
export const foreignFiles = {
  'ai-hub-profile.json': 'ai-hub',
  'genie-profile.json': 'genie-profile',
  'geniex-bench.json': 'geniex-bench',
  'geniex-bench.txt': 'geniex-bench-text',
  'htp-summary.json': 'htp-summary',
  'htp-trace.json': 'htp-trace',
  'llama-bench.csv': 'llama-bench-csv',
  'llama-bench.json': 'llama-bench-json',
  'llama-bench.jsonl': 'llama-bench-jsonl',
  'llama-bench.md': 'llama-bench-md',
  'ort-profile.json': 'ort-profile',
  'qnn-events.csv': 'qnn-csv',
  'qnn-events.json': 'qnn-json',
  'qnn-viewer.csv': 'qnn-csv',
} as const;
export type ForeignName = keyof typeof foreignFiles;

export function bytesOf(name: ForeignName): Buffer {
  return readFileSync(path.join(folder, name));
}

export function imported(name: ForeignName): ImportedRun {
  return importRun(name, bytesOf(name));
}

/** The only record of a file. */
export function onlyRecord(name: ForeignName): RunRecord {
  const { records } = imported(name);
  const [record] = records;
  if (record === undefined || records.length > 1) throw new Error(`${name} gives ${records.length} records`);
  return record;
}

export function figureOf(record: RunRecord | undefined, name: string): RunFigure {
  const found = record?.figures?.find(figure => figure.name === name);
  if (found === undefined) throw new Error(`no figure ${name}`);
  return found;
}

export function medianOf(
  record: RunRecord | undefined,
  metric: string,
  context: number | null = null,
): number | undefined {
  return record?.summaries.find(one => one.metric === metric && one.context === context)?.median;
}

export function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}
