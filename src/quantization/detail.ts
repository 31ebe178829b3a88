import { defaultThreads } from '../engine/onnxRuntime';
import { StudioError } from '../protocol/failure';
import type { ColumnId, UnitDetail, UnitDetailParams } from '../protocol/quantization';
import { holdSubject } from './bundle/heldSubject';
import { uniform } from './graph/placement';
import type { MeasuringOptions } from './inspect';
import type { Column } from './measure/accumulated';
import { measureUnit } from './measure/unitDetail';
import { checkRecipeModel } from './recipe/recipe';
import { readRecipeFile, schemesOfRecipe } from './recipe/recipeFile';
import { suggestionFor } from './suggestion';

/**
 * All about one unit in one column, and what to do about it.
 * @throws {StudioError} `usage` for a graph, layer or column that is not there; else as `inspectModel`
 */
export async function unitDetail(
  params: UnitDetailParams,
  signal: AbortSignal,
  options: MeasuringOptions,
): Promise<UnitDetail> {
  const { inspection, graph: graphName, layer } = params;
  const threads = options.threads || defaultThreads();
  const run = { cacheDir: options.cacheDir, threads, onEvent: () => {}, signal };
  const { column, settings, model } = await columnOf(params);
  const histograms = settings.calibrationMethod !== 'minmax';
  const { subject, ranges } = await holdSubject(inspection, histograms, run);
  if (model !== undefined) checkRecipeModel(model.recipe, model.name, subject.model);
  const found = subject.graphs.find(({ name }) => name === graphName);
  if (found === undefined) {
    const names = subject.graphs.map(({ name }) => name).join(', ');
    throw new StudioError(
      'usage',
      `${subject.model.name} has no graph ${graphName}: choose one of ${names}.`,
    );
  }
  const { name, graph, samples } = found;
  const statistics = await ranges.of(name, graph, samples.calibration, run);
  const measurement = { name, graph, samples, settings, statistics, threads, signal, column };
  const detail = await measureUnit({ ...measurement, layer });
  return { ...detail, suggestion: await suggestionFor(measurement, detail) };
}

/** The column with the settings that hold for it: a recipe brings its own. */
async function columnOf({ inspection, scheme }: UnitDetailParams) {
  const { settings, recipePath } = inspection;
  if (scheme !== 'recipe') {
    const column: Column = { id: scheme as ColumnId, schemeOf: uniform(scheme, settings.weights) };
    return { column, settings, model: undefined };
  }
  if (recipePath === undefined)
    throw new StudioError('usage', 'No recipe was named: open one to see its column.');
  const model = await readRecipeFile(recipePath);
  const { calibration, htp } = model.recipe;
  const column: Column = { id: 'recipe', schemeOf: schemesOfRecipe(model.recipe) };
  return { column, settings: { calibrationMethod: calibration.method, htp }, model };
}
