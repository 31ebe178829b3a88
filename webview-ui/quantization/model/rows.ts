import { shorten, visibleText } from '../../shared/text';
import { type Cell, isBelow, type Metric, metricValue } from './figures';
import { parseFilter } from './filter';
import { type Column, cellOf, type Layer } from './layers';
import { graphName } from './names';
import { type Group, isGroup, shortName } from './parts';

/** One line of the heatmap. Its figures are those of `layer`: of a group, its last layer in graph order, a model each. */
export interface Row {
  readonly kind: 'group' | 'layer';
  readonly key: string;
  readonly label: string;
  /** What stands quietly behind the label: a layer's operator, a group's number of layers. */
  readonly note: string;
  /** 1 for a part, deeper inside it. */
  readonly level: number;
  readonly layer: Layer;
  /** Of groups: the layers inside that pass the filter, and whether they are shown. */
  readonly count: number;
  readonly expanded: boolean;
}

/** `layer` sorts by name; a column by its figures. */
export interface Sort {
  readonly by: 'layer' | Column;
  /** Worst figures first; of names, A first. */
  readonly direction: 'worstFirst' | 'bestFirst';
}

export interface RowChoice {
  readonly columns: readonly Column[];
  readonly metric: Metric;
  readonly collapsed: ReadonlySet<string>;
  readonly filter: string;
  /** Only layers below so many dB, in the column sorted by or else in any; null for all. */
  readonly belowDb: number | null;
  /** Null is graph order, in groups. */
  readonly sort: Sort | null;
}

/** The lines to draw. Sorting dissolves the groups; a filter opens those that hold what it finds. */
export function rowsOf(parts: readonly Group[], choice: RowChoice): Row[] {
  const passes = selection(choice);
  if (choice.sort) {
    const layers = parts.flatMap(part => part.layers).filter(passes ?? (() => true));
    const manyGraphs = new Set(layers.map(layer => layer.graph)).size > 1;
    return sorted(layers, choice.sort, choice.metric).map(layer => {
      const row = layerRow(layer, layer.name, 1);
      // The decoder's layers are in two graphs; without their group only the graph tells them apart.
      return manyGraphs ? { ...row, note: `${row.note} · ${graphName(layer.graph)}` } : row;
    });
  }
  const rows: Row[] = [];
  for (const part of parts) addGroup(rows, part, 1, passes, choice.collapsed);
  return rows;
}

/** Which layers are shown; null for all. */
function selection({ filter, belowDb, sort, columns }: RowChoice): ((layer: Layer) => boolean) | null {
  const byText = parseFilter(filter);
  if (!byText && belowDb === null) return null;
  const judged = sort && sort.by !== 'layer' ? [sort.by] : columns;
  return layer =>
    (byText?.(layer.searchText, layer.unit.layer) ?? true) &&
    (belowDb === null || judged.some(column => isBelow(cellOf(layer, column), belowDb)));
}

function addGroup(
  rows: Row[],
  group: Group,
  level: number,
  passes: ((layer: Layer) => boolean) | null,
  collapsed: ReadonlySet<string>,
): void {
  const count = passes ? group.layers.filter(passes).length : group.layers.length;
  const last = group.layers.at(-1);
  if (count === 0 || !last) return;
  if (group.layers.length === 1) {
    // A line of its own would only say the same twice.
    rows.push(layerRow(last, last.name, level));
    return;
  }
  const expanded = passes !== null || !collapsed.has(group.key);
  const note = String(count);
  const layer = {
    ...last,
    places: { model: lastPlace(group, 'model'), compared: lastPlace(group, 'compared') },
  };
  rows.push({ kind: 'group', key: group.key, label: group.label, note, level, layer, count, expanded });
  if (!expanded) return;
  for (const child of group.children)
    if (isGroup(child)) addGroup(rows, child, level + 1, passes, collapsed);
    else if (passes?.(child) ?? true)
      rows.push(layerRow(child, shortName(child, group.prefixLength), level + 1));
}

/** Two models need not end with the same layer. */
function lastPlace({ layers }: Group, side: Column['side']): Layer['places'][Column['side']] {
  return layers.findLast(({ places }) => places[side] !== null)?.places[side] ?? null;
}

function layerRow(layer: Layer, label: string, level: number): Row {
  const note = shorten(visibleText(layer.unit.op), 80);
  return { kind: 'layer', key: layer.key, label, note, level, layer, count: 0, expanded: false };
}

function sorted(layers: readonly Layer[], { by, direction }: Sort, metric: Metric): Layer[] {
  const sign = direction === 'worstFirst' ? 1 : -1;
  if (by === 'layer') return [...layers].sort((a, b) => sign * collator.compare(a.unit.layer, b.unit.layer));
  const withBadness = layers.map(layer => ({ layer, badness: badness(cellOf(layer, by), metric) }));
  withBadness.sort((a, b) => {
    if (a.badness === null || b.badness === null)
      return Number(a.badness === null) - Number(b.badness === null);
    return a.badness === b.badness ? 0 : sign * (b.badness > a.badness ? 1 : -1);
  });
  return withBadness.map(({ layer }) => layer);
}

const collator = new Intl.Collator('en', { numeric: true });

/** Larger is worse; null for cells without a figure, which stay at the end in both directions. */
function badness(cell: Cell, metric: Metric): number | null {
  if (!cell) return null;
  if (cell.exact) return Number.NEGATIVE_INFINITY;
  const value = metricValue(cell, metric);
  if (value === null) return null;
  return metric === 'sqnr' || metric === 'cosine' ? -value : value;
}
