import { useCallback, useMemo, useState } from 'preact/hooks';
import type { CellAddress } from '../../src/protocol/quantizationView';
import { nameForPeople } from '../shared/text';
import { columnsOf, countBelow, sameColumn } from './model/columns';
import type { Metric } from './model/figures';
import { type Column, cellOf, type Layer, layersOf } from './model/layers';
import { schemeName } from './model/names';
import type { Position, Step } from './model/navigation';
import { type Group, partsOf } from './model/parts';
import { type Row, rowsOf, type Sort } from './model/rows';
import { type MaxErrorRange, maxErrorRange } from './model/severity';
import type { ViewModel } from './model/viewModel';
import type { Saved } from './saved';

/** What the map shows now: the figures, through the person's choices. */
export interface MapContent {
  readonly layers: readonly Layer[];
  readonly parts: readonly Group[];
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  /** Of every column: its name, a note under it, and all of it at length. */
  readonly heads: readonly { name: string; note: string; title: string }[];
  readonly metric: Metric;
  readonly range: MaxErrorRange | null;
  readonly thresholdDb: number;
  readonly active: Position | null;
  /** Column of the sort, 0 for the names; null for graph order. */
  readonly sortedColumn: number | null;
  readonly direction: Sort['direction'];
}

export interface MapActions {
  take(step: Step): void;
  /** Leaves what is open: the details, else the filter. */
  escape(): void;
}

/** What a person chose, as far as it is not saved. */
export interface MapChoice {
  readonly filter: string;
  readonly sort: Sort | null;
  readonly collapsed: ReadonlySet<string>;
  readonly activeKey: string | null;
  readonly activeColumn: number;
}

const noChoice: MapChoice = {
  filter: '',
  sort: null,
  collapsed: new Set(),
  activeKey: null,
  activeColumn: 0,
};
/** Stands for the line of heads among the keys of rows. */
const headsKey = '\n';

type Settings = Pick<Saved, 'metric' | 'thresholdDb' | 'belowOnly'>;

/** The map's content, the person's choices, and how a key or click changes them. */
export function useMap(
  model: ViewModel,
  settings: Settings,
  open: (cell: CellAddress) => void,
  onEscape: () => void,
) {
  const [choice, setChoice] = useState(noChoice);
  const change = useCallback((next: Partial<MapChoice>) => setChoice(now => ({ ...now, ...next })), []);
  const content = useContent(model, settings, choice);
  const { rows, columns } = content;

  const address = (at: Position): CellAddress | null => {
    const layer = rows[at.row]?.layer;
    const column = columns[at.column - 1] ?? columns[0];
    const place = layer && column && layer.places[column.side];
    return place
      ? { side: column.side, graph: place.table.name, layer: layer.unit.layer, scheme: column.scheme }
      : null;
  };
  const take = (step: Step) => {
    switch (step.type) {
      case 'move':
        return change({ activeKey: rows[step.to.row]?.key ?? headsKey, activeColumn: step.to.column });
      case 'toggle':
        return setChoice(now => ({ ...now, collapsed: toggled(now.collapsed, step.key) }));
      case 'sort':
        return change({
          sort: nextSort(choice.sort, step.column === 0 ? 'layer' : columns[step.column - 1]),
        });
      case 'open': {
        const cell = address(step.at);
        if (cell) open(cell);
      }
    }
  };
  return { content, choice, change, actions: { take, escape: onEscape } };
}

function useContent(model: ViewModel, settings: Settings, choice: MapChoice): MapContent {
  const { metric, thresholdDb, belowOnly } = settings;
  const { filter, sort, collapsed, activeKey, activeColumn } = choice;
  const tables = model.model?.tables;
  const others = model.compared?.tables;
  const layers = useMemo(() => layersOf(tables ?? [], others ?? []), [tables, others]);
  const parts = useMemo(() => partsOf(layers), [layers]);
  const asked = model.state?.settings;
  const hasRecipe = (model.state?.recipe ?? null) !== null;
  const columns = useMemo(
    () =>
      asked
        ? columnsOf(
            asked,
            { tables: tables ?? [], recipe: hasRecipe },
            others ? { tables: others, recipe: false } : null,
          )
        : [],
    [asked, tables, others, hasRecipe],
  );
  const stale = model.state?.recipe?.stale ?? false;
  const comparedName = model.compared?.name ?? null;
  const heads = useMemo(
    () => columns.map(column => head(column, layers, { thresholdDb, stale, comparedName })),
    [columns, layers, thresholdDb, stale, comparedName],
  );
  const range = useMemo(
    () =>
      metric === 'maxError'
        ? maxErrorRange(layers.flatMap(layer => columns.map(column => cellOf(layer, column))))
        : null,
    [metric, layers, columns],
  );
  const rows = useMemo(
    () =>
      rowsOf(parts, { columns, metric, collapsed, filter, belowDb: belowOnly ? thresholdDb : null, sort }),
    [parts, columns, metric, collapsed, filter, belowOnly, thresholdDb, sort],
  );
  const places = useMemo(() => new Map(rows.map((row, index) => [row.key, index])), [rows]);
  const row = activeKey === headsKey ? -1 : activeKey === null ? undefined : places.get(activeKey);
  const active = useMemo(
    () => (row === undefined ? null : { row, column: Math.min(activeColumn, columns.length) }),
    [row, activeColumn, columns.length],
  );
  return {
    layers,
    parts,
    rows,
    columns,
    heads,
    metric,
    range,
    thresholdDb,
    active,
    sortedColumn: sort && sortedColumn(sort, columns),
    direction: sort?.direction ?? 'worstFirst',
  };
}

function head(
  column: Column,
  layers: readonly Layer[],
  { thresholdDb, stale, comparedName }: { thresholdDb: number; stale: boolean; comparedName: string | null },
) {
  const count = countBelow(layers, column, thresholdDb);
  const name = schemeName(column.scheme);
  const changed = column.side === 'model' && column.scheme === 'recipe' && stale;
  const note = changed ? 'changed' : count === null ? 'waiting' : `${count} below`;
  const whose = column.side === 'compared' && comparedName !== null ? `${nameForPeople(comparedName)}, ` : '';
  const title =
    count === null
      ? `${whose}${name}: not measured yet`
      : `${whose}${name}: ${count} layers below ${thresholdDb} dB${changed ? ', before the recipe changed' : ''}\nClick to sort`;
  return { name, note, title };
}

function toggled(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** Worst first, then best first, then graph order again. */
function nextSort(now: Sort | null, by: Sort['by'] | undefined): Sort | null {
  if (by === undefined) return now;
  const same = now && (now.by === 'layer' || by === 'layer' ? now.by === by : sameColumn(now.by, by));
  if (!same) return { by, direction: 'worstFirst' };
  return now.direction === 'worstFirst' ? { by, direction: 'bestFirst' } : null;
}

function sortedColumn({ by }: Sort, columns: readonly Column[]): number | null {
  if (by === 'layer') return 0;
  const index = columns.findIndex(column => sameColumn(column, by));
  return index < 0 ? null : index + 1;
}
