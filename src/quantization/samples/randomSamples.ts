import { seededRandom } from '../../engine/sampling';
import { StudioError, type ValueInput } from '../../protocol/failure';
import { convertValues } from './convert';
import { type Feeds, type FeedTensor, type InputSpec, isFeedType } from './feeds';

/** More values than this in one input are a mistake in its shape rather than a wish. */
const maxElements = 2 ** 28;

/**
 * Made-up samples for a graph that came without any: floating-point inputs are normally distributed (mean 0, variance
 * 1), whole numbers and truth values are 0 or 1, since a larger index could lie outside a table. A whole number that
 * stands alone is a setting, such as a sampling rate, and none is made up. What is measured with them is labelled
 * `random`. Equal inputs and seed give equal samples.
 * @param sizes dims of inputs whose own are open, by input name
 * @throws {StudioError} `usage` for a dimension without a size, a whole number that stands alone and an element type that
 *   cannot be fed.
 */
export function randomSamples(
  inputs: readonly InputSpec[],
  sizes: Readonly<Record<string, readonly number[]>>,
  count: number,
  seed: number,
): Feeds[] {
  const settings = inputs.filter(input => isSetting(input, sizes[input.name]));
  const valueInputs = settings.map(({ name, type }) => ({ name, type }));
  requireSizes(inputs, sizes, valueInputs);
  const [first] = valueInputs;
  if (first !== undefined) {
    const message = `The input ${first.name} is one ${first.type} number, and made up it would be 0 or 1: give the number it has in use.`;
    throw new StudioError('usage', message, { asks: { valueInputs } });
  }
  const random = seededRandom(seed);
  return Array.from({ length: count }, () =>
    Object.fromEntries(inputs.map(input => [input.name, randomTensor(input, sizes[input.name], random)])),
  );
}

/**
 * @param valueInputs asked for with the sizes, so that a person is asked once
 * @throws {StudioError} `usage` with all inputs that leave sizes open, where one of these sizes is missing or wrong
 */
export function requireSizes(
  inputs: readonly InputSpec[],
  asked: Readonly<Record<string, readonly number[]>>,
  valueInputs: ValueInput[] = [],
): void {
  const openInputs = inputs
    .filter(({ dims }) => !dims.every(isSize))
    .map(({ name, dims }) => ({ name, dims: [...dims] }));
  const asks = { openInputs, ...(valueInputs.length > 0 && { valueInputs }) };
  for (const { name, dims } of inputs) {
    const problem = problemOf(name, dims, asked[name]);
    if (problem !== null) throw new StudioError('usage', problem, { asks });
  }
}

function problemOf(
  name: string,
  dims: InputSpec['dims'],
  asked: readonly number[] | undefined,
): string | null {
  if (asked === undefined) {
    const open = dims.find(size => !isSize(size));
    if (open === undefined) return null;
    const which = open === '' ? 'A size' : `The size ${open}`;
    return `${which} of the input ${name} is open: give one.`;
  }
  const fits =
    asked.length === dims.length && dims.every((size, axis) => !isSize(size) || size === asked[axis]);
  if (fits && asked.every(isSize)) return null;
  const declared = dims.map(size => (isSize(size) ? size : size || '?')).join(', ');
  return `The sizes ${asked.join(', ')} do not fit the input ${name} (${declared}): give others.`;
}

/** A scalar, or a list of one. */
function isSetting({ type, dims }: InputSpec, asked: readonly number[] | undefined): boolean {
  const sizes = asked ?? dims;
  const single = sizes.length === 0 || (sizes.length === 1 && sizes[0] === 1);
  return single && /^u?int/.test(type);
}

function isSize(size: number | string): size is number {
  return typeof size === 'number' && Number.isInteger(size) && size >= 0;
}

function randomTensor(
  { name, type, dims }: InputSpec,
  asked: readonly number[] | undefined,
  random: () => number,
): FeedTensor {
  if (!isFeedType(type)) {
    throw new StudioError('usage', `The input ${name} has the type ${type}, for which there are no samples.`);
  }
  const sizes = (asked ?? dims).filter(isSize);
  const elements = sizes.reduce((product, size) => product * size, 1);
  if (elements > maxElements) {
    const message = `The input ${name} would have ${elements} values, more than ${maxElements}; choose smaller sizes.`;
    throw new StudioError('usage', message);
  }
  const floating = type.startsWith('float');
  const draw = floating ? () => normal(random) : () => Math.floor(random() * 2);
  return { type, dims: sizes, data: convertValues(Float64Array.from({ length: elements }, draw), type) };
}

/** Box and Muller's transform; the other half of the pair is not kept. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
