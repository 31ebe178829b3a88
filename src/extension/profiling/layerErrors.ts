import type { LayerErrors } from '../../protocol/profilingView';
import type { Precision } from '../../protocol/prompt';
import type { GraphReport, QuantizationReport } from '../../protocol/quantization';

/**
 * Of a report the errors by layer, for a build of a precision: of each graph at the scheme that the precision gives it,
 * where that was measured, else at the first that was.
 * @returns null where nothing was measured, or another model
 * @param weightsSha256 of the model that ran; undefined = none ran yet, null = not known
 */
export function layerErrorsOf(
  report: QuantizationReport | null,
  precision: Precision,
  weightsSha256: string | null | undefined,
): LayerErrors | null {
  if (!report || (weightsSha256 !== undefined && weightsSha256 !== report.model.sha256)) return null;
  const graphs = report.graphs.flatMap(graph => {
    const scheme = schemeOf(graph, precision, report.settings.schemes);
    if (scheme === undefined) return [];
    const layers = graph.layers.flatMap(({ layer, results }) => {
      const result = results.find(figure => figure.scheme === scheme);
      return result ? [{ layer, sqnrDb: result.sqnrDb, exact: result.exact }] : [];
    });
    return layers.length === 0 ? [] : [{ graph: graph.name, scheme, layers }];
  });
  return graphs.length === 0 ? null : { graphs };
}

/** Decoders with int4 weights are looked up at W4A16, all else at W8A16. */
function schemeOf(
  { name, layers }: GraphReport,
  precision: Precision,
  schemes: readonly string[],
): string | undefined {
  const wanted = name.startsWith('decoder') && precision !== 'fp32' ? 'w4a16' : 'w8a16';
  const measured = schemes.filter(scheme =>
    layers.some(({ results }) => results.some(result => result.scheme === scheme)),
  );
  return measured.find(scheme => scheme === wanted) ?? measured[0];
}
