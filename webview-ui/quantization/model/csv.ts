import { metrics, metricValue } from './figures';
import { type Column, cellOf, type Layer } from './layers';
import { visibleText } from './names';

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
    const names = [layer.graph, layer.unit.layer, op].map(text);
    const figures = columns.flatMap(column => figuresOf(layer, column));
    lines.push([...names, String(parameters), text(outputShape?.join('x') ?? ''), ...figures]);
  }
  return `\u{feff}${lines.map(fields => fields.map(quote).join(',')).join('\r\n')}\r\n`;
}

function figuresOf(layer: Layer, column: Column): string[] {
  const figure = cellOf(layer, column);
  const [sqnr = '', ...others] = metrics.map(metric => String((figure && metricValue(figure, metric)) ?? ''));
  return [sqnr, figure ? String(figure.exact) : '', ...others];
}

/** A text that a spreadsheet would take for a formula is quoted with an apostrophe, as their own export does. */
function text(value: string): string {
  const shown = visibleText(value);
  return /^[=+\-@]/.test(shown) ? `'${shown}` : shown;
}

function quote(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
