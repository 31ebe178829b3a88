import { drawBits } from './drawn';

/** Vectors of signs: bit k of an element's random bits is its sign in the k-th. */
const signs = 8;

/** Its bits are the same for every tensor, so they are drawn once, as far as they were ever asked for. */
let bits: Uint32Array = new Uint32Array();

/** Norm of the values, then their dot products with vectors of signs (test/fixtures/golden/make_real_parity.py). */
export function summary(values: Float32Array): number[] {
  if (bits.length < values.length) bits = drawBits('signs', values.length);
  let energy = 0;
  const dots = new Float64Array(signs);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    const own = bits[index] as number;
    energy += value * value;
    for (let k = 0; k < signs; k++) dots[k] = (dots[k] as number) + (2 * ((own >>> k) & 1) - 1) * value;
  }
  return [Math.sqrt(energy), ...dots];
}

/**
 * Relative error of a tensor, told from its summary and the reference's: the expected square of an error's dot product
 * with random signs is the square of its norm.
 */
export function summaryError(actual: readonly number[], expected: readonly number[]): number {
  const [norm = 0, ...dots] = expected;
  const errors = dots.map((dot, k) => (actual[k + 1] ?? Number.NaN) - dot);
  const estimate = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
  return Math.max(estimate, Math.abs((actual[0] ?? Number.NaN) - norm)) / norm;
}
