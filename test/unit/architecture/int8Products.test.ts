import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { int8Columns, withInt8Products } from '../../../src/architecture/int8Products';
import { bytesOf, GraphBuilder } from '../../../src/onnx/graphBuilder';
import type { Graph } from '../../../src/onnx/model';
import { floats, load, relativeError, run } from './ort';

const finite = fc.float({ noNaN: true, min: -1e4, max: 1e4 });
const matrices = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
  .chain(([rows, columns]) =>
    fc
      .array(finite, { minLength: rows * columns, maxLength: rows * columns })
      .map(values => ({ rows, columns, matrix: Float32Array.from(values) })),
  );

/** [1, n, inputs] times two matrices, of which the second is called `second`. */
function products(first: Float32Array, second: Float32Array, inputs: number, outputs: number): Graph {
  const builder = new GraphBuilder('products', { '': 23 });
  const x = builder.input('x', 'float32', [1, 'n', inputs]);
  for (const [place, matrix] of [
    ['first', first],
    ['second', second],
  ] as const) {
    const dims = [inputs, outputs];
    const data = bytesOf(matrix);
    const weight = builder.initializer({ name: `${place}.weight`, type: 'float32', dims, data });
    const y = builder.op('MatMul', place, [x, weight]);
    builder.output(`${place}Output`, y, 'float32', [1, 'n', outputs]);
  }
  return builder.build();
}

/** What a row of activations is to the products: 127 steps either way, by its own largest value. */
function rounded(values: Float32Array, width: number): Float32Array {
  return values.map((value, index) => {
    const row = Math.floor(index / width) * width;
    const step = Math.max(...values.subarray(row, row + width).map(Math.abs)) / 127;
    return step === 0 ? 0 : Math.round(value / step) * step;
  });
}

describe('int8 columns', () => {
  it('miss no value by more than half a step, and give a column of zeros no scale', () => {
    fc.assert(
      fc.property(matrices, ({ rows, columns, matrix }) => {
        const { codes, scales } = int8Columns(matrix, rows, columns);
        for (const [index, value] of matrix.entries()) {
          const scale = scales[index % columns] as number;
          const code = codes[index] as number;
          expect(Math.abs(code)).toBeLessThanOrEqual(63);
          expect(Math.abs(value - code * scale)).toBeLessThanOrEqual(scale * 0.50001 + 1e-37);
        }
        for (const [column, scale] of scales.entries()) {
          const largest = Math.max(
            ...Array.from({ length: rows }, (_, row) => Math.abs(matrix[row * columns + column] as number)),
          );
          expect(scale).toBe(Math.fround(largest / 63));
        }
      }),
    );
  });
});

describe('products with int8 weights', () => {
  const [inputs, outputs, rows] = [96, 20, 5];
  const wave = (count: number, step: number) =>
    Float32Array.from({ length: count }, (_, index) => Math.sin(index * step));
  const dequantized = (matrix: Float32Array) => {
    const { codes, scales } = int8Columns(matrix, inputs, outputs);
    return Float32Array.from(codes, (code, index) => code * (scales[index % outputs] as number));
  };
  const first = wave(inputs * outputs, 1.7);
  const second = wave(inputs * outputs, 0.9).map(value => 40 * value);
  // Rows of very different sizes, which one scale for all could not hold, and one of zeros.
  const sizes = [1, 1e-3, 0, 500, 7];
  const x = wave(rows * inputs, 0.37).map((value, index) => value * (sizes[Math.floor(index / inputs)] ?? 1));

  const answers = async (graph: Graph, values: Float32Array, count: number) =>
    run(await load(graph), { x: floats(values, [1, count, inputs]) });

  it('are those of ONNX Runtime in fp32 with the same weights and activations rounded row by row', async () => {
    const graph = withInt8Products(products(first, second, inputs, outputs), () => false);
    expect(graph.nodes.filter(({ op }) => op === 'MatMulIntegerToFloat')).toHaveLength(2);
    expect(graph.nodes.filter(({ op }) => op === 'QuantizeLinear')).toHaveLength(1);
    const int8 = await answers(graph, x, rows);
    const same = products(dequantized(first), dequantized(second), inputs, outputs);
    const fp32 = await answers(same, rounded(x, inputs), rows);
    for (const name of ['firstOutput', 'secondOutput'])
      for (let row = 0; row < rows; row++) {
        const of = (result: typeof int8) =>
          result[name]?.data.subarray(row * outputs, (row + 1) * outputs) as Float32Array;
        if (row === 2) expect(of(int8).every(value => value === 0)).toBe(true);
        else expect(relativeError(of(int8), of(fp32))).toBeLessThan(2e-5);
      }
  });

  it('hold for a single row too', async () => {
    const graph = withInt8Products(products(first, second, inputs, outputs), () => false);
    const row = x.subarray(3 * inputs, 4 * inputs);
    const alone = (await answers(graph, row, 1))['firstOutput']?.data as Float32Array;
    const among = (await answers(graph, x, rows))['firstOutput']?.data.subarray(3 * outputs, 4 * outputs);
    expect([...alone]).toEqual([...(among ?? [])]);
  });

  it('leave alone what is to be kept, and drop the weights that nothing reads any more', () => {
    const graph = withInt8Products(products(first, second, inputs, outputs), ({ name }) => name === 'second');
    expect(graph.nodes.find(({ name }) => name === 'second')?.op).toBe('MatMul');
    const weights = graph.initializers.map(({ name }) => name).filter(name => /weight/.test(name));
    expect(weights).toEqual(['second.weight', 'first.weight.int8', 'first.weight.columnScales']);
  });
});
