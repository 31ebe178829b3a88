import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { floatsIn, Simulation } from '../../../src/engine/simulation';
import type { ErrorFigure } from '../../../src/protocol/quantization';
import { errorSumsOf, sumsOutput, withErrorSums } from '../../../src/quantization/graph/reductions';
import type { Owners } from '../../../src/quantization/graph/variants';
import { figureOf } from '../../../src/quantization/measure/figures';

/** Two values x and z; x differs in all three variants, in the last as in the first; z in the second alone. */
const names = [
  ['q0', 'q1', 'q0'],
  ['z', 'r1', 'z'],
] as const;

const nameIn = (variant: number, value: string) => names[value === 'x' ? 0 : 1][variant] ?? value;
const none = { weights: new Map(), activations: new Map(), operands: new Map(), reasons: new Map() };
const owners: Owners = {
  variants: [{ plan: none }, { plan: none }, { plan: none }],
  of: (variant, value) => {
    if (nameIn(variant, value) === value) return 'float';
    return value === 'x' && variant === 2 ? 0 : variant;
  },
};

let simulation: Simulation;

beforeAll(async () => {
  const inputs = ['x', 'z', 'q0', 'q1', 'r1'].map(name => ({
    name,
    type: 'float32' as const,
    dims: ['n', 'm'],
  }));
  const graph = { name: 'pairs', inputs, outputs: [], nodes: [], initializers: [], opsets: { '': 13 } };
  simulation = await Simulation.open(withErrorSums({ graph, nameIn }, ['x', 'z'], owners), { threads: 1 });
});

afterAll(() => simulation.close());

async function figures(values: Record<string, Float32Array>): Promise<ErrorFigure[][]> {
  const feeds = Object.entries(values).map(([name, data]) => [
    name,
    { type: 'float32', dims: [1, data.length], data },
  ]);
  const numbers = floatsIn((await simulation.run(Object.fromEntries(feeds)))[sumsOutput]);
  return errorSumsOf(numbers, ['x', 'z'], owners).map(variants => variants.map(figureOf));
}

/** The definitions, in fp64. */
function expected(x: Float32Array, q: Float32Array) {
  let [signal, energy, product, noise, maxError] = [0, 0, 0, 0, 0];
  x.forEach((value, index) => {
    const other = q[index] ?? Number.NaN;
    signal += value ** 2;
    energy += other ** 2;
    product += value * other;
    noise += (value - other) ** 2;
    maxError = Math.max(maxError, Math.abs(value - other));
  });
  const cosine = product / Math.sqrt(signal * energy);
  // Sums in fp32 know what is left of them only so far when one value is small beside the other.
  const cosineError = 1e-6 * (Math.sqrt(signal / energy) + Math.sqrt(energy / signal));
  return { sqnrDb: 10 * Math.log10(signal / noise), cosine, cosineError, maxError };
}

/** Values of many sizes around an offset, and the same with errors that are `relative` times as large. */
function pair(seed: number, count: number, offset: number, relative: number, gain: number) {
  const x = Float32Array.from({ length: count }, (_, index) => offset + Math.sin(seed + index * 1.7) ** 3);
  const q = x.map((value, index) => gain * value + relative * Math.cos(seed + index * 2.3));
  return { x, q };
}

describe('error sums in a graph', () => {
  test('give the figures that fp64 gives', async () => {
    const shape = fc.record({
      seed: fc.integer({ min: 0, max: 1000 }),
      count: fc.integer({ min: 4, max: 5000 }),
      offset: fc.double({ min: -2, max: 2, noNaN: true }),
      relative: fc.double({ min: 1e-4, max: 2, noNaN: true }),
      gain: fc.double({ min: -1, max: 1.5, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(shape, shape, async (one, two) => {
        const first = pair(one.seed, one.count, one.offset, one.relative, 1);
        const second = pair(two.seed, two.count, two.offset, two.relative, two.gain);
        const q1 = first.q.map(value => value * 0.9);
        const [x, z] = await figures({ x: first.x, q0: first.q, q1, z: second.x, r1: second.q });
        const checks = [
          [x?.[0], expected(first.x, first.q)],
          [x?.[1], expected(first.x, q1)],
          [z?.[1], expected(second.x, second.q)],
        ] as const;
        for (const [figure, right] of checks) {
          expect(figure?.sqnrDb ?? Number.NaN).toBeCloseTo(right.sqnrDb, 3);
          expect(Math.abs((figure?.cosine ?? Number.NaN) - right.cosine)).toBeLessThan(right.cosineError);
          const error = Math.abs((figure?.maxError ?? Number.NaN) - right.maxError);
          expect(error).toBeLessThanOrEqual(1e-6 * right.maxError + 1e-12);
        }
        expect(x?.[2]).toEqual(x?.[0]);
        expect(z?.[0]).toMatchObject({ exact: true, sqnrDb: null, cosine: 1 });
      }),
    );
  });
});
