import { onnx } from 'onnx-proto';
import { describe, expect, test } from 'vitest';
import { graphCost } from '../../../src/onnx/cost';
import { GraphBuilder, type Value } from '../../../src/onnx/graphBuilder';
import type { ElementType, Graph } from '../../../src/onnx/model';
import { readModel } from '../../../src/onnx/readModel';
import { structureOf } from '../../../src/onnx/structure';
import { bytesOfGraph, floats } from '../architecture/ort';
import { put, scratchFolder } from '../engine/pictures';
import { expectShapesThatRun } from './shapesThatRun';

const width: Partial<Record<ElementType, number>> = { uint8: 1, int8: 1, int32: 4, float32: 4 };
const microsoft = { domain: 'com.microsoft' };

function builder(): GraphBuilder {
  return new GraphBuilder('quantized', { '': 21, 'com.microsoft': 1 });
}

function zeros(graph: GraphBuilder, name: string, type: ElementType, ...dims: number[]): Value {
  const elements = dims.reduce((a, b) => a * b, 1);
  return graph.initializer({ name, type, dims, data: new Uint8Array(elements * (width[type] ?? 0)) });
}

/** [rows, 70] times 5 columns in blocks of 32 values of 4 bits: the last block is filled up. */
function matMulNBits(graph: GraphBuilder, x: Value): Value {
  const weights = zeros(graph, 'weights', 'uint8', 5, 3, 16);
  const scales = zeros(graph, 'scales', 'float32', 15);
  const zeroPoints = zeros(graph, 'zeroPoints', 'uint8', 5 * 2);
  const attributes = { K: { int: 70 }, N: { int: 5 }, bits: { int: 4 }, block_size: { int: 32 } };
  const inputs = [x, weights, scales, zeroPoints];
  return graph.op('MatMulNBits', 'quantized', inputs, { attributes, ...microsoft });
}

describe("ONNX Runtime's own operators", () => {
  test('MatMulNBits counts its weights, not the bytes that hold them', async () => {
    const graph = builder();
    const y = matMulNBits(graph, graph.input('x', 'float32', [1, 'rows', 70]));
    graph.output('y', y, 'float32', [1, 'rows', 5]);
    await expectShapesThatRun(graph.build(), { x: floats(new Float32Array(3 * 70), [1, 3, 70]) });
    const bound = graphCost(structureOf(graph.build()), () => 3);
    expect(bound).toMatchObject({ parameters: 350, bytes: 5 * 3 * 16 + 4 * 15 + 10, macs: 3 * 350 });
    expect(bound.layers).toEqual([
      { layer: 'quantized', op: 'MatMulNBits', parameters: 350, macs: 1050, outputShape: [1, 3, 5] },
    ]);
    expect(graphCost(structureOf(graph.build())).layers).toMatchObject([
      { parameters: 350, macs: null, reason: 'a size that it depends on is not known' },
    ]);
  });

  test.each(['apart', 'packed'])(
    'GroupQueryAttention, %s: its shape is known, its products are not',
    async form => {
      const graph = builder();
      const [rows, past, heads, shared, dim] = [2, 3, 4, 2, 8];
      const packed = form === 'packed';
      const wide = (packed ? heads + 2 * shared : heads) * dim;
      const query = graph.input('query', 'float32', [1, 'rows', wide]);
      const other = (name: string): Value =>
        packed ? '' : graph.input(name, 'float32', [1, 'rows', shared * dim]);
      const inputs = [query, other('key'), other('value')];
      for (const name of ['pastKey', 'pastValue'])
        inputs.push(graph.input(name, 'float32', [1, shared, 'past', dim]));
      inputs.push(int32(graph, 'lengths', [past + rows - 1], [1]), int32(graph, 'total', [past + rows], []));
      const attributes = { num_heads: { int: heads }, kv_num_heads: { int: shared } };
      const [context] = graph.opMany<[Value, Value, Value]>('GroupQueryAttention', 'attention', inputs, 3, {
        attributes,
        ...microsoft,
      });
      const weight = zeros(graph, 'w', 'float32', heads * dim, 6);
      graph.output('y', graph.op('MatMul', 'behind', [context, weight]), 'float32', [1, 'rows', 6]);
      const feed = (...dims: number[]) => floats(new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
      const feeds = {
        query: feed(1, rows, wide),
        ...(packed ? {} : { key: feed(1, rows, shared * dim), value: feed(1, rows, shared * dim) }),
        pastKey: feed(1, shared, past, dim),
        pastValue: feed(1, shared, past, dim),
      };
      await expectShapesThatRun(graph.build(), feeds, ['attention:0', 'y']);
      const { layers, macs, knownMacs } = graphCost(structureOf(graph.build()), (_, axis) =>
        axis === 1 ? rows : 1,
      );
      expect([macs, knownMacs]).toEqual([null, rows * heads * dim * 6]);
      expect(layers[0]).toMatchObject({ macs: null, reason: expect.stringContaining('rows of the cache') });
    },
  );

  test('a norm with its sum', async () => {
    const graph = builder();
    const x = graph.input('x', 'float32', [1, 'rows', 8]);
    const gamma = zeros(graph, 'gamma', 'float32', 8);
    const [normed, , , sum] = graph.opMany<[Value, Value, Value, Value]>(
      'SkipSimplifiedLayerNormalization',
      'norm',
      [x, x, gamma],
      4,
      microsoft,
    );
    graph.output('y', graph.op('Add', 'add', [normed, sum]), 'float32', [1, 'rows', 8]);
    const feeds = { x: floats(new Float32Array(16), [1, 2, 8]) };
    await expectShapesThatRun(graph.build(), feeds, ['norm:0', 'norm:3', 'y']);
    expect(graphCost(structureOf(graph.build()))).toMatchObject({ parameters: 8, macs: 0 });
  });
});

function int32(graph: GraphBuilder, name: string, values: number[], dims: number[]): Value {
  return graph.initializer({
    name,
    type: 'int32',
    dims,
    data: new Uint8Array(Int32Array.from(values).buffer),
  });
}

test('weights behind a DequantizeLinear belong to the layer that uses them, scales to nobody', async () => {
  const graph = builder();
  const x = graph.input('x', 'float32', [1, 3, 6, 6]);
  const dequantized = (name: string, type: ElementType, ...dims: number[]): Value => {
    const scale = zeros(graph, `${name}.scale`, 'float32', dims[0] ?? 1);
    const zeroPoint = zeros(graph, `${name}.zero`, type, dims[0] ?? 1);
    const inputs = [zeros(graph, name, type, ...dims), scale, zeroPoint];
    return graph.op('DequantizeLinear', `${name}.dequantized`, inputs, { attributes: { axis: { int: 0 } } });
  };
  const inputs = [x, dequantized('w', 'int8', 4, 3, 3, 3), dequantized('b', 'int32', 4)];
  graph.output('y', graph.op('Conv', 'conv', inputs), 'float32', [1, 4, 4, 4]);
  await expectShapesThatRun(graph.build(), { x: floats(new Float32Array(108), [1, 3, 6, 6]) });
  const cost = graphCost(structureOf(graph.build()));
  expect(cost).toMatchObject({ parameters: 112, bytes: 108 + 5 * 4 + 16 + 16 + 16, macs: 108 * 16 });
  expect(cost.layers.map(({ layer, parameters }) => [layer, parameters])).toEqual([['conv', 112]]);
});

test('a node with graphs of its own leaves parameters, bytes and products open', () => {
  const graph = builder();
  const x = graph.input('x', 'float32', [2, 3]);
  const known = graph.op('MatMul', 'known', [x, zeros(graph, 'w', 'float32', 3, 4)]);
  graph.output('y', graph.op('If', 'choice', [known]), 'float32', [2, 4]);
  const model = onnx.ModelProto.decode(bytesOfGraph(graph.build()));
  const inner = onnx.ModelProto.decode(bytesOfGraph(innerGraph())).graph ?? null;
  model.graph?.node?.[1]?.attribute?.push(
    onnx.AttributeProto.create({
      name: 'then_branch',
      type: onnx.AttributeProto.AttributeType.GRAPH,
      g: inner,
    }),
  );
  const file = put(scratchFolder(), 'choice.onnx', Buffer.from(onnx.ModelProto.encode(model).finish()));
  const cost = graphCost(readModel(file));
  expect(cost).toMatchObject({ parameters: null, bytes: null, knownBytes: 48, macs: null, knownMacs: 24 });
  expect(cost.layers).toMatchObject([
    { layer: 'known', parameters: 12, macs: 24 },
    {
      layer: 'choice',
      macs: null,
      reason: 'it holds a graph of its own, which is not looked into',
      outputShape: null,
    },
  ]);
});

function innerGraph(): Graph {
  const graph = builder();
  const weight = zeros(graph, 'hidden', 'float32', 4, 4);
  graph.output('z', graph.op('Identity', 'inside', [weight]), 'float32', [4, 4]);
  return graph.build();
}
