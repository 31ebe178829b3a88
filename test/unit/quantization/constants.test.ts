import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../../src/onnx/graphBuilder';
import type { Tensor } from '../../../src/onnx/model';
import { fakeQuantized, finite, LoadedWeight } from '../../../src/quantization/graph/constants';
import { quantizeWeights } from '../../../src/quantization/numerics/weightQuantizer';

const dims = [16, 12];
const values = Float32Array.from({ length: 192 }, (_, index) => Math.sin(index * 1.3) ** 3);
const perChannel = { granularity: 'channel', symmetric: true } as const;

/** A weight in a file, with the number of times it was read. */
function stored(floats = values): { tensor: Tensor; reads(): number } {
  let reads = 0;
  const load = () => {
    reads++;
    return bytesOf(floats.slice());
  };
  const data = { byteLength: floats.byteLength, load };
  return { tensor: { name: 'w', type: 'float32', dims, data }, reads: () => reads };
}

function bytesIn({ data }: Tensor, target = new Uint8Array(data.byteLength)): Uint8Array {
  if (data instanceof Uint8Array || data.loadInto === undefined)
    throw new Error('the constant is not computed');
  data.loadInto(target);
  return target;
}

describe('the constants of a measurement', () => {
  test('are those of the quantizer, and a weight is read once for all its grids', () => {
    const { tensor, reads } = stored();
    const loaded = new LoadedWeight();
    const float = finite(tensor, loaded);
    const grids = ([8, 4] as const).map(bits => ({ axis: 0, settings: { ...perChannel, bits } }));
    const copies = grids.map((grid, index) => fakeQuantized(tensor, `q${index}`, grid, loaded));
    expect(bytesIn(float)).toEqual(bytesOf(values));
    for (const [index, copy] of copies.entries()) {
      const { dequantized } = quantizeWeights(
        values,
        dims,
        0,
        grids[index]?.settings ?? { ...perChannel, bits: 16 },
      );
      expect(bytesIn(copy)).toEqual(bytesOf(dequantized));
      expect((copy.data as { load(): Uint8Array }).load()).toEqual(bytesOf(dequantized));
      const odd = new Uint8Array(values.byteLength + 1).subarray(1);
      expect(bytesIn(copy, odd)).toEqual(bytesOf(dequantized));
    }
    expect(reads()).toBe(1);
  });

  test('do not take one weight for another', () => {
    const loaded = new LoadedWeight();
    const other = values.map(value => -2 * value);
    const [first, second] = [stored().tensor, stored(other).tensor];
    expect(loaded.of(first)).toEqual(values);
    expect(loaded.of(second)).toEqual(other);
    expect(loaded.of(first)).toEqual(values);
  });

  test('refuse a weight that is not finite every time', () => {
    const broken = values.slice();
    broken[7] = Number.POSITIVE_INFINITY;
    const loaded = new LoadedWeight();
    const { tensor } = stored(broken);
    for (let time = 0; time < 2; time++)
      expect(() => loaded.of(tensor)).toThrow(/^The weights w hold Infinity at position 7, so/);
  });
});
