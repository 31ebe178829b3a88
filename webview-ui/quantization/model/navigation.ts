import type { Row } from './rows';

/** The active cell. Row -1 is the line of column heads, column 0 the layers' names. */
export interface Position {
  readonly row: number;
  readonly column: number;
}

/** What a key does: move, open or close a group, open a layer's details, sort by a head. */
export type Step =
  | { type: 'move'; to: Position }
  | { type: 'toggle'; key: string }
  | { type: 'open'; at: Position }
  | { type: 'sort'; column: number };

interface Key {
  readonly key: string;
  readonly ctrl: boolean;
}

interface Extent {
  readonly rows: readonly Row[];
  /** Columns of figures. */
  readonly columns: number;
  /** Rows that fit on the screen. */
  readonly page: number;
}

/** The keys of a tree grid (WAI-ARIA): null where a key means nothing here. */
export function step(at: Position, { key, ctrl }: Key, extent: Extent): Step | null {
  const row = extent.rows[at.row];
  switch (key) {
    case 'ArrowUp':
      return move(at, { row: at.row - 1 }, extent);
    case 'ArrowDown':
      return move(at, { row: at.row + 1 }, extent);
    case 'PageUp':
      return move(at, { row: Math.max(at.row - extent.page, 0) }, extent);
    case 'PageDown':
      return move(at, { row: at.row + extent.page }, extent);
    case 'Home':
      return move(at, ctrl ? { row: 0, column: 0 } : { column: 0 }, extent);
    case 'End':
      return move(at, ctrl ? { row: extent.rows.length - 1 } : { column: extent.columns }, extent);
    case 'ArrowRight':
      if (at.column === 0 && row?.kind === 'group' && !row.expanded) return { type: 'toggle', key: row.key };
      return move(at, { column: at.column + 1 }, extent);
    case 'ArrowLeft':
      return at.column > 0 ? move(at, { column: at.column - 1 }, extent) : outwards(at, extent);
    case 'Enter':
    case ' ':
      if (at.row < 0) return { type: 'sort', column: at.column };
      if (!row) return null;
      return row.kind === 'group' ? { type: 'toggle', key: row.key } : { type: 'open', at };
    default:
      return null;
  }
}

/** Left of the name: closes a group, else goes to the group around. */
function outwards(at: Position, extent: Extent): Step | null {
  const row = extent.rows[at.row];
  if (!row) return null;
  if (row.kind === 'group' && row.expanded) return { type: 'toggle', key: row.key };
  for (let index = at.row - 1; index >= 0; index--)
    if ((extent.rows[index]?.level ?? row.level) < row.level) return move(at, { row: index }, extent);
  return null;
}

function move(at: Position, to: Partial<Position>, { rows, columns }: Extent): Step {
  const row = Math.min(Math.max(to.row ?? at.row, -1), rows.length - 1);
  const column = Math.min(Math.max(to.column ?? at.column, 0), columns);
  return { type: 'move', to: { row, column } };
}
