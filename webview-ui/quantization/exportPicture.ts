import { css } from '../shared/colour';
import { nameForPeople } from '../shared/text';
import { layoutOf, rowHeight } from './model/geometry';
import { encodePng } from './model/png';
import { paint } from './paint';
import type { Theme } from './theme';
import type { MapContent } from './useMap';

/** What the picture shows: the map as it stands, with two lines of words above it and the notes under it. */
export interface Picture {
  readonly content: MapContent;
  readonly theme: Theme;
  readonly summary: string;
  readonly conditions: string;
  readonly notes: readonly string[];
}

/** Whoever waits for a picture. */
export interface Watch {
  /** Told which share of it is drawn. */
  readonly onProgress: (share: number) => void;
  /** Stops it. */
  readonly signal: AbortSignal;
}

const margin = 16;
const headHeight = 92;
const noteHeight = 18;
/** Notes in a picture at most: they are the same sentence for graph after graph where there are many. */
const mostNotes = 12;
const mapWidth = 1100;
/** Longest side that common viewers open; more rows stand in further columns beside each other. */
const longestSide = 32_000;
/** What a viewer has to unpack stays below a gigabyte. */
const mostPixels = 200e6;
/** Up to here every point is drawn four times as fine. */
const finePixels = 15e6;
/** Height of the part that is drawn at once, in CSS pixels. */
const stripHeight = 512;

/** How the rows lie in the picture, in CSS pixels. */
export interface Page {
  readonly columns: number;
  readonly rowsInColumn: number;
  readonly columnWidth: number;
  readonly width: number;
  readonly height: number;
  /** Pixels of the picture for each CSS pixel. */
  readonly ratio: number;
}

/**
 * Null where there are more rows than a picture can hold.
 * @param width of the map in CSS pixels
 * @param footHeight of what stands under the rows, in CSS pixels
 */
export function pageOf(rows: number, width: number, footHeight = 0): Page | null {
  const edges = headHeight + footHeight + margin;
  const most = Math.floor((longestSide - edges) / rowHeight);
  const columns = Math.max(Math.ceil(rows / most), 1);
  const rowsInColumn = Math.ceil(rows / columns);
  const columnWidth = width + margin;
  const size = {
    width: margin + columns * columnWidth,
    height: rowsInColumn * rowHeight + edges,
  };
  const pixels = size.width * size.height;
  if (pixels > mostPixels || size.width > longestSide) return null;
  const fine = pixels <= finePixels && Math.max(size.width, size.height) * 2 <= longestSide;
  return { columns, rowsInColumn, columnWidth, ...size, ratio: fine ? 2 : 1 };
}

/**
 * The rows as the map shows them, all of them, as a PNG file. The page stays awake while it is drawn.
 * @returns a sentence that says why there is none, where there is none; null when it was stopped
 */
export async function drawPicture(picture: Picture, watch: Watch): Promise<Uint8Array | string | null> {
  const { rows, columns } = picture.content;
  const page = pageOf(rows.length, layoutOf(columns, mapWidth).width, footHeight(picture));
  if (!page)
    return `${rows.length} rows are too many for one picture: collapse groups or filter, or export HTML or CSV.`;
  const canvas = document.createElement('canvas');
  canvas.width = page.width * page.ratio;
  canvas.height = Math.min(page.height, stripHeight) * page.ratio;
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) return 'The picture could not be drawn: the editor gave no canvas.';
  try {
    return await encodePng(canvas.width, page.height * page.ratio, strips(context, picture, page, watch));
  } catch (error) {
    if (watch.signal.aborted) return null;
    throw error;
  }
}

async function* strips(
  context: CanvasRenderingContext2D,
  picture: Picture,
  page: Page,
  { onProgress, signal }: Watch,
): AsyncGenerator<Uint8ClampedArray> {
  const { ratio, width, height } = page;
  for (let top = 0; top < height; top += stripHeight) {
    const bottom = Math.min(top + stripHeight, height);
    context.setTransform(ratio, 0, 0, ratio, 0, -top * ratio);
    paintPage(context, picture, page, { top, bottom });
    yield context.getImageData(0, 0, width * ratio, (bottom - top) * ratio).data;
    onProgress(bottom / height);
    await new Promise(resolve => setTimeout(resolve));
    signal.throwIfAborted();
  }
}

function paintPage(
  context: CanvasRenderingContext2D,
  picture: Picture,
  page: Page,
  { top, bottom }: { top: number; bottom: number },
): void {
  const { content, theme } = picture;
  context.fillStyle = css(theme.palette.background);
  context.fillRect(0, top, page.width, bottom - top);
  if (top < headHeight) paintWords(context, picture, page);
  if (bottom > page.height - margin - footHeight(picture)) paintNotes(context, picture, page);
  const layout = layoutOf(content.columns, mapWidth);
  for (let column = 0; column < page.columns; column++) {
    const first = column * page.rowsInColumn;
    const rows = content.rows.slice(first, first + page.rowsInColumn);
    const height = rows.length * rowHeight;
    context.save();
    context.translate(margin + column * page.columnWidth, headHeight);
    if (top < headHeight) paintHeads(context, picture, layout.edges);
    const strip = { from: Math.max(top - headHeight, 0), to: Math.min(bottom - headHeight, height) };
    const view = { top: 0, left: 0, width: layout.width, height };
    const scene = { ...content, ...theme, rows, layout, view, active: null, focused: false, hovered: null };
    if (strip.to > strip.from) paint(context, scene, strip);
    context.restore();
  }
}

function paintWords(context: CanvasRenderingContext2D, { theme, summary, conditions }: Picture, page: Page) {
  const { palette, fonts } = theme;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillStyle = css(palette.foreground);
  context.font = `400 16px ${fonts.text}`;
  context.fillText(summary, margin, 24, page.width - 2 * margin);
  context.fillStyle = css(palette.muted);
  context.font = `400 12px ${fonts.text}`;
  context.fillText(conditions, margin, 48, page.width - 2 * margin);
}

function footHeight({ notes }: Picture): number {
  return Math.min(notes.length, mostNotes) * noteHeight;
}

function paintNotes(context: CanvasRenderingContext2D, picture: Picture, page: Page): void {
  const { palette, fonts } = picture.theme;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillStyle = css(palette.muted);
  context.font = `400 12px ${fonts.text}`;
  const top = page.height - footHeight(picture);
  for (const [index, note] of picture.notes.slice(0, mostNotes).entries())
    context.fillText(note, margin, top + index * noteHeight, page.width - 2 * margin);
}

function paintHeads(
  context: CanvasRenderingContext2D,
  { content, theme }: Picture,
  edges: readonly number[],
): void {
  context.font = `600 12px ${theme.fonts.text}`;
  context.fillStyle = css(theme.palette.foreground);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const [index, { name }] of content.heads.entries()) {
    const left = edges[index] ?? 0;
    const mark = content.columns[index]?.side === 'compared' ? '↔ ' : '';
    context.fillText(mark + nameForPeople(name), (left + (edges[index + 1] ?? left)) / 2, -14);
  }
}
