import type { UnitDetail } from '../../protocol/quantization';

const bins = 64;
const outlierFactor = 3;
const maxOutliers = 16;

/** Values of one output over all samples, as floats and quantized. */
export interface OutputValues {
  readonly dims: readonly number[];
  readonly float: Float32Array;
  readonly quantized: Float32Array;
}

/** Counts in equal bins over the whole range of both; values that are not finite are in none. */
export function histogramOf(samples: readonly OutputValues[]): UnitDetail['histogram'] {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { float, quantized } of samples) {
    for (const values of [float, quantized]) {
      for (const value of values) {
        if (!Number.isFinite(value)) continue;
        if (value < min) min = value;
        if (value > max) max = value;
      }
    }
  }
  const histogram = {
    min: Math.min(min, 0),
    max: Math.max(max, 0),
    float: new Array<number>(bins).fill(0),
    quantized: new Array<number>(bins).fill(0),
  };
  const perBin = bins / (histogram.max - histogram.min);
  const count = (values: Float32Array, counts: number[]): void => {
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      const bin = Number.isFinite(perBin)
        ? Math.min(bins - 1, Math.floor((value - histogram.min) * perBin))
        : 0;
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
  };
  for (const { float, quantized } of samples) {
    count(float, histogram.float);
    count(quantized, histogram.quantized);
  }
  return histogram;
}

/** Share of the float values outside a range, 0 to 1. */
export function clippedShare(samples: readonly OutputValues[], min: number, max: number): number {
  let [outside, all] = [0, 0];
  for (const { float } of samples) {
    all += float.length;
    for (const value of float) if (value < min || value > max) outside++;
  }
  return all === 0 ? 0 : outside / all;
}

/**
 * Channels whose largest absolute float value is at least {@link outlierFactor} times the median channel's, largest
 * first, at most {@link maxOutliers}.
 * @param axis of the channels
 */
export function outliersOf(samples: readonly OutputValues[], axis: number): UnitDetail['outliers'] {
  const channels = samples[0]?.dims[axis] ?? 0;
  const largest = new Float64Array(channels);
  for (const { float, dims } of samples) {
    const inner = dims.slice(axis + 1).reduce((product, size) => product * size, 1);
    float.forEach((value, index) => {
      const channel = Math.floor(index / inner) % channels;
      const size = Math.abs(value);
      if (size > (largest[channel] ?? 0)) largest[channel] = size;
    });
  }
  const median = largest.toSorted()[Math.floor(channels / 2)] ?? 0;
  if (median === 0) return [];
  return [...largest]
    .map((maxAbs, channel) => ({ channel, maxAbs, timesMedian: maxAbs / median }))
    .filter(({ maxAbs, timesMedian }) => Number.isFinite(maxAbs) && timesMedian >= outlierFactor)
    .sort((a, b) => b.maxAbs - a.maxAbs)
    .slice(0, maxOutliers);
}
