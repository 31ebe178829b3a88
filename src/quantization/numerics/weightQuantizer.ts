import { StudioError } from '../../protocol/failure';
import { type Bits, type Encoding, encodingOfRange, integerRange, stepsOf } from './affine';
import { type GroupSettings, type WeightGroups, weightGroups } from './weightGroups';

export interface WeightSettings extends GroupSettings {
  readonly bits: Bits;
  /** Weights that share a scale along the input axis; needed by granularity `block`. */
  readonly blockSize?: number;
  readonly symmetric: boolean;
  /** Of the tensor, for the sentence of an error. */
  readonly name?: string;
}

/** int8 (which also holds 4-bit integers, one in a byte) or int16. */
export type WeightIntegers = Int8Array | Int16Array;

export interface QuantizedWeights {
  readonly quantized: WeightIntegers;
  readonly scales: Float32Array;
  /** One for every scale; null where all are 0. */
  readonly zeroPoints: WeightIntegers | null;
  readonly dequantized: Float32Array;
  /**
   * Shape of scales and zero points as DequantizeLinear takes them: [] per tensor, [channels] per channel, and with
   * blocks the weights' own shape with the input axis divided by the block size.
   */
  readonly scaleDims: readonly number[];
  /** DequantizeLinear's attribute `axis`: of the output channels, or with blocks of the inputs. */
  readonly axis: number;
}

/**
 * Quantizes constant weights to signed integers with the encodings of {@link encodingOfRange}.
 *
 * Blocks lie along the input axis (1 where `axis` is 0, else the one before `axis`) and span all other positions of
 * their output channel, such as a convolution's kernel; the last block of a channel may be shorter. A tensor of fewer
 * than two dimensions has one scale.
 * @param axis of the output channels: 0 of Conv and of Gemm with transB, 1 of ConvTranspose, the last of MatMul.
 * @throws {StudioError} `model-invalid` for NaN or infinite weights, `usage` for blocks without a size.
 */
export function quantizeWeights(
  values: Float32Array,
  dims: readonly number[],
  axis: number,
  settings: WeightSettings,
): QuantizedWeights {
  refuseNonFinite(values, settings.name);
  const groups = weightGroups(dims, axis, settings);
  const { bits } = settings;
  const encodings = encodingsOf(values, groups, settings);
  const scales = Float32Array.from(encodings, encoding => encoding.scale);
  const zeroPoints = integersOf(
    bits,
    encodings.map(encoding => encoding.zeroPoint),
  );
  const dequantized = new Float32Array(values.length);
  dequantizeGroups(values, groups, encodings, bits, dequantized);
  return {
    quantized: integersOfGroups(values, groups, encodings, bits),
    dequantized,
    scales: Float32Array.from(groups.spread, group => scales[group] as number),
    zeroPoints: zeroPoints.every(zero => zero === 0)
      ? null
      : integersOf(
          bits,
          Array.from(groups.spread, group => zeroPoints[group] as number),
        ),
    scaleDims: groups.scaleDims,
    axis: groups.scaleAxis,
  };
}

/**
 * Constant weights on the grids of {@link quantizeWeights}, without their integers: bit for bit its `dequantized`.
 * @param values finite
 * @param target as long as `values`; may not overlap them
 * @throws {StudioError} `usage` for blocks without a size
 */
export function dequantizedWeights(
  values: Float32Array,
  dims: readonly number[],
  axis: number,
  settings: WeightSettings,
  target: Float32Array,
): void {
  const groups = weightGroups(dims, axis, settings);
  dequantizeGroups(values, groups, encodingsOf(values, groups, settings), settings.bits, target);
}

function encodingsOf(
  values: Float32Array,
  groups: WeightGroups,
  { bits, symmetric }: WeightSettings,
): Encoding[] {
  return rangesOf(values, groups).map(({ min, max }) =>
    encodingOfRange(min, max, bits, { symmetric, signed: true }),
  );
}

function rangesOf(values: Float32Array, groups: WeightGroups): { min: number; max: number }[] {
  const { outer, inner, rowGroup, columnGroup, count } = groups;
  const min = new Float32Array(count);
  const max = new Float32Array(count);
  let index = 0;
  for (let block = 0; block < outer; block++) {
    for (let row = 0; row < rowGroup.length; row++) {
      for (let column = 0; column < columnGroup.length; column++) {
        const group = (rowGroup[row] as number) + (columnGroup[column] as number);
        let low = min[group] as number;
        let high = max[group] as number;
        for (const end = index + inner; index < end; index++) {
          const value = values[index] as number;
          if (value < low) low = value;
          else if (value > high) high = value;
        }
        min[group] = low;
        max[group] = high;
      }
    }
  }
  return Array.from(min, (low, group) => ({ min: low, max: max[group] as number }));
}

function integersOfGroups(
  values: Float32Array,
  { outer, inner, rowGroup, columnGroup }: WeightGroups,
  encodings: readonly Encoding[],
  bits: Bits,
): WeightIntegers {
  const quantized = integersOf(bits, values.length);
  const { lowest, highest } = integerRange(bits, true);
  let index = 0;
  for (let block = 0; block < outer; block++) {
    for (const row of rowGroup) {
      for (const column of columnGroup) {
        const { scale, zeroPoint } = encodings[row + column] as Encoding;
        for (const end = index + inner; index < end; index++) {
          const steps = stepsOf(values[index] as number, scale, lowest - zeroPoint, highest - zeroPoint);
          quantized[index] = steps + zeroPoint;
        }
      }
    }
  }
  return quantized;
}

/** Apart from the integers, which a measurement of many weights has no use for. */
function dequantizeGroups(
  values: Float32Array,
  { outer, inner, rowGroup, columnGroup }: WeightGroups,
  encodings: readonly Encoding[],
  bits: Bits,
  target: Float32Array,
): void {
  const { lowest, highest } = integerRange(bits, true);
  const scales = Float64Array.from(encodings, encoding => encoding.scale);
  const zeroPoints = Float64Array.from(encodings, encoding => encoding.zeroPoint);
  let index = 0;
  for (let block = 0; block < outer; block++) {
    for (let row = 0; row < rowGroup.length; row++) {
      for (let column = 0; column < columnGroup.length; column++) {
        const group = (rowGroup[row] as number) + (columnGroup[column] as number);
        const scale = scales[group] as number;
        const first = lowest - (zeroPoints[group] as number);
        const last = highest - (zeroPoints[group] as number);
        for (const end = index + inner; index < end; index++) {
          target[index] = stepsOf(values[index] as number, scale, first, last) * scale;
        }
      }
    }
  }
}

function integersOf(bits: Bits, content: number | readonly number[]): WeightIntegers {
  const Integers = bits === 16 ? Int16Array : Int8Array;
  return typeof content === 'number' ? new Integers(content) : Integers.from(content);
}

function refuseNonFinite(values: Float32Array, name: string | undefined): void {
  // Zero unless a NaN or an infinity is among them: far quicker than asking each value.
  let zeros = 0;
  for (let index = 0; index < values.length; index++) zeros += (values[index] as number) * 0;
  if (zeros === 0) return;
  const index = values.findIndex(value => !Number.isFinite(value));
  const tensor = name === undefined ? 'Weights' : `The weights ${name}`;
  const message = `${tensor} hold ${values[index]} at position ${index} and cannot be quantized; export the model again with finite weights.`;
  throw new StudioError('model-invalid', message);
}
