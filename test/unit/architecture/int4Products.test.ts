import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { int4Blocks, withInt4Products } from '../../../src/architecture/int4Products';
import { bytesOf, GraphBuilder } from '../../../src/onnx/graphBuilder';
import type { Graph } from '../../../src/onnx/model';
import { floats, load, relativeError, run } from './ort';

const values = (count: number) =>
  fc
    .array(fc.float({ noNaN: true, min: -1e4, max: 1e4 }), { minLength: count, maxLength: count })
    .map(list => Float32Array.from(list));

/** [rows, columns], as the operator's specification reads the codes. */
function dequantized(matrix: Float32Array, rows: number, columns: number, blockSize: number): Float32Array {
  const { codes, scales } = int4Blocks(matrix, rows, columns, blockSize);
  const blocks = Math.ceil(rows / blockSize);
  return Float32Array.from({ length: rows * columns }, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const slot = column * blocks + Math.floor(row / blockSize);
    const byte = codes[(slot * blockSize + (row % blockSize)) >> 1] as number;
    return ((row & 1 ? byte >> 4 : byte & 15) - 8) * (scales[slot] as number);
  });
}

function productGraph(matrix: Float32Array, rows: number, columns: number) {
  const builder = new GraphBuilder('product', { '': 23 });
  const input = builder.input('x', 'float32', ['n', rows]);
  const weight = builder.initializer({
    name: 'w',
    type: 'float32',
    dims: [rows, columns],
    data: bytesOf(matrix),
  });
  builder.output('y', builder.op('MatMul', 'product', [input, weight]), 'float32', ['n', columns]);
  return builder.build();
}

describe('int4 blocks', () => {
  it('keep the value furthest from zero and miss no other by more than a step', () => {
    const columns = fc.integer({ min: 1, max: 150 }).chain(rows => values(rows));
    fc.assert(
      fc.property(columns, fc.constantFrom(32, 64, 128), (column, blockSize) => {
        const back = dequantized(column, column.length, 1, blockSize);
        for (let from = 0; from < column.length; from += blockSize) {
          const block = column.subarray(from, from + blockSize);
          const largest = Math.max(...block.map(Math.abs));
          const errors = block.map((value, index) => Math.abs(value - (back[from + index] as number)));
          const tiny = 1e-37;
          expect(errors[block.findIndex(value => Math.abs(value) === largest)]).toBeLessThanOrEqual(
            largest * 1e-6 + tiny,
          );
          // Half a step, but a whole one for what would need code 16.
          for (const error of errors) expect(error).toBeLessThanOrEqual((largest / 8) * 1.00001 + tiny);
        }
      }),
    );
  });
});

describe('products with int4 weights', () => {
  // Whole numbers up to 127 survive the operator's own int8 activations.
  const inputs = (rows: number, seed: number) =>
    Float32Array.from({ length: 2 * rows }, (_, index) =>
      (index % rows) % 32 === 0 ? 127 : ((index * 37 + seed) % 255) - 127,
    );

  it.each([
    [32, 5, 32],
    [128, 40, 32],
    [100, 7, 32],
    [100, 7, 64],
    [300, 9, 128],
  ])(
    'are those of ONNX Runtime with the same weights in fp32: %i x %i, blocks of %i',
    async (rows, columns, blockSize) => {
      const matrix = Float32Array.from({ length: rows * columns }, (_, index) => Math.sin(index * 1.7) * 3);
      const outputOf = async (graph: Graph) =>
        (await run(await load(graph), { x: floats(inputs(rows, columns), [2, rows]) }))['y']
          ?.data as Float32Array;
      const int4 = await outputOf(withInt4Products(productGraph(matrix, rows, columns), blockSize));
      const fp32 = await outputOf(productGraph(dequantized(matrix, rows, columns, blockSize), rows, columns));
      expect(relativeError(int4, fp32)).toBeLessThan(1e-5);
    },
  );

  it('leave out the fp32 weights that nothing reads any more', () => {
    const graph = withInt4Products(productGraph(new Float32Array(64 * 4).fill(1), 64, 4), 32);
    expect(graph.initializers.map(({ name }) => name)).toEqual(['w.int4', 'w.scales']);
  });
});
