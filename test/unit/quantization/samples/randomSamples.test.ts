import { describe, expect, it } from 'vitest';
import { randomSamples } from '../../../../src/quantization/samples/randomSamples';

const inputs = [
  { name: 'x', type: 'float32', dims: ['batch', 3] },
  { name: 'ids', type: 'int64', dims: [4] },
  { name: 'mask', type: 'bool', dims: [] },
  { name: 'half', type: 'float16', dims: [2] },
];

describe('randomSamples', () => {
  it('depends on the seed alone', () => {
    const sizes = { x: [5, 3] };
    expect(randomSamples(inputs, sizes, 3, 7)).toEqual(randomSamples(inputs, sizes, 3, 7));
    expect(randomSamples(inputs, sizes, 1, 7)).not.toEqual(randomSamples(inputs, sizes, 1, 8));
    const [first, second] = randomSamples(inputs, sizes, 2, 7);
    expect(first).not.toEqual(second);
    expect(first?.['x']?.dims).toEqual([5, 3]);
  });

  it('is normal where numbers have fractions, and 0 or 1 elsewhere', () => {
    const [sample] = randomSamples([{ name: 'x', type: 'float32', dims: [20_000] }], {}, 1, 1);
    const values = sample?.['x']?.data as Float32Array;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    const [whole] = randomSamples([{ name: 'ids', type: 'int64', dims: [100] }], {}, 1, 1);
    expect(new Set(whole?.['ids']?.data as BigInt64Array)).toEqual(new Set([0n, 1n]));
  });

  it('refuses open sizes, types it cannot make and sizes beyond reason', () => {
    const one =
      (input: (typeof inputs)[number], sizes = {}) =>
      () =>
        randomSamples([input], sizes, 1, 1);
    expect(one({ name: 'x', type: 'float32', dims: ['batch', 3] })).toThrow(
      'The size batch of the input x is open: give one.',
    );
    expect(one({ name: 'x', type: 'float32', dims: [''] })).toThrow('A size of the input x is open');
    expect(one({ name: 's', type: 'string', dims: [1] })).toThrow('has the type string');
    expect(one({ name: 'x', type: 'float32', dims: [65536, 65536] })).toThrow('more than');
  });

  it('makes up no setting: a whole number that stands alone is asked for, with the sizes', () => {
    const rate = { name: 'sr', type: 'int64', dims: [] };
    const asks = { valueInputs: [{ name: 'sr', type: 'int64' }] };
    const failing = (sizes: Record<string, number[]>) => () => randomSamples([...inputs, rate], sizes, 1, 1);
    expect(failing({ x: [1, 3] })).toThrow(
      expect.objectContaining({
        kind: 'usage',
        message:
          'The input sr is one int64 number, and made up it would be 0 or 1: give the number it has in use.',
        asks,
      }),
    );
    expect(failing({})).toThrow(
      expect.objectContaining({ asks: { openInputs: [{ name: 'x', dims: ['batch', 3] }], ...asks } }),
    );
    const one = { name: 'length', type: 'int32', dims: ['n'] };
    expect(() => randomSamples([one], { length: [1] }, 1, 1)).toThrow('The input length is one');
    expect(randomSamples([one], { length: [2] }, 1, 1)).toHaveLength(1);
  });

  it('names every input that leaves sizes open, where a size is missing or does not fit', () => {
    const open = { name: 'x', dims: ['batch', 3] };
    const failing = (sizes: Record<string, number[]>) => {
      try {
        randomSamples(inputs, sizes, 1, 1);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(failing({})).toMatchObject({ kind: 'usage', asks: { openInputs: [open] } });
    expect(failing({ x: [1, 4] })).toMatchObject({
      message: 'The sizes 1, 4 do not fit the input x (batch, 3): give others.',
      asks: { openInputs: [open] },
    });
    expect(failing({ x: [2] })).toMatchObject({ asks: { openInputs: [open] } });
    expect(failing({ x: [2, 3], ids: [5] })).toMatchObject({ asks: { openInputs: [open] } });
    expect(failing({ x: [2, 3] })).toBeUndefined();
  });
});
