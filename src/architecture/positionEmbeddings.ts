import type { WeightRef } from './weights';

/**
 * Position embeddings [1, 1 + from^2, d], the first for the class token, brought to a grid of `to` x `to` patches as
 * the reference does: `torch.nn.functional.interpolate` with bicubic weights and without aligned corners.
 */
export function positionsFor(stored: WeightRef, from: number, to: number): WeightRef {
  if (from === to) return stored;
  const channels = stored.shape.at(-1) ?? 1;
  const read = (): Float32Array => {
    const values = stored.read();
    const grid = resized(values.subarray(channels), from, to, channels);
    const result = new Float32Array(channels + grid.length);
    result.set(values.subarray(0, channels));
    result.set(grid, channels);
    return result;
  };
  return { shape: [1, 1 + to ** 2, channels], read };
}

/** [from, from, channels] to [to, to, channels]: along rows, then along columns. */
function resized(grid: Float32Array, from: number, to: number, channels: number): Float64Array {
  const taps = Array.from({ length: to }, (_, index) => cubicTaps(index, from, to));
  const wide = new Float64Array(from * to * channels);
  for (let row = 0; row < from; row++) {
    for (const [column, sources] of taps.entries()) {
      for (const { index, weight } of sources) {
        addScaled(
          wide,
          (row * to + column) * channels,
          grid,
          (row * from + index) * channels,
          weight,
          channels,
        );
      }
    }
  }
  const result = new Float64Array(to * to * channels);
  for (const [row, sources] of taps.entries()) {
    for (const { index, weight } of sources) {
      addScaled(result, row * to * channels, wide, index * to * channels, weight, to * channels);
    }
  }
  return result;
}

/** The four source places of one target place; beyond the border the border's own value counts. */
function cubicTaps(target: number, from: number, to: number): { index: number; weight: number }[] {
  const place = (from / to) * (target + 0.5) - 0.5;
  const base = Math.floor(place);
  return [-1, 0, 1, 2].map(step => ({
    index: Math.min(Math.max(base + step, 0), from - 1),
    weight: cubic(Math.abs(place - base - step)),
  }));
}

/** Keys' cubic convolution with a = -0.75, as PyTorch has it. */
function cubic(distance: number): number {
  const a = -0.75;
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance ** 2 + 1;
  return ((distance - 5) * distance + 8) * distance * a - 4 * a;
}

function addScaled(
  target: Float64Array,
  targetStart: number,
  source: Float32Array | Float64Array,
  sourceStart: number,
  factor: number,
  count: number,
): void {
  for (let offset = 0; offset < count; offset++) {
    const value = (source[sourceStart + offset] as number) * factor;
    target[targetStart + offset] = (target[targetStart + offset] as number) + value;
  }
}
