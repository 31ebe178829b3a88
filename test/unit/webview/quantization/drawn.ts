import type { ErrorFigure } from '../../../../src/protocol/quantization';
import type { GraphTable } from '../../../../webview-ui/quantization/model/table';

/** A figure with this SQNR in dB; null = measured, but the scheme does not apply. */
export function figure(sqnrDb: number): ErrorFigure {
  const noise = 10 ** (-sqnrDb / 10);
  const rmsPercent = 100 * Math.sqrt(noise);
  return { sqnrDb, exact: false, rmsPercent, cosine: 1 / Math.sqrt(1 + noise), maxError: rmsPercent / 50 };
}

export const exact: ErrorFigure = { sqnrDb: null, exact: true, rmsPercent: 0, cosine: 1, maxError: 0 };
export const silent: ErrorFigure = {
  sqnrDb: null,
  exact: false,
  rmsPercent: null,
  cosine: null,
  maxError: 0,
};

/** A graph with a column for each key of `columns`, in dB by layer. */
export function graph(
  name: string,
  layers: readonly string[],
  columns: Readonly<Record<string, readonly (number | null)[]>> = {},
): GraphTable {
  const figures = Object.entries(columns).map(
    ([scheme, values]) => [scheme, values.map(db => (db === null ? null : figure(db)))] as const,
  );
  return {
    name,
    units: layers.map(layer => ({ layer, op: 'Conv', parameters: 4, outputShape: [1, 2] })),
    unmeasured: [],
    figures: new Map(figures),
    output: new Map(figures.map(([scheme, values]) => [scheme, values.at(-1) ?? null])),
  };
}
