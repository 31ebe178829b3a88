import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pickToken, seededRandom } from '../../../src/engine/sampling';

const logitArrays = fc
  .array(fc.float({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 200 })
  .map(values => Float32Array.from(values));
const settings = fc.record({
  temperature: fc.double({ min: 0.05, max: 5, noNaN: true }),
  topK: fc.integer({ min: 1, max: 300 }),
  topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
});
const greedy = { temperature: 0, topK: 50, topP: 1 };

describe('seeded random numbers', () => {
  it('stay in [0, 1) and repeat for the same seed', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), seed => {
        const [a, b] = [seededRandom(seed), seededRandom(seed)];
        for (let i = 0; i < 50; i++) {
          const value = a();
          expect(value).toBe(b());
          expect(value >= 0 && value < 1).toBe(true);
        }
      }),
    );
  });

  it('differ between seeds, beyond 32 bits too, and are even', () => {
    expect(new Set([0, 1, 2, 2 ** 32 + 5].map(seed => seededRandom(seed)())).size).toBe(4);
    const random = seededRandom(7);
    const mean = Array.from({ length: 20_000 }, random).reduce((sum, value) => sum + value, 0) / 20_000;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
  });
});

describe('choosing a token', () => {
  it('takes the first of the largest at temperature 0', () => {
    fc.assert(
      fc.property(logitArrays, logits => {
        expect(pickToken(logits, greedy, seededRandom(0))).toBe(logits.indexOf(Math.max(...logits)));
      }),
    );
  });

  it('stays within the top k and repeats for the same seed', () => {
    fc.assert(
      fc.property(logitArrays, settings, fc.nat(), (logits, sampling, seed) => {
        const token = pickToken(logits, sampling, seededRandom(seed));
        expect(pickToken(logits, sampling, seededRandom(seed))).toBe(token);
        const larger = logits.filter(value => value > (logits[token] ?? 0)).length;
        expect(larger).toBeLessThan(sampling.topK);
      }),
    );
  });

  it('never leaves the nucleus', () => {
    fc.assert(
      fc.property(logitArrays, settings, fc.nat(), (logits, sampling, seed) => {
        const token = pickToken(logits, { ...sampling, topK: logits.length }, seededRandom(seed));
        const top = Math.max(...logits);
        const weights = [...logits].map(value => Math.exp((value - top) / sampling.temperature));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const above = weights.reduce((sum, weight) => sum + (weight > (weights[token] ?? 0) ? weight : 0), 0);
        expect(above / total).toBeLessThan(sampling.topP + 1e-9);
      }),
    );
  });

  it.each([
    [0.4, [0]],
    [0.5, [0]],
    [0.51, [0, 1]],
    [0.81, [0, 1, 2]],
    [1, [0, 1, 2]],
  ])('keeps with top-p %d just the tokens that reach it', (topP, kept) => {
    const logits = Float32Array.from([0.5, 0.3, 0.2], Math.log);
    const random = seededRandom(5);
    const drawn = new Set(
      Array.from({ length: 500 }, () => pickToken(logits, { temperature: 1, topK: 3, topP }, random)),
    );
    expect([...drawn].sort()).toEqual(kept);
  });

  it('draws with the probabilities of the softmax', () => {
    const logits = Float32Array.from([Math.log(1), Math.log(2), Math.log(7)]);
    const random = seededRandom(3);
    const counts = [0, 0, 0];
    for (let i = 0; i < 20_000; i++) {
      const token = pickToken(logits, { temperature: 1, topK: 3, topP: 1 }, random);
      counts[token] = (counts[token] ?? 0) + 1;
    }
    for (const [token, share] of [0.1, 0.2, 0.7].entries())
      expect(Math.abs((counts[token] ?? 0) / 20_000 - share)).toBeLessThan(0.015);
  });

  it('skips values that are not numbers and refuses when there is no other', () => {
    expect(pickToken(Float32Array.from([Number.NaN, 2, 1]), greedy, seededRandom(0))).toBe(1);
    const none = Float32Array.from([Number.NaN, Number.NEGATIVE_INFINITY]);
    expect(() => pickToken(none, greedy, seededRandom(0))).toThrow(/no usable numbers/);
  });
});
