import type { Graph } from '../../../src/onnx/model';
import { inferShapes } from '../../../src/onnx/shapes/infer';
import { structureOf } from '../../../src/onnx/structure';

/** Name of the value that leaves a block: the output of the last node whose place begins with the block's. */
export function blockOutput(graph: Graph, block: string): string {
  const last = graph.nodes.findLast(({ name }) => name.startsWith(`${block}.`) || name === block);
  const [value] = last?.outputs ?? [];
  if (value === undefined) throw new Error(`the graph has no block ${block}`);
  return value;
}

/** The graph with further values as outputs; sizes that are not known get names. */
export function withOutputs(graph: Graph, values: readonly string[]): Graph {
  const { shapes } = inferShapes(structureOf(graph));
  const added = values.map(name => {
    const shape = shapes.get(name);
    if (shape === undefined) throw new Error(`the rank of ${name} is not known`);
    const dims = shape.map((size, axis) => size ?? `${name}.${axis}`);
    return { name, type: 'float32' as const, dims };
  });
  return { ...graph, outputs: [...graph.outputs, ...added] };
}
