import fc from 'fast-check';
import { expect, test } from 'vitest';
import { column, constant, scaledRows, transposed, Weights } from '../../../src/architecture/weights';
import { StudioError } from '../../../src/protocol/failure';
import { DrawnWeights } from './drawn';

const matrix = fc
  .tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 70 }))
  .map(([rows, columns]) => ({
    rows,
    columns,
    values: Float32Array.from({ length: rows * columns }, (_, i) => i),
  }));

test('a transposed matrix has every element in its place, across tiles', () => {
  fc.assert(
    fc.property(matrix, ({ rows, columns, values }) => {
      const turned = transposed({ shape: [rows, columns], read: () => values.slice() });
      expect(turned.shape).toEqual([columns, rows]);
      const read = turned.read();
      for (let index = 0; index < values.length; index++) {
        expect(read[(index % columns) * rows + Math.floor(index / columns)]).toBe(values[index]);
      }
    }),
  );
});

test('columns and row factors', () => {
  const ref = { shape: [2, 1, 3], read: () => Float32Array.of(1, 2, 3, 4, 5, 6) };
  expect(column(ref, 1).shape).toEqual([2]);
  expect([...column(ref, 1).read()]).toEqual([2, 5]);
  const gain = { shape: [2], read: () => Float32Array.of(10, 100) };
  expect([...scaledRows(ref, gain).read()]).toEqual([10, 20, 30, 400, 500, 600]);
});

test('a tensor is checked at once and read only when it is written', () => {
  const source = new DrawnWeights({ 'a.b.weight': [2, 3] });
  let reads = 0;
  const counted = {
    tensors: source.tensors,
    readFloats: (name: string) => {
      reads++;
      return source.readFloats(name);
    },
  };
  const weights = new Weights(counted).below('a').below('b');
  const tensor = constant('place.weight', weights.ref('weight', [2, 3]));
  expect([tensor.dims, tensor.data.byteLength, reads]).toEqual([[2, 3], 24, 0]);
  expect('load' in tensor.data && tensor.data.load().byteLength).toBe(24);
  expect(reads).toBe(1);
  expect(() => weights.ref('weight', [3, 2])).toThrow(
    'tensor a.b.weight has shape [2,3], but config.json asks for [3,2]',
  );
  expect(() => weights.ref('bias', [3])).toThrow(
    'tensor a.b.bias of shape [3], which config.json asks for, is missing',
  );
  expect(() => weights.ref('bias', [3])).toThrow(StudioError);
});
