import { basename } from 'node:path';
import { hasRandomWeights } from '../bundle/builtGraph';
import { defaultThreads } from '../engine/onnxRuntime';
import { StudioError } from '../protocol/failure';
import {
  type InspectionEvent,
  type InspectParams,
  type QuantizationReport,
  quantizedColumn,
} from '../protocol/quantization';
import { holdSubject } from './bundle/heldSubject';
import { openQuantized, type QuantizedModel } from './bundle/quantizedModel';
import type { RangeFinder } from './bundle/rangeFinder';
import type { SubjectGraph } from './bundle/subject';
import { uniform } from './graph/placement';
import { type Column, measureAccumulated } from './measure/accumulated';
import { measureAsQuantized } from './measure/asQuantized';
import { checkRecipeModel } from './recipe/recipe';
import { type NamedRecipe, readRecipeFile, schemesOfRecipe } from './recipe/recipeFile';
import { ReportDraft } from './reportDraft';

export interface MeasuringOptions {
  /** Folder for derived graphs. */
  readonly cacheDir: string;
  /** Threads inside one operator; 0 = chosen by the engine. */
  readonly threads: number;
}

type Inspection = Omit<InspectParams, 'progressToken'>;

/**
 * Measures what each scheme, and a recipe or a model quantized elsewhere where one is given, does to every layer of a
 * bundle or an ONNX graph.
 * @param onEvent rows first, then figures column by column
 * @returns what was measured until then, marked partial, when `signal` stops it on the way
 * @throws {StudioError} with what is wrong in the model, the samples or the recipe; `cancelled` before any figure
 */
export async function inspectModel(
  params: Inspection,
  onEvent: (event: InspectionEvent) => void,
  signal: AbortSignal,
  options: MeasuringOptions,
): Promise<QuantizationReport> {
  await refuseRandomWeights(params.modelPath);
  const recipe = params.recipePath === undefined ? undefined : await readRecipeFile(params.recipePath);
  const threads = options.threads || defaultThreads();
  const passes = passesOf(params, recipe);
  const run = { cacheDir: options.cacheDir, threads, onEvent, signal };
  const { subject, ranges } = await holdSubject(params, needHistograms(passes), run);
  const draft = new ReportDraft(onEvent);
  try {
    if (recipe !== undefined) checkRecipeModel(recipe.recipe, recipe.name, subject.model);
    const { quantizedPath } = params;
    if (quantizedPath !== undefined) draft.quantized = await openQuantized(quantizedPath, subject);
    for (const graph of subject.graphs) {
      for (const pass of passes) await measureGraph(graph, pass, ranges, draft, { threads, signal });
      if (draft.quantized !== undefined)
        await measureQuantized(graph, draft.quantized, draft, { threads, signal });
    }
    return draft.report(subject, params.settings, false);
  } catch (error) {
    if (error instanceof StudioError && error.kind === 'cancelled' && draft.hasFigures)
      return draft.report(subject, params.settings, true);
    throw error;
  }
}

async function refuseRandomWeights(modelPath: string): Promise<void> {
  if (!(await hasRandomWeights(modelPath))) return;
  const message = `${basename(modelPath)} was built with random weights, whose errors say nothing about any model: build it with trained ones, or apply a recipe to it to time what that gives.`;
  throw new StudioError('usage', message);
}

/** Columns that are measured under the same settings. */
interface Pass {
  readonly settings: Pick<Inspection['settings'], 'calibrationMethod' | 'htp'>;
  readonly columns: readonly Column[];
}

/** A recipe names its own way of calibration and its own NPU. */
function passesOf({ settings }: Inspection, named: NamedRecipe | undefined): Pass[] {
  const columns = settings.schemes.map(id => ({ id, schemeOf: uniform(id, settings.weights) }));
  if (named === undefined) return [{ settings, columns }];
  const { calibration, htp } = named.recipe;
  const column = { id: 'recipe' as const, schemeOf: schemesOfRecipe(named.recipe) };
  if (calibration.method === settings.calibrationMethod && htp === settings.htp)
    return [{ settings, columns: [...columns, column] }];
  return [
    { settings, columns },
    { settings: { calibrationMethod: calibration.method, htp }, columns: [column] },
  ];
}

function needHistograms(passes: readonly Pass[]): boolean {
  return passes.some(({ settings }) => settings.calibrationMethod !== 'minmax');
}

async function measureGraph(
  { name, graph, samples }: SubjectGraph,
  { settings, columns }: Pass,
  ranges: RangeFinder,
  draft: ReportDraft,
  run: { threads: number; signal: AbortSignal },
): Promise<void> {
  const onEvent = (event: InspectionEvent): void => draft.take(event);
  const statistics = await ranges.of(name, graph, samples.calibration, { ...run, onEvent });
  const measurement = { name, graph, samples, settings, columns, statistics, onEvent, ...run };
  draft.finish(await measureAccumulated(measurement));
}

async function measureQuantized(
  subject: SubjectGraph,
  model: QuantizedModel,
  draft: ReportDraft,
  run: { threads: number; signal: AbortSignal },
): Promise<void> {
  const { name, graph, samples } = subject;
  const onProgress = (done: number, total: number): void =>
    draft.take({ type: 'status', message: `${name} in ${model.name}`, done, total });
  const { figures, output, unmatched } = await measureAsQuantized({
    float: graph,
    quantized: await model.graphOf(subject, run),
    quantizedName: model.name,
    samples: samples.evaluation,
    onProgress,
    ...run,
  });
  draft.take({ type: 'figures', graph: name, scheme: quantizedColumn, figures, output });
  draft.addUnmeasured(name, unmatched);
}
