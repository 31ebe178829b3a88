import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, GraphBuilder } from '../../../../src/onnx/graphBuilder';
import type { ElementType } from '../../../../src/onnx/model';
import { encodingOfRange, fakeQuantize } from '../../../../src/quantization/numerics/affine';
import {
  type QuantizedWeights,
  quantizeWeights,
  type WeightIntegers,
  type WeightSettings,
} from '../../../../src/quantization/numerics/weightQuantizer';
import { load } from '../../architecture/ort';
import { golden } from './golden';

/** What ONNX Runtime makes of the integers, scales and zero points: DequantizeLinear of constants. */
async function dequantizedByOrt(
  { quantized, scales, zeroPoints, scaleDims, axis }: QuantizedWeights,
  dims: readonly number[],
  { bits, granularity, blockSize = 0 }: WeightSettings,
): Promise<Float32Array> {
  const graph = new GraphBuilder('weights', { '': 21 });
  const type: ElementType = bits === 16 ? 'int16' : bits === 8 ? 'int8' : 'int4';
  const data = (values: WeightIntegers): Uint8Array => (bits === 4 ? packed(values) : bytes(values));
  const q = graph.initializer({ name: 'q', type, dims, data: data(quantized) });
  const scale = graph.initializer({ name: 's', type: 'float32', dims: scaleDims, data: bytesOf(scales) });
  const zero =
    zeroPoints === null
      ? []
      : [graph.initializer({ name: 'z', type, dims: scaleDims, data: data(zeroPoints) })];
  const attributes =
    granularity === 'block' && scaleDims.length > 0
      ? { axis: { int: axis }, block_size: { int: blockSize } }
      : { axis: { int: axis } };
  graph.output('y', graph.op('DequantizeLinear', 'dq', [q, scale, ...zero], { attributes }), 'float32', dims);
  const session = await load(graph.build());
  const { y } = await session.run({});
  return y?.data as Float32Array;
}

const bytes = (values: WeightIntegers) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Two to a byte, the first in the lower half. */
function packed(values: WeightIntegers): Uint8Array {
  return Uint8Array.from({ length: Math.ceil(values.length / 2) }, (_, index) => {
    return ((values[2 * index] ?? 0) & 15) | (((values[2 * index + 1] ?? 0) & 15) << 4);
  });
}

const shapes = fc.oneof(
  fc.tuple(
    fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 4 }),
    fc.integer({ min: 0, max: 1 }),
  ),
  fc
    .array(fc.integer({ min: 1, max: 6 }), { minLength: 3, maxLength: 3 })
    .map(dims => [dims, 2] as [number[], number]),
);
const settings: fc.Arbitrary<WeightSettings> = fc.record({
  bits: fc.constantFrom(4, 8, 16),
  granularity: fc.constantFrom('tensor', 'channel', 'block'),
  blockSize: fc.integer({ min: 1, max: 7 }),
  symmetric: fc.boolean(),
});
const cases = fc.tuple(shapes, settings).chain(([[dims, axis], chosen]) => {
  const length = dims.reduce((product, size) => product * size, 1);
  const value = fc.oneof(fc.float({ min: -8, max: 8, noNaN: true }), fc.constant(0), fc.constant(-0));
  return fc
    .array(value, { minLength: length, maxLength: length })
    .map(values => ({ dims, axis, chosen, values: Float32Array.from(values) }));
});

describe('quantizeWeights', () => {
  it('gives integers and scales that ONNX Runtime dequantizes to the same bits', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ dims, axis, chosen, values }) => {
        const result = quantizeWeights(values, dims, axis, chosen);
        expect(result.dequantized).toEqual(await dequantizedByOrt(result, dims, chosen));
      }),
      { numRuns: 200 },
    );
  });

  it('gives every group the encoding of its own range', () => {
    fc.assert(
      fc.property(cases, ({ dims, axis, chosen, values }) => {
        const { dequantized } = quantizeWeights(values, dims, axis, chosen);
        const groups = new Map<string, number[]>();
        for (let index = 0; index < values.length; index++) {
          const key = groupOf(index, dims, axis, chosen);
          groups.set(key, [...(groups.get(key) ?? []), index]);
        }
        for (const indices of groups.values()) {
          const group = Float32Array.from(indices, index => values[index] as number);
          const encoding = encodingOfRange(Math.min(...group), Math.max(...group), chosen.bits, {
            symmetric: chosen.symmetric,
            signed: true,
          });
          const expected = fakeQuantize(group, encoding);
          expect(Float32Array.from(indices, index => dequantized[index] as number)).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is onnxruntime.quantization for the weights of the golden file', () => {
    const values = Float32Array.from(golden.weights.values);
    for (const { bits, symmetric, axis, granularity, blockSize, ...expected } of golden.weights.cases) {
      const grouping = { granularity, ...(blockSize === undefined ? {} : { blockSize }) };
      const result = quantizeWeights(values, golden.weights.dims, axis, { bits, symmetric, ...grouping });
      expect([...result.scales]).toEqual(expected.scales.map(Math.fround));
      const zeros = result.zeroPoints === null ? expected.scales.map(() => 0) : [...result.zeroPoints];
      expect(zeros).toEqual(expected.zeroPoints);
      if (expected.quantized !== undefined) expect([...result.quantized]).toEqual(expected.quantized);
      if (expected.scaleDims !== undefined) expect(result.scaleDims).toEqual(expected.scaleDims);
    }
  });

  it('gives an all-zero tensor scale 1 and no noise', () => {
    const result = quantizeWeights(new Float32Array(6), [2, 3], 0, {
      bits: 8,
      granularity: 'channel',
      symmetric: false,
    });
    expect(result.dequantized).toEqual(new Float32Array(6));
    expect(result.scales).toEqual(Float32Array.of(1, 1));
    expect(result.zeroPoints).toBeNull();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'refuses weights with %d',
    bad => {
      const quantize = () =>
        quantizeWeights(Float32Array.of(1, bad, 2), [1, 3], 0, {
          bits: 8,
          granularity: 'tensor',
          symmetric: true,
          name: 'stem.weight',
        });
      expect(quantize).toThrow(
        `The weights stem.weight hold ${bad} at position 1 and cannot be quantized; export the model again with finite weights.`,
      );
    },
  );

  it('refuses blocks without a size', () => {
    const quantize = () =>
      quantizeWeights(Float32Array.of(1, 2), [1, 2], 0, { bits: 4, granularity: 'block', symmetric: true });
    expect(quantize).toThrow('Weights in blocks need a block size; give one, for example 32.');
  });
});

/** Which weights share a scale, said once more in the plainest way. */
function groupOf(
  index: number,
  dims: readonly number[],
  axis: number,
  { granularity, blockSize = 1 }: WeightSettings,
): string {
  if (granularity === 'tensor') return '';
  const at = (wanted: number): number => {
    const inner = dims.slice(wanted + 1).reduce((product, size) => product * size, 1);
    return Math.floor(index / inner) % (dims[wanted] as number);
  };
  if (granularity === 'channel') return String(at(axis));
  return `${at(axis)}/${Math.floor(at(axis === 0 ? 1 : axis - 1) / blockSize)}`;
}
