import { Simulation, type SimulationTensor } from '../../engine/simulation';
import { bytesOf } from '../../onnx/graphBuilder';
import type { Graph, Node, Tensor } from '../../onnx/model';
import { readsOf } from '../../onnx/nodeOrder';
import { StudioError } from '../../protocol/failure';
import { branchOf, inlineBranches } from '../graph/branches';
import { firstOutput, type Wiring, wiringOf } from '../graph/wiring';
import { runFailure } from '../runFailure';
import type { Feeds } from '../samples/feeds';

export interface Settling {
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** A graph without what its inputs and constants decide, and sentences about what was decided. */
export interface SettledGraph {
  readonly graph: Graph;
  readonly notes: readonly string[];
}

/** Weights that are computed from constants are kept in memory; beyond this they stay as the graph computes them. */
const maxFoldedBytes = 2 ** 30;

/**
 * Puts in place what does not depend on the signal: each `If` becomes the branch that all samples take, where sizes,
 * integer inputs or constants decide it, and weights that are computed from constants (behind Cast, Transpose,
 * DequantizeLinear …) become constants. ONNX Runtime computes both.
 * @throws {StudioError} `model-invalid` when the samples cannot be run as far as a condition; `cancelled`
 */
export async function settleGraph(
  graph: Graph,
  samples: readonly Feeds[],
  settling: Settling,
): Promise<SettledGraph> {
  const notes: string[] = [];
  let settled = graph;
  for (;;) {
    const decisions = await decisionsOf(settled, samples, settling);
    if (decisions.size === 0) break;
    for (const [node, taken] of decisions) notes.push(noteOf(node, taken));
    settled = inlineBranches(settled, decisions);
  }
  return { graph: await withFoldedWeights(settled, settling), notes };
}

function noteOf(node: Node, taken: boolean): string {
  const place = node.name || firstOutput(node);
  return `${place} is replaced by its ${taken ? 'then' : 'else'} branch, which every sample takes.`;
}

/** Of the outermost `If`s, those whose condition is the same in all samples and does not depend on the signal. */
async function decisionsOf(
  graph: Graph,
  samples: readonly Feeds[],
  settling: Settling,
): Promise<Map<Node, boolean>> {
  const wiring = wiringOf(graph);
  const open = graph.nodes.filter(node => {
    const bodies = branchOf(node, true) !== undefined && branchOf(node, false) !== undefined;
    const condition = node.inputs[0] ?? '';
    return node.op === 'If' && node.domain === '' && bodies && wiring.kinds.origin(condition) !== 'signal';
  });
  const decisions = new Map<Node, boolean>();
  if (open.length === 0) return decisions;
  const conditions = [...new Set(open.map(({ inputs }) => inputs[0] ?? ''))];
  const seen = new Map<string, Set<boolean>>(conditions.map(name => [name, new Set()]));
  const probe = probeOf(wiring, conditions);
  const feeds = probe.inputs.length === 0 ? [{}] : samples;
  await running(probe, feeds, settling, outputs => {
    for (const name of conditions) {
      const { data } = outputs[name] ?? {};
      if (data instanceof Uint8Array) seen.get(name)?.add(data[0] === 1);
    }
  });
  for (const node of open) {
    const [taken, other] = [...(seen.get(node.inputs[0] ?? '') ?? [])];
    if (taken !== undefined && other === undefined) decisions.set(node, taken);
  }
  return decisions;
}

/** Floats that are computed from constants alone and read by what is not, as constants. */
async function withFoldedWeights(graph: Graph, settling: Settling): Promise<Graph> {
  const wiring = wiringOf(graph);
  const { kinds } = wiring;
  const isConstant = (node: Node): boolean => node.outputs.every(wiring.isConstant);
  const wanted = graph.nodes
    .filter(isConstant)
    .flatMap(({ outputs }) =>
      outputs.filter(
        name =>
          kinds.type(name) === 'float32' &&
          wiring.readers(name).some(reader => !isConstant(wiring.node(reader))) &&
          !wiring.isOutput(name),
      ),
    );
  if (wanted.length === 0) return graph;
  const probe = probeOf(wiring, wanted);
  const bytes = probe.initializers.reduce((sum, { data }) => sum + data.byteLength, 0);
  if (bytes > maxFoldedBytes) return graph;
  const folded = new Map<string, Tensor>();
  await running(probe, [{}], settling, outputs => {
    for (const name of wanted) {
      const { data, dims } = outputs[name] ?? {};
      if (data instanceof Float32Array && dims !== undefined)
        folded.set(name, { name, type: 'float32', dims, data: bytesOf(data) });
    }
  });
  return withoutIdle({ ...graph, initializers: [...graph.initializers, ...folded.values()] }, folded);
}

/** Without the nodes that only made what is a constant now, and without constants that only they read. */
function withoutIdle(graph: Graph, folded: ReadonlyMap<string, Tensor>): Graph {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some(name => name !== '' && needed.has(name) && !folded.has(name))) continue;
    for (const name of readsOf(node)) needed.add(name);
    nodes.unshift({ ...node, outputs: node.outputs.map(name => (folded.has(name) ? '' : name)) });
  }
  return { ...graph, nodes, initializers: graph.initializers.filter(({ name }) => needed.has(name)) };
}

/** What of the graph some values need. */
function probeOf({ graph, kinds, maker, node }: Wiring, outputs: readonly string[]): Graph {
  const reached = new Set<number>();
  const read = new Set(outputs);
  const stack = [...outputs];
  while (stack.length > 0) {
    const index = maker(stack.pop() ?? '');
    if (index === undefined || reached.has(index)) continue;
    reached.add(index);
    for (const name of readsOf(node(index))) {
      read.add(name);
      stack.push(name);
    }
  }
  return {
    ...graph,
    inputs: graph.inputs.filter(({ name }) => read.has(name)),
    initializers: graph.initializers.filter(({ name }) => read.has(name)),
    nodes: graph.nodes.filter((_, index) => reached.has(index)),
    outputs: outputs.map(name => ({ name, type: kinds.type(name), dims: undefined })),
  };
}

async function running(
  graph: Graph,
  samples: readonly Feeds[],
  { threads, signal }: Settling,
  take: (outputs: Record<string, SimulationTensor>) => void,
): Promise<void> {
  let simulation: Simulation | undefined;
  try {
    simulation = await Simulation.open(graph, { threads, unoptimised: true });
    for (const sample of samples) {
      if (signal.aborted) throw new StudioError('cancelled', 'The measurement was cancelled.');
      const feeds = graph.inputs.flatMap(({ name }) => {
        const tensor = sample[name];
        return tensor === undefined ? [] : [[name, tensor] as const];
      });
      take(await simulation.run(Object.fromEntries(feeds)));
    }
  } catch (error) {
    const what = `ONNX Runtime cannot run ${graph.name} with the samples`;
    throw runFailure(error, what, 'check the model and the sizes of its inputs');
  } finally {
    await simulation?.close();
  }
}
