import { expect, test } from 'vitest';
import { Simulation } from '../../../../src/engine/simulation';
import { bytesOf, GraphBuilder, type Value } from '../../../../src/onnx/graphBuilder';
import type { Attribute, Graph } from '../../../../src/onnx/model';
import { settleGraph } from '../../../../src/quantization/bundle/settledGraph';
import { unitsOf } from '../../../../src/quantization/graph/units';
import type { Feeds } from '../../../../src/quantization/samples/feeds';

const settling = { threads: 1, signal: new AbortController().signal };

/** A subgraph of one product of `x` with a factor of its own; names are the same in every branch. */
function branch(
  factor: number,
  inner: (graph: GraphBuilder, scaled: Value) => Value = (_, y) => y,
  place = '',
): Graph {
  const graph = new GraphBuilder('branch', { '': 17 });
  const { nodes, initializers } = (() => {
    const x = graph.input('x', 'float32', ['n', 4]);
    const weight = Float32Array.from({ length: 16 }, (_, index) => factor * Math.sin(index + 1));
    const matrix = graph.initializer({
      name: `${place}w`,
      type: 'float32',
      dims: [4, 4],
      data: bytesOf(weight),
    });
    const product = graph.op('MatMul', `${place}product`, [x, matrix]);
    graph.output(`${place}result`, graph.op('Identity', `${place}same`, [inner(graph, product)]), 'float32', [
      'n',
      4,
    ]);
    return graph.build();
  })();
  // What a branch reads from around it, it does not declare.
  const outputs = [{ name: `${place}result`, type: 'float32' as const, dims: ['n', 4] }];
  return { name: 'branch', inputs: [], outputs, nodes, initializers, opsets: {} };
}

const choice = (then: Graph, otherwise: Graph): { attributes: Record<string, Attribute> } => ({
  attributes: { then_branch: { graph: then }, else_branch: { graph: otherwise } },
});

/** Two branches in a row that the rate and the number of rows decide, the second with one inside. */
function branching(): Graph {
  const graph = new GraphBuilder('branching', { '': 17 });
  const x = graph.input('x', 'float32', ['n', 4]);
  const rate = graph.input('rate', 'int64', []);
  const isFast = graph.op('Equal', 'is16k', [rate, graph.ints(16000)]);
  const rows = graph.op('Gather', 'rows', [graph.op('Shape', 'shape', [x]), graph.ints(0)]);
  const isOne = graph.op('Equal', 'isOne', [rows, graph.ints(1)]);
  const first = graph.op('If', 'first', [isFast], choice(branch(1), branch(2)));
  const nested = branch(4, inner => {
    inner.initializer({ name: 'isOne', type: 'bool', dims: [], data: new Uint8Array(1) });
    return inner.op(
      'If',
      'inner',
      ['isOne'],
      choice(branch(5, undefined, 'deep.'), branch(6, undefined, 'deep.')),
    );
  });
  const captured = { ...nested, initializers: nested.initializers.filter(({ name }) => name !== 'isOne') };
  const second = graph.op('If', 'second', [isOne], choice(branch(3), captured));
  graph.output('y', graph.op('Add', 'sum', [first, second]), 'float32', ['n', 4]);
  return graph.build();
}

function sample(rows: number, rate: number): Feeds {
  const data = Float32Array.from({ length: 4 * rows }, (_, index) => Math.cos(index));
  const rateTensor = { type: 'int64' as const, dims: [], data: BigInt64Array.of(BigInt(rate)) };
  return { x: { type: 'float32', dims: [rows, 4], data }, rate: rateTensor };
}

async function run(graph: Graph, feeds: Feeds): Promise<Float32Array> {
  const simulation = await Simulation.open(graph, { threads: 1, unoptimised: true });
  const { y } = await simulation.run(
    Object.fromEntries(graph.inputs.map(({ name }) => [name, feeds[name] as NonNullable<Feeds[string]>])),
  );
  await simulation.close();
  return y?.data as Float32Array;
}

test.each([
  [1, 16000],
  [1, 8000],
  [2, 16000],
  [3, 8000],
])('branches for %i rows at %i take their place and compute the same', async (rows, rate) => {
  const graph = branching();
  const feeds = sample(rows, rate);
  const settled = await settleGraph(graph, [feeds], settling);
  expect(settled.graph.nodes.map(({ op }) => op)).not.toContain('If');
  expect(settled.notes).toHaveLength(rows === 1 ? 2 : 3);
  expect(settled.notes[0]).toBe(
    `first is replaced by its ${rate === 16000 ? 'then' : 'else'} branch, which every sample takes.`,
  );
  expect(await run(settled.graph, feeds)).toEqual(await run(graph, feeds));
  const { units, unmeasured } = unitsOf(settled.graph);
  expect(units.filter(({ op }) => op === 'MatMul')).toHaveLength(rows === 1 ? 2 : 3);
  expect(units.filter(({ weights }) => weights.length === 1)).toHaveLength(rows === 1 ? 2 : 3);
  expect(unmeasured).toEqual([]);
});

test('a branch that the samples do not agree about, or the signal decides, stays with its reason', async () => {
  const { graph, notes } = await settleGraph(branching(), [sample(1, 16000), sample(1, 8000)], settling);
  expect(notes).toHaveLength(1);
  expect(await run(graph, sample(1, 8000))).toEqual(await run(branching(), sample(1, 8000)));
  expect(unitsOf(graph).unmeasured).toEqual([
    { layer: 'first', reason: expect.stringMatching(/^The samples do not agree which branch /) },
  ]);
  const builder = new GraphBuilder('g', { '': 17 });
  const x = builder.input('x', 'float32', ['n', 4]);
  const largest = builder.op('ReduceMax', 'largest', [x], { attributes: { keepdims: { int: 0 } } });
  const loud = builder.op('Greater', 'loud', [largest, builder.floats(0)]);
  builder.output('y', builder.op('If', 'gate', [loud], choice(branch(1), branch(2))), 'float32', ['n', 4]);
  const gated = await settleGraph(builder.build(), [sample(1, 0)], settling);
  expect(gated.notes).toEqual([]);
  expect(unitsOf(gated.graph).unmeasured).toEqual([
    { layer: 'gate', reason: expect.stringMatching(/depends on what the network computes/) },
  ]);
});

test('weights behind casts, transposes and dequantizers become constants with the same values', async () => {
  const builder = new GraphBuilder('g', { '': 17 });
  const x = builder.input('x', 'float32', ['n', 4]);
  const half = builder.initializer({
    name: 'half',
    type: 'float16',
    dims: [2, 4],
    data: bytesOf(Uint16Array.of(0x3c00, 0x4000, 0xbc00, 0x3800, 0x3c00, 0x4200, 0x0001, 0x3555)),
  });
  const float = builder.op('Cast', 'float', [half], { attributes: { to: { int: 1 } } });
  const turned = builder.op('Transpose', 'turned', [float], { attributes: { perm: { ints: [1, 0] } } });
  const data = Uint8Array.of(1, 255, 3, 128);
  const steps = builder.initializer({ name: 'steps', type: 'int8', dims: [2, 2], data });
  const weights = builder.op('DequantizeLinear', 'weights', [steps, builder.floats(0.25)]);
  const hidden = builder.op('MatMul', 'hidden', [x, turned]);
  builder.output('y', builder.op('MatMul', 'out', [hidden, weights]), 'float32', ['n', 2]);
  const graph = builder.build();
  const settled = await settleGraph(graph, [sample(2, 0)], settling);
  expect(settled.graph.nodes.map(({ name }) => name)).toEqual(['hidden', 'out']);
  expect(settled.graph.initializers.map(({ name }) => name)).toEqual(['turned', 'weights']);
  const { units } = unitsOf(settled.graph);
  expect(units.map(({ layer, parameters, weights: own }) => [layer, parameters, own])).toEqual([
    ['hidden', 8, [{ initializer: 'turned', axis: 1 }]],
    ['out', 4, [{ initializer: 'weights', axis: 1 }]],
  ]);
  expect(await run(settled.graph, sample(2, 0))).toEqual(await run(graph, sample(2, 0)));
});
