import type { Histogram } from './histogram';

/** Levels that onnxruntime.quantization's entropy calibrator compares the bins of an 8-bit range with. */
const levelsOf8Bits = 128;

/** Bins around 0 beyond which neighbours are joined: the search takes the square of their number. */
const maxBins = 2048;

/** What an empty bin of a distribution is given at the cost of the others, so that no logarithm is infinite. */
const smoothing = 0.0001;

/**
 * The range around 0 whose clipped histogram loses the least information (Kullback-Leibler divergence) when its bins
 * are merged into {@link levelsOf8Bits} levels, as onnxruntime.quantization's entropy calibrator computes it (1.30,
 * `get_entropy_threshold`). With 4 bits there are 8 levels; 16 bits have more levels than there are bins, so nothing
 * is clipped.
 */
export function entropyRange(histogram: Histogram, bits: 4 | 8 | 16): { min: number; max: number } {
  if (bits === 16) return { min: histogram.min, max: histogram.max };
  const levels = bits === 8 ? levelsOf8Bits : levelsOf8Bits / 16;
  const { counts, width } = aroundZero(histogram);
  const zero = counts.length / 2;
  const upTo = runningSums(counts);
  let chosen = zero;
  let least = Number.POSITIVE_INFINITY;
  for (let half = levels / 2; half <= zero; half++) {
    const divergence = clippingLoss(counts, upTo, zero - half, endOf(zero, half), levels);
    if (divergence < least) {
      least = divergence;
      chosen = half;
    }
  }
  return { min: -chosen * width, max: (endOf(zero, chosen) - zero) * width };
}

/** The reference implementation reaches one bin further up than down. */
function endOf(zero: number, half: number): number {
  return Math.min(zero + half + 1, 2 * zero);
}

/** The same counts in an even number of bins with 0 in their middle. */
function aroundZero({ min, max, counts }: Histogram): { counts: Float64Array; width: number } {
  const fine = (max - min) / counts.length;
  const reach = Math.max(-min, max);
  // A bin that is short of its edge by a rounding error is not worth one more.
  const joined = Math.ceil((2 * reach) / fine / maxBins - 1e-6);
  const width = fine * joined;
  const half = Math.ceil(reach / width - 1e-6);
  const result = new Float64Array(2 * half);
  counts.forEach((count, bin) => {
    const center = min + (bin + 0.5) * fine;
    const at = Math.min(2 * half - 1, Math.max(0, Math.floor(center / width) + half));
    result[at] = (result[at] as number) + count;
  });
  return { counts: result, width };
}

function runningSums(counts: Float64Array): Float64Array {
  const sums = new Float64Array(counts.length + 1);
  counts.forEach((count, bin) => {
    sums[bin + 1] = (sums[bin] as number) + count;
  });
  return sums;
}

/**
 * Divergence between the counts from `start` to `end`, with all outliers in the end bins, and the same counts without
 * outliers merged into levels. The bins that are left over after the last full level count as empty.
 */
function clippingLoss(
  counts: Float64Array,
  upTo: Float64Array,
  start: number,
  end: number,
  levels: number,
): number {
  const reference = counts.slice(start, end);
  const last = reference.length - 1;
  reference[0] = upTo[start + 1] as number;
  reference[last] = (reference[last] as number) + (upTo[counts.length] as number) - (upTo[end] as number);
  const candidate = new Float64Array(reference.length);
  const binsPerLevel = Math.floor(reference.length / levels);
  for (let level = 0; level < levels; level++) {
    const first = level * binsPerLevel;
    const next = level === levels - 1 ? reference.length : first + binsPerLevel;
    let used = 0;
    for (let bin = first; bin < first + binsPerLevel; bin++) if (reference[bin] !== 0) used++;
    if (used === 0) continue;
    const sum = (upTo[start + next] as number) - (upTo[start + first] as number);
    candidate.fill(Math.floor(sum / used), first, first + binsPerLevel);
  }
  return smooth(reference) && smooth(candidate) ? divergence(reference, candidate) : Number.POSITIVE_INFINITY;
}

/** Fills empty bins at the cost of the others, in place; false where all are empty. */
function smooth(distribution: Float64Array): boolean {
  let empty = 0;
  for (const count of distribution) if (count === 0) empty++;
  const filled = distribution.length - empty;
  if (filled === 0) return false;
  const taken = (smoothing * empty) / filled;
  for (let bin = 0; bin < distribution.length; bin++) {
    const count = distribution[bin] as number;
    distribution[bin] = count === 0 ? smoothing : count - taken;
  }
  return true;
}

function divergence(reference: Float64Array, candidate: Float64Array): number {
  let referenceSum = 0;
  let candidateSum = 0;
  for (const count of reference) referenceSum += count;
  for (const count of candidate) candidateSum += count;
  let total = 0;
  for (let bin = 0; bin < reference.length; bin++) {
    const share = (reference[bin] as number) / referenceSum;
    total += share * Math.log(share / ((candidate[bin] as number) / candidateSum));
  }
  return total;
}
