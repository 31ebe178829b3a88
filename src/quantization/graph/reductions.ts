import { bytesOf } from '../../onnx/graphBuilder';
import type { Graph, Node, Tensor } from '../../onnx/model';
import type { Instrumented } from './instrument';

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

/** A graph that gives numbers about values instead of the values. */
export interface ReducedGraph {
  readonly graph: Graph;
  /** Name of the output with the numbers of each value, in the order asked for. */
  readonly outputs: readonly string[];
}

const flatShape: Tensor = {
  name: 'sums/flat_shape',
  type: 'int64',
  dims: [2],
  data: bytesOf(BigInt64Array.of(1n, -1n)),
};

/** What Gemm adds; it may be left out only from opset 11 on. */
const nothing: Tensor = { name: 'sums/nothing', type: 'float32', dims: [1, 1], data: new Uint8Array(4) };

/**
 * Adds the error sums of `values` in every variant. Each value's numbers are one output [1, 1 + 4 variants]: the signal
 * energy, then noise, product, largest and smallest difference of each variant; a variant in which the value cannot
 * differ has none.
 *
 * ONNX Runtime computes what a sink of the graph needs before it turns to the next sink, and begins with the one that
 * was written last: written backwards, every value's sums are done as soon as the value is there, and its memory is
 * free again.
 */
export function withErrorSums(
  { graph, nameIn }: Instrumented,
  values: readonly string[],
  variants: number,
): ReducedGraph {
  const groups = values.map((value, index) => {
    const place = `sums/${index}`;
    const flat = `${place}/x`;
    const nodes = [reshape(value, flat), reduce('ReduceSumSquare', flat, `${place}/signal`)];
    const parts = [`${place}/signal`];
    for (let variant = 0; variant < variants; variant++) {
      const quantized = nameIn(variant, value);
      if (quantized === value) continue;
      const at = `${place}/${variant}`;
      nodes.push(
        plain('Sub', [value, quantized], `${at}/difference`),
        reshape(`${at}/difference`, `${at}/e`),
        reduce('ReduceSumSquare', `${at}/e`, `${at}/noise`),
        {
          ...plain('Gemm', [flat, `${at}/e`, nothing.name], `${at}/product`),
          attributes: { transB: { int: 1 } },
        },
        reduce('ReduceMax', `${at}/e`, `${at}/max`),
        reduce('ReduceMin', `${at}/e`, `${at}/min`),
      );
      parts.push(...['noise', 'product', 'max', 'min'].map(part => `${at}/${part}`));
    }
    return { nodes, parts, output: `${place}/all` };
  });
  return withOutputs(graph, groups);
}

/** Adds smallest and largest of each value, one output [1, 2] each. */
export function withRanges({ graph }: Instrumented, values: readonly string[]): ReducedGraph {
  const groups = values.map((value, index) => {
    const place = `sums/${index}`;
    const nodes = [
      reshape(value, `${place}/x`),
      reduce('ReduceMin', `${place}/x`, `${place}/min`),
      reduce('ReduceMax', `${place}/x`, `${place}/max`),
    ];
    return { nodes, parts: [`${place}/min`, `${place}/max`], output: `${place}/all` };
  });
  return withOutputs(graph, groups);
}

/** Reads what {@link withErrorSums} gave for one value and one sample. */
export function errorSumsOf(numbers: Float32Array, differs: readonly boolean[]): ErrorSums[] {
  const [signal = 0] = numbers;
  let at = 1;
  return differs.map(different => {
    if (!different) return { signal, noise: 0, product: 0, maxError: 0 };
    const [noise = 0, product = 0, max = 0, min = 0] = numbers.subarray(at, at + 4);
    at += 4;
    return { signal, noise, product, maxError: Math.max(max, -min) };
  });
}

interface Group {
  readonly nodes: readonly Node[];
  readonly parts: readonly string[];
  readonly output: string;
}

function withOutputs(graph: Graph, groups: readonly Group[]): ReducedGraph {
  const backwards = groups
    .toReversed()
    .flatMap(({ nodes, parts, output }) => [
      ...nodes,
      { ...plain('Concat', parts, output), attributes: { axis: { int: 1 } } },
    ]);
  const outputs = groups.map(group => group.output);
  const reduced = {
    ...graph,
    nodes: [...graph.nodes, ...backwards],
    initializers: [...graph.initializers, flatShape, nothing],
    outputs: [
      ...outputs.map(name => ({ name, type: 'float32' as const, dims: undefined })),
      ...graph.outputs,
    ],
  };
  return { graph: reduced, outputs };
}

function plain(op: string, inputs: readonly string[], output: string): Node {
  return { name: '', op, domain: '', inputs, outputs: [output], attributes: {} };
}

function reshape(value: string, output: string): Node {
  return plain('Reshape', [value, flatShape.name], output);
}

/** Over everything, to [1, 1]. */
function reduce(op: string, value: string, output: string): Node {
  return { ...plain(op, [value], output), attributes: { keepdims: { int: 1 } } };
}
