import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { openBundle } from '../../bundle/bundle';
import { sha256OfFile, sha256OfText } from '../../bundle/digest';
import { sha256OfGraph } from '../../bundle/graphDigest';
import type { InspectParams } from '../../protocol/quantization';

/** Everything but the columns that decides the figures of a measurement. */
export interface MeasurementFacts {
  readonly engine: string;
  readonly model: string;
  readonly name: string;
  readonly weights: InspectParams['settings']['weights'];
  readonly calibrationMethod: string;
  readonly htp: string;
  readonly samples: string | null;
  readonly shapes: readonly (readonly [string, readonly number[]])[];
  readonly values: readonly (readonly [string, number])[];
  readonly pixels: string;
  /** Of the model that was quantized elsewhere; null where none stands beside. */
  readonly quantized: string | null;
}

/**
 * @param engineFile the bundled program that measures: another build may measure otherwise
 * @throws {StudioError} where the model cannot be opened
 */
export async function factsOf(
  params: Omit<InspectParams, 'progressToken'>,
  engineFile: string,
): Promise<MeasurementFacts> {
  const {
    modelPath,
    settings,
    calibration,
    shapes = {},
    values = {},
    pixels = 'unit',
    quantizedPath,
  } = params;
  return {
    engine: await sha256OfFile(engineFile),
    model: await identityOf(modelPath),
    name: basename(modelPath),
    weights: settings.weights,
    calibrationMethod: settings.calibrationMethod,
    htp: settings.htp,
    samples: calibration === undefined ? null : await fingerprintOf(calibration.path),
    shapes: byName(shapes),
    values: byName(values),
    pixels,
    quantized: quantizedPath === undefined ? null : await identityOf(quantizedPath),
  };
}

function byName<Value>(record: Readonly<Record<string, Value>>): [string, Value][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Hash of a recipe's text; null where it cannot be read, which the measurement will say. */
export async function recipeHash(recipePath: string): Promise<string | null> {
  return readFile(recipePath, 'utf8').then(sha256OfText, () => null);
}

/** Of a bundle its own hash; of an .onnx file that of itself and of the files its weights lie in. */
async function identityOf(modelPath: string): Promise<string> {
  const isFile = (await stat(modelPath).catch(() => undefined))?.isFile() ?? false;
  if (!isFile) {
    const bundle = await openBundle(modelPath);
    return `${bundle.sha256}-${bundle.graphSha256}`;
  }
  return await sha256OfGraph(modelPath);
}

/** Names, sizes and times of the samples: reading them all would take longer than many a measurement. */
async function fingerprintOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  const names = found?.isDirectory() ? await readdir(path, { recursive: true }) : [''];
  const lines = await Promise.all(names.sort().map(name => lineOf(join(path, name), name)));
  return sha256OfText([path, ...lines].join('\n'));
}

async function lineOf(path: string, name: string): Promise<string> {
  const file = await stat(path).catch(() => undefined);
  return `${name}|${file?.size}|${file?.mtimeMs}`;
}
