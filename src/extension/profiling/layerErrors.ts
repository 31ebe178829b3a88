import type { LayerErrors } from '../../protocol/profilingView';
import type { QuantizationReport } from '../../protocol/quantization';

/** Of a report the errors by layer, at W8A16 where it was measured, else at the first scheme; null of an empty report. */
export function layerErrorsOf(report: QuantizationReport | null): LayerErrors | null {
  const schemes = report?.settings.schemes ?? [];
  const scheme = schemes.find(id => id === 'w8a16') ?? schemes[0];
  if (!report || scheme === undefined) return null;
  const graphs = report.graphs.map(({ name, layers }) => ({
    graph: name,
    layers: layers.flatMap(({ layer, results }) => {
      const result = results.find(figure => figure.scheme === scheme);
      return result ? [{ layer, sqnrDb: result.sqnrDb, exact: result.exact }] : [];
    }),
  }));
  return graphs.every(({ layers }) => layers.length === 0) ? null : { scheme, graphs };
}
