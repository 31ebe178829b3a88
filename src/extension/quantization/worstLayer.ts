import { type QuantizationReport, quantizedColumn } from '../../protocol/quantization';
import type { QuantizationPanel } from './panel';

/**
 * The layer with the lowest SQNR, each in the scheme that the precision `w8a16-w4a16` gives it; as the file has it
 * where that was measured, and in the first column where neither was. Undefined where no layer has any error.
 */
export function worstLayer({ graphs }: QuantizationReport): string | undefined {
  const all = graphs.flatMap(({ layers }) =>
    layers.flatMap(({ layer, results }) => results.map(result => ({ layer, ...result }))),
  );
  const measured = new Set(all.map(({ scheme }) => scheme));
  const columnOf = (layer: string) => {
    const usual = layer.startsWith('decoder.') ? 'w4a16' : 'w8a16';
    return [quantizedColumn, usual].find(column => measured.has(column)) ?? all[0]?.scheme;
  };
  let worst: { layer: string; sqnrDb: number } | undefined;
  for (const { layer, scheme, sqnrDb } of all) {
    if (
      scheme === columnOf(layer) &&
      sqnrDb !== null &&
      sqnrDb < (worst?.sqnrDb ?? Number.POSITIVE_INFINITY)
    ) {
      worst = { layer, sqnrDb };
    }
  }
  return worst?.layer;
}

/**
 * Points the panel at its worst layer: at once where it is measured, else when a measurement has brought figures, which
 * may be a second one, against the float model of quantized graphs.
 */
export function showWorstLayer(panel: QuantizationPanel): void {
  const { session } = panel;
  const point = (): boolean => {
    const { run, report } = session.model;
    if (run.state === 'running' || report === null) return false;
    const layer = worstLayer(report);
    if (layer) panel.pointAt(layer);
    return true;
  };
  if (point()) return;
  const unsubscribe = session.subscribe(({ type }) => {
    if (type === 'state' && point()) unsubscribe();
  });
}
