import type { RunRecord } from '../../../src/protocol/runRecord';
import type { Chart, Line, Unit } from '../../shared/charts/chart';
import { inColumns, type Point, pointOf } from '../../shared/charts/statistics';
import { sentenceForPeople } from '../../shared/text';
import {
  byteSamples,
  contextsOf,
  gapsByPlace,
  promptTokens,
  reasonOf,
  summaryOf,
  temperatureSamples,
  timedGaps,
} from './record';

/** A run in a chart: its place in the list decides its colour and its dashes. */
export interface ChartRun {
  readonly name: string;
  readonly record: RunRecord;
}

/** Tokens that a column of the chart over time should hold at least, so that its band means something. */
const tokensInColumn = 16;

/** Decode rate over the time of the run, with the temperature on a second scale. */
export function rateChart(runs: readonly ChartRun[], columns: number): Chart {
  const gaps = runs.map(({ record }) => timedGaps(record));
  const lines = runs.flatMap(({ name }, run) => {
    const samples = gaps[run] ?? [];
    const wanted = Math.min(columns, Math.ceil(samples.length / tokensInColumn));
    return lineOf(name, run, 'tok/s', inColumns(samples, wanted).map(asRate));
  });
  const heat = runs.flatMap(({ name, record }, run) =>
    lineOf(`${name}, temperature`, run, '°C', inColumns(temperatureSamples(record), columns), {
      role: 'second',
      axis: 'right',
    }),
  );
  return {
    id: 'rate',
    title: 'Decode, tok/s over time (s)',
    xName: 'Seconds since the run began',
    xUnit: 's',
    lines: [...lines, ...heat],
    empty: lines.length > 0 ? null : emptyWords(runs, ['tokenAtMs'], 'No token was timed.'),
    remarks: lines.some(({ points }) => points.some(({ low }) => low !== null))
      ? ['tokens over their time in each column, with p10–p90 of single tokens']
      : [],
  };
}

/** Of gaps in ms the rate: of all of a column together, as tokens over time; its tails from single tokens. */
function asRate({ x, mean, low, high, n }: Point): Point {
  const rate = (ms: number | null) => (ms === null || ms <= 0 ? null : 1000 / ms);
  const whole = rate(mean) ?? 0;
  return { x, y: whole, mean: whole, low: rate(high), high: rate(low), n };
}

/** Decode rate against the tokens before the first new one. */
export function contextChart(runs: readonly ChartRun[]): Chart {
  const lines = runs.flatMap(({ name, record }, run) => {
    const points = contextsOf(record).flatMap((context): Point[] => {
      const summary = summaryOf(record, 'decodeTokensPerSecond', context);
      const tokens = promptTokens(record, context);
      if (!summary || tokens === null) return [];
      return [
        {
          x: tokens,
          y: summary.median,
          mean: summary.median,
          low: summary.p10,
          high: summary.p90,
          n: summary.n ?? 1,
        },
      ];
    });
    points.sort((one, other) => one.x - other.x);
    return lineOf(name, run, 'tok/s', points, { marked: true });
  });
  const remarks = runs.flatMap(({ name, record }) =>
    record.unmeasured
      .filter(({ what }) => what.startsWith('context '))
      .map(
        ({ what, reason }) => `${runs.length > 1 ? `${name}, ` : ''}${what}: ${sentenceForPeople(reason)}`,
      ),
  );
  return {
    id: 'context',
    title: 'Decode against context (tokens)',
    xName: 'Tokens before the first new one',
    xUnit: 'tokens',
    lines,
    empty:
      lines.length > 0 ? null : emptyWords(runs, ['decodeTokensPerSecond'], 'No decode rate was measured.'),
    remarks,
  };
}

/** Time between tokens by their place in the answer: what stalls at one place shows as a step. */
export function gapChart(runs: readonly ChartRun[], columns: number): Chart {
  const lines = runs.flatMap(({ name, record }, run) => {
    const places = gapsByPlace(record).map((gaps, index) => pointOf(gaps.map(y => ({ x: index + 2, y }))));
    return lineOf(name, run, 'ms', places.length <= columns ? places : inColumns(places, columns));
  });
  return {
    id: 'gaps',
    title: 'Token gaps, ms by place in the answer',
    xName: 'Token of the answer',
    xUnit: 'token',
    lines,
    empty: lines.length > 0 ? null : emptyWords(runs, ['tokenAtMs'], 'No token was timed.'),
    remarks: lines.length > 0 ? ['median and p10–p90 over the repetitions'] : [],
  };
}

/** Resident memory of the process and the decoder's caches in it. */
export function memoryChart(runs: readonly ChartRun[], columns: number): Chart {
  const lines = runs.flatMap(({ name, record }, run) => [
    ...lineOf(name, run, 'MiB', inColumns(byteSamples(record, 'rssBytes'), columns)),
    ...lineOf(`${name}, caches`, run, 'MiB', inColumns(byteSamples(record, 'cacheBytes'), columns), {
      role: 'second',
    }),
  ]);
  return {
    id: 'memory',
    title: 'Memory, MiB over time (s)',
    xName: 'Seconds since the run began',
    xUnit: 's',
    lines,
    empty:
      lines.length > 0 ? null : emptyWords(runs, ['rssBytes', 'peakRssBytes'], 'Memory was not measured.'),
    remarks: lines.length > 0 ? ['resident memory of the process, decoder caches included'] : [],
  };
}

function lineOf(
  name: string,
  run: number,
  unit: Unit,
  points: readonly Point[],
  change: Partial<Line> = {},
): Line[] {
  if (points.length === 0) return [];
  const few = points.length < 3;
  return [{ name, run, unit, role: 'main', axis: 'left', marked: few, points, ...change }];
}

function emptyWords(runs: readonly ChartRun[], fields: readonly string[], otherwise: string): string {
  const [first] = runs;
  return first ? reasonOf(first.record, fields, otherwise) : 'Nothing is measured yet.';
}
