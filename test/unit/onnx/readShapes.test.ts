import type { Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../src/architecture/build';
import { parseConfig } from '../../../src/architecture/config';
import { ShapeOnlyWeights } from '../../../src/architecture/shapeOnly';
import { graphCost } from '../../../src/onnx/cost';
import { bytesOf, GraphBuilder, type Value } from '../../../src/onnx/graphBuilder';
import type { Attribute } from '../../../src/onnx/model';
import { inferShapes } from '../../../src/onnx/shapes/infer';
import { structureOf } from '../../../src/onnx/structure';
import { configJson, parity } from '../architecture/golden';
import { floats, ints } from '../architecture/ort';
import { expectShapesThatRun } from './shapesThatRun';

/** Weights of the right shapes that are all zero. */
function zeros(): ShapeOnlyWeights {
  const weights = new ShapeOnlyWeights();
  weights.readFloats = name => new Float32Array((weights.asked.get(name) ?? []).reduce((a, b) => a * b, 1));
  return weights;
}

const zero = (...dims: number[]): Tensor => floats(new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);

describe('shapes of our graphs are those that run', () => {
  test.each(Object.keys(parity.vision))('encoder %s', async name => {
    const config = parseConfig(configJson({ vision: parity.vision[name]?.config ?? {} }));
    const edge = config.vision.imageSize;
    const graph = buildGraph('vision_encoder', config, zeros(), 'fp32');
    await expectShapesThatRun(graph, { pixel_values: zero(1, 3, edge, edge) });
  });

  test.each([
    [1, 6],
    [5, 0],
  ])('decoder with %i new and %i past tokens', async (fresh, past) => {
    const config = parseConfig(configJson());
    const { hiddenSize, layers, keyValueHeads, headDim, convTaps } = config.text;
    const feeds: Record<string, Tensor> = {
      inputs_embeds: zero(1, fresh, hiddenSize),
      position_ids: ints(Array(fresh).fill(0), [1, fresh]),
      attention_bias: zero(fresh, past + fresh),
    };
    for (const [layer, kind] of layers.entries()) {
      if (kind === 'conv') feeds[`past_conv.${layer}`] = zero(1, hiddenSize, convTaps - 1);
      else
        for (const part of ['key', 'value'])
          feeds[`past_key_values.${layer}.${part}`] = zero(1, keyValueHeads, past, headDim);
    }
    await expectShapesThatRun(buildGraph('decoder', config, zeros(), 'fp32'), feeds);
  });
});

type Build = (graph: GraphBuilder, x: Value) => Value;
const list = (...ints: number[]): Attribute => ({ ints });
const weight = (graph: GraphBuilder, ...dims: number[]): Value =>
  graph.initializer({
    name: `w${dims.join()}`,
    type: 'float32',
    dims,
    data: bytesOf(new Float32Array(dims.reduce((a, b) => a * b, 1))),
  });
const node =
  (op: string, attributes: Record<string, Attribute>, ...more: ((graph: GraphBuilder) => Value)[]): Build =>
  (graph, x) =>
    graph.op(op, 'node', [x, ...more.map(make => make(graph))], { attributes });
const none = (): Value => '';
const numbers =
  (...values: number[]) =>
  (graph: GraphBuilder): Value =>
    graph.ints(values);
const of =
  (...dims: number[]) =>
  (graph: GraphBuilder): Value =>
    weight(graph, ...dims);

/** Each on an input [2, 6, 9, 11]. */
const common: Record<string, Build> = {
  'strided, padded Conv': node('Conv', { strides: list(2, 3), pads: list(1, 0, 2, 1) }, of(4, 6, 3, 3)),
  'dilated group Conv': node('Conv', { dilations: list(2, 2), group: { int: 3 } }, of(6, 2, 3, 2)),
  'Conv SAME_UPPER': node(
    'Conv',
    { auto_pad: { string: 'SAME_UPPER' }, strides: list(2, 2) },
    of(4, 6, 3, 3),
  ),
  'Conv VALID': node('Conv', { auto_pad: { string: 'VALID' }, strides: list(2, 2) }, of(4, 6, 3, 3)),
  ConvTranspose: node(
    'ConvTranspose',
    { strides: list(2, 2), output_padding: list(1, 0), pads: list(1, 1, 0, 1) },
    of(6, 4, 3, 3),
  ),
  'ConvTranspose in groups': node('ConvTranspose', { group: { int: 2 } }, of(6, 4, 2, 2)),
  AveragePool: node('AveragePool', { kernel_shape: list(2, 2), strides: list(2, 2) }),
  'MaxPool rounding up': node('MaxPool', {
    kernel_shape: list(2, 3),
    strides: list(2, 2),
    ceil_mode: { int: 1 },
  }),
  'MaxPool rounding up in padding': node('MaxPool', {
    kernel_shape: list(2, 2),
    strides: list(3, 3),
    pads: list(0, 0, 1, 1),
    ceil_mode: { int: 1 },
  }),
  GlobalAveragePool: node('GlobalAveragePool', {}),
  'Resize by scales': node('Resize', { mode: { string: 'nearest' } }, none, graph =>
    graph.floats([1, 1, 1.5, 2]),
  ),
  'Resize of axes': node(
    'Resize',
    { mode: { string: 'nearest' }, axes: list(2, 3) },
    none,
    none,
    numbers(4, 5),
  ),
  'Reshape by -1 and 0': node('Reshape', {}, numbers(0, -1, 11)),
  Transpose: node('Transpose', {}),
  Flatten: node('Flatten', { axis: { int: 2 } }),
  Unsqueeze: node('Unsqueeze', {}, numbers(0, -1)),
  'MatMul of many': node('MatMul', {}, of(11, 5)),
  'MatMul with a vector': node('MatMul', {}, of(11)),
  'Add of broadcast': node('Add', {}, of(6, 1, 11)),
  Slice: node('Slice', {}, numbers(1, -2, 8), numbers(5, 1000, -100), numbers(1, 2, 3), numbers(2, 1, -3)),
  Gather: node('Gather', { axis: { int: 2 } }, numbers(1, 0, 3)),
  'ReduceMean of axes': node('ReduceMean', { keepdims: { int: 0 } }, numbers(-1, 1)),
  'ReduceSum of all': node('ReduceSum', {}),
  ArgMax: node('ArgMax', { axis: { int: -1 }, keepdims: { int: 0 } }),
  Pad: node('Pad', {}, numbers(1, 2, 0, 3), none, numbers(1, 3)),
  Tile: node('Tile', {}, numbers(1, 2, 1, 3)),
  Expand: node('Expand', {}, numbers(3, 1, 1, 1, 1)),
  SpaceToDepth: (graph, x) =>
    graph.op(
      'SpaceToDepth',
      'node',
      [graph.op('Slice', 'even', [x, graph.ints([0, 0]), graph.ints([8, 10]), graph.ints([2, 3])])],
      { attributes: { blocksize: { int: 2 } } },
    ),
  'Split in three': (graph, x) =>
    graph.opMany<[Value, Value, Value, Value]>('Split', 'node', [x], 4, {
      attributes: { axis: { int: 3 }, num_outputs: { int: 4 } },
    })[3],
  'sizes that are computed': (graph, x) => {
    const sizes = graph.op('Shape', 'shape', [x]);
    const rows = graph.op('Gather', 'rows', [sizes, graph.ints([2, 3])]);
    const area = graph.op('Mul', 'area', [
      graph.op('Slice', 'first', [rows, graph.ints([0]), graph.ints([1])]),
      graph.op('Slice', 'second', [rows, graph.ints([1]), graph.ints([2])]),
    ]);
    const wanted = graph.op(
      'Concat',
      'wanted',
      [graph.op('Slice', 'front', [sizes, graph.ints([0]), graph.ints([2])]), area],
      { attributes: { axis: { int: 0 } } },
    );
    return graph.op('Reshape', 'node', [x, wanted]);
  },
};

test.each(Object.keys(common))('shape of %s is the one that runs', async name => {
  const graph = new GraphBuilder('common', { '': 22 });
  const x = graph.input('x', 'float32', [2, 'channels', 'height', 'width']);
  const type = name === 'ArgMax' ? 'int64' : 'float32';
  const result = common[name]?.(graph, x) ?? x;
  graph.output('y', result, type, Array(inferredRank(graph, result)).fill('side'));
  await expectShapesThatRun(graph.build(), { x: zero(2, 6, 9, 11) });
});

/** An output must be declared with its rank; a wrong one is told by ONNX Runtime. */
function inferredRank(graph: GraphBuilder, value: Value): number {
  const { shapes } = inferShapes(structureOf(graph.build()), (_, axis) => [2, 6, 9, 11][axis]);
  return shapes.get(value)?.length ?? 0;
}

describe('what is not known', () => {
  const graph = new GraphBuilder('unknown', { '': 23, custom: 1 });
  const x = graph.input('x', 'float32', [1, 'n', 4]);
  const known = graph.op('MatMul', 'known', [x, weight(graph, 4, 3)]);
  const odd = graph.op('Odd', 'odd', [known], { domain: 'custom' });
  graph.output('y', graph.op('Relu', 'after', [odd]), 'float32', [1]);
  const structure = structureOf(graph.build());

  test('is reported and never guessed', () => {
    const { shapes, unknownOperators } = inferShapes(structure);
    expect([...unknownOperators]).toEqual([['custom:Odd', 1]]);
    expect(shapes.get('known')).toEqual([1, 'n', 3]);
    expect(shapes.has('odd')).toBe(false);
    expect(shapes.has('y')).toBe(false);
  });

  test('leaves the sum open', () => {
    expect(graphCost(structure)).toMatchObject({ parameters: 12, bytes: 48, macs: null, knownMacs: 0 });
    expect(graphCost(structure).layers.map(({ reason }) => reason)).toEqual([
      'a size that it depends on is not known',
      'the operator custom:Odd is not known',
    ]);
    const bound = graphCost(structure, (_, axis) => (axis === 1 ? 5 : undefined));
    expect(bound).toMatchObject({ macs: null, knownMacs: 5 * 4 * 3 });
    expect(bound.layers.map(({ layer, macs }) => [layer, macs])).toEqual([
      ['known', 60],
      ['odd', null],
    ]);
  });
});
