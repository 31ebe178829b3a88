import { bytesOf } from '../../onnx/graphBuilder';
import type { Graph, Node, Tensor } from '../../onnx/model';
import type { Instrumented } from './instrument';
import type { Owners } from './variants';

/** Energies of one value in one variant, from which all figures follow. */
export interface ErrorSums {
  /** Sum of x^2 over the float values. */
  readonly signal: number;
  /** Sum of (x - q)^2. */
  readonly noise: number;
  /** Sum of x (x - q). */
  readonly product: number;
  /** Largest |x - q|. */
  readonly maxError: number;
}

/** Name of the output [n] with all numbers about the values of a graph. */
export const sumsOutput = 'sums/all';

const flatShape: Tensor = {
  name: 'sums/flat_shape',
  type: 'int64',
  dims: [1],
  data: bytesOf(BigInt64Array.of(-1n)),
};

/**
 * Adds the error sums of `values` in every variant, as {@link errorSumsOf} reads them: of each value its energy, then of
 * each variant that computes it the energy there, the noise, the largest and the smallest difference.
 *
 * ONNX Runtime begins with the sink that was written last, and with the last written of the nodes that a node reads:
 * written backwards, every value's sums are done as soon as the value is there, and its memory is free again. All
 * numbers are one output, since each output is a copy and an object on its way to JavaScript.
 */
export function withErrorSums(
  { graph, nameIn }: Instrumented,
  values: readonly string[],
  owners: Owners,
): Graph {
  const groups = values.map((value, index) => {
    const place = `sums/${index}`;
    const flat = `${place}/x`;
    const nodes = [reshape(value, flat), reduce('ReduceSumSquare', flat, `${place}/signal`)];
    const parts = [`${place}/signal`];
    for (const variant of owners.variants.keys()) {
      if (owners.of(variant, value) !== variant) continue;
      const quantized = nameIn(variant, value);
      const at = `${place}/${variant}`;
      nodes.push(
        reshape(quantized, `${at}/q`),
        reduce('ReduceSumSquare', `${at}/q`, `${at}/energy`),
        plain('Sub', [flat, `${at}/q`], `${at}/e`),
        reduce('ReduceSumSquare', `${at}/e`, `${at}/noise`),
        reduce('ReduceMax', `${at}/e`, `${at}/max`),
        reduce('ReduceMin', `${at}/e`, `${at}/min`),
      );
      parts.push(...['energy', 'noise', 'max', 'min'].map(part => `${at}/${part}`));
    }
    return { nodes, parts };
  });
  return withOutput(graph, groups);
}

/** Adds smallest and largest of each value: numbers [2 values]. */
export function withRanges({ graph }: Instrumented, values: readonly string[]): Graph {
  const groups = values.map((value, index) => {
    const place = `sums/${index}`;
    const nodes = [
      reshape(value, `${place}/x`),
      reduce('ReduceMin', `${place}/x`, `${place}/min`),
      reduce('ReduceMax', `${place}/x`, `${place}/max`),
    ];
    return { nodes, parts: [`${place}/min`, `${place}/max`] };
  });
  return withOutput(graph, groups);
}

/**
 * Reads what {@link withErrorSums} gave for one sample, value by value.
 *
 * Σx(x-q) follows from the three energies: (Σx² + Σ(x-q)² - Σq²) / 2. It serves the cosine alone. Near 1 that depends on
 * the difference of the energies only in second order; elsewhere fp32 sums leave an error of up to 1e-6 times the
 * larger of |x| / |q| and |q| / |x|.
 * @param values in the order in which they were measured
 */
export function errorSumsOf(numbers: Float32Array, values: readonly string[], owners: Owners): ErrorSums[][] {
  let at = 0;
  const next = (): number => numbers[at++] ?? Number.NaN;
  return values.map(value => {
    const signal = next();
    const sums: ErrorSums[] = [];
    for (const variant of owners.variants.keys()) {
      const owner = owners.of(variant, value);
      const known = owner === 'float' ? { signal, noise: 0, product: 0, maxError: 0 } : sums[owner];
      sums.push(known ?? sumsFrom(signal, [next(), next(), next(), next()]));
    }
    return sums;
  });
}

function sumsFrom(
  signal: number,
  [energy, noise, max, min]: readonly [number, number, number, number],
): ErrorSums {
  return { signal, noise, product: (signal + noise - energy) / 2, maxError: Math.max(max, -min) };
}

interface Group {
  readonly nodes: readonly Node[];
  readonly parts: readonly string[];
}

function withOutput(graph: Graph, groups: readonly Group[]): Graph {
  if (groups.length === 0) return graph;
  const parts = groups.flatMap(group => group.parts);
  const gathered = { ...plain('Concat', parts, sumsOutput), attributes: { axis: { int: 0 } } };
  return {
    ...graph,
    nodes: [...graph.nodes, ...groups.toReversed().flatMap(({ nodes }) => nodes), gathered],
    initializers: [...graph.initializers, flatShape],
    outputs: [{ name: sumsOutput, type: 'float32' as const, dims: undefined }, ...graph.outputs],
  };
}

function plain(op: string, inputs: readonly string[], output: string): Node {
  return { name: '', op, domain: '', inputs, outputs: [output], attributes: {} };
}

function reshape(value: string, output: string): Node {
  return plain('Reshape', [value, flatShape.name], output);
}

/** Over everything, to [1]. */
function reduce(op: string, value: string, output: string): Node {
  return { ...plain(op, [value], output), attributes: { keepdims: { int: 1 } } };
}
