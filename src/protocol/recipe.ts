import * as v from 'valibot';
import { failureSchema } from './failure';
import { calibrationMethods, htpProfiles } from './quantization';

const offset = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Longer texts are no recipes; the runtime says so. */
const recipeText = v.pipe(v.string(), v.maxLength(1 << 22));

/** Request `autoneural/recipe/read`: what the text of a recipe says. Reads no file. */
export const readRecipeParamsSchema = v.object({ text: recipeText });
export type ReadRecipeParams = v.InferOutput<typeof readRecipeParamsSchema>;

/** A rule and its place in the text, in UTF-16 units, `end` behind its last character. */
export const placedRuleSchema = v.object({
  match: v.string(),
  scheme: v.string(),
  start: offset,
  end: offset,
});
export type PlacedRule = v.InferOutput<typeof placedRuleSchema>;

export const recipeReadingSchema = v.object({
  /** In the order of the text; empty where there is a problem. */
  rules: v.array(placedRuleSchema),
  /** Why the text cannot be used, with line and column; null when it can. */
  problem: v.nullable(v.string()),
});
export type RecipeReading = v.InferOutput<typeof recipeReadingSchema>;

/** Request `autoneural/recipe/change`: the text with one rule more or less; every other line stays as it is. */
export const changeRecipeParamsSchema = v.object({
  text: recipeText,
  change: v.picklist(['add', 'remove']),
  rule: v.object({ match: v.string(), scheme: v.string() }),
});
export type ChangeRecipeParams = v.InferOutput<typeof changeRecipeParamsSchema>;

/** Request `autoneural/recipe/create`: the text of a first recipe, which gives every layer the same scheme. */
export const createRecipeParamsSchema = v.object({
  /** Absolute path of a bundle folder or an .onnx file. */
  modelPath: v.string(),
  scheme: v.string(),
  calibrationMethod: v.picklist(calibrationMethods),
  htp: v.picklist(htpProfiles),
});
export type CreateRecipeParams = v.InferOutput<typeof createRecipeParamsSchema>;

/** Answers `change` and `create`. */
export const recipeTextOutcomeSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), text: v.string() }),
  v.object({ ok: v.literal(false), failure: failureSchema }),
]);
export type RecipeTextOutcome = v.InferOutput<typeof recipeTextOutcomeSchema>;

export const recipeMethods = {
  read: 'autoneural/recipe/read',
  change: 'autoneural/recipe/change',
  create: 'autoneural/recipe/create',
} as const;
