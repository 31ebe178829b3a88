import {
  type GraphReport,
  type InspectionEvent,
  type QuantizationReport,
  quantizedColumn,
} from '../../protocol/quantization';

type Layer = GraphReport['layers'][number];
type LayerResult = Layer['results'][number];

/** The report with these columns and no others; `settings.schemes` names the uniform ones among them. */
export function withColumns(report: QuantizationReport, columns: readonly string[]): QuantizationReport {
  const keep = (results: LayerResult[]) => results.filter(({ scheme }) => columns.includes(scheme));
  const graphs = report.graphs.map(graph => ({
    ...graph,
    layers: graph.layers.map(layer => ({ ...layer, results: keep(layer.results) })),
    output: keep(graph.output),
  }));
  const schemes = columns.filter(column => column !== 'recipe' && column !== quantizedColumn);
  return { ...report, settings: { ...report.settings, schemes }, graphs };
}

/** Columns of both; `second` wins where both have one. Undefined where they are not about the same units. */
export function mergeReports(
  first: QuantizationReport,
  second: QuantizationReport,
): QuantizationReport | undefined {
  const graphs = second.graphs.flatMap(graph => {
    const earlier = first.graphs.find(({ name }) => name === graph.name);
    return earlier && sameUnits(earlier, graph) ? [mergeGraphs(earlier, graph)] : [];
  });
  if (graphs.length !== second.graphs.length || graphs.length !== first.graphs.length) return undefined;
  const schemes = [...new Set([...first.settings.schemes, ...second.settings.schemes])];
  const quantized = second.quantized ?? first.quantized;
  return { ...second, ...(quantized && { quantized }), settings: { ...second.settings, schemes }, graphs };
}

/** What a measurement would have said of figures that are there already. */
export function eventsOf(report: QuantizationReport, columns: readonly string[]): InspectionEvent[] {
  return report.graphs.flatMap(({ name: graph, layers, unmeasured, output }) => {
    const units = layers.map(({ results: _results, ...unit }) => unit);
    const figures = columns.map((scheme): InspectionEvent => {
      const of = (results: LayerResult[]) => figureOf(results, scheme);
      return {
        type: 'figures',
        graph,
        scheme,
        figures: layers.map(({ results }) => of(results)),
        output: of(output),
      };
    });
    return [{ type: 'units' as const, graph, units, unmeasured }, ...figures];
  });
}

function figureOf(results: readonly LayerResult[], wanted: string) {
  const found = results.find(({ scheme }) => scheme === wanted);
  if (found === undefined) return null;
  const { scheme: _scheme, ...figure } = found;
  return figure;
}

function sameUnits(one: GraphReport, other: GraphReport): boolean {
  return (
    one.layers.length === other.layers.length &&
    one.layers.every(({ layer }, index) => layer === other.layers[index]?.layer)
  );
}

function mergeGraphs(first: GraphReport, second: GraphReport): GraphReport {
  const layers = second.layers.map((layer, index) => ({
    ...layer,
    results: mergeResults(first.layers[index]?.results ?? [], layer.results),
  }));
  // What one column leaves out stands in the report that has the column.
  const known = new Set(second.unmeasured.map(({ layer }) => layer));
  const unmeasured = [...second.unmeasured, ...first.unmeasured.filter(({ layer }) => !known.has(layer))];
  return { ...second, layers, unmeasured, output: mergeResults(first.output, second.output) };
}

function mergeResults(first: readonly LayerResult[], second: readonly LayerResult[]): LayerResult[] {
  const replaced = new Set(second.map(({ scheme }) => scheme));
  return [...first.filter(({ scheme }) => !replaced.has(scheme)), ...second];
}
