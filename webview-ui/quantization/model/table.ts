import type {
  ErrorFigure,
  GraphReport,
  InspectionEvent,
  QuantizationReport,
  Unit,
  Unmeasured,
} from '../../../src/protocol/quantization';

type Figure = ErrorFigure | null;

/** A graph's figures by scheme, each in the order of its units. A scheme that is missing is not measured yet. */
export interface GraphTable {
  readonly name: string;
  readonly units: readonly Unit[];
  readonly unmeasured: readonly Unmeasured[];
  readonly figures: ReadonlyMap<string, readonly Figure[]>;
  /** At the graph's last output; null where the scheme was measured without one. */
  readonly output: ReadonlyMap<string, Figure>;
}

/** The tables of a whole report, or of none. */
export function tablesOf(report: QuantizationReport | null): readonly GraphTable[] {
  return report?.graphs.map(tableOfGraph) ?? [];
}

function tableOfGraph(graph: GraphReport): GraphTable {
  const schemes = new Set(graph.layers.flatMap(layer => layer.results.map(result => result.scheme)));
  for (const result of graph.output) schemes.add(result.scheme);
  const columns = new Map<string, Figure[]>();
  for (const scheme of schemes) columns.set(scheme, new Array<Figure>(graph.layers.length).fill(null));
  for (const [index, layer] of graph.layers.entries())
    for (const result of layer.results) {
      const column = columns.get(result.scheme);
      if (column) column[index] = result;
    }
  const output = new Map<string, Figure>(graph.output.map(result => [result.scheme, result]));
  const { name, layers: units, unmeasured } = graph;
  return { name, units, unmeasured, figures: columns, output };
}

/** The tables after one event of a running measurement; figures of a graph nobody announced are left out. */
export function applyEvent(
  tables: readonly GraphTable[],
  event: Exclude<InspectionEvent, { type: 'status' }>,
): readonly GraphTable[] {
  const known = tables.find(table => table.name === event.graph);
  if (event.type === 'units') {
    const { graph: name, units, unmeasured } = event;
    // The recipe alone is measured again: the other columns still hold.
    if (known && sameLayers(known.units, units))
      return replace(tables, known, { ...known, units, unmeasured });
    const fresh: GraphTable = { name, units, unmeasured, figures: new Map(), output: new Map() };
    return known ? replace(tables, known, fresh) : [...tables, fresh];
  }
  if (!known) return tables;
  return replace(tables, known, {
    ...known,
    figures: new Map(known.figures).set(event.scheme, event.figures),
    output: new Map(known.output).set(event.scheme, event.output),
  });
}

function replace(tables: readonly GraphTable[], old: GraphTable, by: GraphTable): readonly GraphTable[] {
  return tables.map(table => (table === old ? by : table));
}

function sameLayers(first: readonly Unit[], second: readonly Unit[]): boolean {
  return first.length === second.length && first.every((unit, index) => unit.layer === second[index]?.layer);
}
