import type { FeedArrays, FeedType } from './feeds';
import { toHalf } from './half';

/** Numbers as files hold them. */
export type Numbers = Float32Array | Float64Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;

/** Largest and smallest value of the integer types that fp64 holds exactly. */
const limits = {
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
  int8: [-128, 127],
  bool: [0, 1],
} as const;

/**
 * The same numbers as an input of another element type takes them, without a copy where it is the same.
 * @throws {RangeError} with the first value that the type cannot hold: fractions and out-of-range numbers for integers.
 */
export function convertValues<Type extends FeedType>(values: Numbers, type: Type): FeedArrays[Type];
export function convertValues(values: Numbers, type: FeedType): FeedArrays[FeedType] {
  if (type === 'int64' && values instanceof BigInt64Array) return values;
  if (type === 'float32') return values instanceof Float32Array ? values : Float32Array.from(values, Number);
  if (type === 'float64') return values instanceof Float64Array ? values : Float64Array.from(values, Number);
  if (type === 'float16') return Uint16Array.from<number | bigint>(values, value => toHalf(Number(value)));
  const [least, most] = limits[type];
  for (const value of values) {
    const number = Number(value);
    if (!Number.isInteger(number) || number < least || number > most) {
      throw new RangeError(`${value} is no ${type}`);
    }
  }
  if (type === 'int64') return BigInt64Array.from<number | bigint>(values, value => BigInt(value));
  if (type === 'int32') return Int32Array.from(values, Number);
  return type === 'int8' ? Int8Array.from(values, Number) : Uint8Array.from(values, Number);
}
