import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { StudioError } from '../protocol/failure';
import type { Precision } from '../protocol/prompt';

export const buildFile = 'build.json';
const gigabyte = 1e9;

/** A folder that is being filled stands beside its place under such a name; the manifest keeps it out of the explorer. */
const unfinishedPrefix = (dir: string): string => `.${basename(dir)}.`;
const unfinishedEnding = '.autoneural-unfinished';

/** What a built folder says about itself. */
export interface BuildRecord {
  readonly madeBy: 'autoneural build';
  readonly model: string;
  readonly precision: Precision;
  readonly builderVersion: number;
  readonly parameters: {
    readonly encoder: number;
    readonly connector: number;
    readonly decoder: number;
    readonly total: number;
  };
  /** Random weights may be timed and counted; what such a model answers means nothing. */
  readonly weights:
    | { readonly random: true; readonly seed: number }
    | { readonly random: false; readonly file: string };
}

/** What makes a folder one that may be replaced. */
const recordSchema = v.object({ madeBy: v.literal('autoneural build') });

/**
 * Runs `fill` on a folder beside `dir` and puts it in its place when it is done: `dir` is whole or not there.
 * @param force replaces `dir` if it was built before
 * @throws {StudioError} `usage` when `dir` stands in the way.
 */
export async function fillFolder(
  dir: string,
  force: boolean,
  fill: (fresh: string) => Promise<void>,
): Promise<void> {
  await checkPlace(dir, force);
  const fresh = join(dirname(dir), `${unfinishedPrefix(dir)}${randomUUID()}${unfinishedEnding}`);
  try {
    await mkdir(fresh);
    await fill(fresh);
    await checkPlace(dir, force);
    await moveIn(fresh, dir);
  } catch (error) {
    if (error instanceof StudioError || !(error instanceof Error && 'code' in error)) throw error;
    const message =
      error.code === 'ENOSPC'
        ? `The disk became full while ${dir} was written, and nothing was kept; make room or choose another folder.`
        : `${dir} cannot be written (${String(error.code)}); choose another folder.`;
    throw new StudioError('internal', message, { cause: error });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Removes what a process that was killed while it filled `dir` left beside it. Nothing else may be filling it now. */
export async function removeUnfinished(dir: string): Promise<void> {
  const parent = dirname(dir);
  const names = await readdir(parent).catch(() => []);
  const length = unfinishedPrefix(dir).length + randomUUID().length + unfinishedEnding.length;
  const unfinished = names.filter(
    name =>
      name.length === length && name.startsWith(unfinishedPrefix(dir)) && name.endsWith(unfinishedEnding),
  );
  for (const name of unfinished) await rm(join(parent, name), { recursive: true, force: true });
}

/** @throws {StudioError} `internal` when the disk of `folder` has less than `bytes` left. */
export async function checkFreeSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const message = `This takes ${gigabytes(bytes)} GB, but the disk of ${folder} has ${gigabytes(free)} GB left; make room or choose another folder.`;
  throw new StudioError('internal', message);
}

/** In GB, with as many digits as tell sizes apart. */
export function gigabytes(bytes: number): string {
  return (bytes / gigabyte).toFixed(bytes < 0.1 * gigabyte ? 3 : 1);
}

async function checkPlace(dir: string, force: boolean): Promise<void> {
  const parent = dirname(dir);
  if ((await stat(parent).catch(() => undefined))?.isDirectory() !== true) {
    throw new StudioError('usage', `There is no folder ${parent} to write into; make it first.`);
  }
  if ((await stat(dir).catch(() => undefined)) === undefined) return;
  if (!(await isBuild(dir))) {
    throw new StudioError('usage', `${dir} exists and is no earlier build; choose another folder.`);
  }
  if (!force) {
    throw new StudioError('usage', `${dir} exists; replace it with --force or choose another folder.`);
  }
}

async function isBuild(dir: string): Promise<boolean> {
  try {
    return v.is(recordSchema, JSON.parse(await readFile(join(dir, buildFile), 'utf8')));
  } catch {
    return false;
  }
}

/** The earlier build is moved away first and comes back if the new one cannot take its place. */
async function moveIn(fresh: string, dir: string): Promise<void> {
  if ((await stat(dir).catch(() => undefined)) === undefined) return await rename(fresh, dir);
  const old = `${fresh}.old`;
  await rename(dir, old);
  try {
    await rename(fresh, dir);
  } catch (error) {
    await rename(old, dir);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}
