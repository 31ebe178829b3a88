import type { Attribute, Graph, GraphValue, Node, Tensor } from '../../onnx/model';
import { renamed } from './rename';

/**
 * The graph with one branch of each `If` that is decided in its place; the other branch is gone. A name of the branch
 * that is taken already gets the place of the `If` in front.
 * @param graph with its nodes in order; it stays so
 * @param decisions by `If` node of the graph: true for `then_branch`
 */
export function inlineBranches(graph: Graph, decisions: ReadonlyMap<Node, boolean>): Graph {
  const taken = { values: new Map<string, number>(), nodes: new Map<string, number>() };
  countNames(graph, taken);
  const nodes: Node[] = [];
  const initializers = [...graph.initializers];
  for (const node of graph.nodes) {
    const decision = decisions.get(node);
    const body = decision === undefined ? undefined : branchOf(node, decision);
    if (body === undefined) {
      nodes.push(node);
      continue;
    }
    const inlined = inline(node, body, taken);
    nodes.push(...inlined.nodes);
    initializers.push(...inlined.initializers);
  }
  return { ...graph, nodes, initializers };
}

/** The subgraph that an `If` runs; undefined where it has none. */
export function branchOf({ attributes }: Node, isTrue: boolean): Graph | undefined {
  const branch: Attribute | undefined = attributes[isTrue ? 'then_branch' : 'else_branch'];
  return branch !== undefined && 'graph' in branch ? branch.graph : undefined;
}

/** How often each name is defined, in the graph and all its subgraphs: a runtime wants each once along a nesting. */
interface Taken {
  readonly values: Map<string, number>;
  readonly nodes: Map<string, number>;
}

function countNames({ inputs, initializers, nodes }: Graph, taken: Taken): void {
  const add = (names: Map<string, number>, name: string): void => {
    names.set(name, (names.get(name) ?? 0) + 1);
  };
  for (const { name } of [...inputs, ...initializers]) add(taken.values, name);
  for (const node of nodes) {
    add(taken.nodes, node.name);
    for (const output of node.outputs) add(taken.values, output);
    for (const value of Object.values(node.attributes)) if ('graph' in value) countNames(value.graph, taken);
  }
}

function inline(
  node: Node,
  body: Graph,
  taken: Taken,
): { nodes: readonly Node[]; initializers: readonly Tensor[] } {
  const place = node.name || (node.outputs[0] ?? '');
  const own = new Map<string, string>();
  const given = outputNames(node, body);
  const define = (name: string): void => {
    // An output of the If is taken by the If itself, whose place it takes.
    own.set(name, given.get(name) ?? free(name, place, taken.values));
  };
  for (const { name } of body.initializers) define(name);
  for (const { outputs } of body.nodes) for (const name of outputs) if (name !== '') define(name);
  const rename = (name: string): string => own.get(name) ?? name;
  const named = (inner: Node): Node =>
    inner.name === '' ? inner : { ...inner, name: free(inner.name, place, taken.nodes) };
  const copies = body.outputs.flatMap(({ name }, index): Node[] => {
    const output = node.outputs[index] ?? '';
    if (output === '' || given.get(name) === output) return [];
    const attributes = {};
    return [
      { name: output, op: 'Identity', domain: '', inputs: [rename(name)], outputs: [output], attributes },
    ];
  });
  return {
    nodes: [...body.nodes.map(inner => named(renamed(inner, rename))), ...copies],
    initializers: body.initializers.map(tensor => ({ ...tensor, name: rename(tensor.name) })),
  };
}

/** The name where nothing else has it, else with the place in front as often as it takes. */
function free(name: string, place: string, taken: Map<string, number>): string {
  const others = (taken.get(name) ?? 1) - 1;
  if (others === 0) return name;
  let fresh = `${place}/${name}`;
  while (taken.has(fresh)) fresh = `${place}/${fresh}`;
  taken.set(name, others);
  taken.set(fresh, 1);
  return fresh;
}

/** Values of the branch's nodes that are its outputs, and the names they have outside. */
function outputNames(node: Node, body: Graph): Map<string, string> {
  const made = new Set(body.nodes.flatMap(({ outputs }) => outputs));
  const names = new Map<string, string>();
  for (const [index, { name }] of (body.outputs as readonly GraphValue[]).entries()) {
    const output = node.outputs[index] ?? '';
    if (output !== '' && made.has(name) && !names.has(name)) names.set(name, output);
  }
  return names;
}
