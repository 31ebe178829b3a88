import type { Unit } from '../../../src/protocol/quantization';
import type { InspectionSide } from '../../../src/protocol/quantizationView';
import { nameForPeople, visibleText } from '../../shared/text';
import type { Cell } from './figures';
import type { GraphTable } from './table';

/** Where one side's figures of a layer stand. */
interface Place {
  readonly table: GraphTable;
  readonly index: number;
}

/** One row of figures: a layer of either model, or the same layer of both. */
export interface Layer {
  /** Unique among all rows. */
  readonly key: string;
  readonly graph: string;
  readonly unit: Unit;
  /** The layer's whole name as it may be shown, and in lower case for the filter. */
  readonly name: string;
  readonly searchText: string;
  readonly places: Readonly<Record<InspectionSide, Place | null>>;
}

/** A column of figures. */
export interface Column {
  readonly side: InspectionSide;
  readonly scheme: string;
}

/**
 * All layers in graph order. Layers of two models are one row where graph and name agree; single graphs agree
 * whatever their files are called. What only the compared model has stands at the end of its graph.
 */
export function layersOf(model: readonly GraphTable[], compared: readonly GraphTable[]): Layer[] {
  const bothSingle = model.length === 1 && compared.length === 1;
  const layers: Layer[] = [];
  const matched = new Set<GraphTable>();
  for (const table of model) {
    const other = bothSingle ? compared[0] : compared.find(candidate => candidate.name === table.name);
    if (other) matched.add(other);
    layers.push(...joined(table, other));
  }
  for (const table of compared) if (!matched.has(table)) layers.push(...joined(null, table));
  return layers;
}

function joined(table: GraphTable | null, other: GraphTable | undefined): Layer[] {
  const graph = table?.name ?? other?.name ?? '';
  const rest = new Map(other?.units.map((unit, index) => [unit.layer, index]));
  const layers = (table?.units ?? []).map((unit, index) => {
    const otherIndex = rest.get(unit.layer);
    rest.delete(unit.layer);
    return layer(graph, unit, {
      model: table && { table, index },
      compared: other && otherIndex !== undefined ? { table: other, index: otherIndex } : null,
    });
  });
  for (const [, index] of rest) {
    const unit = other?.units[index];
    if (other && unit) layers.push(layer(graph, unit, { model: null, compared: { table: other, index } }));
  }
  return layers;
}

function layer(graph: string, unit: Unit, places: Layer['places']): Layer {
  const name = nameForPeople(unit.layer);
  const searchText = `${visibleText(unit.layer)} ${visibleText(unit.op)}`.toLowerCase();
  return { key: `${graph}\n${unit.layer}`, graph, unit, name, searchText, places };
}

/** A layer's figure; null too where that side has no such layer. */
export function cellOf(layer: Layer, column: Column): Cell {
  const place = layer.places[column.side];
  return place ? figureAt(place.table.figures, column.scheme, place.index) : null;
}

function figureAt(figures: GraphTable['figures'], scheme: string, index: number): Cell {
  const column = figures.get(scheme);
  return column ? (column[index] ?? null) : undefined;
}
