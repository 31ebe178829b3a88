import { seededRandom } from '../../engine/sampling';
import { StudioError } from '../../protocol/failure';
import { convertValues } from './convert';
import { type Feeds, type FeedTensor, type InputSpec, isFeedType } from './feeds';

/** More values than this in one input are a mistake in its shape rather than a wish. */
const maxElements = 2 ** 28;

/**
 * Made-up samples for a graph that came without any: floating-point inputs are normally distributed (mean 0, variance
 * 1), whole numbers and truth values are 0 or 1, since a larger index could lie outside a table. What is measured with
 * them is labelled `random`. Equal inputs and seed give equal samples.
 * @param sizes dims of inputs whose own are open, by input name
 * @throws {StudioError} `usage` for a dimension without a size and for an element type that cannot be fed.
 */
export function randomSamples(
  inputs: readonly InputSpec[],
  sizes: Readonly<Record<string, readonly number[]>>,
  count: number,
  seed: number,
): Feeds[] {
  requireSizes(inputs, sizes);
  const random = seededRandom(seed);
  return Array.from({ length: count }, () =>
    Object.fromEntries(inputs.map(input => [input.name, randomTensor(input, sizes[input.name], random)])),
  );
}

/** @throws {StudioError} `usage` with all inputs that leave sizes open, where one of these sizes is missing or wrong */
export function requireSizes(
  inputs: readonly InputSpec[],
  asked: Readonly<Record<string, readonly number[]>>,
): void {
  const openInputs = inputs
    .filter(({ dims }) => !dims.every(isSize))
    .map(({ name, dims }) => ({ name, dims: [...dims] }));
  for (const { name, dims } of inputs) {
    const problem = problemOf(name, dims, asked[name]);
    if (problem !== null) throw new StudioError('usage', problem, { openInputs });
  }
}

function problemOf(
  name: string,
  dims: InputSpec['dims'],
  asked: readonly number[] | undefined,
): string | null {
  const example = `--shape ${name}=${dims.map(size => (isSize(size) ? size : 1)).join()}`;
  if (asked === undefined) {
    const open = dims.find(size => !isSize(size));
    if (open === undefined) return null;
    const which = open === '' ? 'A size' : `The size ${open}`;
    return `${which} of the input ${name} is open; give one, for example ${example}.`;
  }
  const fits =
    asked.length === dims.length && dims.every((size, axis) => !isSize(size) || size === asked[axis]);
  if (fits && asked.every(isSize)) return null;
  const declared = dims.map(size => (isSize(size) ? size : size || '?')).join(', ');
  return `The sizes ${asked.join(', ')} do not fit the input ${name} (${declared}); give others, for example ${example}.`;
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
