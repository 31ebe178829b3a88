import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GrowingHistogram, type Histogram } from '../../../../src/quantization/numerics/histogram';

const finite = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ min: -1, max: 1, noNaN: true }),
  fc.constantFrom(0, -0, 1e-45, -1e-45, 3.4028234e38, -3.4028234e38),
);
const batches = fc.array(
  fc.array(finite, { maxLength: 40 }).map(values => Float32Array.from(values)),
  { maxLength: 8 },
);

function histogramOf(all: readonly Float32Array[], maxBins: number): GrowingHistogram {
  const histogram = new GrowingHistogram(maxBins);
  for (const values of all) histogram.add(values);
  return histogram;
}

/** Counts of every bin by looking at every value. */
function counted({ min, max, counts }: Histogram, values: readonly number[]): number[] {
  const width = (max - min) / counts.length;
  return Array.from(counts, (_, bin) => {
    const low = min + bin * width;
    return values.filter(value => value >= low && value < low + width).length;
  });
}

describe('GrowingHistogram', () => {
  it('counts every value in its bin, however the range grows', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 2, max: 64 }), (all, maxBins) => {
        const values = all.flatMap(batch => [...batch]);
        const histogram = histogramOf(all, maxBins);
        const bins = histogram.snapshot();
        if (values.length === 0) {
          expect(bins).toBeNull();
          return;
        }
        expect(histogram.range).toEqual({ min: Math.min(...values) + 0, max: Math.max(...values) + 0 });
        expect(bins?.counts.length).toBeLessThanOrEqual(maxBins);
        expect(bins && [...bins.counts]).toEqual(bins && counted(bins, values));
      }),
      { numRuns: 500 },
    );
  });

  it('has one zero, whatever its sign', () => {
    expect(histogramOf([Float32Array.from([-0, 0])], 2).range).toEqual({ min: 0, max: 0 });
  });

  it('does not depend on the order of the batches', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 2, max: 64 }), (all, maxBins) => {
        const backwards = histogramOf([...all].reverse(), maxBins).snapshot();
        expect(histogramOf(all, maxBins).snapshot()).toEqual(backwards);
      }),
      { numRuns: 300 },
    );
  });

  it('uses more than a third of its bins for a range of some width', () => {
    const values = Float32Array.from({ length: 1000 }, (_, index) => Math.sin(index) * 3);
    expect(histogramOf([values], 2048).snapshot()?.counts.length).toBeGreaterThan(700);
  });

  it('keeps NaN and infinities out and counts them', () => {
    const histogram = histogramOf([Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY)], 8);
    histogram.add(Float32Array.of(Number.NEGATIVE_INFINITY));
    expect(histogram.nonFinite).toBe(3);
    expect(histogram.snapshot()?.counts).toEqual(Float64Array.of(1));
  });
});
