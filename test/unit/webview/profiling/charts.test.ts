import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contextChart,
  gapChart,
  memoryChart,
  rateChart,
} from '../../../../webview-ui/profiling/model/charts';
import { firstTokenBars } from '../../../../webview-ui/profiling/model/firstToken';
import type { Chart } from '../../../../webview-ui/shared/charts/chart';
import { nearestPoint, placesOf, readingAt } from '../../../../webview-ui/shared/charts/reading';
import { inColumns, median, pointOf, quantile } from '../../../../webview-ui/shared/charts/statistics';
import { exampleRun } from './exampleRun';

const run = (options = {}) => ({ name: 'a', record: exampleRun(options) });

/** A run with so many tokens of exactly 4 ms, but for the places that are given. */
function steady(count: number, slow: Record<number, number> = {}) {
  const record = exampleRun({ contexts: [null], repetitions: 1, tokens: count });
  let at = 100;
  const tokenAtMs = Array.from({ length: count }, (_, index) => {
    if (index > 0) at += slow[index] ?? 4;
    return at;
  });
  const repetitions = record.repetitions.slice(1).map(one => ({ ...one, startedAtMs: 0, tokenAtMs }));
  return { name: 'a', record: { ...record, repetitions } };
}

describe('a line in columns', () => {
  const samples = fc
    .array(
      fc.record({
        x: fc.double({ min: 0, max: 1e6, noNaN: true }),
        y: fc.double({ min: 0, max: 1e6, noNaN: true }),
      }),
      {
        minLength: 1,
        maxLength: 400,
      },
    )
    .map(all => all.sort((one, other) => one.x - other.x));

  it('holds every sample once, in order, in no more points than columns', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 60 }), (all, columns) => {
        const points = inColumns(all, columns);
        expect(points.reduce((sum, { n }) => sum + n, 0)).toBe(all.length);
        expect(points.length).toBeLessThanOrEqual(columns);
        for (const [index, point] of points.entries()) {
          expect(point.x).toBeGreaterThanOrEqual(points[index - 1]?.x ?? 0);
          if (point.low !== null && point.high !== null) {
            expect(point.low).toBeLessThanOrEqual(point.y);
            expect(point.high).toBeGreaterThanOrEqual(point.y);
          }
        }
      }),
    );
  });

  it('is the samples themselves where they are few', () => {
    expect(
      inColumns(
        [
          { x: 1, y: 2 },
          { x: 3, y: 4 },
        ],
        10,
      ).map(({ x, y, low }) => [x, y, low]),
    ).toEqual([
      [1, 2, null],
      [3, 4, null],
    ]);
    expect(inColumns([], 10)).toEqual([]);
  });

  it('takes quantiles as a record does, by linear interpolation', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([10], 0.9)).toBe(10);
    expect(median([])).toBeNull();
    expect(
      pointOf([
        { x: 0, y: 1 },
        { x: 2, y: 11 },
      ]),
    ).toMatchObject({ x: 1, y: 6, low: 2, high: 10, mean: 6 });
  });
});

describe('the chart of rates', () => {
  it('is tokens over their time, so that one long gap weighs as long as it lasts', () => {
    const { lines } = rateChart([steady(17, { 8: 64 })], 1);
    // 16 gaps: 15 of 4 ms and one of 64 ms.
    expect(lines[0]?.points.map(({ y }) => Math.round(y))).toEqual([Math.round(16_000 / 124)]);
    expect(lines[0]?.points[0]?.high).toBeCloseTo(250);
  });

  it('has the temperature on its other axis where one was read, and a reason where nothing was timed', () => {
    const withHeat = rateChart([run()], 200);
    expect(withHeat.lines.map(({ unit, axis }) => `${unit} ${axis}`)).toEqual(['tok/s left', '°C right']);
    expect(rateChart([run({ heat: false })], 200).lines).toHaveLength(1);
    const record = {
      ...exampleRun(),
      repetitions: [],
      unmeasured: [{ what: 'tokenAtMs', reason: 'Only rates are told.' }],
    };
    expect(rateChart([{ name: 'a', record }], 200).empty).toBe('Only rates are told.');
  });

  it('draws a hundred thousand tokens in few points', () => {
    const chart = rateChart([steady(100_000)], 280);
    expect(chart.lines[0]?.points.length).toBeLessThanOrEqual(280);
  });
});

describe('the other charts', () => {
  it('stand the rate at the tokens that a prompt really had, and say which context is missing', () => {
    const chart = contextChart([run()]);
    expect(chart.lines[0]?.points.map(({ x }) => x)).toEqual([79, 128, 512]);
    expect(chart.remarks.join()).toContain('context 4096');
  });

  it('show a gap at its place in the answer, with the band of the repetitions', () => {
    const gaps = gapChart([steady(10, { 4: 40 })], 200).lines[0]?.points ?? [];
    expect(gaps.map(({ x }) => x)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(gaps.find(({ y }) => y > 30)?.x).toBe(5);
    expect(gapChart([run()], 200).lines[0]?.points[0]?.low).not.toBeNull();
  });

  it('show memory and caches apart', () => {
    const { lines } = memoryChart([run()], 200);
    expect(lines.map(({ name, role }) => [name, role])).toEqual([
      ['a', 'main'],
      ['a, caches', 'second'],
    ]);
  });

  it('stack the parts of the first token for each context and run', () => {
    const bars = firstTokenBars([run(), { ...run({ id: 'b', contexts: [null] }), name: 'b' }]);
    expect(bars.map(({ label }) => label)).toEqual([
      'a, prompt of 79 tokens',
      'b, prompt of 79 tokens',
      'a, context 128',
      'a, context 512',
    ]);
    expect(bars[0]?.partsMs[2]).toBe(5);
    expect(bars[0]?.partsMs[0]).toBeNull();
  });
});

describe('reading a chart', () => {
  const chart: Chart = rateChart([run()], 200);

  it('says every line at a place', () => {
    const [first = 0] = placesOf(chart);
    expect(readingAt(chart, first)).toMatch(
      /^0\.\d\d s · a [\d.]+ tok\/s \([\d.]+–[\d.]+\) · a, temperature 5\d\.\d °C$/,
    );
  });

  it('finds the nearest point, or none where the line is far', () => {
    const [line] = chart.lines;
    if (!line) throw new Error('no line');
    fc.assert(
      fc.property(fc.double({ min: -5, max: 100, noNaN: true }), x => {
        const found = nearestPoint(line, x, 1e9);
        const best = Math.min(...line.points.map(point => Math.abs(point.x - x)));
        expect(Math.abs((found?.x ?? Number.NaN) - x)).toBeCloseTo(best, 9);
      }),
    );
    expect(nearestPoint(line, 1e6, 1)).toBeNull();
  });
});
