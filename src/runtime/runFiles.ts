import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { looksLikeClaims, readClaimsReport } from '../profiling/claims/reportFile';
import { importRun } from '../profiling/import/importRun';
import { machineOf } from '../profiling/regression';
import { parseRunRecord, readRunRecord } from '../profiling/runRecordFile';
import { chromeTrace } from '../profiling/trace/chromeTrace';
import type { ClaimsReport } from '../protocol/claims';
import type { ListedClaims } from '../protocol/claimsRun';
import { StudioError } from '../protocol/failure';
import type { ListedRun, ListRunsOutcome, ReadRunOutcome } from '../protocol/runFiles';
import { maxRunFileBytes, type RunRecord } from '../protocol/runRecord';

/** A file as it was when it was read last; a list is asked for after every change in its folder. */
interface Remembered {
  readonly mtimeMs: number;
  readonly size: number;
  readonly found: ListedRun | ListedClaims | { reason: string };
}

/** The run records of folders, each file read once for every change. */
export class RunFolders {
  private readonly remembered = new Map<string, Remembered>();

  /** The records and comparisons in some folders, the latest first. A folder that is not there holds none. */
  async list(folders: readonly string[]): Promise<Extract<ListRunsOutcome, { ok: true }>> {
    const runs: ListedRun[] = [];
    const claims: ListedClaims[] = [];
    const broken: { file: string; reason: string }[] = [];
    for (const file of (await Promise.all(folders.map(recordFiles))).flat()) {
      const found = await this.look(file);
      if (found === undefined) continue;
      if ('reason' in found) broken.push({ file, reason: found.reason });
      else if ('verdicts' in found) claims.push(found);
      else runs.push(found);
    }
    runs.sort((one, other) => (other.date ?? '').localeCompare(one.date ?? ''));
    claims.sort((one, other) => other.date.localeCompare(one.date));
    return { ok: true, runs, claims, broken };
  }

  private async look(file: string): Promise<Remembered['found'] | undefined> {
    const facts = await stat(file).catch(() => undefined);
    if (!facts) return undefined;
    const { mtimeMs, size } = facts;
    const before = this.remembered.get(file);
    if (before?.mtimeMs === mtimeMs && before.size === size) return before.found;
    const found = await readListed(file).catch(error => ({
      reason: error instanceof StudioError ? error.message : String(error),
    }));
    this.remembered.set(file, { mtimeMs, size, found });
    return found;
  }
}

/**
 * A file as run records: one of this program, or what another program measured.
 * @throws {StudioError} `file-missing` or `run-invalid`
 */
export async function readAnyRun(file: string): Promise<Extract<ReadRunOutcome, { ok: true }>> {
  const name = path.basename(file);
  const bytes = await boundedBytes(file);
  const text = new TextDecoder().decode(bytes.subarray(0, 4096));
  if (/"format"\s*:\s*"autoneural-run"/.test(text))
    return { ok: true, records: [parseRunRecord(new TextDecoder().decode(bytes), name)], foreign: null };
  if (looksLikeClaims(text))
    throw new StudioError(
      'run-invalid',
      `${name} is a comparison with the paper and no run: keep it in .autoneural/runs and open it from the list of runs.`,
    );
  const { label, records } = importRun(name, bytes);
  return { ok: true, records: [...records], foreign: label };
}

/**
 * Writes a record as a trace.
 * @throws {StudioError} `run-invalid` when a trace would show nothing of it, `internal` with the reason of the system
 */
export async function writeTrace(file: string, record: RunRecord): Promise<void> {
  const trace = chromeTrace(record);
  try {
    await writeFile(file, trace);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const message = `The trace cannot be written to ${file} (${reason}): choose another place.`;
    throw new StudioError('internal', message, { cause: error });
  }
}

async function boundedBytes(file: string): Promise<Uint8Array> {
  const facts = await stat(file).catch(() => undefined);
  if (!facts?.isFile()) throw new StudioError('file-missing', `There is no file at ${file}: check the path.`);
  if (facts.size > maxRunFileBytes)
    throw new StudioError(
      'run-invalid',
      `${path.basename(file)} has ${Math.ceil(facts.size / 2 ** 20)} MiB, and at most ${maxRunFileBytes / 2 ** 20} are read: choose a smaller file.`,
    );
  return readFile(file);
}

async function recordFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter(name => name.endsWith('.json')).map(name => path.join(folder, name));
}

/** @throws {StudioError} for a file that is neither a record nor a comparison */
async function readListed(file: string): Promise<ListedRun | ListedClaims> {
  return looksLikeClaims(await beginningOf(file))
    ? listedClaims(file, await readClaimsReport(file))
    : listed(file, await readRunRecord(file));
}

async function beginningOf(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function listedClaims(file: string, { contenders, date, status, claims }: ClaimsReport): ListedClaims {
  const names: ListedClaims['names'] = [contenders[0].name, contenders[1].name];
  return { file, names, date, status, verdicts: claims.map(({ verdict }) => verdict) };
}

function listed(file: string, { id, name, provenance, status, summaries }: RunRecord): ListedRun {
  const middle = (metric: 'decodeTokensPerSecond' | 'ttftMs') =>
    summaries.find(summary => summary.metric === metric && summary.context === null)?.median ?? null;
  const { kind, model, device, precision, target, date } = provenance;
  return {
    file,
    id,
    name,
    kind,
    model: model.name,
    machine: machineOf(device),
    precision,
    target: target.label ?? target.id,
    date,
    status,
    decodeTokensPerSecond: middle('decodeTokensPerSecond'),
    ttftMs: middle('ttftMs'),
  };
}
