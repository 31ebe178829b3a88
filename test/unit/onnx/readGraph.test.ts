import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeModel } from '../../../src/onnx/encode';
import { externalDataChunks, planExternalData } from '../../../src/onnx/externalData';
import { GraphBuilder } from '../../../src/onnx/graphBuilder';
import type { Graph } from '../../../src/onnx/model';
import { readGraph } from '../../../src/onnx/readGraph';
import { StudioError } from '../../../src/protocol/failure';
import { bytesOfGraph } from '../architecture/ort';

const folder = mkdtempSync(join(tmpdir(), 'read-graph-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

function stored(bytes: Uint8Array): string {
  const path = join(folder, `${files++}.onnx`);
  writeFileSync(path, bytes);
  return path;
}

function storedProto(model: onnx.IModelProto): string {
  return stored(onnx.ModelProto.encode(onnx.ModelProto.create(model)).finish());
}

function problemOf(path: string): string {
  try {
    readGraph(path);
  } catch (error) {
    if (error instanceof StudioError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Outputs of a graph for inputs of ones, by ONNX Runtime. */
async function answers(path: string | Uint8Array, feeds: Record<string, Tensor>): Promise<unknown> {
  const options = { logSeverityLevel: 3, intraOpNumThreads: 1 } as const;
  const session = await (typeof path === 'string'
    ? InferenceSession.create(path, options)
    : InferenceSession.create(path, options));
  const results = await session.run(feeds);
  await session.release();
  return Object.entries(results).map(([name, { dims, data }]) => [name, dims, data]);
}

function layered(): Graph {
  const graph = new GraphBuilder('layered', { '': 21 });
  const x = graph.input('x', 'float32', [2, 'length']);
  const weight = graph.floats(Array.from({ length: 3000 }, (_, index) => Math.sin(index)));
  const matrix = graph.op('Reshape', 'matrix', [weight, graph.ints([30, 100])]);
  const product = graph.op('MatMul', 'product', [x, matrix]);
  graph.output('y', graph.op('Gelu', 'gelu', [product]), 'float32', [2, 100]);
  return graph.build();
}

const threeOnes = { x: new Tensor('float32', new Float32Array(60).fill(1), [2, 30]) };

function floatNode(op: string, input: string[], output: string): onnx.INodeProto {
  return { opType: op, input, output: [output] };
}

function floatValue(name: string): onnx.IValueInfoProto {
  return { name, type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 2 }] } } } };
}

function model(graph: onnx.IGraphProto): onnx.IModelProto {
  return { irVersion: 8, opsetImport: [{ version: 13 }], graph };
}

describe('readGraph', () => {
  test('gives back a graph that was written, byte for byte', () => {
    const bytes = bytesOfGraph(layered());
    expect(Buffer.compare(Buffer.concat([...encodeModel(readGraph(stored(bytes)))]), bytes)).toBe(0);
  });

  test('reads weights beside the model', async () => {
    const graph = layered();
    const layout = planExternalData(graph, 'weights.bin');
    writeFileSync(join(folder, 'weights.bin'), Buffer.concat([...externalDataChunks(graph, layout)]));
    const path = stored(Buffer.concat([...encodeModel(graph, layout)]));
    expect(await answers(bytesOfGraph(readGraph(path)), threeOnes)).toEqual(await answers(path, threeOnes));
  });

  test('reads every kind of typed field, constants in nodes, and a subgraph that takes from around it', async () => {
    const branch = (op: string): onnx.IGraphProto => ({
      name: op,
      node: [floatNode(op, ['sum', 'bias'], 'chosen')],
      output: [floatValue('chosen')],
    });
    const halves = { dataType: 10, dims: [2], int32Data: [0x3c00, 0xc000] };
    const path = storedProto(
      model({
        name: 'typed',
        input: [floatValue('x')],
        output: [floatValue('y'), floatValue('list')],
        initializer: [
          { name: 'bias', dataType: 1, dims: [2], floatData: [0.5, -1.5] },
          { name: 'doubles', dataType: 11, dims: [2], doubleData: [0.25, 2] },
          { name: 'longs', dataType: 7, dims: [2], int64Data: [-3, 4] },
          { name: 'bytes', dataType: 3, dims: [2], int32Data: [-7, 9] },
          { name: 'flag', dataType: 9, dims: [], int32Data: [1] },
        ],
        node: [
          { opType: 'Constant', output: ['halves'], attribute: [{ name: 'value', type: 4, t: halves }] },
          {
            opType: 'Constant',
            output: ['list'],
            attribute: [{ name: 'value_floats', type: 6, floats: [3, 4] }],
          },
          ...['doubles', 'longs', 'bytes', 'halves'].map(name => ({
            ...floatNode('Cast', [name], `${name}.f`),
            attribute: [{ name: 'to', type: 2, i: 1 }],
          })),
          floatNode('Sum', ['x', 'doubles.f', 'longs.f', 'bytes.f', 'halves.f'], 'sum'),
          {
            ...floatNode('If', ['flag'], 'y'),
            attribute: [
              { name: 'then_branch', type: 5, g: branch('Add') },
              { name: 'else_branch', type: 5, g: branch('Sub') },
            ],
          },
        ],
      }),
    );
    const feeds = { x: new Tensor('float32', Float32Array.of(1, 2), [2]) };
    const expected = await answers(path, feeds);
    expect(expected).toEqual([
      ['y', [2], Float32Array.of(0.25 + 1 - 3 - 7 + 1 + 0.5, 2 + 2 + 4 + 9 - 2 - 1.5)],
      ['list', [2], Float32Array.of(3, 4)],
    ]);
    expect(await answers(bytesOfGraph(readGraph(path)), feeds)).toEqual(expected);
  });

  test('puts nodes in order', () => {
    const path = storedProto(
      model({
        name: 'backwards',
        input: [floatValue('x')],
        output: [floatValue('y')],
        node: [floatNode('Neg', ['b'], 'y'), floatNode('Abs', ['a'], 'b'), floatNode('Exp', ['x'], 'a')],
      }),
    );
    expect(readGraph(path).nodes.map(({ op }) => op)).toEqual(['Exp', 'Abs', 'Neg']);
  });

  test('says in a sentence what is wrong with a graph', () => {
    const graph = (node: onnx.INodeProto[]): string =>
      problemOf(storedProto(model({ name: 'g', input: [floatValue('x')], output: [floatValue('y')], node })));
    const cyclic = [
      floatNode('Add', ['x', 'b'], 'a'),
      floatNode('Abs', ['a'], 'b'),
      floatNode('Abs', ['b'], 'y'),
    ];
    expect(graph(cyclic)).toMatch(/the \w+ node of \w depends on its own output/);
    expect(graph([floatNode('Add', ['x', 'weight'], 'y')])).toMatch(/reads weight, which nothing defines/);
    expect(graph([floatNode('Abs', ['x'], 'z')])).toMatch(/nothing computes its output y/);
    expect(graph([floatNode('Abs', ['x'], 'y'), floatNode('Exp', ['x'], 'y')])).toMatch(/y is defined twice/);
  });

  test('refuses a file that is cut off anywhere', () => {
    const bytes = bytesOfGraph(layered());
    const whole = bytes.length;
    for (let length = 0; length < whole; length += 97) {
      const problem = problemOf(stored(bytes.subarray(0, length)));
      expect(problem).toMatch(
        /^\S+ is no ONNX model that can be read \(.+\); check the file or export it again\.$/,
      );
    }
  });
});

/** Set to a folder of .onnx files that others made. */
const peers = process.env['AUTONEURAL_PEER_MODELS'];
const peerFiles = peers === undefined ? [] : readdirSync(peers).filter(name => name.endsWith('.onnx'));

describe.skipIf(peerFiles.length === 0)('models that others made', () => {
  test.each(peerFiles)('%s computes the same after it was read and written', async name => {
    const path = join(peers ?? '', name);
    const graph = readGraph(path);
    const feeds = Object.fromEntries(graph.inputs.map(input => [input.name, sampleOf(input)]));
    expect(await answers(bytesOfGraph(graph), feeds)).toEqual(await answers(path, feeds));
  });
});

function sampleOf({ name, type, dims }: Graph['inputs'][number]): Tensor {
  const sizes = {
    h: [2, 1, 64],
    c: [2, 1, 64],
    state: [2, 1, 128],
    input: [1, 512],
    x: [1, 3, dims?.[2] === 48 ? 48 : 96, 96],
  };
  const shape =
    name in sizes ? sizes[name as keyof typeof sizes] : (dims ?? []).map(size => (size === '' ? 1 : +size));
  const count = shape.reduce((product, size) => product * size, 1);
  if (type === 'int64') return new Tensor('int64', new BigInt64Array(count).fill(16000n), shape);
  return new Tensor(
    'float32',
    Float32Array.from({ length: count }, (_, index) => Math.sin(index)),
    shape,
  );
}
