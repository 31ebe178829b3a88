import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { prepareCanvas } from './canvas';
import { Heads } from './Heads';
import { describeCell } from './model/figures';
import { columnAt, layoutOf, rowHeight, scrollToShow } from './model/geometry';
import { cellOf } from './model/layers';
import { schemeName } from './model/names';
import { type Position, step } from './model/navigation';
import type { Scene } from './paint';
import { repaint } from './repaint';
import { Twin } from './Twin';
import type { Theme } from './theme';
import type { MapActions, MapContent } from './useMap';

interface Props {
  content: MapContent;
  actions: MapActions;
  theme: Theme;
  /** A letter was typed: it belongs into the filter. */
  onType: () => void;
}

/** The heatmap: a canvas that draws the rows in view, a hidden table that screen readers and the keyboard use. */
export function Heatmap({ content, actions, theme, onType }: Props) {
  const { rows, columns, active } = content;
  const scroll = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const table = useRef<HTMLTableElement>(null);
  const drawn = useRef<Scene | null>(null);
  const size = useSize(scroll);
  const [focused, setFocused] = useState(false);
  const [hovered, setHovered] = useState<Position | null>(null);
  const strip = useRef<HTMLDivElement>(null);
  const [viewedTop, setViewedTop] = useState(0);
  const layout = useMemo(() => layoutOf(columns, size.width), [columns, size.width]);

  const draw = useFrame(() => {
    const box = scroll.current;
    const context = canvas.current && prepareCanvas(canvas.current, size.width, size.height);
    if (!box || !context) return;
    const view = { top: box.scrollTop, left: box.scrollLeft, ...size };
    const scene: Scene = { ...content, ...theme, layout, view, focused, hovered };
    if (strip.current) strip.current.style.transform = `translateX(${-view.left}px)`;
    repaint(context, drawn.current, scene);
    drawn.current = scene;
  });
  useLayoutEffect(draw);
  const settle = useSettled(setViewedTop);

  useEffect(() => {
    const box = scroll.current;
    if (!box || !active || active.row < 0) return;
    const top = { start: active.row * rowHeight, end: (active.row + 1) * rowHeight };
    box.scrollTop = scrollToShow(top, { from: box.scrollTop, length: box.clientHeight });
    const left = layout.edges[active.column - 1];
    const right = layout.edges[active.column];
    if (left === undefined || right === undefined) return;
    const shown = { from: box.scrollLeft, length: box.clientWidth - layout.nameWidth };
    box.scrollLeft = scrollToShow({ start: left - layout.nameWidth, end: right - layout.nameWidth }, shown);
  }, [active, layout]);

  const place = (event: MouseEvent): Position | null => {
    const box = scroll.current;
    if (!box) return null;
    const outer = box.getBoundingClientRect();
    const row = Math.floor((event.clientY - outer.top + box.scrollTop) / rowHeight);
    const column = columnAt(layout, event.clientX - outer.left, box.scrollLeft);
    return row < rows.length && column !== null ? { row, column } : null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing || event.altKey) return;
    const page = Math.max(Math.floor(size.height / rowHeight) - 1, 1);
    const key = { key: event.key, ctrl: event.ctrlKey || event.metaKey };
    const next = step(active ?? { row: 0, column: 0 }, key, { rows, columns: columns.length, page });
    if (next) {
      event.preventDefault();
      actions.take(next);
    } else if (event.key === 'Escape') actions.escape();
    else if (event.key.length === 1 && !key.ctrl) onType();
  };
  const onClick = (event: MouseEvent) => {
    table.current?.focus({ preventScroll: true });
    const at = place(event);
    const row = at && rows[at.row];
    if (!at || !row) return;
    if (row.kind === 'group' && at.column === 0) actions.take({ type: 'toggle', key: row.key });
    actions.take({ type: 'move', to: at });
    if (row.kind === 'layer') actions.take({ type: 'open', at });
  };

  return (
    <div class={focused ? 'map focused' : 'map'}>
      <Heads
        content={content}
        layout={layout}
        stripRef={strip}
        onSort={column => actions.take({ type: 'sort', column })}
      />
      <div
        class="map-scroll"
        aria-hidden="true"
        // Browsers stop at what scrolls, but the keys belong to the table under it.
        tabIndex={-1}
        ref={scroll}
        onScroll={() => {
          draw();
          settle(scroll.current?.scrollTop ?? 0);
        }}
      >
        <canvas
          ref={canvas}
          style={{ width: `${size.width}px`, height: `${size.height}px` }}
          title={hovered ? tooltip(content, hovered) : ''}
          onPointerMove={event => setHovered(before => keepSame(before, place(event)))}
          onPointerLeave={() => setHovered(null)}
          onClick={onClick}
        />
        <div
          class="map-extent"
          style={{
            width: `${layout.width}px`,
            height: `${Math.max(rows.length * rowHeight - size.height, 0)}px`,
          }}
        />
      </div>
      {/* A table takes the width of its words whatever it is told; the box around it does not. */}
      <div class="visually-hidden">
        <Twin
          tableRef={table}
          content={content}
          first={Math.floor(viewedTop / rowHeight)}
          count={Math.ceil(size.height / rowHeight) + 1}
          onKeyDown={onKeyDown}
          onFocus={now => {
            setFocused(now);
            // A screen reader needs a cell to speak of.
            if (now && !active) actions.take({ type: 'move', to: { row: 0, column: 0 } });
          }}
        />
      </div>
    </div>
  );
}

function keepSame(before: Position | null, now: Position | null): Position | null {
  return before && now && before.row === now.row && before.column === now.column ? before : now;
}

function tooltip({ rows, columns, metric }: MapContent, at: Position): string {
  const row = rows[at.row];
  if (!row) return '';
  const { unit, name } = row.layer;
  const shape = unit.outputShape ? ` · ${unit.outputShape.join(' × ')}` : '';
  const subject =
    row.kind === 'group'
      ? `${row.label}: at its last layer, ${name}`
      : `${name}\n${unit.op.slice(0, 80)}${shape}`;
  const column = columns[at.column - 1];
  if (!column) return subject;
  return `${subject}\n${schemeName(column.scheme)}: ${describeCell(cellOf(row.layer, column), metric)}`;
}

/** Width and height of an element's inside, kept up to date. */
function useSize(element: { current: HTMLElement | null }) {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const box = element.current;
    if (!box) return;
    const read = () => setSize({ width: box.clientWidth, height: box.clientHeight });
    read();
    const observer = new ResizeObserver(read);
    observer.observe(box);
    return () => observer.disconnect();
  }, [element]);
  return size;
}

/** A function that runs the latest `work` once before the next frame, however often it is called. */
function useFrame(work: () => void): () => void {
  const latest = useRef(work);
  const frame = useRef(0);
  latest.current = work;
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  return useCallback(() => {
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      latest.current();
    });
  }, []);
}

/** Passes a value on once no other has come for a moment: what need not follow every frame of scrolling. */
function useSettled<T>(pass: (value: T) => void): (value: T) => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(
    value => {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => pass(value), 80);
    },
    [pass],
  );
}
