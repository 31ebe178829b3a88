import type { QuantizationSettings } from '../../protocol/quantization';
import { matchesPattern } from './pattern';
import type { Recipe, RecipeRule } from './recipe';

/** How a recipe wants one layer. */
export interface Assignment {
  readonly scheme: RecipeRule['scheme'];
  readonly weights: QuantizationSettings['weights'];
  /** Place of the deciding rule among the recipe's; null where none matches. */
  readonly rule: number | null;
}

/** The last rule that matches decides; a layer that none matches stays float. */
export function assignmentOf(recipe: Pick<Recipe, 'rules'>, layer: string): Assignment {
  const rule = recipe.rules.findLastIndex(({ match }) => matchesPattern(match, layer));
  const found = recipe.rules[rule];
  if (found === undefined)
    return { scheme: 'float', weights: { granularity: 'channel', symmetric: true }, rule: null };
  const { scheme, granularity = 'channel', symmetric = true, blockSize } = found;
  const weights = {
    granularity,
    symmetric,
    ...(granularity === 'block' ? { blockSize: blockSize ?? 32 } : {}),
  };
  return { scheme, weights, rule };
}

/** Rules that match no layer: most likely a slip of the pen. */
export function idleRules(recipe: Pick<Recipe, 'rules'>, layers: readonly string[]): RecipeRule[] {
  return recipe.rules.filter(({ match }) => !layers.some(layer => matchesPattern(match, layer)));
}
