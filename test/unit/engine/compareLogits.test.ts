import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { klDivergence, likeliestTokens, logProbabilities } from '../../../src/engine/compareLogits';

const log = (...probabilities: number[]) => Float64Array.from(probabilities, Math.log);
const logits = fc
  .array(fc.float({ min: -80, max: 80, noNaN: true }), { minLength: 1, maxLength: 40 })
  .map(values => Float32Array.from(values));
const pairs = logits.chain(a =>
  fc
    .array(fc.float({ min: -80, max: 80, noNaN: true }), { minLength: a.length, maxLength: a.length })
    .map(b => [a, Float32Array.from(b)] as const),
);
const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

describe('the softmax', () => {
  it('is that of a calculation by hand', () => {
    const [first = 0, second = 0, third = 0] = logProbabilities(Float32Array.of(1, 2, 3));
    // e^1, e^2, e^3 over their sum.
    const total = Math.E + Math.E ** 2 + Math.E ** 3;
    expect(Math.exp(first)).toBeCloseTo(Math.E / total, 14);
    expect(Math.exp(second)).toBeCloseTo(Math.E ** 2 / total, 14);
    expect(Math.exp(third)).toBeCloseTo(0.6652409557748219, 14);
  });

  it('sums to 1 and does not mind how large the logits are', () => {
    fc.assert(
      fc.property(logits, values => {
        expect(sum(logProbabilities(values).map(Math.exp))).toBeCloseTo(1, 12);
      }),
    );
    expect([...logProbabilities(Float32Array.of(3e38, 3e38))]).toEqual([Math.log(0.5), Math.log(0.5)]);
  });

  it('gives a token that is ruled out no probability', () => {
    expect([...logProbabilities(Float32Array.of(0, Number.NEGATIVE_INFINITY))]).toEqual([
      0,
      Number.NEGATIVE_INFINITY,
    ]);
  });
});

describe('KL(A || B)', () => {
  it('is that of a calculation by hand, in nats, and not symmetric', () => {
    // 0.5 ln(0.5/0.25) + 0.25 ln(0.25/0.25) + 0.25 ln(0.25/0.5) = 0.25 ln 2
    expect(klDivergence(log(0.5, 0.25, 0.25), log(0.25, 0.25, 0.5))).toBeCloseTo(0.25 * Math.LN2, 14);
    // 0.9 ln(0.9/0.5) + 0.1 ln(0.1/0.5), and 0.5 ln(0.5/0.9) + 0.5 ln(0.5/0.1)
    expect(klDivergence(log(0.9, 0.1), log(0.5, 0.5))).toBeCloseTo(0.3680642071684971, 12);
    expect(klDivergence(log(0.5, 0.5), log(0.9, 0.1))).toBeCloseTo(0.5108256237659907, 12);
  });

  it('is exactly 0 for equal logits and never less', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        expect(klDivergence(logProbabilities(a), logProbabilities(a.slice()))).toBe(0);
        expect(klDivergence(logProbabilities(a), logProbabilities(b))).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('ignores what A never takes, and is not finite where B never takes what A may', () => {
    expect(klDivergence(log(1, 0), log(0.5, 0.5))).toBeCloseTo(Math.LN2, 14);
    expect(klDivergence(log(0.5, 0.5), log(1, 0))).toBeNull();
    expect(klDivergence(log(Number.NaN, 0.5), log(0.5, 0.5))).toBeNull();
    expect(() => klDivergence(log(1), log(0.5, 0.5))).toThrow(/no common vocabulary/);
  });
});

it('the likeliest tokens are those of a sort, the smaller id first among equals', () => {
  const few = fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 30 });
  fc.assert(
    fc.property(few, fc.integer({ min: 1, max: 6 }), (values, count) => {
      const sorted = [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
      expect(likeliestTokens(Float64Array.from(values), count)).toEqual(sorted.slice(0, count));
    }),
  );
});
