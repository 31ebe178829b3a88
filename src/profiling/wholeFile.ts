import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StudioError } from '../protocol/failure';
import { makeFolder } from './makeFolder';

/**
 * Writes a file whole or not at all, with the folders it needs.
 * @param what it is, for the sentence
 * @throws {StudioError} `internal` with the reason of the system, such as a full disk
 */
export async function writeWhole(file: string, text: string, what: 'run' | 'comparison'): Promise<void> {
  const beside = `${file}.${randomUUID()}.tmp`;
  try {
    await makeFolder(dirname(file));
    await writeFile(beside, text, { flag: 'wx' });
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    const [why, advice] = reasons[codeOf(error)] ?? [codeOf(error), 'name another place'];
    const message = `The ${what} cannot be written to ${file} (${why}): ${advice}.`;
    throw new StudioError('internal', message, { cause: error });
  }
}

/** Why the system wrote nothing, and what helps, by its code. */
const reasons: Readonly<Record<string, readonly [why: string, advice: string]>> = {
  ENOSPC: ['the disk is full', 'make room there or name another place'],
  EDQUOT: ['the quota of the disk is used up', 'make room there or name another place'],
  EFBIG: ['the file would be larger than is allowed', 'name another place'],
  ENOENT: ['no folder can be made there', 'name another place'],
  ENOTDIR: ['a file stands where its folder should be', 'name another place'],
  EEXIST: ['a file stands where its folder should be', 'name another place'],
  EACCES: ['it is not permitted', 'name another place'],
  EPERM: ['it is not permitted', 'name another place'],
  EROFS: ['nothing can be written on that disk', 'name another place'],
};

/** The system's code of an error, else its text. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
