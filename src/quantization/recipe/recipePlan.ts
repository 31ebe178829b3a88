import type { Graph } from '../../onnx/model';
import { planQuantizers, type QuantizerPlan, type Statistics } from '../graph/placement';
import { type InputSizes, unitsOf } from '../graph/units';
import { wiringOf } from '../graph/wiring';
import type { Recipe } from './recipe';
import { schemesOfRecipe } from './recipeFile';

/**
 * The quantizers that a recipe puts into a graph.
 * @param sizes of the inputs, where the graph leaves them open
 */
export function planOfRecipe(
  graph: Graph,
  recipe: Recipe,
  statistics: Statistics,
  sizes?: InputSizes,
): QuantizerPlan {
  const settings = { calibrationMethod: recipe.calibration.method, htp: recipe.htp };
  const { units } = unitsOf(graph, sizes);
  return planQuantizers(units, wiringOf(graph), schemesOfRecipe(recipe), statistics, settings);
}
