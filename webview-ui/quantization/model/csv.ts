import { csvName, csvText } from '../../shared/csv';
import { metrics, metricValue } from './figures';
import { type Column, cellOf, type Layer } from './layers';

/**
 * All layers in graph order with every metric of every column, by RFC 4180 with a byte order mark, so that a
 * spreadsheet reads the names as UTF-8. Numbers are whole, not rounded as in the view; an empty field is no figure.
 */
export function csvOf(layers: readonly Layer[], columns: readonly Column[]): string {
  const heads = columns.flatMap(({ side, scheme }) => {
    const name = side === 'model' ? scheme : `compared ${scheme}`;
    return [`${name} sqnr_db`, `${name} exact`, `${name} rms_percent`, `${name} cosine`, `${name} max_error`];
  });
  const lines = [['graph', 'layer', 'op', 'parameters', 'output_shape', ...heads]];
  for (const layer of layers) {
    const { op, parameters, outputShape } = layer.unit;
    const names = [layer.graph, layer.unit.layer, op].map(csvName);
    const figures = columns.flatMap(column => figuresOf(layer, column));
    lines.push([...names, String(parameters), csvName(outputShape?.join('x') ?? ''), ...figures]);
  }
  return csvText(lines);
}

function figuresOf(layer: Layer, column: Column): string[] {
  const figure = cellOf(layer, column);
  const [sqnr = '', ...others] = metrics.map(metric => String((figure && metricValue(figure, metric)) ?? ''));
  return [sqnr, figure ? String(figure.exact) : '', ...others];
}
