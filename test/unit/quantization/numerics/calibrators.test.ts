import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodingOfRange, fakeQuantize } from '../../../../src/quantization/numerics/affine';
import { percentileRange, type Range, rangeOf } from '../../../../src/quantization/numerics/calibrators';
import { entropyRange } from '../../../../src/quantization/numerics/entropyRange';
import { GrowingHistogram, type Histogram } from '../../../../src/quantization/numerics/histogram';
import { mseRange } from '../../../../src/quantization/numerics/mseRange';
import { golden } from './golden';

function meanSquaredError(values: Float32Array, { min, max }: Range, bits: 4 | 8 | 16): number {
  const encoding = encodingOfRange(min, max, bits, { symmetric: false, signed: false });
  const quantized = fakeQuantize(values, encoding);
  return (
    values.reduce((sum, value, index) => sum + (value - (quantized[index] as number)) ** 2, 0) / values.length
  );
}

/** The least error over a fine mesh of ranges, each tried on the values themselves. */
function bruteForce(values: Float32Array, bits: 4 | 8): number {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  let least = Number.POSITIVE_INFINITY;
  const shares = Array.from({ length: 40 }, (_, step) => 0.9 ** step);
  for (const down of low < 0 ? shares : [1]) {
    for (const up of high > 0 ? shares : [1]) {
      least = Math.min(least, meanSquaredError(values, { min: low * down, max: high * up }, bits));
    }
  }
  return least;
}

/** Reproducible values of a distribution, from the fractional parts of multiples of an irrational number. */
function drawn(count: number, shape: (normal: number) => number): Float32Array {
  const even = (index: number, step: number) => ((index + 0.5) * step) % 1;
  return Float32Array.from({ length: count }, (_, index) => {
    const radius = Math.sqrt(-2 * Math.log(even(index, Math.SQRT2 - 1)));
    return shape(radius * Math.cos(2 * Math.PI * even(index, Math.sqrt(3) - 1)));
  });
}

function histogramOf(values: Float32Array): Histogram {
  const histogram = new GrowingHistogram();
  histogram.add(values);
  const snapshot = histogram.snapshot();
  if (snapshot === null) throw new Error('no values');
  return snapshot;
}

const distributions: [string, (normal: number) => number][] = [
  ['normal', normal => normal],
  ['ReLU', normal => Math.max(normal, 0)],
  ['negative', normal => -Math.abs(normal)],
  ['heavy tails', normal => normal ** 5],
  ['skewed', normal => Math.exp(normal) - 0.5],
  ['far from zero', normal => 20 + normal],
];

describe('mse', () => {
  it.each(distributions)('comes within 3 percent of the best of 1,600 ranges: %s', (_, shape) => {
    const values = drawn(1500, shape);
    for (const bits of [4, 8] as const) {
      const chosen = meanSquaredError(values, mseRange(histogramOf(values), bits), bits);
      expect(chosen).toBeLessThanOrEqual(1.03 * bruteForce(values, bits));
    }
  });

  it.each(distributions)('clips next to nothing of 16 bits: %s', (_, shape) => {
    const values = drawn(1500, shape);
    const [min, max] = [Math.min(...values), Math.max(...values)];
    const range = rangeOf('mse', { min, max, histogram: histogramOf(values) }, 16);
    const whole = meanSquaredError(values, { min, max }, 16);
    expect(meanSquaredError(values, range, 16)).toBeLessThanOrEqual(1.1 * whole);
  });

  it('is never much worse than the whole range', () => {
    const lists = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 300 });
    fc.assert(
      fc.property(lists, list => {
        const values = Float32Array.from(list);
        const [min, max] = [Math.min(...values), Math.max(...values)];
        const range = rangeOf('mse', { min, max, histogram: histogramOf(values) }, 8);
        const whole = encodingOfRange(min, max, 8, { symmetric: false, signed: false }).scale;
        expect(meanSquaredError(values, range, 8)).toBeLessThanOrEqual(whole ** 2 / 4 + 1e-12);
      }),
    );
  });
});

describe.each(golden.calibrators)('on the golden $name values', answer => {
  const { min, max, limit } = answer;
  const histogram = { min: -limit, max: limit, counts: Float64Array.from(answer.counts) };
  const width = (2 * limit) / answer.counts.length;

  it('percentile is that of onnxruntime.quantization, one bin wider at the top', () => {
    const range = percentileRange(histogram, 99.99);
    expect((Math.max(range.min, min) - answer.percentile[0]) / width).toBeCloseTo(0, 2);
    const expected = Math.min(answer.percentile[1] + width, max);
    expect((Math.min(range.max, max) - expected) / width).toBeCloseTo(0, 2);
  });

  it('entropy is that of onnxruntime.quantization', () => {
    const range = entropyRange(histogram, 8);
    expect((Math.max(range.min, min) - answer.entropy[0]) / width).toBeCloseTo(0, 2);
    expect((Math.min(range.max, max) - answer.entropy[1]) / width).toBeCloseTo(0, 2);
  });
});

describe('rangeOf', () => {
  const values = drawn(5000, normal => normal ** 3);
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const histogram = histogramOf(values);

  it.each(['minmax', 'percentile', 'mse', 'entropy'] as const)('%s stays inside what was seen', method => {
    for (const bits of [8, 16] as const) {
      const range = rangeOf(method, { min, max, histogram }, bits);
      expect(range.min).toBeGreaterThanOrEqual(min);
      expect(range.max).toBeLessThanOrEqual(max);
      expect(range.min).toBeLessThan(range.max);
    }
  });

  it('percentile keeps at least 99.99 % of the values', () => {
    const range = rangeOf('percentile', { min, max, histogram }, 8);
    const inside = values.filter(value => value >= range.min && value <= range.max).length;
    expect(inside / values.length).toBeGreaterThanOrEqual(0.9999);
  });

  it('percentile cuts no more than it may', () => {
    const counts = Float64Array.of(5, 90, 5);
    expect(percentileRange({ min: 0, max: 3, counts }, 90)).toEqual({ min: 0, max: 2 });
    expect(percentileRange({ min: 0, max: 3, counts }, 92)).toEqual({ min: 0, max: 3 });
  });

  it('keeps nearly constant values in range', () => {
    const zeros = new Float32Array(100_000);
    zeros[0] = 1e-3;
    zeros[1] = 5;
    const statistics = { min: 0, max: 5, histogram: histogramOf(zeros) };
    for (const method of ['percentile', 'mse', 'entropy'] as const) {
      const range = rangeOf(method, statistics, 8);
      expect(range.min).toBe(0);
      expect(range.max).toBeGreaterThan(0);
    }
  });

  it('is the whole range without a histogram, and for a constant', () => {
    expect(rangeOf('entropy', { min: -1, max: 2, histogram: null }, 8)).toEqual({ min: -1, max: 2 });
    const constant = histogramOf(Float32Array.of(7, 7));
    expect(rangeOf('mse', { min: 7, max: 7, histogram: constant }, 8)).toEqual({ min: 7, max: 7 });
  });
});
