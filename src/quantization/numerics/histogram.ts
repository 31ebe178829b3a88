/** Counts of equal bins from `min` to `max`. A value on an edge belongs to the bin above it. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly counts: Float64Array;
}

/** Finer bins than 2^-40 of the largest value are never needed, and their indices would not stay exact. */
const finestOfLargest = 40;

/** Exponent of the smallest fp32 number. */
const smallestExponent = -149;

/**
 * A histogram whose range grows with its values. A bin is `[i 2^e, (i+1) 2^e)`; where the range needs more bins than
 * allowed, neighbours are joined and e grows, so that no count is ever split or lost and the result does not depend
 * on the order of the values.
 */
export class GrowingHistogram {
  /** e of the bin width 2^e. */
  private exponent = smallestExponent;
  /** Bin index of the first count. */
  private first = 0;
  private counts = new Float64Array(0);
  private low = Number.POSITIVE_INFINITY;
  private high = Number.NEGATIVE_INFINITY;
  private ignored = 0;

  /** @param maxBins bins are joined beyond this number; at least 2, since 0 is an edge of every width. */
  constructor(private readonly maxBins = 2048) {
    if (!Number.isInteger(maxBins) || maxBins < 2) throw new RangeError('a histogram needs at least 2 bins');
  }

  /** Smallest and largest finite value so far; null before the first. */
  get range(): { min: number; max: number } | null {
    // Plus zero: of equal zeros the order of the values must not decide the sign.
    return this.low > this.high ? null : { min: this.low + 0, max: this.high + 0 };
  }

  /** Values that were NaN or infinite and are in no bin. */
  get nonFinite(): number {
    return this.ignored;
  }

  add(values: Float32Array): void {
    let { low, high } = this;
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low > high) {
      this.ignored += values.length;
      return;
    }
    this.cover(low, high);
    const { counts, first } = this;
    const perBin = 2 ** -this.exponent;
    for (const value of values) {
      if (!Number.isFinite(value)) {
        this.ignored++;
        continue;
      }
      const bin = Math.floor(value * perBin) - first;
      counts[bin] = (counts[bin] as number) + 1;
    }
  }

  /** The bins in use; null before the first finite value. */
  snapshot(): Histogram | null {
    if (this.counts.length === 0) return null;
    const width = 2 ** this.exponent;
    const min = this.first * width;
    return { min, max: min + this.counts.length * width, counts: this.counts.slice() };
  }

  /** Widens bins and range until both values have a bin. */
  private cover(low: number, high: number): void {
    this.low = low;
    this.high = high;
    const largest = Math.max(-low, high);
    const finest = largest === 0 ? smallestExponent : Math.floor(Math.log2(largest)) - finestOfLargest;
    let exponent = Math.max(this.exponent, finest);
    const span = (): number => Math.floor(high / 2 ** exponent) - Math.floor(low / 2 ** exponent) + 1;
    while (span() > this.maxBins) exponent++;
    const first = Math.floor(low / 2 ** exponent);
    const counts = new Float64Array(span());
    const joined = 2 ** (exponent - this.exponent);
    this.counts.forEach((count, index) => {
      if (count === 0) return;
      const bin = Math.floor((this.first + index) / joined) - first;
      counts[bin] = (counts[bin] as number) + count;
    });
    this.counts = counts;
    this.first = first;
    this.exponent = exponent;
  }
}
