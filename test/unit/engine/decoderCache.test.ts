import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attentionBias } from '../../../src/engine/attentionBias';
import { bucketRows, DecoderCache, type NewRows } from '../../../src/engine/decoderCache';

const shape = {
  attentionLayers: [1, 3],
  convLayers: [0, 2],
  keyValueHeads: 2,
  headDim: 3,
  hiddenSize: 4,
  convColumns: 2,
};

/** A number that tells layer, head, row and column apart. */
const mark = (layer: number, head: number, row: number, column: number, sign: number) =>
  sign * (layer * 1e6 + head * 1e5 + row * 10 + column);

function rowsFor(layer: number, from: number, count: number): NewRows {
  const make = (sign: number) =>
    Float32Array.from({ length: 2 * count * 3 }, (_, i) =>
      mark(layer, Math.floor(i / (count * 3)), from + (Math.floor(i / 3) % count), i % 3, sign),
    );
  return { key: make(1), value: make(-1) };
}

function conv(value: number) {
  return new Map(shape.convLayers.map(layer => [layer, new Float32Array(8).fill(value + layer)]));
}

function append(cache: DecoderCache, count: number): void {
  const fresh = new Map(shape.attentionLayers.map(layer => [layer, rowsFor(layer, cache.length, count)]));
  cache.append(count, fresh, conv(cache.length + count));
}

function expectFilled(cache: DecoderCache): void {
  expect(cache.capacity % bucketRows).toBe(0);
  expect(cache.capacity).toBeGreaterThanOrEqual(cache.length);
  for (const [layer, { key, value }] of cache.rows) {
    expect(key.length).toBe(2 * cache.capacity * 3);
    for (const head of [0, 1])
      for (let row = 0; row < cache.length; row++)
        for (const column of [0, 1, 2]) {
          const at = (head * cache.capacity + row) * 3 + column;
          if (
            key[at] !== mark(layer, head, row, column, 1) ||
            value[at] !== mark(layer, head, row, column, -1)
          )
            throw new Error(`layer ${layer} head ${head} row ${row} holds ${key[at]}`);
        }
  }
}

describe('decoder cache', () => {
  it('starts empty with silent convolutions', () => {
    const cache = new DecoderCache(shape);
    expect([cache.length, cache.capacity]).toEqual([0, 0]);
    expect([...(cache.conv.get(2) ?? [])]).toEqual(new Array(8).fill(0));
  });

  it('keeps every row in its place over any order of appending, growing and cutting', () => {
    const steps = fc.array(
      fc.record({
        count: fc.integer({ min: 1, max: 300 }),
        cut: fc.double({ min: 0, max: 1, noNaN: true }),
        cuts: fc.boolean(),
      }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(steps, operations => {
        const cache = new DecoderCache(shape);
        for (const { count, cut, cuts } of operations) {
          append(cache, count);
          if (cuts) cache.cutTo(Math.floor(cache.length * cut), conv(0));
          expectFilled(cache);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('takes the convolution states it is given and forgets on clear', () => {
    const cache = new DecoderCache(shape);
    append(cache, 5);
    expect(cache.conv.get(2)?.[0]).toBe(7);
    cache.clear();
    expect([cache.length, cache.conv.get(2)?.[0]]).toEqual([0, 0]);
    expect(() => cache.cutTo(3, conv(0))).toThrow();
  });
});

describe('attention bias', () => {
  it('shows the filled past and nothing of the future', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 40 }),
        fc.nat(20),
        (count, filled, room) => {
          const capacity = filled + room;
          const bias = attentionBias(count, filled, capacity);
          expect(bias.length).toBe(count * (capacity + count));
          for (let row = 0; row < count; row++)
            for (let column = 0; column < capacity + count; column++) {
              const seen = column < filled || (column >= capacity && column - capacity <= row);
              expect(bias[row * (capacity + count) + column] === 0).toBe(seen);
            }
        },
      ),
      { numRuns: 50 },
    );
  });
});
