import type { UnitDetail } from '../../../src/protocol/quantization';

/** A bar in CSS pixels from the left, and its height as a share of the tallest, 0 to 1. */
export interface Bar {
  readonly x: number;
  readonly width: number;
  readonly share: number;
}

/**
 * Bars of both histograms on one root scale, since a softmax has nearly all its values in one bin and the rest would
 * be invisible. Quantized bars are thin: a coarse grid then shows as the comb it is. Empty bins have none.
 * @param width CSS pixels of the whole drawing
 */
export function barsOf({ float, quantized }: UnitDetail['histogram'], width: number) {
  const largest = [...float, ...quantized].reduce((most, count) => Math.max(most, count), 1);
  const bars = (counts: readonly number[], thickness: (bin: number) => number): Bar[] => {
    const bin = width / Math.max(counts.length, 1);
    const wide = thickness(bin);
    return counts.flatMap((count, index) =>
      count > 0
        ? [{ x: index * bin + (bin - wide) / 2, width: wide, share: Math.sqrt(count / largest) }]
        : [],
    );
  };
  return {
    float: bars(float, bin => Math.max(bin - 0.5, 0.5)),
    quantized: bars(quantized, bin => Math.max(Math.min(bin * 0.35, 2), 0.5)),
  };
}
