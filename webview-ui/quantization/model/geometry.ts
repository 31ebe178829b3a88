import type { Column } from './layers';

export const rowHeight = 24;

/** As wide as the words in its head. */
const narrowestCell = 66;
const usualCell = 86;
/** Cells of the compared model hold a figure and its difference. */
const differenceWidth = 44;
const narrowestName = 150;
const usualNameShare = 0.42;

/** Where the columns stand, in CSS pixels from the left edge of the unscrolled map. */
export interface Layout {
  readonly nameWidth: number;
  /** Left edges of the columns of figures, and one more for the right edge of the last. */
  readonly edges: readonly number[];
  readonly width: number;
}

/**
 * Columns for a width: figures get their usual width where the names keep their share, else less; what then does not
 * fit is scrolled to, under the names that stay.
 */
export function layoutOf(columns: readonly Column[], available: number): Layout {
  const extra = columns.filter(column => column.side === 'compared').length * differenceWidth;
  const room = available - Math.max(narrowestName, available * usualNameShare) - extra;
  const cell = Math.floor(Math.min(Math.max(room / Math.max(columns.length, 1), narrowestCell), usualCell));
  const figures = columns.length * cell + extra;
  const nameWidth = Math.max(available - figures, Math.min(narrowestName, Math.floor(available / 2)));
  const edges = [nameWidth];
  for (const column of columns)
    edges.push((edges.at(-1) ?? 0) + cell + (column.side === 'compared' ? differenceWidth : 0));
  return { nameWidth, edges, width: edges.at(-1) ?? nameWidth };
}

/** The column at a place on the screen: 0 for the names, null right of the last. */
export function columnAt(layout: Layout, x: number, scrollLeft: number): number | null {
  if (x < layout.nameWidth) return 0;
  const edge = layout.edges.findIndex(right => x + scrollLeft < right);
  return edge < 1 ? null : edge;
}

/** The scroll position that shows a stretch of a scrolled length, moved no more than needed. */
export function scrollToShow(
  stretch: { start: number; end: number },
  shown: { from: number; length: number },
) {
  if (stretch.start < shown.from) return stretch.start;
  return Math.max(shown.from, stretch.end - shown.length);
}
