import type { Ref } from 'preact';
import { describeCell, formatDifference, metricNames } from './model/figures';
import { cellOf } from './model/layers';
import type { Row } from './model/rows';
import type { MapContent } from './useMap';

interface Props {
  tableRef: Ref<HTMLTableElement>;
  content: MapContent;
  /** The rows that the canvas shows. */
  first: number;
  count: number;
  onKeyDown: (event: KeyboardEvent) => void;
  onFocus: (focused: boolean) => void;
}

const cellId = (row: number, column: number) => `cell-${row}-${column}`;

/** The heatmap as a table of the rows in view and of the active one; it holds the focus. */
export function Twin({ tableRef, content, first, count, onKeyDown, onFocus }: Props) {
  const { rows, columns, heads, active, metric, sortedColumn, direction } = content;
  const last = Math.min(first + count, rows.length);
  const indices = Array.from({ length: Math.max(last - first, 0) }, (_, offset) => first + offset);
  if (active && active.row >= 0 && (active.row < first || active.row >= last)) indices.push(active.row);
  const sort = (column: number) => {
    if (sortedColumn !== column) return undefined;
    return direction === 'worstFirst' ? ('descending' as const) : ('ascending' as const);
  };
  return (
    <table
      ref={tableRef}
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table that opens and closes is a treegrid
      role="treegrid"
      tabIndex={0}
      aria-label={`${metricNames[metric].name} by layer and scheme`}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 1}
      aria-activedescendant={active ? cellId(active.row, active.column) : undefined}
      onKeyDown={onKeyDown}
      onFocus={() => onFocus(true)}
      onBlur={() => onFocus(false)}
    >
      <thead>
        <tr aria-rowindex={1}>
          <th id={cellId(-1, 0)} aria-sort={sort(0)}>
            Layer
          </th>
          {columns.map((column, index) => (
            <th
              key={`${column.side} ${column.scheme}`}
              id={cellId(-1, index + 1)}
              aria-sort={sort(index + 1)}
            >{`${heads[index]?.name}, ${heads[index]?.note}`}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {indices.map(index => {
          const row = rows[index];
          return row && <TwinRow key={row.key} row={row} index={index} content={content} />;
        })}
      </tbody>
    </table>
  );
}

function TwinRow({ row, index, content }: { row: Row; index: number; content: MapContent }) {
  const { columns, metric, active } = content;
  return (
    <tr
      aria-rowindex={index + 2}
      aria-level={row.level}
      aria-expanded={row.kind === 'group' ? row.expanded : undefined}
      aria-selected={active?.row === index}
    >
      <th id={cellId(index, 0)} scope="row">
        {row.kind === 'group' ? `${row.label}, ${row.count} layers` : `${row.label}, ${row.note}`}
      </th>
      {columns.map((column, at) => {
        const cell = cellOf(row.layer, column);
        const twin = cellOf(row.layer, { side: 'model', scheme: column.scheme });
        const difference = column.side === 'compared' ? formatDifference(twin, cell, metric) : null;
        return (
          <td key={`${column.side} ${column.scheme}`} id={cellId(index, at + 1)}>
            {describeCell(cell, metric)}
            {difference !== null && `, difference ${difference}`}
          </td>
        );
      })}
    </tr>
  );
}
