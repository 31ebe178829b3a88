import { StudioError } from '../../protocol/failure';

export type Bits = 4 | 8 | 16;

/** An affine grid: `real = (integer - zeroPoint) * scale`. */
export interface Encoding {
  /** Positive, already rounded to fp32. */
  readonly scale: number;
  readonly zeroPoint: number;
  readonly bits: Bits;
  /** The integers are -2^(bits-1) … 2^(bits-1)-1 instead of 0 … 2^bits-1. */
  readonly signed: boolean;
}

export interface GridOptions {
  /** The range is widened to [-a, a] and the zero point lies in its middle. */
  readonly symmetric: boolean;
  readonly signed: boolean;
}

/** Smallest normal fp32: ONNX Runtime gives a tensor with a smaller scale the scale 1. */
const tinyScale = 2 ** -126;

/**
 * The encoding of a range as `compute_scale_zp` and `get_qmin_qmax_for_qType` of onnxruntime.quantization 1.30 choose
 * it: the range is widened to hold 0, computed in fp32, and divided into 2^bits-1 steps (2^bits-2 for symmetric int8
 * and int16, whose lowest integer stays unused; symmetric int4 keeps it). A range of width 0 has scale 1 and zero
 * point 0, so that zeros stay zeros. Where the width overflows fp32, it is taken in fp64 instead of becoming infinite.
 * @throws {StudioError} `model-invalid` when a bound is not a finite fp32 number.
 */
export function encodingOfRange(min: number, max: number, bits: Bits, options: GridOptions): Encoding {
  if (!Number.isFinite(Math.fround(min)) || !Number.isFinite(Math.fround(max)) || min > max) {
    const message = `A tensor ranges from ${min} to ${max}, which no scale can cover; look for a division by zero or an overflow in the model.`;
    throw new StudioError('model-invalid', message);
  }
  const { symmetric, signed } = options;
  let low = Math.fround(Math.min(min, 0));
  let high = Math.fround(Math.max(max, 0));
  if (symmetric) {
    high = Math.max(-low, high);
    low = -high;
  }
  const { lowest, highest } = integerRange(bits, signed);
  const firstUsed = symmetric && signed && bits > 4 ? lowest + 1 : lowest;
  const width = Math.fround(high - low);
  const scale = (Number.isFinite(width) ? width : high - low) / (highest - firstUsed);
  if (scale < tinyScale) return { scale: 1, zeroPoint: 0, bits, signed };
  const zeroPoint = roundHalfEven(symmetric ? (firstUsed + highest) / 2 : firstUsed - low / scale);
  return { scale: Math.fround(scale), zeroPoint, bits, signed };
}

/** The integers that a grid of these bits can hold. */
export function integerRange(bits: Bits, signed: boolean): { lowest: number; highest: number } {
  const count = 2 ** bits;
  return signed ? { lowest: -count / 2, highest: count / 2 - 1 } : { lowest: 0, highest: count - 1 };
}

/** The real numbers of the first and last integer. */
export function rangeOfEncoding(encoding: Encoding): { min: number; max: number } {
  const { lowest, highest } = integerRange(encoding.bits, encoding.signed);
  const { scale, zeroPoint } = encoding;
  return { min: Math.fround((lowest - zeroPoint) * scale), max: Math.fround((highest - zeroPoint) * scale) };
}

/**
 * DequantizeLinear(QuantizeLinear(x)) of ONNX, bit for bit as ONNX Runtime's CPU provider computes it: fp32 division,
 * halves to even, saturation.
 */
export function fakeQuantize(values: Float32Array, encoding: Encoding): Float32Array {
  const { scale, zeroPoint, bits, signed } = encoding;
  const { lowest, highest } = integerRange(bits, signed);
  const first = lowest - zeroPoint;
  const last = highest - zeroPoint;
  const result = new Float32Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const steps = stepsOf(values[index] as number, scale, first, last);
    result[index] = steps * scale;
  }
  return result;
}

/**
 * The integer of a value less the zero point: `x / scale` in fp32, saturated to [first, last], halves to even. The
 * result is never -0.
 */
export function stepsOf(value: number, scale: number, first: number, last: number): number {
  const exact = Math.fround(value / scale);
  const clamped = exact < first ? first : exact > last ? last : exact;
  return roundHalfEven(clamped);
}

/** Adding and taking 1.5 * 2^52 leaves no bit for a fraction, so fp64 itself rounds halves to even. */
const rounder = 1.5 * 2 ** 52;

/** Nearest integer, halves to the even one, never -0; for magnitudes up to 2^51. */
export function roundHalfEven(value: number): number {
  return value + rounder - rounder;
}
