import { css } from '../shared/colour';
import { nameForPeople } from '../shared/text';
import { prepareCanvas } from './canvas';
import { csvOf } from './model/csv';
import { metricNames } from './model/figures';
import { layoutOf, rowHeight } from './model/geometry';
import { htmlOf } from './model/html';
import { conditions } from './model/summary';
import type { ViewModel } from './model/viewModel';
import { paint } from './paint';
import type { Post } from './post';
import type { Theme } from './theme';
import type { MapContent } from './useMap';

/** What is exported: the map as it stands, and the words around it. */
export interface Exported {
  content: MapContent;
  theme: Theme;
  model: ViewModel;
  summary: string;
}

export type ExportKind = 'png' | 'csv' | 'html';

/**
 * Sends an export to the extension, which asks where to save it.
 * @returns why there is none; null when it was sent
 */
export async function exportMap(kind: ExportKind, exported: Exported, post: Post): Promise<string | null> {
  if (kind === 'png') return exportPng(exported, post);
  if (kind === 'csv') exportCsv(exported, post);
  else exportHtml(exported, post);
  return null;
}

function conditionsOf({ model }: Exported): string {
  const info = model.model?.report?.calibration;
  return info ? conditions(info) : '';
}

const margin = 16;
const headHeight = 92;
const mapWidth = 1100;
/** Longest side of a canvas that browsers draw. */
const longestSide = 32_000;

/** Every layer and metric, whatever the map shows just now. */
function exportCsv({ content }: Exported, post: Post): void {
  post({ type: 'export', content: { kind: 'csv', text: csvOf(content.layers, content.columns) } });
}

/** The rows as the map shows them: its sort, its filter, what is collapsed. */
function exportHtml(exported: Exported, post: Post): void {
  const { content, theme, model, summary } = exported;
  const { heads, columns } = content;
  const columnNames = columns.map(({ side }, index) => {
    const name = heads[index]?.name ?? '';
    return side === 'compared' ? `${name}, compared` : name;
  });
  const { palette } = theme;
  const title = `Quantization of ${nameForPeople(model.model?.name ?? '')}`;
  const text = htmlOf({
    ...content,
    palette,
    title,
    sentences: [summary, conditionsOf(exported)],
    columnNames,
  });
  post({ type: 'export', content: { kind: 'html', text } });
}

/**
 * The rows as the map shows them, all of them, drawn at twice the screen's size where a canvas can be that long.
 * @returns why there is no picture; null when it was sent
 */
async function exportPng(exported: Exported, post: Post): Promise<string | null> {
  const { rows, columns } = exported.content;
  const height = headHeight + rows.length * rowHeight + margin;
  if (height > longestSide)
    return `${rows.length} rows are too many for one picture: collapse groups or filter, or export HTML or CSV.`;
  const layout = layoutOf(columns, mapWidth);
  const canvas = document.createElement('canvas');
  const width = layout.width + 2 * margin;
  const context = prepareCanvas(canvas, width, height, height * 2 <= longestSide ? 2 : 1);
  if (!context) return 'The picture could not be drawn: the editor gave no canvas.';
  paintPage(context, exported, { width, height });
  const blob = await new Promise<Blob | null>(done => canvas.toBlob(done, 'image/png'));
  if (!blob)
    return 'The picture could not be drawn: it is too large for this machine; collapse groups or filter.';
  post({ type: 'export', content: { kind: 'png', bytes: new Uint8Array(await blob.arrayBuffer()) } });
  return null;
}

function paintPage(
  context: CanvasRenderingContext2D,
  exported: Exported,
  page: { width: number; height: number },
): void {
  const { content, theme, summary } = exported;
  const { palette, fonts } = theme;
  context.fillStyle = css(palette.background);
  context.fillRect(0, 0, page.width, page.height);
  const layout = layoutOf(content.columns, mapWidth);
  const words = (text: string, font: string, y: number, muted = false) => {
    context.font = font;
    context.fillStyle = css(muted ? palette.muted : palette.foreground);
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillText(text, margin, y, layout.width);
  };
  words(summary, `400 16px ${fonts.text}`, 24);
  const { name, unit } = metricNames[content.metric];
  words(
    `${name}${unit === '' ? '' : ` in ${unit}`} · ${conditionsOf(exported)}`,
    `400 12px ${fonts.text}`,
    48,
    true,
  );
  context.save();
  context.translate(margin, headHeight);
  context.font = `600 12px ${fonts.text}`;
  context.fillStyle = css(palette.foreground);
  context.textAlign = 'center';
  for (const [index, head] of content.heads.entries()) {
    const left = layout.edges[index] ?? 0;
    const mark = content.columns[index]?.side === 'compared' ? '↔ ' : '';
    context.fillText(mark + nameForPeople(head.name), (left + (layout.edges[index + 1] ?? left)) / 2, -14);
  }
  const view = { top: 0, left: 0, width: layout.width, height: content.rows.length * rowHeight };
  paint(context, { ...content, ...theme, layout, view, active: null, focused: false, hovered: null });
  context.restore();
}
