import { expect, test } from 'vitest';
import { Simulation } from '../../../src/engine/simulation';
import { bytesOf, GraphBuilder } from '../../../src/onnx/graphBuilder';
import { singlePrecision } from '../../../src/quantization/graph/singlePrecision';
import { unitsOf } from '../../../src/quantization/graph/units';
import { fromHalf, toHalf } from '../../../src/quantization/samples/half';
import { small } from './smallGraph';

test('every half-precision number comes back as the same bits', () => {
  const all = Array.from({ length: 65536 }, (_, bits) => bits);
  expect(all.filter(bits => !Number.isNaN(fromHalf(bits)) && toHalf(fromHalf(bits)) !== bits)).toEqual([]);
});

test('a graph in fp16 becomes one in fp32 that computes the same, and is measured', async () => {
  const builder = new GraphBuilder('half', { '': 17 });
  const x = builder.input('x', 'float16', [1, 4]);
  const bits = Uint16Array.from({ length: 16 }, (_, index) => toHalf(Math.sin(index + 1)));
  const w = builder.initializer({ name: 'w', type: 'float16', dims: [4, 4], data: bytesOf(bits) });
  const one = builder.initializer({
    name: 'one',
    type: 'float32',
    dims: [1],
    data: bytesOf(Float32Array.of(1)),
  });
  const cast = builder.op('Cast', 'cast', [one], { attributes: { to: { int: 10 } } });
  const product = builder.op('MatMul', 'product', [x, w]);
  builder.output('y', builder.op('Add', 'sum', [product, cast]), 'float16', [1, 4]);
  const half = builder.build();
  const single = singlePrecision(half);
  expect(unitsOf(half).units).toEqual([]);
  expect(unitsOf(single).units.map(({ layer, weights }) => [layer, weights.length])).toEqual([
    ['product', 1],
  ]);
  const values = [0.5, -2, 3, 0.25];
  const run = async (graph: typeof half, data: Float32Array | Uint16Array, type: string) => {
    const simulation = await Simulation.open(graph, { threads: 1, unoptimised: true });
    const { y } = await simulation.run({ x: { type, dims: [1, 4], data } });
    await simulation.close();
    return y?.data;
  };
  const wide = await run(single, Float32Array.from(values), 'float32');
  const narrow = await run(half, Uint16Array.from(values, toHalf), 'float16');
  // Where the language has half-precision arrays, these come instead of bits.
  const numbers =
    narrow instanceof Uint16Array ? Array.from(narrow, fromHalf) : Array.from(narrow as Float32Array, Number);
  expect(wide).toBeInstanceOf(Float32Array);
  for (const [index, value] of numbers.entries()) expect((wide as Float32Array)[index]).toBeCloseTo(value, 1);
  expect(singlePrecision(small())).toEqual(small());
});
