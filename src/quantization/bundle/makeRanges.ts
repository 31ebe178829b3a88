import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { openBundle } from '../../bundle/bundle';
import type { Simulation } from '../../bundle/derive';
import { sha256OfFile } from '../../bundle/digest';
import { checksumFile } from '../../bundle/integrity';
import { defaultThreads } from '../../engine/onnxRuntime';
import type { Graph } from '../../onnx/model';
import type { InspectionEvent } from '../../protocol/quantization';
import { parseRecipe } from '../recipe/recipe';
import { openSubject } from './openSubject';
import { RangeFinder } from './rangeFinder';
import { type Ranges, rangesOf, rangesText } from './rangesFile';
import { simulationFiles } from './simulation';

/** All that a set holds, and answers to their end where they are not long. */
const limits = { calibration: 512, evaluation: 1, decodeSteps: 8 };

export interface MakingRanges {
  readonly calibrationPath: string | undefined;
  readonly cacheDir: string;
  /** Inside one operator; 0 = chosen by the engine. */
  readonly threads: number;
  readonly onEvent: (event: InspectionEvent) => void;
  readonly signal: AbortSignal;
}

/** What was written. */
export interface MadeRanges {
  /** Absolute paths. */
  readonly files: readonly string[];
  readonly samples: number;
  readonly values: number;
}

/**
 * Finds the ranges of a bundle's values with calibration pictures and writes them into the bundle, beside a recipe that
 * gives encoder and connector W8A16 and the decoder W4A16; a recipe that is there keeps its rules. SHA256SUMS follows.
 * @throws {StudioError} with what is wrong in the bundle or the pictures; `cancelled`
 */
export async function makeRanges(
  modelPath: string,
  precision: Simulation['precision'],
  options: MakingRanges,
): Promise<MadeRanges> {
  const { dir, weightsSha256: model } = await openBundle(modelPath);
  const threads = options.threads || defaultThreads();
  const subject = await openSubject(dir, {
    ...options,
    threads,
    shapes: {},
    values: {},
    pixels: 'unit',
    limits,
  });
  const finder = new RangeFinder(false);
  const graphs: Record<string, Ranges['graphs'][string]> = {};
  try {
    const seen = new Set<Graph>();
    for (const { name, graph, samples } of subject.graphs) {
      if (seen.has(graph)) continue;
      seen.add(graph);
      graphs[graph.name] = rangesOf(
        await finder.of(name, graph, samples.calibration, { ...options, threads }),
      );
    }
  } finally {
    await subject.close();
  }
  const samples = subject.info.calibrationSamples;
  const names = simulationFiles(precision);
  const recipe = join(dir, names.recipe);
  const ranges = join(dir, names.ranges);
  await writeWhole(recipe, recipeFor(model, await readFile(recipe, 'utf8').catch(() => undefined)));
  await writeWhole(ranges, rangesText({ version: 1, model, samples, graphs }));
  const sums = join(dir, checksumFile);
  if ((await stat(sums).catch(() => undefined)) !== undefined) await writeWhole(sums, await checksums(dir));
  const values = Object.values(graphs).reduce((sum, each) => sum + Object.keys(each).length, 0);
  return { files: [recipe, ranges], samples, values };
}

/** The recipe for these weights: one that is there keeps all but the line that names them. */
function recipeFor(model: string, before: string | undefined): string {
  if (before === undefined) return defaultRecipe(model);
  return before.replace(parseRecipe(before, 'The recipe of the bundle').model, model);
}

/** The paper's assignment (arXiv 2512.02924): vision W8A16, language W4A16. */
function defaultRecipe(model: string): string {
  return `# The precision w8a16-w4a16. Of the rules that match a layer the last one decides.
version: 1
model: ${model}
calibration:
  method: minmax
rules:
  - match: 'vision.**'
    scheme: w8a16
    granularity: channel
  - match: 'connector.**'
    scheme: w8a16
    granularity: channel
  - match: 'decoder.**'
    scheme: w4a16
    granularity: channel
`;
}

/** SHA256SUMS of every other file of a folder, by name. */
async function checksums(dir: string): Promise<string> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const names = entries
    .filter(entry => entry.isFile())
    .map(entry => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter(name => name !== checksumFile)
    .sort();
  const lines = await Promise.all(
    names.map(async name => `${await sha256OfFile(join(dir, name))}  ${name}\n`),
  );
  return lines.join('');
}

/** Written beside and renamed: whoever reads meanwhile finds the old file or the new one. */
async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const fresh = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(fresh, text, { flag: 'wx' });
    await rename(fresh, path);
  } finally {
    await rm(fresh, { force: true });
  }
}
