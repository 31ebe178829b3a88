import type { ErrorFigure } from '../../../src/protocol/quantization';

/** A cell's content: undefined = not measured yet, null = the scheme does not apply to the layer. */
export type Cell = ErrorFigure | null | undefined;

export const metrics = ['sqnr', 'rms', 'cosine', 'maxError'] as const;
export type Metric = (typeof metrics)[number];

/** Names for the choice of a metric, and the unit that the numbers in the cells leave out. */
export const metricNames: Readonly<Record<Metric, { name: string; unit: string }>> = {
  sqnr: { name: 'SQNR', unit: 'dB' },
  rms: { name: 'RMS error', unit: '%' },
  cosine: { name: 'Cosine', unit: '' },
  maxError: { name: 'Max error', unit: '' },
};

/** The number of a metric; null where the figure has none (no signal, or for SQNR no noise). */
export function metricValue(figure: ErrorFigure, metric: Metric): number | null {
  switch (metric) {
    case 'sqnr':
      return figure.sqnrDb;
    case 'rms':
      return figure.rmsPercent;
    case 'cosine':
      return figure.cosine;
    case 'maxError':
      return figure.maxError;
  }
}

/** What stands in a cell, without the unit. */
export function formatCell(cell: Cell, metric: Metric): string {
  if (cell === undefined) return '···';
  if (cell === null) return '–';
  const value = metricValue(cell, metric);
  if (value === null) return cell.exact ? 'exact' : 'silent';
  return formatValue(value, metric);
}

/** What a cell means in words, with its unit; for screen readers and tooltips. */
export function describeCell(cell: Cell, metric: Metric): string {
  if (cell === undefined) return 'not measured yet';
  if (cell === null) return 'scheme does not apply';
  const value = metricValue(cell, metric);
  if (value === null) return cell.exact ? 'exact, no error at all' : 'no signal to measure';
  return formatWithUnit(value, metric);
}

export function formatWithUnit(value: number, metric: Metric): string {
  const { unit } = metricNames[metric];
  return unit === '' ? formatValue(value, metric) : `${formatValue(value, metric)} ${unit}`;
}

export function formatValue(value: number, metric: Metric): string {
  if (metric === 'sqnr') return formatDb(value);
  if (metric === 'cosine') return formatCosine(value);
  return formatSignificant(value);
}

/** Never rounded up to 1: a cosine of 0.999999 is not that of equal tensors. */
function formatCosine(value: number): string {
  const shown = value < 1 && value > 0.99999 ? 0.99999 : value;
  return withMinus(shown.toFixed(5));
}

/** Three significant figures: `0.562`, `12.3`, `3.1e-6`. */
export function formatSignificant(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 0.001 || size >= 99_999.5) return withMinus(value.toExponential(1).replace('e+', 'e'));
  if (size >= 999.5) return withMinus(value.toFixed(0));
  return withMinus(value.toPrecision(3));
}

/** `+1.2`, `−3.4`, `±0.0` of a difference between two models. */
export function formatDifference(from: Cell, to: Cell, metric: Metric): string | null {
  const before = from ? metricValue(from, metric) : null;
  const after = to ? metricValue(to, metric) : null;
  if (before === null || after === null) return null;
  const difference = after - before;
  const text = metric === 'cosine' ? difference.toFixed(5) : formatValue(difference, metric);
  if (Number(text.replace('−', '-')) === 0) return '±0';
  return difference > 0 ? `+${text}` : withMinus(text);
}

/** `12.3`, `−0.4`: a figure in dB without its unit. */
export function formatDb(value: number): string {
  return withMinus(value.toFixed(1));
}

/** A typographic minus, as wide as the digits; a zero has none. */
function withMinus(text: string): string {
  return /^-0(?:\.0*)?$/.test(text) ? text.slice(1) : text.replace(/^-/, '−');
}

/** Whether the layer hurts: its SQNR is below the limit, whatever metric is shown. */
export function isBelow(cell: Cell, thresholdDb: number): boolean {
  return cell?.sqnrDb != null && cell.sqnrDb < thresholdDb;
}
