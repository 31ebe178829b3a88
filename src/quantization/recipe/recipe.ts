import * as v from 'valibot';
import { type Document, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { StudioError } from '../../protocol/failure';
import { calibrationMethods, htpProfiles, schemeSchema } from '../../protocol/quantization';

/** Largest recipe that is read, in characters. */
const maxCharacters = 1 << 20;
const maxRules = 10_000;

export const recipeRuleSchema = v.strictObject({
  /** Pattern over the names of layers, see `matchesPattern`. */
  match: v.pipe(v.string(), v.minLength(1, 'a pattern over the names of layers'), v.maxLength(1000)),
  /** `float` leaves the layer as it is. */
  scheme: v.union([v.literal('float'), schemeSchema], 'a scheme such as w8a16, or float'),
  /** Of the weights; `channel` where nothing is said. */
  granularity: v.optional(v.picklist(['tensor', 'channel', 'block'], 'tensor, channel or block')),
  /** Weights that share a scale; only with granularity `block`. */
  blockSize: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** Whether the weights' range is symmetric around 0; true where nothing is said. */
  symmetric: v.optional(v.boolean()),
});
export type RecipeRule = v.InferOutput<typeof recipeRuleSchema>;

const recipeSchema = v.strictObject({
  version: v.literal(1, 'the number 1'),
  /** sha256 of the weights: of model.safetensors in a bundle, of the .onnx file elsewhere. */
  model: v.pipe(v.string('a sha256 in hex'), v.regex(/^[0-9a-f]{64}$/, 'a sha256 in hex')),
  calibration: v.optional(
    v.strictObject({ method: v.optional(v.picklist(calibrationMethods), 'minmax') }),
    {},
  ),
  htp: v.optional(v.picklist(htpProfiles), 'none'),
  /** The last rule that matches a layer decides; a layer that none matches stays float. */
  rules: v.pipe(
    v.nullable(v.array(recipeRuleSchema)),
    v.transform(rules => rules ?? []),
    v.maxLength(maxRules),
  ),
});
/** What a `*.quant.yaml` says. */
export type Recipe = v.InferOutput<typeof recipeSchema>;

/** Something wrong in a recipe; lines and columns count from 1. */
export interface RecipeProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A recipe, or what keeps it from being one. */
export type RecipeReading =
  | { readonly recipe: Recipe; readonly problems: readonly [] }
  | { readonly recipe: null; readonly problems: readonly [RecipeProblem, ...RecipeProblem[]] };

/** Reads a recipe and finds everything that is wrong with it. */
export function readRecipe(text: string): RecipeReading {
  if (text.length > maxCharacters) {
    return { recipe: null, problems: [{ line: 1, column: 1, message: 'it is longer than any recipe' }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [first, ...rest] = document.errors.map(({ message, pos }) => problemAt(lines, pos[0], message));
  if (first !== undefined) return { recipe: null, problems: [first, ...rest] };
  const parsed = v.safeParse(recipeSchema, plainValue(document));
  if (parsed.success) return { recipe: parsed.output, problems: [] };
  const describe = (issue: v.BaseIssue<unknown>): RecipeProblem => {
    const path = issue.path?.map(({ key }) => key) ?? [];
    const what = path.length === 0 ? 'the recipe' : path.join('.');
    const received = issue.received === 'undefined' ? 'is missing' : `is ${issue.received}`;
    return problemAt(
      lines,
      offsetOf(document, path),
      `${what} ${received}, expected ${expectationOf(issue)}`,
    );
  };
  const [issue, ...others] = parsed.issues;
  return { recipe: null, problems: [describe(issue), ...others.map(describe)] };
}

/**
 * Reads a recipe that must be whole.
 * @param name of the file, for the sentence
 * @throws {StudioError} `recipe-invalid` with line and column of the first thing that is wrong
 */
export function parseRecipe(text: string, name: string): Recipe {
  const { recipe, problems } = readRecipe(text);
  if (recipe !== null) return recipe;
  const { line, column, message } = problems[0];
  throw new StudioError('recipe-invalid', `${name}, line ${line}, column ${column}: ${message}; correct it.`);
}

/**
 * @param sha256 of the model that the recipe is to be used with
 * @throws {StudioError} `recipe-invalid` when the recipe was written for other weights
 */
export function checkRecipeModel(
  recipe: Recipe,
  name: string,
  model: { name: string; sha256: string },
): void {
  if (recipe.model === model.sha256) return;
  const [theirs, ours] = [recipe.model, model.sha256].map(hash => hash.slice(0, 12));
  const message = `${name} was made for other weights (${theirs}…) than those of ${model.name} (${ours}…): choose its model, or write "model: ${model.sha256}" into it if it is meant for these.`;
  throw new StudioError('recipe-invalid', message);
}

/** Aliases are few in a recipe; a bound on them keeps a small text from becoming a large value. */
function plainValue(document: Document): unknown {
  try {
    // A hash of digits alone would be read as a number.
    const model = document.get('model', true);
    if (isScalar(model) && typeof model.value === 'number') model.value = model.source;
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}

function expectationOf(issue: v.BaseIssue<unknown>): string {
  return issue.message.startsWith('Invalid') ? (issue.expected ?? 'something else') : issue.message;
}

/** Of the value at a path, or of the nearest one around it that is there. */
function offsetOf(document: Document, path: readonly unknown[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function problemAt(lines: LineCounter, offset: number, message: string): RecipeProblem {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col), message };
}
