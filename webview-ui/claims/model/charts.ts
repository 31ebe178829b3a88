import type { ClaimsReport, Contender, Measured } from '../../../src/protocol/claims';
import type { Chart, Line, StackedBar } from '../../shared/charts/chart';
import type { Point } from '../../shared/charts/statistics';
import { bytesWords, namesOf } from './words';

/** Parts of the way to the first token, in their order. */
export const firstTokenParts = ['encode', 'connector', 'prefill'];

const waiting = 'Draws with the first repetition.';

/** @param running what is not there may still come */
export function encoderChart(report: ClaimsReport, running: boolean): Chart {
  const lines = linesOf(
    report,
    'ms',
    report.pictures.map(({ imageSize, models }) => ({
      x: imageSize,
      figures: [models[0].encodeMs, models[1].encodeMs],
    })),
  );
  return {
    id: 'encoder',
    title: 'Encoder, ms by picture size (px)',
    xName: 'Edge of the picture',
    xUnit: 'px',
    lines,
    empty: lines.length > 0 ? null : running ? waiting : 'No picture size was measured.',
    remarks: lines.length > 0 ? ['median and p10–p90 of the repetitions'] : [],
  };
}

export function decodeChart(report: ClaimsReport, running: boolean): Chart {
  const lines = linesOf(
    report,
    'tok/s',
    report.decode.map(({ context, models }) => ({ x: context, figures: models })),
  );
  const missing = report.decode.flatMap(({ context, models }) =>
    models.flatMap((figure, index) =>
      figure.measured ? [] : [`${namesOf(report)[index]}, context ${context}: ${figure.reason}`],
    ),
  );
  return {
    id: 'decode',
    title: 'Decode against context (tokens)',
    xName: 'Tokens in the context',
    xUnit: 'tokens',
    lines,
    empty: lines.length > 0 ? null : running ? waiting : 'No context was measured.',
    remarks: missing,
  };
}

/** Points of a line that is computed: enough for its reading, since it is straight. */
const steps = 8;

/** Weights, states, keys and values by context, up to what each config allows, under the budget. */
export function memoryChart(report: ClaimsReport): Chart {
  const models = report.contenders.map((model, run) =>
    lineOf(model.name, run, 'GB', memoryPoints(model), false),
  );
  const longest = Math.max(...report.contenders.map(({ contextLength }) => contextLength));
  const budget = [0, longest].map(x => point(x, report.memoryBudgetBytes / 1e9));
  return {
    id: 'memory',
    title: 'Memory, GB against context (tokens)',
    xName: 'Tokens in the context',
    xUnit: 'tokens',
    lines: [...models, lineOf('budget', 2, 'GB', budget, false)],
    empty: null,
    remarks: [
      'weights, states, keys and values: computed from sizes, not tried',
      `dotted: the budget of ${bytesWords(report.memoryBudgetBytes)}`,
    ],
  };
}

/** One bar a picture size and model. */
export function firstTokenBars(report: ClaimsReport): StackedBar[] {
  const names = namesOf(report);
  return report.pictures.flatMap(({ imageSize, models }) =>
    models.flatMap(({ firstTokenMs, encodeMs, projectMs, prefillMs }, run): StackedBar[] => {
      if (!firstTokenMs.measured) return [];
      const where = `${imageSize} px`;
      return [
        {
          key: `${imageSize} ${run}`,
          run,
          where,
          label: `${names[run]}, ${where}`,
          ttftMs: firstTokenMs.median,
          partsMs: [encodeMs, projectMs, prefillMs].map(part => (part.measured ? part.median : null)),
        },
      ];
    }),
  );
}

function memoryPoints({ weightBytes, stateBytes, cacheBytesPerToken, contextLength }: Contender): Point[] {
  return Array.from({ length: steps + 1 }, (_, step) => {
    const context = (contextLength * step) / steps;
    return point(context, (weightBytes + stateBytes + cacheBytesPerToken * context) / 1e9);
  });
}

function linesOf(
  report: ClaimsReport,
  unit: Line['unit'],
  places: readonly { x: number; figures: readonly Measured[] }[],
): Line[] {
  const ascending = [...places].sort((one, other) => one.x - other.x);
  return namesOf(report).flatMap((name, run) => {
    const points = ascending.flatMap(({ x, figures }): Point[] => {
      const figure = figures[run];
      if (!figure?.measured) return [];
      const { median, p10, p90, n } = figure;
      return [{ x, y: median, mean: median, low: n > 1 ? p10 : null, high: n > 1 ? p90 : null, n }];
    });
    return points.length === 0 ? [] : [lineOf(name, run, unit, points, true)];
  });
}

function lineOf(
  name: string,
  run: number,
  unit: Line['unit'],
  points: readonly Point[],
  marked: boolean,
): Line {
  return { name, run, unit, role: 'main', axis: 'left', marked, points };
}

function point(x: number, y: number): Point {
  return { x, y, mean: y, low: null, high: null, n: 1 };
}
