import { encodingOfRange, integerRange } from './affine';
import type { Histogram } from './histogram';

/** A candidate end is this part of the one before it; 90 of them reach 1 % of the whole range. */
const shrink = 0.95;
const candidates = 90;

/** Times each end is chosen anew for the other one. */
const rounds = 2;

/**
 * The range whose grid of 2^bits values has the least mean squared error over a histogram. Both ends shrink together
 * first, then each alone.
 */
export function mseRange(histogram: Histogram, bits: 4 | 8 | 16): { min: number; max: number } {
  const low = Math.min(histogram.min, 0);
  const high = Math.max(histogram.max, 0);
  const shares = Array.from({ length: candidates }, (_, step) => shrink ** step);
  const error = (min: number, max: number): number => expectedSquaredError(histogram, min, max, bits);
  const both = best(shares, share => error(low * share, high * share));
  let [min, max] = [low * both, high * both];
  for (let round = 0; round < rounds; round++) {
    max = high * best(shares, share => error(min, high * share));
    min = low * best(shares, share => error(low * share, max));
  }
  return { min, max };
}

function best(shares: readonly number[], errorOf: (share: number) => number): number {
  let least = Number.POSITIVE_INFINITY;
  let chosen = 1;
  for (const share of shares) {
    const error = errorOf(share);
    if (error < least) {
      least = error;
      chosen = share;
    }
  }
  return chosen;
}

/**
 * Mean squared difference between values and their quantized selves, with the values of a bin spread evenly over it:
 * integrated exactly, so that it also holds where a bin is wider than a step.
 */
export function expectedSquaredError(
  { min, max, counts }: Histogram,
  rangeMin: number,
  rangeMax: number,
  bits: 4 | 8 | 16,
): number {
  const { scale, zeroPoint } = encodingOfRange(rangeMin, rangeMax, bits, { symmetric: false, signed: false });
  const { lowest, highest } = integerRange(bits, false);
  const integral = errorIntegral(lowest - zeroPoint, highest - zeroPoint);
  const width = (max - min) / counts.length / scale;
  const start = min / scale;
  let total = 0;
  let sum = 0;
  let before = integral(start);
  for (let bin = 0; bin < counts.length; bin++) {
    const after = integral(start + (bin + 1) * width);
    const count = counts[bin] as number;
    sum += (count * (after - before)) / width;
    total += count;
    before = after;
  }
  return total === 0 ? 0 : (sum / total) * scale * scale;
}

/** Antiderivative of the squared rounding error, in steps, of a grid of the integers from `first` to `last`. */
function errorIntegral(first: number, last: number): (x: number) => number {
  // A whole cell contributes 1/12, and the part r of a cell counted from its grid point r^3/3.
  return x => {
    const nearest = x < first ? first : x > last ? last : Math.round(x);
    const rest = x - nearest;
    return nearest / 12 + (rest * rest * rest) / 3;
  };
}
