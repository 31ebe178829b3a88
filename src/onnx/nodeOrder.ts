import type { Graph, Node } from './model';

/**
 * The graph with its nodes in an order in which every value is there before it is read; an order that is right already
 * is kept. Subgraphs are put in order too.
 * @param refuse makes the error for a problem
 * @throws what `refuse` gives when a value has no origin, has two, or depends on itself
 */
export function inOrder(
  graph: Graph,
  refuse: (problem: string) => Error,
  outer: ReadonlySet<string> = new Set(),
): Graph {
  const makers = makersOf(graph, refuse);
  const known = new Set([...outer, ...graph.inputs.map(({ name }) => name)]);
  for (const { name } of graph.initializers) known.add(name);
  const sorted: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  for (const root of graph.nodes) {
    // A stack instead of recursion: a chain of nodes can be longer than the call stack.
    const stack = [root];
    while (stack.length > 0) {
      const node = stack.at(-1) as Node;
      if (state.get(node) === 'done') {
        stack.pop();
        continue;
      }
      state.set(node, 'open');
      const waiting = [...readsOf(node)].filter(name => name !== '' && !known.has(name));
      for (const name of waiting) {
        const maker = makers.get(name);
        if (maker === undefined) throw refuse(`${label(node)} reads ${name}, which nothing defines`);
        if (state.get(maker) === 'open') throw refuse(`${label(maker)} depends on its own output`);
        stack.push(maker);
      }
      if (waiting.length > 0) continue;
      stack.pop();
      state.set(node, 'done');
      sorted.push(withOrderedSubgraphs(node, refuse, known));
      for (const output of node.outputs) known.add(output);
    }
  }
  const missing = graph.outputs.find(({ name }) => !known.has(name));
  if (missing !== undefined) throw refuse(`nothing computes its output ${missing.name}`);
  return { ...graph, nodes: sorted };
}

/** Values that a node reads: its inputs, and what its subgraphs take from around them. */
export function readsOf(node: Node): Set<string> {
  const reads = new Set(node.inputs);
  for (const value of Object.values(node.attributes)) {
    if ('graph' in value) for (const name of capturedBy(value.graph)) reads.add(name);
  }
  return reads;
}

/** Values that a subgraph reads and does not define. */
export function capturedBy(graph: Graph): Set<string> {
  const own = new Set([...graph.inputs, ...graph.initializers].map(({ name }) => name));
  for (const node of graph.nodes) for (const output of node.outputs) own.add(output);
  const captured = new Set<string>();
  const take = (name: string): void => {
    if (name !== '' && !own.has(name)) captured.add(name);
  };
  for (const node of graph.nodes) for (const name of readsOf(node)) take(name);
  for (const { name } of graph.outputs) take(name);
  return captured;
}

function makersOf(graph: Graph, refuse: (problem: string) => Error): Map<string, Node> {
  const makers = new Map<string, Node>();
  const given = new Set([...graph.inputs, ...graph.initializers].map(({ name }) => name));
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (makers.has(output) || given.has(output)) throw refuse(`${output} is defined twice`);
      makers.set(output, node);
    }
  }
  return makers;
}

function withOrderedSubgraphs(
  node: Node,
  refuse: (problem: string) => Error,
  known: ReadonlySet<string>,
): Node {
  const entries = Object.entries(node.attributes);
  if (!entries.some(([, value]) => 'graph' in value)) return node;
  const attributes = entries.map(
    ([name, value]) =>
      [name, 'graph' in value ? { graph: inOrder(value.graph, refuse, known) } : value] as const,
  );
  return { ...node, attributes: Object.fromEntries(attributes) };
}

function label({ name, op, outputs }: Node): string {
  return name !== '' ? `node ${name}` : `the ${op} node of ${outputs[0] ?? 'no output'}`;
}
