import type { FigureUnit, RunFigure } from '../../protocol/runFigure';
import type { RunMetric, RunSummary } from '../../protocol/runRecord';
import { quantile } from '../quantiles';

/** What a file states where it does not give the values themselves. */
type Stated = Partial<Pick<RunFigure, 'median' | 'mean' | 'stdev' | 'min' | 'max' | 'n'>>;

/** A figure, and the metric of ours that it is, if it is one. */
export interface FigureDraft {
  readonly figure: RunFigure;
  readonly metric: RunMetric | null;
  /** Warm-ups that the file says came before; they are not among the values. */
  readonly warmUps: number | null;
}

interface FigureFacts {
  name: string;
  unit: FigureUnit;
  metric?: RunMetric | undefined;
  context?: number | null;
  cold?: number | null;
  values?: readonly number[];
  stated?: Stated;
  warmUps?: number | null;
}

/** No more values of one figure are kept. */
const maxValues = 100_000;

/** Completes a figure: statistics are computed from the values, or taken from the file where it gives no values. */
export function figure(facts: FigureFacts): FigureDraft {
  const values = (facts.values ?? []).slice(0, maxValues);
  const statistics = values.length > 0 ? statisticsOf(values) : statedOf(facts.stated ?? {});
  return {
    figure: {
      name: facts.name,
      unit: facts.unit,
      context: facts.context ?? null,
      cold: facts.cold ?? null,
      values,
      ...statistics,
    },
    metric: facts.metric ?? null,
    warmUps: facts.warmUps ?? null,
  };
}

/** Values of which the first came right after loading. @returns them apart, as a figure takes them */
export function coldAndWarm(values: readonly number[]): { cold: number | null; values: number[] } {
  const [cold = null, ...warm] = values;
  return { cold, values: warm };
}

/**
 * The summary of a figure that is one of the metrics. None without a median: a mean is not one. Without warm values
 * there is none either, since a first call alone is not what others measured.
 */
export function summaryOf({
  figure: { context, median, p10, p90, n },
  metric,
  warmUps,
}: FigureDraft): RunSummary | null {
  if (metric === null || median === null) return null;
  return { metric, context, median, p10, p90, n, warmUps };
}

type Statistics = Pick<RunFigure, 'median' | 'p10' | 'p90' | 'mean' | 'stdev' | 'min' | 'max' | 'n'>;

function statedOf(stated: Stated): Statistics {
  const { median = null, mean = null, stdev = null, min = null, max = null, n = null } = stated;
  return { median, p10: null, p90: null, mean, stdev, min, max, n };
}

function statisticsOf(values: readonly number[]): Statistics {
  const sorted = values.toSorted((a, b) => a - b);
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    median: quantile(sorted, 0.5),
    p10: quantile(sorted, 0.1),
    p90: quantile(sorted, 0.9),
    mean,
    stdev: n > 1 ? Math.sqrt(squares / (n - 1)) : null,
    min: quantile(sorted, 0),
    max: quantile(sorted, 1),
    n,
  };
}
