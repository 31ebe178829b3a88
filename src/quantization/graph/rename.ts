import type { Attribute, Graph, Node } from '../../onnx/model';
import { capturedBy } from '../../onnx/nodeOrder';

/** A node that reads and writes other names; subgraphs follow, for what they take from around them. */
export function renamed(node: Node, rename: (value: string) => string): Node {
  const of = (value: string): string => (value === '' ? '' : rename(value));
  const attributes = Object.entries(node.attributes).map(([name, value]): [string, Attribute] => [
    name,
    'graph' in value ? { graph: renamedBody(value.graph, of) } : value,
  ]);
  return {
    ...node,
    inputs: node.inputs.map(of),
    outputs: node.outputs.map(of),
    attributes: Object.fromEntries(attributes),
  };
}

function renamedBody(body: Graph, rename: (value: string) => string): Graph {
  const captured = capturedBy(body);
  const of = (value: string): string => (captured.has(value) ? rename(value) : value);
  return {
    ...body,
    outputs: body.outputs.map(output => ({ ...output, name: of(output.name) })),
    nodes: body.nodes.map(node => renamed(node, of)),
  };
}
