import type { Bundle } from '../../bundle/bundle';
import type { Simulation } from '../../bundle/derive';
import { sha256OfText } from '../../bundle/digest';
import { BundleFiles } from '../../bundle/files';
import type { Graph } from '../../onnx/model';
import { StudioError } from '../../protocol/failure';
import type { Statistics } from '../graph/placement';
import { quantizedGraph } from '../recipe/quantizedGraph';
import { parseRecipe, type Recipe } from '../recipe/recipe';
import { planOfRecipe } from '../recipe/recipePlan';
import { quantizationFolder, type Ranges, rangesSchema, statisticsOf } from './rangesFile';

/** Part of the cache key of simulated graphs: raise it whenever the same recipe and ranges give other graphs. */
const simulationVersion = 1;
const maxBytes = 1 << 26;

type SimulatedPrecision = Simulation['precision'];

/** Files of a precision inside a bundle. */
export function simulationFiles(precision: SimulatedPrecision): { recipe: string; ranges: string } {
  const stem = `${quantizationFolder}/${precision}`;
  return { recipe: `${stem}.quant.yaml`, ranges: `${stem}.ranges.json` };
}

/**
 * The simulation of a bundle's precision by the recipe and the ranges that it ships.
 * @throws {StudioError} `file-missing` or `bundle-invalid` when it has none or they were made for other weights, with
 *   the command that makes them
 */
export async function openSimulation(bundle: Bundle, precision: SimulatedPrecision): Promise<Simulation> {
  const files = await BundleFiles.open(bundle.dir);
  const names = simulationFiles(precision);
  const advice = `make them with "autoneural quantize ranges ${bundle.dir}", and --calibration DIR where it ships no pictures`;
  if (!(await files.has(names.recipe)) || !(await files.has(names.ranges))) {
    const message = `${bundle.name} has no ranges for ${precision}: ${advice}.`;
    throw new StudioError('file-missing', message);
  }
  const recipeText = await files.readText(names.recipe, maxBytes);
  const recipe = parseRecipe(recipeText, names.recipe);
  const ranges = await files.readJson(names.ranges, rangesSchema, maxBytes);
  if (ranges.model !== bundle.weightsSha256 || recipe.model !== bundle.weightsSha256) {
    const message = `The ranges of ${bundle.name} for ${precision} were found with other weights than it has now: ${advice}.`;
    throw new StudioError('bundle-invalid', message);
  }
  const statistics = statisticsOf(ranges);
  return {
    precision,
    sha256: sha256OfText([simulationVersion, recipeText, JSON.stringify(ranges)].join('\n')),
    apply: graph => simulated(graph, recipe, statistics),
  };
}

/**
 * The ranges that a bundle ships for its own weights; undefined where there are none or the weights are others now.
 * @throws {StudioError} `bundle-damaged` or `bundle-invalid` for a file of ranges that is none
 */
export async function shippedRanges(bundle: Bundle): Promise<Ranges | undefined> {
  const files = await BundleFiles.open(bundle.dir);
  const { ranges: name } = simulationFiles('w8a16-w4a16');
  if (!(await files.has(name))) return undefined;
  const ranges = await files.readJson(name, rangesSchema, maxBytes);
  return ranges.model === bundle.weightsSha256 ? ranges : undefined;
}

/** The token table is looked up on the host and stays as it is; every other graph gets its quantizers. */
function simulated(graph: Graph, recipe: Recipe, statistics: Statistics): Graph {
  if (graph.name === 'embed_tokens') return graph;
  return quantizedGraph(graph, planOfRecipe(graph, recipe, statistics));
}
