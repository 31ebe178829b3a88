import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fillFolder } from '../../bundle/buildFolder';
import { hasRandomWeights } from '../../bundle/builtGraph';
import { openBundle } from '../../bundle/bundle';
import { FolderWriter } from '../../bundle/folderWriter';
import { checksumFile } from '../../bundle/integrity';
import { defaultThreads } from '../../engine/onnxRuntime';
import { StudioError } from '../../protocol/failure';
import {
  type ApplyResult,
  defaultQuantizationSettings,
  type InspectionEvent,
  type RecipeApplication,
} from '../../protocol/quantization';
import { holdSubject } from '../bundle/heldSubject';
import type { MeasuringOptions } from '../inspect';
import { type Application, type Applied, type Filling, stopped } from './application';
import { exportBundle } from './exportBundle';
import { exportGraph } from './exportGraph';
import { checkRecipeModel } from './recipe';
import { readRecipeFile } from './recipeFile';

/**
 * Writes a model with the quantizers of a recipe, and measures what was written: a bundle becomes a bundle that answers
 * with its quantized graphs, a bare graph becomes NAME.onnx and its encodings. `outDir` is whole or not there.
 * @param onEvent told what is being done
 * @throws {StudioError} `usage` when `outDir` is there, `internal` when it cannot be written, `cancelled`; else as
 *   `inspectModel`
 */
export async function applyRecipe(
  params: RecipeApplication,
  onEvent: (event: InspectionEvent) => void,
  signal: AbortSignal,
  options: MeasuringOptions,
): Promise<ApplyResult> {
  const { outDir } = params;
  await requireFree(outDir);
  return await asExport(async () => {
    let result: ApplyResult | undefined;
    await fillFolder(outDir, false, async dir => {
      const application = await applicationOf(params, onEvent, signal, options);
      const writer = new FolderWriter(dir, {
        signal,
        cancelled: stopped,
        onProgress: sayingOnce(message => onEvent({ type: 'status', message, done: 0, total: 0 })),
      });
      const applied = await fill(params.modelPath, application, { dir, writer });
      const names = applied.promptable ? [...writer.names, checksumFile] : writer.names;
      result = { ...applied, files: names.map(name => join(outDir, name)), bytes: writer.bytes };
    });
    if (result === undefined) throw new Error('the folder was filled without a result');
    return result;
  });
}

/** An export replaces nothing. */
async function requireFree(outDir: string): Promise<void> {
  if ((await stat(outDir).catch(() => undefined)) === undefined) return;
  throw new StudioError('usage', `${outDir} exists: choose a folder that is not there yet.`);
}

async function applicationOf(
  { recipePath, outDir: _, ...params }: RecipeApplication,
  onEvent: (event: InspectionEvent) => void,
  signal: AbortSignal,
  options: MeasuringOptions,
): Promise<Application> {
  const recipe = await readRecipeFile(recipePath);
  const { calibration, htp } = recipe.recipe;
  const settings = { ...defaultQuantizationSettings, calibrationMethod: calibration.method, htp };
  const threads = options.threads || defaultThreads();
  const run = { cacheDir: options.cacheDir, threads, onEvent, signal };
  onEvent({ type: 'status', message: 'Reading the model', done: 0, total: 0 });
  const held = await holdSubject({ ...params, settings }, calibration.method !== 'minmax', run);
  checkRecipeModel(recipe.recipe, recipe.name, held.subject.model);
  const ownSamples = params.calibration !== undefined;
  const randomWeights = await hasRandomWeights(params.modelPath);
  return { ...held, recipe, ownSamples, randomWeights, threads, signal, onEvent };
}

async function fill(modelPath: string, application: Application, filling: Filling): Promise<Applied> {
  if (!(await stat(modelPath)).isDirectory()) return await exportGraph(application, filling);
  return await exportBundle(await openBundle(modelPath), application, filling);
}

/** Says what is written and how much that was, where it reads otherwise than before: a file comes in thousands of chunks. */
function sayingOnce(say: (message: string) => void): (name: string, written: number) => void {
  let last: string | undefined;
  return (name, written) => {
    const message = `Writing ${name}: ${sizeOf(written)}`;
    if (message !== last) say(message);
    last = message;
  };
}

function sizeOf(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Whatever was stopped on the way, to a person it is the export. */
async function asExport<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StudioError && error.kind === 'cancelled')
      throw new StudioError('cancelled', stopped, { cause: error });
    throw error;
  }
}
