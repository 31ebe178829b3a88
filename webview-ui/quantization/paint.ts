import { css } from '../shared/colour';
import { fitText } from '../shared/text';
import { type Cell, formatCell, formatDifference, isBelow, type Metric } from './model/figures';
import { type Layout, rowHeight } from './model/geometry';
import { type Column, cellOf } from './model/layers';
import type { Position } from './model/navigation';
import { type CellInk, cellInk, type Palette } from './model/palette';
import type { Row } from './model/rows';
import { type MaxErrorRange, severity } from './model/severity';

/** Families of the theme, for the canvas. */
export interface Fonts {
  readonly text: string;
  readonly code: string;
}

/** What a drawing of the map shows. Lengths are CSS pixels. */
export interface Scene {
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  readonly layout: Layout;
  readonly palette: Palette;
  readonly fonts: Fonts;
  readonly metric: Metric;
  readonly range: MaxErrorRange | null;
  readonly thresholdDb: number;
  readonly view: { top: number; left: number; width: number; height: number };
  /** The cell of the keyboard, and whether the map has the focus. */
  readonly active: Position | null;
  readonly focused: boolean;
  readonly hovered: Position | null;
}

const indent = 12;
/** Where names have little room. */
const tightIndent = 6;
const littleRoom = 260;
const numberSize = 12;
const nameSize = 12;
/** Characters of a shortened operator that still say something. */
const shortestNote = 6;

/** A horizontal part of the drawing, in CSS pixels from its top. */
export interface Strip {
  readonly from: number;
  readonly to: number;
}

/** Draws the rows that are in view, or only those in a strip of it. The context is scaled to CSS pixels. */
export function paint(
  context: CanvasRenderingContext2D,
  scene: Scene,
  strip: Strip = { from: 0, to: scene.view.height },
): void {
  const { rows, view, palette } = scene;
  context.save();
  context.beginPath();
  context.rect(0, strip.from, view.width, strip.to - strip.from);
  context.clip();
  context.textBaseline = 'middle';
  context.fillStyle = css(palette.background);
  context.fillRect(0, strip.from, view.width, strip.to - strip.from);
  const first = Math.max(Math.floor((view.top + strip.from) / rowHeight), 0);
  const last = Math.min(Math.ceil((view.top + strip.to) / rowHeight), rows.length);
  for (let index = first; index < last; index++) {
    const row = rows[index];
    if (!row) continue;
    const y = index * rowHeight - view.top;
    paintFigures(context, scene, row, index, y);
    paintName(context, scene, row, index, y);
  }
  paintActive(context, scene);
  context.restore();
}

function paintFigures(context: CanvasRenderingContext2D, scene: Scene, row: Row, index: number, y: number) {
  const { columns, layout, palette, view, metric } = scene;
  const plain = row.kind === 'group' ? 'groupGround' : 'background';
  const ground = scene.hovered?.row === index ? 'hoverGround' : plain;
  for (const [at, column] of columns.entries()) {
    const x = (layout.edges[at] ?? 0) - view.left;
    const width = (layout.edges[at + 1] ?? 0) - (layout.edges[at] ?? 0);
    if (x + width <= layout.nameWidth || x >= view.width) continue;
    const cell = cellOf(row.layer, column);
    const share = severity(cell, metric, scene.range);
    const ink = cellInk(palette, share, ground);
    context.fillStyle = ink.fill;
    context.fillRect(x, y, width - 1, rowHeight - 1);
    const box = { x, y, width: width - 1, bold: row.kind === 'group' };
    const below = isBelow(cell, scene.thresholdDb);
    if (palette.highContrast) paintShare(context, box, share, below, palette);
    paintNumber(context, scene, { ...box, ink, below }, cell);
    if (column.side === 'compared') paintDifference(context, scene, box, row, column, ink);
  }
}

interface Box {
  x: number;
  y: number;
  width: number;
  bold: boolean;
}

/** High contrast: a bar as long as the cell hurts, and a frame around what is below the limit. */
function paintShare(
  context: CanvasRenderingContext2D,
  { x, y, width }: Box,
  share: number,
  below: boolean,
  palette: Palette,
) {
  context.fillStyle = css(palette.foreground);
  if (share > 0.02) context.fillRect(x + 2, y + rowHeight - 5, (width - 4) * share, 3);
  if (!below) return;
  context.strokeStyle = css(palette.foreground);
  context.lineWidth = 1;
  context.strokeRect(x + 0.5, y + 0.5, width - 1, rowHeight - 2);
}

/** Figures of one decimal stand with their points under each other; all else is centred. */
function paintNumber(
  context: CanvasRenderingContext2D,
  scene: Scene,
  { x, y, width, bold, ink, below }: Box & { ink: CellInk; below: boolean },
  cell: Cell,
) {
  const { metric } = scene;
  const text = formatCell(cell, metric);
  const quiet = !cell || text === 'silent';
  context.font = `${bold || below ? '600' : '400'} ${numberSize}px ${scene.fonts.text}`;
  context.fillStyle = quiet ? ink.quiet : ink.figure;
  const aligned = metric === 'sqnr' && cell?.sqnrDb != null;
  context.textAlign = aligned ? 'right' : 'center';
  const middle = x + Math.min(width, 86) / 2;
  context.fillText(text, aligned ? middle + 13 : middle, y + rowHeight / 2);
}

function paintDifference(
  context: CanvasRenderingContext2D,
  scene: Scene,
  { x, y, width }: Box,
  row: Row,
  column: Column,
  ink: CellInk,
) {
  const twin = cellOf(row.layer, { side: 'model', scheme: column.scheme });
  const text = formatDifference(twin, cellOf(row.layer, column), scene.metric);
  if (text === null) return;
  context.font = `400 11px ${scene.fonts.text}`;
  context.fillStyle = ink.quiet;
  context.textAlign = 'right';
  context.fillText(text, x + width - 6, y + rowHeight / 2);
}

function paintName(context: CanvasRenderingContext2D, scene: Scene, row: Row, index: number, y: number) {
  const { palette, layout, fonts } = scene;
  const hovered = scene.hovered?.row === index;
  const ground = hovered
    ? palette.hoverGround
    : row.kind === 'group'
      ? palette.groupGround
      : palette.background;
  context.fillStyle = css(ground);
  context.fillRect(0, y, layout.nameWidth - 1, rowHeight - (row.kind === 'group' ? 1 : 0));
  context.textAlign = 'left';
  const x = 8 + (row.level - 1) * (layout.nameWidth < littleRoom ? tightIndent : indent);
  const middle = y + rowHeight / 2;
  const room = layout.nameWidth - 10;
  context.fillStyle = css(palette.foreground);
  if (row.kind === 'group') paintCaret(context, x, middle, row.expanded);
  const textX = x + 14;
  const font = row.kind === 'group' ? `600 13px ${fonts.text}` : `400 ${nameSize}px ${fonts.code}`;
  const width = textWidth(context, font);
  const label = fitted(row.label, room - textX, font, width);
  context.font = font;
  context.fillText(label, textX, middle);
  const noteX = textX + width(label) + 7;
  paintNote(context, scene, row.note, noteX, middle, room);
}

/** The operator or the number of layers, where enough of it fits to be read. */
function paintNote(
  context: CanvasRenderingContext2D,
  { fonts, palette }: Scene,
  note: string,
  x: number,
  middle: number,
  room: number,
) {
  const font = `400 12px ${fonts.text}`;
  const text = fitted(note, room - x, font, textWidth(context, font));
  if (text !== note && text.length < shortestNote) return;
  context.font = font;
  context.fillStyle = css(palette.muted);
  context.fillText(text, x, middle);
}

function paintCaret(context: CanvasRenderingContext2D, x: number, middle: number, expanded: boolean) {
  context.beginPath();
  if (expanded) {
    context.moveTo(x, middle - 2);
    context.lineTo(x + 4, middle + 2.5);
    context.lineTo(x + 8, middle - 2);
  } else {
    context.moveTo(x + 2, middle - 4);
    context.lineTo(x + 6.5, middle);
    context.lineTo(x + 2, middle + 4);
  }
  context.strokeStyle = context.fillStyle;
  context.lineWidth = 1.3;
  context.stroke();
}

/** The row of the active cell is framed thinly, the cell itself strongly while the map has the focus. */
function paintActive(context: CanvasRenderingContext2D, { active, focused, layout, view, palette }: Scene) {
  if (!active || active.row < 0) return;
  const y = active.row * rowHeight - view.top;
  if (y + rowHeight < 0 || y > view.height) return;
  context.strokeStyle = css(palette.focus);
  context.lineWidth = 1;
  const right = Math.min(layout.width - view.left, view.width);
  context.strokeRect(0.5, y + 0.5, right - 1.5, rowHeight - 2);
  const fixed = active.column === 0;
  const left = fixed ? 0 : Math.max((layout.edges[active.column - 1] ?? 0) - view.left, layout.nameWidth);
  const end = fixed ? layout.nameWidth : (layout.edges[active.column] ?? 0) - view.left;
  if (end <= left) return;
  context.lineWidth = focused ? 2 : 1;
  const inset = focused ? 1 : 0.5;
  context.strokeRect(left + inset, y + inset, end - left - 1 - 2 * inset, rowHeight - 1 - 2 * inset);
}

const widths = new Map<string, number>();
const fits = new Map<string, string>();
const cacheLimit = 20_000;

function textWidth(context: CanvasRenderingContext2D, font: string): (text: string) => number {
  return text => {
    const key = `${font}\n${text}`;
    let width = widths.get(key);
    if (width === undefined) {
      context.font = font;
      width = context.measureText(text).width;
      if (widths.size >= cacheLimit) widths.clear();
      widths.set(key, width);
    }
    return width;
  };
}

function fitted(text: string, room: number, font: string, width: (text: string) => number): string {
  const key = `${room}\n${font}\n${text}`;
  let shown = fits.get(key);
  if (shown === undefined) {
    shown = room <= 0 ? '' : fitText(text, room, width);
    if (fits.size >= cacheLimit) fits.clear();
    fits.set(key, shown);
  }
  return shown;
}
