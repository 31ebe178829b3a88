import type { Ref } from 'preact';
import { metricNames } from './model/figures';
import type { Layout } from './model/geometry';
import type { MapContent } from './useMap';

interface Props {
  content: MapContent;
  layout: Layout;
  /** The strip of heads that is scrolled with the figures under it. */
  stripRef: Ref<HTMLDivElement>;
  /** Column 0 is that of the names. */
  onSort: (column: number) => void;
}

/** The line of column heads, for the eye and the pointer; the twin table has the same for everyone else. */
export function Heads({ content, layout, stripRef, onSort }: Props) {
  const { columns, heads, active, sortedColumn, direction, metric } = content;
  const { name, unit } = metricNames[metric];
  const head = (at: number) => ({
    type: 'button' as const,
    tabIndex: -1,
    class: active?.row === -1 && active.column === at ? 'head active' : 'head',
    onClick: () => onSort(at),
  });
  const arrow = (at: number) =>
    sortedColumn === at && <span class="sort-mark">{direction === 'worstFirst' ? '↓' : '↑'}</span>;
  return (
    <div class="heads" aria-hidden="true">
      <button
        {...head(0)}
        style={{ width: `${layout.nameWidth}px` }}
        title="Sort by name, or back to graph order"
      >
        <span class="head-name">Layer {arrow(0)}</span>
        <span class="head-note">
          {name}
          {unit !== '' && `, ${unit}`}
        </span>
      </button>
      <div class="head-window">
        <div class="head-strip" ref={stripRef}>
          {columns.map((column, index) => (
            <button
              {...head(index + 1)}
              key={`${column.side} ${column.scheme}`}
              class={`${head(index + 1).class} ${column.side}`}
              style={{ width: `${(layout.edges[index + 1] ?? 0) - (layout.edges[index] ?? 0)}px` }}
              title={heads[index]?.title}
            >
              <span class="head-name">
                {heads[index]?.name} {arrow(index + 1)}
              </span>
              <span class="head-note">{heads[index]?.note}</span>
            </button>
          ))}
        </div>
      </div>
    </div>
  );
}
