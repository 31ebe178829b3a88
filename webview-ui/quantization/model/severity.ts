import type { ErrorFigure } from '../../../src/protocol/quantization';
import { type Cell, type Metric, metricValue } from './figures';

/** Where ink starts and where it is full; one scale for every model, so that two maps compare. */
const quietDb = 45;
const worstDb = 15;

/** Range of the largest errors on show, in the tensors' own units: they have no scale of their own. */
export interface MaxErrorRange {
  min: number;
  max: number;
}

/** The range over all cells; null where there is nothing to compare. */
export function maxErrorRange(cells: Iterable<Cell>): MaxErrorRange | null {
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (const cell of cells) {
    const value = cell?.maxError ?? 0;
    if (value <= 0) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return max > 0 ? { min, max } : null;
}

/**
 * How much a cell hurts, 0 (fades into the page) to 1 (most ink). SQNR, RMS and cosine are brought to the same dB
 * scale, so that changing between them changes the numbers and not the picture; the max error is placed
 * logarithmically between the smallest and the largest on show.
 */
export function severity(cell: Cell, metric: Metric, range: MaxErrorRange | null): number {
  if (!cell) return 0;
  if (metric === 'maxError') return severityOfMaxError(cell.maxError, range);
  const db = decibels(cell, metric);
  return db === null ? 0 : clamp((quietDb - db) / (quietDb - worstDb));
}

function severityOfMaxError(value: number | null, range: MaxErrorRange | null): number {
  if (value === null || value <= 0 || !range || range.max <= range.min) return 0;
  return clamp(Math.log(value / range.min) / Math.log(range.max / range.min));
}

/** Noise that is not correlated with the signal has cosine² = S / (S + N). */
function decibels(figure: ErrorFigure, metric: Metric): number | null {
  const value = metricValue(figure, metric);
  if (value === null || metric === 'sqnr') return value;
  if (metric === 'rms') return -20 * Math.log10(value / 100);
  if (value >= 1) return Number.POSITIVE_INFINITY;
  if (value <= 0) return Number.NEGATIVE_INFINITY;
  return -10 * Math.log10(1 / value ** 2 - 1);
}

function clamp(share: number): number {
  return Math.min(Math.max(share, 0), 1);
}
