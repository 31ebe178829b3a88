import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import * as v from 'valibot';
import { StudioError } from '../protocol/failure';
import { maxRunFileBytes, type RunRecord, runRecordSchema, runRecordVersion } from '../protocol/runRecord';
import { printable } from './import/foreignFile';
import { codeOf, writeWhole } from './wholeFile';

const headerSchema = v.object({ format: v.literal('autoneural-run'), version: v.number() });

/**
 * Reads a run record.
 * @throws {StudioError} `file-missing`, or `run-invalid` for what is no record, damaged, or of a newer version
 */
export async function readRunRecord(file: string): Promise<RunRecord> {
  const name = basename(file);
  const size = await stat(file).then(
    found => (found.isFile() ? found.size : null),
    () => null,
  );
  if (size === null)
    throw new StudioError('file-missing', `There is no run record at ${file}: check the path.`);
  if (size > maxRunFileBytes)
    throw invalid(
      `${name} has ${Math.ceil(size / 2 ** 20)} MiB, and a run record at most ${maxRunFileBytes / 2 ** 20}`,
    );
  try {
    return parseRunRecord(await readFile(file, 'utf8'), name);
  } catch (error) {
    if (error instanceof StudioError) throw error;
    const message = `The run record ${file} cannot be read (${codeOf(error)}): check its permissions.`;
    throw new StudioError('file-missing', message, { cause: error });
  }
}

/** @param name of the file, for the sentence; @throws {StudioError} `run-invalid` */
export function parseRunRecord(text: string, name: string): RunRecord {
  const json = parseJson(text, name);
  const header = v.safeParse(headerSchema, json);
  if (!header.success) throw invalid(`${name} is not a run record of AutoNeural Studio`);
  const { version } = header.output;
  if (version > runRecordVersion) {
    const message = `${name} is a run record of version ${version}, and this program reads up to ${runRecordVersion}: update AutoNeural Studio.`;
    throw new StudioError('run-invalid', message);
  }
  const record = v.safeParse(runRecordSchema, json, { abortEarly: true });
  if (record.success) return record.output;
  const place = printable(v.getDotPath(record.issues[0]) ?? 'its beginning', 120);
  throw invalid(`The run record ${name} is damaged at ${place}`);
}

/**
 * Writes a run record whole or not at all.
 * @throws {StudioError} `internal` with the reason of the system, such as a full disk
 */
export async function writeRunRecord(file: string, record: RunRecord): Promise<void> {
  await writeWhole(file, formatRunRecord(record), 'run');
}

/** One line for each element of a list, so that a difference between two runs can be read. */
export function formatRunRecord(record: RunRecord): string {
  const { operatorPass, ...rest } = record;
  const members = Object.entries(rest).map(([key, value]) => member(key, value, ' '));
  if (operatorPass === null) members.push(member('operatorPass', null, ' '));
  else {
    const inner = Object.entries(operatorPass).map(([key, value]) => member(key, value, '  '));
    members.push(` "operatorPass": {\n${inner.join(',\n')}\n }`);
  }
  return `{\n${members.join(',\n')}\n}\n`;
}

function member(key: string, value: unknown, indent: string): string {
  if (!Array.isArray(value) || value.length === 0)
    return `${indent}${JSON.stringify(key)}: ${JSON.stringify(value)}`;
  const lines = value.map(element => `${indent} ${JSON.stringify(element)}`);
  return `${indent}${JSON.stringify(key)}: [\n${lines.join(',\n')}\n${indent}]`;
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`${name} is not JSON, or ends in the middle`, error);
  }
}

function invalid(problem: string, cause?: unknown): StudioError {
  return new StudioError('run-invalid', `${problem}: measure again or choose another file.`, { cause });
}
