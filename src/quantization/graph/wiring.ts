import type { Graph, Node, Tensor } from '../../onnx/model';
import { readsOf } from '../../onnx/nodeOrder';
import { type ValueKinds, valueKinds } from './valueKinds';

/** Who makes and who reads each value of a graph. */
export interface Wiring {
  readonly graph: Graph;
  readonly kinds: ValueKinds;
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Index of the node that computes a value; undefined for inputs and constants. */
  maker(value: string): number | undefined;
  /** Indices of the nodes that read a value, subgraphs included. */
  readers(value: string): readonly number[];
  /** The node at an index of the graph. */
  node(index: number): Node;
  isConstant(value: string): boolean;
  isOutput(value: string): boolean;
}

export function wiringOf(graph: Graph): Wiring {
  const makers = new Map<string, number>();
  const readers = new Map<string, number[]>();
  for (const [index, node] of graph.nodes.entries()) {
    for (const output of node.outputs) makers.set(output, index);
    for (const name of readsOf(node)) {
      const list = readers.get(name);
      if (list === undefined) readers.set(name, [index]);
      else list.push(index);
    }
  }
  const kinds = valueKinds(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  return {
    graph,
    kinds,
    constants: new Map(graph.initializers.map(tensor => [tensor.name, tensor])),
    maker: value => makers.get(value),
    readers: value => readers.get(value) ?? [],
    node: index => {
      const node = graph.nodes[index];
      if (node === undefined) throw new RangeError(`no node ${index}`);
      return node;
    },
    isConstant: value => kinds.origin(value) === 'constant',
    isOutput: value => outputs.has(value),
  };
}

/** The only reader of a value that nobody outside sees; undefined where there are more, or none. */
export function soleReader(wiring: Wiring, value: string): number | undefined {
  const readers = wiring.readers(value);
  return readers.length === 1 && !wiring.isOutput(value) ? readers[0] : undefined;
}

export function firstOutput(node: Node): string {
  return node.outputs[0] ?? '';
}

/** Inputs that are there and depend on an input of the graph. */
export function variableInputs(wiring: Wiring, node: Node): string[] {
  return node.inputs.filter(name => name !== '' && !wiring.isConstant(name));
}

/** The last fp32 output that the graph computes. */
export function lastFloatOutput({ graph, maker, kinds }: Wiring): string | undefined {
  return graph.outputs.findLast(({ name }) => maker(name) !== undefined && kinds.type(name) === 'float32')
    ?.name;
}
