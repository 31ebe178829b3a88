import { isMap, isScalar, isSeq, parseDocument, stringify, type YAMLMap, type YAMLSeq } from 'yaml';
import { StudioError } from '../../protocol/failure';
import { parseRecipe, type Recipe, type RecipeRule } from './recipe';

const keys = ['match', 'scheme', 'granularity', 'blockSize', 'symmetric'] as const;

/** A part of the text that gives way to another; offsets in characters, `end` behind the last. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The recipe with a rule more, behind all others, so that it decides over them. Every other line stays as it is,
 * comments and spacing included.
 * @throws {StudioError} `recipe-invalid` when the text is no recipe, or its rules stand in one line
 */
export function addRule(text: string, rule: RecipeRule): string {
  const source = new RecipeSource(text);
  const rules = [...source.recipe.rules, rule];
  const last = source.rules?.items.length ?? 0;
  if (source.rules !== null && last > 0) {
    const { end, indent } = source.linesOf(last - 1);
    const lead = text[end - 1] === '\n' ? '' : source.newline;
    return source.checked({ start: end, end, text: lead + source.render(rule, indent) }, rules);
  }
  const { start, end } = source.emptyRules();
  // "rules: []" and "rules: null" lose what says that there are none.
  const emptied = text.slice(0, start).trimEnd() + text.slice(end);
  const behind = lineEnd(emptied, emptied.length - (text.length - end));
  const lead = emptied[behind - 1] === '\n' ? '' : source.newline;
  const whole = emptied.slice(0, behind) + lead + source.render(rule, '  ') + emptied.slice(behind);
  return source.checked({ start: 0, end: text.length, text: whole }, rules);
}

/**
 * The recipe with other values in a rule; `undefined` takes a value away. A value that is only replaced leaves even
 * the rest of its line alone.
 * @throws {StudioError} `recipe-invalid` as {@link addRule}
 */
export function changeRule(text: string, index: number, change: Partial<RecipeRule>): string {
  const source = new RecipeSource(text);
  const before = source.rule(index);
  const after = withoutUndefined({ ...before, ...change });
  const rules = source.recipe.rules.with(index, after);
  const changed = keys.filter(key => before[key] !== after[key]);
  const places = changed.map(key => source.valueOf(index, key));
  const spliced = [...places.entries()].map(([at, place]) => {
    const value = after[changed[at] ?? 'match'];
    return place === undefined || value === undefined ? undefined : { ...place, text: scalar(value) };
  });
  const inPlace = spliced.filter(splice => splice !== undefined);
  if (inPlace.length === spliced.length) {
    const backwards = inPlace.toSorted((a, b) => b.start - a.start);
    const whole = backwards.reduce(spliceInto, text);
    return source.checked({ start: 0, end: text.length, text: whole }, rules);
  }
  const { start, end, indent } = source.linesOf(index);
  const rendered = source.render(after, indent);
  const ended = text[end - 1] === '\n' ? rendered : rendered.trimEnd();
  return source.checked({ start, end, text: ended }, rules);
}

/**
 * The recipe without one of its rules.
 * @throws {StudioError} `recipe-invalid` as {@link addRule}
 */
export function removeRule(text: string, index: number): string {
  const source = new RecipeSource(text);
  source.rule(index);
  const { start, end } = source.linesOf(index);
  return source.checked({ start, end, text: '' }, source.recipe.rules.toSpliced(index, 1));
}

/** A recipe's text with the places of its rules. */
class RecipeSource {
  readonly recipe: Recipe;
  readonly newline: string;
  /** Null where `rules` holds nothing. */
  readonly rules: YAMLSeq | null;
  private readonly contents: YAMLMap;

  constructor(readonly text: string) {
    this.recipe = parseRecipe(text, 'The recipe');
    this.newline = text.includes('\r\n') ? '\r\n' : '\n';
    const { contents } = parseDocument(text, { keepSourceTokens: true });
    if (!isMap(contents)) throw unfit('is not a list of keys and values');
    this.contents = contents;
    const rules = contents.get('rules', true);
    if (isSeq(rules) && rules.flow === true && rules.items.length > 0)
      throw unfit('has its rules in one line: write them one below the other');
    this.rules = isSeq(rules) ? rules : null;
  }

  rule(index: number): RecipeRule {
    const rule = this.recipe.rules[index];
    if (rule === undefined) throw unfit(`has no rule ${index + 1}`);
    return rule;
  }

  /** The whole lines of a rule, and what stands before its dash. */
  linesOf(index: number): { start: number; end: number; indent: string } {
    const token = this.rules?.srcToken;
    const starts = token?.type === 'block-seq' ? token.items[index]?.start : undefined;
    const dash = starts?.find(({ type }) => type === 'seq-item-ind')?.offset;
    const last = this.mapOf(index).items.at(-1);
    const lastNode = last?.value ?? last?.key;
    const flow = this.mapOf(index).flow === true ? this.mapOf(index).range?.[1] : undefined;
    const valueEnd = flow ?? rangeOf(lastNode)?.end;
    if (dash === undefined || valueEnd === undefined) throw unfit('has rules that cannot be told apart');
    const start = this.text.lastIndexOf('\n', dash - 1) + 1;
    return { start, end: lineEnd(this.text, valueEnd), indent: this.text.slice(start, dash) };
  }

  /** Where the value of a key stands; undefined where the rule does not say it. */
  valueOf(index: number, key: (typeof keys)[number]): { start: number; end: number } | undefined {
    const node = this.mapOf(index).get(key, true);
    return isScalar(node) ? rangeOf(node) : undefined;
  }

  /** The place of what `rules` holds when it holds no rule. */
  emptyRules(): { start: number; end: number } {
    const pair = this.contents.items.find(({ key }) => isScalar(key) && key.value === 'rules');
    const place = rangeOf(pair?.value);
    const key = rangeOf(pair?.key);
    if (place === undefined || key === undefined) throw unfit('has no place for rules');
    // A value that is not written has a place behind its line's comment.
    return place.start === place.end ? { start: key.end, end: key.end } : place;
  }

  render(rule: RecipeRule, indent: string): string {
    const lines = keys.flatMap(key => (rule[key] === undefined ? [] : [`${key}: ${scalar(rule[key])}`]));
    return lines.map((line, at) => `${indent}${at === 0 ? '- ' : '  '}${line}${this.newline}`).join('');
  }

  /** The text after an edit, proven to say what it should. */
  checked(splice: Splice, rules: readonly RecipeRule[]): string {
    const edited = spliceInto(this.text, splice);
    const said = parseRecipe(edited, 'The edited recipe');
    if (JSON.stringify(said.rules.map(ordered)) === JSON.stringify(rules.map(ordered))) return edited;
    throw unfit('is written in a way that cannot be edited rule by rule');
  }

  private mapOf(index: number): YAMLMap {
    const item = this.rules?.items[index];
    if (!isMap(item)) throw unfit('has rules that cannot be told apart');
    return item;
  }
}

function spliceInto(text: string, { start, end, text: replacement }: Splice): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** Behind the end of the line that holds the offset. */
function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  return newline < 0 ? text.length : newline + 1;
}

function rangeOf(node: unknown): { start: number; end: number } | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range))
    return undefined;
  const [start, end]: unknown[] = node.range;
  return typeof start === 'number' && typeof end === 'number' ? { start, end } : undefined;
}

function scalar(value: string | number | boolean): string {
  return stringify(value, { lineWidth: 0, singleQuote: true, blockQuote: false }).trimEnd();
}

function withoutUndefined(rule: Partial<RecipeRule>): RecipeRule {
  return ordered(rule) as RecipeRule;
}

function ordered(rule: Partial<RecipeRule>): Partial<RecipeRule> {
  return Object.fromEntries(keys.flatMap(key => (rule[key] === undefined ? [] : [[key, rule[key]]])));
}

function unfit(problem: string): StudioError {
  return new StudioError('recipe-invalid', `The recipe ${problem}.`);
}
