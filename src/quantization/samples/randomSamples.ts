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
  const random = seededRandom(seed);
  return Array.from({ length: count }, () =>
    Object.fromEntries(inputs.map(input => [input.name, randomTensor(input, sizes[input.name], random)])),
  );
}

function randomTensor(
  { name, type, dims }: InputSpec,
  asked: readonly number[] | undefined,
  random: () => number,
): FeedTensor {
  if (!isFeedType(type)) {
    throw new StudioError('usage', `The input ${name} has the type ${type}, for which there are no samples.`);
  }
  const sizes = (asked ?? dims).map(size => {
    if (typeof size === 'number' && Number.isInteger(size) && size >= 0) return size;
    const example = dims.map(part => (typeof part === 'number' ? part : 1)).join();
    const message = `The size ${size} of the input ${name} is open; give one, for example --shape ${name}=${example}.`;
    throw new StudioError('usage', message);
  });
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
