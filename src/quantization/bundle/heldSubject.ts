import { stat } from 'node:fs/promises';
import { openBundle } from '../../bundle/bundle';
import { sha256OfGraph } from '../../bundle/graphDigest';
import type { InspectParams } from '../../protocol/quantization';
import { inspectionLimits, openSubject } from './openSubject';
import { RangeFinder } from './rangeFinder';
import type { Subject, SubjectRequest } from './subject';

/** A model with its samples, and the ranges that were found with them. */
export interface Held {
  readonly subject: Subject;
  readonly ranges: RangeFinder;
}

interface Shelf extends Held {
  readonly key: string;
}

let shelf: Shelf | undefined;

/**
 * The model of an inspection. The last one stays open, since a detail is asked for after it, and running the float model
 * over its pictures takes longer than the detail. One at a time: measurements of a process run one after the other.
 * @throws {StudioError} as `openSubject`
 */
export async function holdSubject(
  {
    modelPath,
    calibration,
    shapes = {},
    values = {},
    pixels = 'unit',
    settings,
  }: Omit<InspectParams, 'progressToken'>,
  histograms: boolean,
  run: Pick<SubjectRequest, 'cacheDir' | 'threads' | 'onEvent' | 'signal'>,
): Promise<Held> {
  const calibrationPath = calibration?.path;
  const key = JSON.stringify([
    modelPath,
    await identityOf(modelPath),
    calibrationPath,
    calibrationPath === undefined ? null : (await stat(calibrationPath).catch(() => undefined))?.mtimeMs,
    shapes,
    values,
    pixels,
    histograms ? settings.calibrationMethod : 'minmax',
  ]);
  if (shelf?.key === key) return shelf;
  await shelf?.subject.close();
  shelf = undefined;
  const subject = await openSubject(modelPath, {
    ...run,
    shapes,
    values,
    pixels,
    calibrationPath,
    limits: inspectionLimits,
  });
  shelf = { key, subject, ranges: new RangeFinder(histograms) };
  return shelf;
}

/** Of all that decides the figures; null where there is nothing, which opening it will say. */
async function identityOf(modelPath: string): Promise<string | null> {
  const stats = await stat(modelPath).catch(() => undefined);
  if (stats === undefined) return null;
  return stats.isDirectory() ? (await openBundle(modelPath)).sha256 : await sha256OfGraph(modelPath);
}
