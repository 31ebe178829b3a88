import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { graphFileName, graphFiles } from '../../bundle/graphFiles';
import { defaultThreads, loadOrt, openSession } from '../../engine/onnxRuntime';
import { Simulation, type SimulationTensor } from '../../engine/simulation';
import type { Graph } from '../../onnx/model';
import { StudioError } from '../../protocol/failure';
import { type ApplyParams, type ApplyResult, defaultQuantizationSettings } from '../../protocol/quantization';
import { type Held, holdSubject } from '../bundle/heldSubject';
import type { SubjectGraph } from '../bundle/subject';
import { planQuantizers } from '../graph/placement';
import { unitsOf } from '../graph/units';
import { wiringOf } from '../graph/wiring';
import type { MeasuringOptions } from '../inspect';
import { measureAccumulated, sizesOf } from '../measure/accumulated';
import { addSums, figureOf, noSums } from '../measure/figures';
import { encodingsOf } from './encodings';
import { quantizedGraph } from './quantizedGraph';
import { checkRecipeModel } from './recipe';
import { type NamedRecipe, readRecipeFile, schemesOfRecipe } from './recipeFile';

interface Run {
  readonly recipe: NamedRecipe['recipe'];
  readonly ranges: Held['ranges'];
  readonly threads: number;
  readonly signal: AbortSignal;
}

/**
 * Writes each graph of a model with the quantizers of a recipe and the encodings beside it, and measures what was
 * written. `outDir` is whole or not there.
 * @throws {StudioError} `usage` when `outDir` is there; else as `inspectModel`
 */
export async function applyRecipe(
  { modelPath, recipePath, outDir }: ApplyParams,
  signal: AbortSignal,
  options: MeasuringOptions,
): Promise<ApplyResult> {
  if ((await stat(outDir).catch(() => undefined)) !== undefined)
    throw new StudioError('usage', `${outDir} is there already: name a folder that can be made.`);
  const { name, recipe } = await readRecipeFile(recipePath);
  const threads = options.threads || defaultThreads();
  const { method } = recipe.calibration;
  const settings = { ...defaultQuantizationSettings, calibrationMethod: method, htp: recipe.htp };
  const holding = { cacheDir: options.cacheDir, threads, onEvent: () => {}, signal };
  const { subject, ranges } = await holdSubject({ modelPath, settings }, method !== 'minmax', holding);
  checkRecipeModel(recipe, name, subject.model);
  const run = { recipe, ranges, threads, signal };
  const fresh = `${outDir}.${randomUUID()}.tmp`;
  await mkdir(dirname(outDir), { recursive: true });
  await mkdir(fresh);
  try {
    const written = new Map<Graph, string[]>();
    const outputs: ApplyResult['outputs'] = [];
    for (const each of subject.graphs) {
      if (!written.has(each.graph)) written.set(each.graph, await writeQuantized(each, fresh, run));
      outputs.push(await compared(each, join(fresh, graphFileName(each.graph.name)), run));
    }
    await rename(fresh, outDir);
    return { files: [...written.values()].flat().map(file => join(outDir, file)), outputs };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** @returns names of the files */
async function writeQuantized(
  { name, graph, samples }: SubjectGraph,
  dir: string,
  run: Run,
): Promise<string[]> {
  const { recipe, ranges, threads, signal } = run;
  const statistics = await ranges.of(name, graph, samples.calibration, {
    threads,
    signal,
    onEvent: () => {},
  });
  const { units } = unitsOf(graph, sizesOf(samples.evaluation[0] ?? {}));
  const settings = { calibrationMethod: recipe.calibration.method, htp: recipe.htp };
  const plan = planQuantizers(units, wiringOf(graph), schemesOfRecipe(recipe), statistics, settings);
  const files = graphFiles(quantizedGraph(graph, plan));
  for (const { name: fileName, chunks } of files) {
    const file = await open(join(dir, fileName), 'wx');
    try {
      for (const chunk of chunks) await file.writeFile(chunk);
    } finally {
      await file.close();
    }
  }
  const encodings = `${graph.name}.encodings.json`;
  await writeFile(join(dir, encodings), `${JSON.stringify(encodingsOf(graph, plan), null, 1)}\n`);
  return [...files.map(file => file.name), encodings];
}

/** What the simulation predicts for the last output, and what the written file gives in ONNX Runtime. */
async function compared(
  subject: SubjectGraph,
  file: string,
  run: Run,
): Promise<ApplyResult['outputs'][number]> {
  const { name, graph, samples } = subject;
  const { recipe, ranges, threads, signal } = run;
  const settings = { calibrationMethod: recipe.calibration.method, htp: recipe.htp };
  const columns = [{ id: 'recipe' as const, schemeOf: schemesOfRecipe(recipe) }];
  const onEvent = (): void => {};
  const statistics = await ranges.of(name, graph, samples.calibration, { threads, signal, onEvent });
  const measurement = { name, graph, samples, settings, columns, statistics, threads, signal, onEvent };
  const [predicted] = (await measureAccumulated(measurement)).output;
  const output = graph.outputs.at(-1)?.name ?? '';
  const float = await Simulation.open(graph, { threads });
  const session = await openSession(file, threads);
  const { Tensor } = await loadOrt();
  let sums = noSums;
  try {
    for (const feeds of samples.evaluation) {
      const tensors = Object.entries(feeds).map(
        ([input, { type, dims, data }]) =>
          [input, new Tensor(type as 'float32', data as Float32Array, dims)] as const,
      );
      const x = floats((await float.run(feeds))[output]);
      const q = floats((await session.run(Object.fromEntries(tensors)))[output]);
      sums = addSums(sums, difference(x, q));
    }
  } finally {
    await float.close();
    await session.release();
  }
  const { scheme: _, ...figure } = predicted ?? { scheme: '', ...figureOf(noSums) };
  return { graph: name, predicted: figure, measured: figureOf(sums) };
}

function floats(
  tensor: Pick<SimulationTensor, 'data'> | { readonly data: unknown } | undefined,
): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new StudioError(
    'model-invalid',
    'The last output of the graph is not fp32, so it cannot be compared: export the model with fp32 outputs.',
  );
}

function difference(x: Float32Array, q: Float32Array) {
  let [signal, noise, product, maxError] = [0, 0, 0, 0];
  for (let index = 0; index < x.length; index++) {
    const value = x[index] as number;
    const error = value - (q[index] as number);
    signal += value * value;
    noise += error * error;
    product += value * error;
    maxError = Math.max(maxError, Math.abs(error));
  }
  return { signal, noise, product, maxError };
}
