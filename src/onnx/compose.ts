import type { Graph, Tensor } from './model';

/**
 * One graph of two: the second reads the first's outputs by their names and gives its own. Constants that both hold
 * under one name must be the same; builders name small ones by their content.
 * @throws {Error} where a name of the second means something else in the first
 */
export function joinGraphs(name: string, first: Graph, second: Graph): Graph {
  const given = new Set(first.outputs.map(output => output.name));
  const constants = new Map<string, Tensor>(first.initializers.map(tensor => [tensor.name, tensor]));
  for (const tensor of second.initializers) {
    const same = constants.get(tensor.name);
    if (same === undefined) constants.set(tensor.name, tensor);
    else if (same.type !== tensor.type || same.dims.join() !== tensor.dims.join()) {
      throw new Error(`two different constants are named ${tensor.name}`);
    }
  }
  const values = new Set(first.nodes.flatMap(node => node.outputs));
  for (const value of second.nodes.flatMap(node => node.outputs)) {
    if (values.has(value)) throw new Error(`${value} is computed by both graphs`);
  }
  for (const [domain, version] of Object.entries(second.opsets)) {
    const other = first.opsets[domain];
    if (other !== undefined && other !== version) throw new Error(`the graphs use two versions of ${domain}`);
  }
  return {
    name,
    inputs: [...first.inputs, ...second.inputs.filter(input => !given.has(input.name))],
    outputs: second.outputs,
    nodes: [...first.nodes, ...second.nodes],
    initializers: [...constants.values()],
    opsets: { ...first.opsets, ...second.opsets },
  };
}
