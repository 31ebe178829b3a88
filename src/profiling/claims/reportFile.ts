import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import * as v from 'valibot';
import { type ClaimsReport, claimsReportSchema, claimsVersion, maxClaimsBytes } from '../../protocol/claims';
import { StudioError } from '../../protocol/failure';
import { writeWhole } from '../wholeFile';

const headerSchema = v.object({ format: v.literal('autoneural-claims'), version: v.number() });

/** Whether the beginning of a file is that of a comparison with the paper. */
export function looksLikeClaims(beginning: string): boolean {
  return /"format"\s*:\s*"autoneural-claims"/.test(beginning);
}

/**
 * Reads a file as `compare --json` writes it.
 * @throws {StudioError} `file-missing`, or `run-invalid` for what is none, damaged, or of a newer version
 */
export async function readClaimsReport(file: string): Promise<ClaimsReport> {
  const name = basename(file);
  const facts = await stat(file).catch(() => undefined);
  if (!facts?.isFile())
    throw new StudioError('file-missing', `There is no comparison at ${file}: check the path.`);
  if (facts.size > maxClaimsBytes)
    throw invalid(`${name} has ${facts.size} bytes, and a comparison at most ${maxClaimsBytes}`);
  return parseClaimsReport(await readFile(file, 'utf8'), name);
}

/** @param name of the file, for the sentence; @throws {StudioError} `run-invalid` */
export function parseClaimsReport(text: string, name: string): ClaimsReport {
  const json = parseJson(text, name);
  const header = v.safeParse(headerSchema, json);
  if (!header.success) throw invalid(`${name} is no comparison with the paper`);
  const { version } = header.output;
  if (version > claimsVersion) {
    const message = `${name} is a comparison of version ${version}, and this program reads up to ${claimsVersion}: update AutoNeural Studio.`;
    throw new StudioError('run-invalid', message);
  }
  const report = v.safeParse(claimsReportSchema, json, { abortEarly: true });
  if (report.success) return report.output;
  const place = v.getDotPath(report.issues[0])?.slice(0, 120) ?? 'its beginning';
  throw invalid(`The comparison ${name} is damaged at ${place}`);
}

/**
 * Writes a comparison whole or not at all, as `compare --json` does.
 * @throws {StudioError} `internal` with the reason of the system, such as a full disk
 */
export async function writeClaimsReport(file: string, report: ClaimsReport): Promise<void> {
  await writeWhole(file, `${JSON.stringify(report, null, 2)}\n`, 'comparison');
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(`${name} is not JSON, or ends in the middle`);
  }
}

function invalid(problem: string): StudioError {
  return new StudioError('run-invalid', `${problem}: compare again or choose another file.`);
}
