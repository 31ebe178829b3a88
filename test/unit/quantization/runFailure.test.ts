import { afterEach, expect, it } from 'vitest';
import { Simulation, type SimulationTensor } from '../../../src/engine/simulation';
import { bytesOf, GraphBuilder } from '../../../src/onnx/graphBuilder';
import type { Graph } from '../../../src/onnx/model';
import { StudioError } from '../../../src/protocol/failure';
import { runFailure } from '../../../src/quantization/runFailure';

let simulation: Simulation | undefined;
afterEach(async () => {
  await simulation?.close();
  simulation = undefined;
});

const floats = (...dims: number[]): SimulationTensor => ({
  type: 'float32',
  dims,
  data: new Float32Array(dims.reduce((product, size) => product * size, 1)),
});

/** x and y, both of open sizes, into one operator of this name. */
function graph(op: string, name: string, type: 'float32' | 'int64' = 'float32', domain = ''): Graph {
  const builder = new GraphBuilder('net', { '': 17, ...(domain !== '' && { [domain]: 1 }) });
  const inputs = [builder.input('x', 'float32', ['n', 'm']), builder.input('y', type, ['k', 'l'])];
  builder.output('z', builder.op(op, name, inputs), 'float32', ['a', 'b']);
  const built = builder.build();
  return { ...built, nodes: built.nodes.map(node => ({ ...node, domain })) };
}

/** The sentence for what ONNX Runtime itself throws. */
async function sentence(net: Graph, feeds: Record<string, SimulationTensor>): Promise<string> {
  try {
    simulation = await Simulation.open(net, { threads: 1 });
    await simulation.run(feeds);
  } catch (error) {
    const failure = runFailure(error, 'The sample cannot be run through net', 'check the samples');
    if (!(failure instanceof StudioError)) throw failure;
    expect(failure.cause).toBe(error);
    return failure.message;
  }
  throw new Error('nothing failed');
}

it('names the layer that fails and says why, for what ONNX Runtime throws', async () => {
  const fed = { x: floats(2, 3), y: floats(2, 4) };
  const start = 'The sample cannot be run through net';
  const end = '; check the samples.';
  const sizes = 'the sizes of what it reads do not fit each other';
  expect(await sentence(graph('Add', 'vision.stem/add'), fed)).toBe(
    `${start}: the layer vision.stem/add (Add) fails, since ${sizes}${end}`,
  );
  expect(await sentence(graph('MatMul', 'quantized2/shape.index'), fed)).toBe(
    `${start}: the layer shape.index (MatMul) fails, since ${sizes}${end}`,
  );
  expect(await sentence(graph('Add', 'sum', 'int64'), fed)).toBe(
    `${start}: the layer sum (Add) fails, since the types of what it reads do not fit it${end}`,
  );
  expect(await sentence(graph('Strange', 'odd', 'float32', 'com.example'), fed)).toBe(
    `${start}: a layer of the operator Strange fails, since ONNX Runtime does not know this operator${end}`,
  );
});

it('says that an index lies outside of its table', async () => {
  const builder = new GraphBuilder('net', { '': 17 });
  const data = bytesOf(new Float32Array(6));
  const table = builder.initializer({ name: 'table', type: 'float32', dims: [3, 2], data });
  const ids = builder.input('ids', 'int64', ['n']);
  builder.output('z', builder.op('Gather', 'tokens', [table, ids]), 'float32', ['n', 2]);
  const feeds = { ids: { type: 'int64', dims: [1], data: BigInt64Array.of(7n) } };
  expect(await sentence(builder.build(), feeds)).toBe(
    'The sample cannot be run through net: the layer tokens (Gather) fails, since an index lies outside of what it looks up; check the samples.',
  );
});

it('is one sentence whatever is thrown, and leaves those of ours alone', () => {
  for (const thrown of [new Error('one\ntwo'), 'text', undefined, new Error('std::bad_alloc')]) {
    const failure = runFailure(thrown, 'It cannot be run', 'check it');
    expect((failure as StudioError).message).toMatch(/^It cannot be run[^\n]*; check it\.$/);
  }
  expect(runFailure(new Error('std::bad_alloc'), 'It', 'x')).toMatchObject({
    message: 'It since there is not enough memory; x.',
  });
  const ours = new StudioError('cancelled', 'Stopped.');
  expect(runFailure(ours, 'It', 'x')).toBe(ours);
});
