import { statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import { dirname } from 'node:path';
import { defaultThreads } from '../../engine/onnxRuntime';
import { claimsCost, FieldError } from '../../profiling/claims/claimsCost';
import { measureClaims, type NamedModel } from '../../profiling/claims/measureClaims';
import { readConfigFile } from '../../profiling/claims/readConfigFile';
import type { ClaimsReport } from '../../protocol/claims';
import type { ClaimsCost, ClaimsEvent, ClaimsField, ClaimsModel } from '../../protocol/claimsRun';
import { type Failure, StudioError } from '../../protocol/failure';
import type { ToHost } from '../../protocol/host';

/** @throws {StudioError} when nothing was measured */
export async function compareWithPaper(
  { models, settings, cacheDir, threads }: Extract<ToHost, { type: 'claims' }>,
  onEvent: (event: ClaimsEvent) => void,
  signal: AbortSignal,
): Promise<ClaimsReport> {
  return measureClaims({
    ...settings,
    models: [await named(models[0]), await named(models[1])],
    threads,
    cacheDir,
    signal,
    onProgress: message => onEvent({ type: 'doing', message }),
    onStep: (done, of) => onEvent({ type: 'progress', done, of }),
    onMeasured: report => onEvent({ type: 'measured', report }),
  });
}

async function named({ name, configPath }: ClaimsModel): Promise<NamedModel> {
  return { name, config: await readConfigFile(configPath) };
}

/** What a comparison would take; or the field that cannot be, and why. */
export async function costOfComparison({
  models,
  settings,
  cacheDir,
  threads: wanted,
}: Extract<ToHost, { type: 'claimsCost' }>): Promise<
  { cost: Omit<ClaimsCost, 'memoryLimitBytes'> } | { field: ClaimsField; failure: Failure }
> {
  const threads = wanted || defaultThreads();
  try {
    const pair = [await modelOf('model', models[0]), await modelOf('baseline', models[1])] as const;
    const cost = claimsCost({ ...settings, models: pair, threads });
    return {
      cost: { ...cost, threads, freeDiskBytes: await freeDisk(cacheDir), freeMemoryBytes: freemem() },
    };
  } catch (error) {
    if (error instanceof FieldError) return { field: error.field, failure: error.reason.failure };
    throw error;
  }
}

async function modelOf(field: ClaimsField, model: ClaimsModel): Promise<NamedModel> {
  try {
    return await named(model);
  } catch (error) {
    throw error instanceof StudioError ? new FieldError(field, error) : error;
  }
}

/** Bytes that are free where the graphs go, or in the nearest folder above it that is there. */
async function freeDisk(dir: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(dir);
    return bavail * bsize;
  } catch {
    return dirname(dir) === dir ? null : freeDisk(dirname(dir));
  }
}
