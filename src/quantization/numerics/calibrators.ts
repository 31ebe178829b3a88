import type { CalibrationMethod } from '../../protocol/quantization';
import { entropyRange } from './entropyRange';
import type { Histogram } from './histogram';
import { mseRange } from './mseRange';

/** What was seen of a value over the calibration samples. */
export interface ValueStatistics {
  readonly min: number;
  readonly max: number;
  /** Needed by every method but `minmax`; without it they give the whole range. */
  readonly histogram: Histogram | null;
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Share of the values that `percentile` keeps, half of the rest cut off at either end. */
export const keptPercent = 99.99;

/**
 * The range that the activation quantizer of a value should cover. It is never wider than [min, max]; the encoding
 * widens it to hold 0.
 * @param bits of the activation: `mse` and `entropy` weigh clipping against the width of a step.
 */
export function rangeOf(method: CalibrationMethod, statistics: ValueStatistics, bits: 4 | 8 | 16): Range {
  const { min, max, histogram } = statistics;
  if (method === 'minmax' || histogram === null || min === max) return { min, max };
  const range = rangeOfHistogram(method, histogram, bits);
  const within = { min: Math.max(min, range.min), max: Math.min(max, range.max) };
  return within.min <= within.max ? within : { min, max };
}

function rangeOfHistogram(
  method: 'percentile' | 'mse' | 'entropy',
  histogram: Histogram,
  bits: 4 | 8 | 16,
): Range {
  if (method === 'percentile') return percentileRange(histogram, keptPercent);
  return method === 'mse' ? mseRange(histogram, bits) : entropyRange(histogram, bits);
}

/**
 * The edges between which at least `percent` of the values lie, as onnxruntime.quantization's percentile calibrator
 * finds them, with one difference: the right end is the outer edge of its bin and not the inner one, so that a bin
 * which holds nearly all values (zeros after a ReLU) stays inside.
 */
export function percentileRange({ min, max, counts }: Histogram, percent: number): Range {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const cut = ((100 - percent) / 200) * total;
  const width = (max - min) / counts.length;
  const left = binReaching(counts, cut);
  const right = binReaching(counts, total - cut);
  return { min: min + left * width, max: min + (right + 1) * width };
}

/** First bin at which the running sum of counts reaches `target`. */
function binReaching(counts: Float64Array, target: number): number {
  let sum = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    sum += counts[bin] as number;
    if (sum >= target) return bin;
  }
  return counts.length - 1;
}
