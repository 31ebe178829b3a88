/** ln of the softmax of logits at temperature 1, in double precision; same length. */
export function logProbabilities(logits: Float32Array): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > largest) largest = logit;
  let sum = 0;
  // Relative to the largest, so that no exponential overflows.
  for (const logit of logits) sum += Math.exp(logit - largest);
  const logSum = Math.log(sum);
  return Float64Array.from(logits, logit => logit - largest - logSum);
}

/**
 * KL(A || B) = sum of pA · ln(pA / pB), in nats. A token that A never takes adds nothing. Exactly 0 for equal inputs.
 * @param a ln of A's probabilities
 * @param b ln of B's probabilities, of the same vocabulary
 * @returns at least 0; null where it is not finite: B never takes what A may, or there were no usable logits
 */
export function klDivergence(a: Float64Array, b: Float64Array): number | null {
  if (a.length !== b.length) throw new Error(`${a.length} and ${b.length} tokens are no common vocabulary`);
  let sum = 0;
  for (const [token, logA] of a.entries()) {
    const probability = Math.exp(logA);
    if (probability !== 0) sum += probability * (logA - (b[token] ?? Number.NaN));
  }
  // Of almost equal distributions the rounding of the sum may leave less than nothing.
  return Number.isFinite(sum) ? Math.max(0, sum) : null;
}

/** Ids of the `count` likeliest tokens, likeliest first, the smaller id first among equals. */
export function likeliestTokens(logProbabilities: Float64Array, count: number): number[] {
  const best: number[] = [];
  for (const [token, value] of logProbabilities.entries()) {
    if (Number.isNaN(value)) continue;
    let place = best.length;
    while (place > 0 && value > (logProbabilities[best[place - 1] ?? 0] ?? 0)) place--;
    if (place < count) best.splice(place, 0, token);
    if (best.length > count) best.pop();
  }
  return best;
}
