import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { isNode, isSeq, parseDocument } from 'yaml';
import { sha256OfFile } from '../bundle/digest';
import { sha256OfGraph } from '../bundle/graphDigest';
import { StudioError } from '../protocol/failure';
import type { ChangeRecipeParams, CreateRecipeParams, PlacedRule, RecipeReading } from '../protocol/recipe';
import { addRule, removeRule } from '../quantization/recipe/edit';
import { parseRecipe, readRecipe, recipeRuleSchema } from '../quantization/recipe/recipe';

/** What a recipe says, with the place of each rule. */
export function readingOf(text: string): RecipeReading {
  const { recipe, problems } = readRecipe(text);
  if (recipe === null) {
    const [{ line, column, message }] = problems;
    return { rules: [], problem: `Line ${line}, column ${column}: ${message}` };
  }
  const places = placesOf(text);
  const rules = recipe.rules.map(
    ({ match, scheme }, index): PlacedRule => ({ match, scheme, ...(places[index] ?? { start: 0, end: 0 }) }),
  );
  return { rules, problem: null };
}

/**
 * The text with one rule more, behind all others, or without the last rule of that pattern and scheme.
 * @throws {StudioError} `recipe-invalid`, `usage`
 */
export function changeRecipe({ text, change, rule }: ChangeRecipeParams): string {
  const parsed = v.safeParse(recipeRuleSchema, rule);
  if (!parsed.success) {
    throw new StudioError('usage', `The rule cannot be written: ${v.summarize(parsed.issues)}`);
  }
  if (change === 'add') return addRule(text, parsed.output);
  const { rules } = parseRecipe(text, 'The recipe');
  const index = rules.findLastIndex(({ match, scheme }) => match === rule.match && scheme === rule.scheme);
  if (index < 0) {
    throw new StudioError('usage', `The recipe has no rule for ${rule.match} any more: nothing was removed.`);
  }
  return removeRule(text, index);
}

/**
 * A first recipe for a model: every layer in one scheme, for rules to come behind it.
 * @throws {StudioError} `file-missing` where the model's weights are not there, `model-invalid` for an .onnx file that is none
 */
export async function createRecipe(params: CreateRecipeParams): Promise<string> {
  const { modelPath, scheme, calibrationMethod, htp } = params;
  return [
    '# Which scheme each layer has: of the rules that match a layer the last one decides.',
    'version: 1',
    `model: ${await weightsSha256(modelPath)}`,
    'calibration:',
    `  method: ${calibrationMethod}`,
    `htp: ${htp}`,
    'rules:',
    "  - match: '**'",
    `    scheme: ${scheme}`,
    '',
  ].join('\n');
}

async function weightsSha256(modelPath: string): Promise<string> {
  try {
    const isFolder = (await stat(modelPath)).isDirectory();
    return await (isFolder ? sha256OfFile(join(modelPath, 'model.safetensors')) : sha256OfGraph(modelPath));
  } catch (error) {
    if (error instanceof StudioError) throw error;
    const message = `There are no weights to make a recipe for at ${modelPath}; choose a model folder or an .onnx file.`;
    throw new StudioError('file-missing', message, { cause: error });
  }
}

function placesOf(text: string): { start: number; end: number }[] {
  const rules = parseDocument(text).get('rules', true);
  if (!isSeq(rules)) return [];
  return rules.items.map(item => {
    const [start, end] = (isNode(item) && item.range) || [0, 0];
    return { start, end };
  });
}
