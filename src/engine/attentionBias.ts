/** Finite, so that it survives an addition; its exponential is exactly 0 in every precision used. */
const masked = -1e9;

/**
 * The additive mask of one decoder run: a token sees the filled rows of the past and, of the new tokens, itself and
 * those before it.
 * @returns [newTokens, capacity + newTokens]
 */
export function attentionBias(newTokens: number, filled: number, capacity: number): Float32Array {
  const width = capacity + newTokens;
  const bias = new Float32Array(newTokens * width);
  for (let row = 0; row < newTokens; row++) {
    bias.fill(masked, row * width + filled, row * width + capacity);
    bias.fill(masked, row * width + capacity + row + 1, (row + 1) * width);
  }
  return bias;
}
