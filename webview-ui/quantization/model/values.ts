import type { ValueInput } from '../../../src/protocol/failure';
import { nameForPeople } from '../../shared/text';

/** What is typed, by input name. */
export type ValueDraft = Readonly<Record<string, string>>;

/** Smallest and largest number of the element types that hold whole numbers; of int64 as far as a number is exact. */
const wholeNumbers: Readonly<Record<string, readonly [number, number]>> = {
  bool: [0, 1],
  int8: [-128, 127],
  uint8: [0, 255],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** What stands in the fields at first: the numbers given before. */
export function valueDraftOf(
  inputs: readonly ValueInput[],
  values: Readonly<Record<string, number>>,
): ValueDraft {
  return Object.fromEntries(inputs.map(({ name }) => [name, String(values[name] ?? '')]));
}

/** Why a text is no number that the input takes; null when it is one. */
export function problemOf(text: string, { name, type }: ValueInput): string | null {
  const limits = Object.hasOwn(wholeNumbers, type) ? wholeNumbers[type] : undefined;
  const input = nameForPeople(name);
  if (limits === undefined)
    return isNumber(text)
      ? null
      : `${input} takes a number such as 0.5 or 1e-3, not "${nameForPeople(text)}".`;
  const [least, most] = limits;
  const value = Number(text);
  if (/^[+-]?\d+$/.test(text) && value >= least && value <= most) return null;
  const range = type === 'int64' ? '' : ` from ${least} to ${most}`;
  return `${input} takes a whole number${range}, not "${nameForPeople(text)}".`;
}

/**
 * The numbers to send. A field that is left empty gives none, which only those that a measurement asked for must not.
 * @param needed names of inputs that were asked for
 * @returns what is wrong, if anything is, and whether it is shown beside its field already
 */
export function numbersOf(
  inputs: readonly ValueInput[],
  draft: ValueDraft,
  needed: readonly string[],
): { values: Record<string, number>; problem: string | null; shown: boolean } {
  const values: Record<string, number> = {};
  for (const input of inputs) {
    const text = draft[input.name] ?? '';
    if (text === '') {
      if (!needed.includes(input.name)) continue;
      return { values, problem: `Give a number for ${nameForPeople(input.name)}.`, shown: false };
    }
    const problem = problemOf(text, input);
    if (problem !== null) return { values, problem, shown: true };
    values[input.name] = Number(text);
  }
  return { values, problem: null, shown: false };
}

/** `sr = 16000`, inputs apart by commas. */
export function describeValues(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${nameForPeople(name)} = ${value}`)
    .join(', ');
}

function isNumber(text: string): boolean {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text));
}
