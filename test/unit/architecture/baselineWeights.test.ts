import fc from 'fast-check';
import { expect, test } from 'vitest';
import { positionsFor } from '../../../src/architecture/positionEmbeddings';
import { rowsOf } from '../../../src/architecture/weights';

const grid = fc.integer({ min: 1, max: 9 });

test('ranges of rows stand behind one another, of matrices and of vectors', () => {
  const values = Float32Array.from({ length: 12 }, (_, index) => index);
  const ranges = [
    [4, 6],
    [0, 1],
  ] as const;
  const matrix = rowsOf({ shape: [6, 2], read: () => values }, ranges);
  expect([matrix.shape, [...matrix.read()]]).toEqual([
    [3, 2],
    [8, 9, 10, 11, 0, 1],
  ]);
  const vector = rowsOf({ shape: [12], read: () => values }, ranges);
  expect([vector.shape, [...vector.read()]]).toEqual([[3], [4, 5, 0]]);
});

test('positions on another grid keep the class token, what is even, and a mirror image', () => {
  fc.assert(
    fc.property(grid, grid, fc.gen(), (from, to, gen) => {
      const channels = 3;
      const stored = Float32Array.from({ length: (1 + from ** 2) * channels }, () =>
        gen(fc.float, { min: -1, max: 1, noNaN: true }),
      );
      // The last channel is even, the second one is the first with the columns of the grid mirrored.
      for (let place = 0; place <= from ** 2; place++) stored[place * channels + 2] = 0.5;
      const at = (row: number, column: number, side: number): number => (1 + row * side + column) * channels;
      for (let row = 0; row < from; row++) {
        for (let column = 0; column < from; column++) {
          stored[at(row, column, from) + 1] = stored[at(row, from - 1 - column, from)] ?? Number.NaN;
        }
      }
      const resized = positionsFor({ shape: [1, 1 + from ** 2, channels], read: () => stored }, from, to);
      expect(resized.shape).toEqual([1, 1 + to ** 2, channels]);
      const found = resized.read();
      expect([...found.subarray(0, channels)]).toEqual([...stored.subarray(0, channels)]);
      for (let row = 0; row < to; row++) {
        for (let column = 0; column < to; column++) {
          expect(found[at(row, column, to) + 2]).toBeCloseTo(0.5, 6);
          expect(found[at(row, column, to) + 1]).toBeCloseTo(
            found[at(row, to - 1 - column, to)] ?? Number.NaN,
            5,
          );
        }
      }
    }),
    { numRuns: 50 },
  );
});
