import { expect, test } from 'vitest';
import { GraphBuilder, type Value } from '../../../src/onnx/graphBuilder';
import { unitsOf } from '../../../src/quantization/graph/units';

/** Units of a graph from `x` [2, 8], as name, operator and number of nodes. */
function unitsFrom(write: (graph: GraphBuilder, x: Value) => Value): [string, string, number][] {
  const graph = new GraphBuilder('g', { '': 21 });
  const x = graph.input('x', 'float32', [2, 8]);
  graph.output('y', write(graph, x), 'float32', [2, 8]);
  return unitsOf(graph.build()).units.map(({ layer, op, nodes }) => [layer, op, nodes.length]);
}

test('GELU spelled out with erf is one unit, and what is before it another', () => {
  const units = unitsFrom((graph, x) => {
    const sum = graph.op('Add', 'residual', [x, graph.op('Neg', 'neg', [x])]);
    const erf = graph.op('Erf', 'erf', [graph.op('Div', 'div', [sum, graph.floats(Math.SQRT2)])]);
    const factor = graph.op('Add', 'plus', [erf, graph.floats(1)]);
    return graph.op('Mul', 'half', [graph.op('Mul', 'mul', [sum, factor]), graph.floats(0.5)]);
  });
  expect(units.at(-1)).toEqual(['half', 'Gelu', 5]);
});

test('layer norm spelled out is one unit with its centering, weight and bias', () => {
  const units = unitsFrom((graph, x) => {
    const input = graph.op('Sigmoid', 'before', [x]);
    const mean = graph.op('ReduceMean', 'mean', [input, graph.ints([-1])]);
    const centered = graph.op('Sub', 'centered', [input, mean]);
    const square = graph.op('Mul', 'square', [centered, centered]);
    const variance = graph.op('ReduceMean', 'variance', [square, graph.ints([-1])]);
    const deviation = graph.op('Sqrt', 'sqrt', [graph.op('Add', 'eps', [variance, graph.floats(1e-5)])]);
    const normed = graph.op('Div', 'div', [centered, deviation]);
    const weighted = graph.op('Mul', 'weight', [normed, graph.floats([1, 2, 3, 4, 5, 6, 7, 8])]);
    return graph.op('Add', 'bias', [weighted, graph.floats([8, 7, 6, 5, 4, 3, 2, 1])]);
  });
  expect(units).toEqual([
    ['before', 'Sigmoid', 1],
    ['bias', 'LayerNormalization', 9],
  ]);
});

test('SiLU is one unit; a gate on another value is not', () => {
  const units = unitsFrom((graph, x) => {
    const silu = graph.op('Mul', 'silu', [x, graph.op('Sigmoid', 'sigmoid', [x])]);
    const other = graph.op('Softmax', 'shares', [x]);
    return graph.op('Mul', 'gated', [silu, other]);
  });
  expect(units).toEqual([
    ['silu', 'Swish', 2],
    ['shares', 'Softmax', 1],
    ['gated', 'Mul', 1],
  ]);
});

test('scale and mask belong to the softmax, bias and Relu to the product, movers to nobody', () => {
  const units = unitsFrom((graph, x) => {
    const weight = graph.initializer({
      name: 'w',
      type: 'float32',
      dims: [8, 8],
      data: new Uint8Array(256),
    });
    const product = graph.op('MatMul', 'product', [x, weight]);
    const shifted = graph.op('Add', 'shifted', [product, graph.floats([1, 2, 3, 4, 5, 6, 7, 8])]);
    const relu = graph.op('Relu', 'relu', [shifted]);
    const turned = graph.op('Transpose', 'turned', [relu], { attributes: { perm: { ints: [1, 0] } } });
    const back = graph.op('Transpose', 'back', [turned], { attributes: { perm: { ints: [1, 0] } } });
    const scaled = graph.op('Mul', 'scaled', [back, graph.floats(0.125)]);
    return graph.op('Softmax', 'softmax', [graph.op('Add', 'masked', [scaled, x])]);
  });
  expect(units).toEqual([
    ['product', 'MatMul', 3],
    ['softmax', 'Softmax', 3],
  ]);
});

test('arithmetic on positions is no unit, a table that they choose from is', () => {
  const graph = new GraphBuilder('g', { '': 21 });
  const positions = graph.input('positions', 'int64', [1, 4]);
  const float = graph.op('Cast', 'cast', [positions], { attributes: { to: { int: 1 } } });
  const angles = graph.op('Cos', 'cos', [graph.op('Mul', 'angle', [float, graph.floats(0.1)])]);
  const rows = graph.op('Gather', 'rows', [graph.floats([1, 2, 3, 4]), positions]);
  graph.output('y', graph.op('Mul', 'turned', [rows, angles]), 'float32', [1, 4]);
  expect(unitsOf(graph.build()).units.map(({ layer }) => layer)).toEqual(['rows', 'turned']);
});

test('what keeps its state inside or already computes with integers is listed with its reason', () => {
  const graph = new GraphBuilder('g', { '': 21 });
  const x = graph.input('x', 'float32', [3, 1, 2]);
  const weights = (name: string, dims: number[]) =>
    graph.initializer({
      name,
      type: 'float32',
      dims,
      data: new Uint8Array(4 * dims.reduce((a, b) => a * b, 1)),
    });
  const sizes = { attributes: { hidden_size: { int: 2 } } };
  const lstm = graph.op('LSTM', 'lstm', [x, weights('W', [1, 8, 2]), weights('R', [1, 8, 2])], sizes);
  const scale = graph.floats(0.5);
  graph.output('y', graph.op('QuantizeLinear', 'steps', [lstm, scale]), 'uint8', [3, 1, 1, 2]);
  const { units, unmeasured } = unitsOf(graph.build());
  expect(units).toEqual([]);
  expect(unmeasured).toEqual([
    { layer: 'lstm', reason: 'LSTM keeps its state inside, where no quantizer can be put; it stays float.' },
    { layer: 'steps', reason: 'QuantizeLinear already computes with integers.' },
  ]);
});
