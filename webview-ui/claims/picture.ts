import type { ClaimsReport } from '../../src/protocol/claims';
import { drawText, picturePage } from '../shared/charts/canvasText';
import type { Chart } from '../shared/charts/chart';
import type { Theme } from '../shared/charts/theme';
import { figureGroups } from './model/figures';
import { namesOf, runWords } from './model/words';

/** What a picture of the page shows. */
interface PictureContent {
  report: ClaimsReport;
  charts: readonly Chart[];
  drawings: ReadonlyMap<string, HTMLCanvasElement>;
  theme: Theme;
}

const { width, margin } = picturePage;
const column = (width - 4 * margin) / 3;
const chartHeight = 240;
const rowHeight = 20;
const claimHeight = 92;
const headHeight = 64;
/** Of a chart in the picture, in CSS pixels. */
export const drawingSize = { width: column, height: 200 };

/** Draws claims, charts and figures at the screen's resolution; null where the machine gives no canvas. */
export async function pictureOf(content: PictureContent): Promise<Uint8Array<ArrayBuffer> | null> {
  const { report, theme } = content;
  const groups = figureGroups(report);
  const rows = groups.reduce((sum, group) => sum + group.rows.length + 1, 1);
  const chartsAt = headHeight + report.claims.length * claimHeight;
  const tableAt = chartsAt + chartHeight;
  const scale = window.devicePixelRatio || 1;
  const canvas = document.createElement('canvas');
  const height = tableAt + rows * rowHeight + margin;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) return null;
  context.scale(scale, scale);
  context.fillStyle = theme.palette.background;
  context.fillRect(0, 0, width, height);
  drawText(context, theme, `${namesOf(report).join(' against ')}: the paper’s claims here`, margin, 24, {
    size: 16,
  });
  drawText(context, theme, runWords(report), margin, 46, { muted: true });
  paintClaims(context, content);
  paintCharts(context, content, chartsAt);
  paintFigures(context, content, tableAt);
  const blob = await new Promise<Blob | null>(done => canvas.toBlob(done, 'image/png'));
  return blob && new Uint8Array(await blob.arrayBuffer());
}

function paintClaims(context: CanvasRenderingContext2D, { report, theme }: PictureContent): void {
  for (const [index, { claim, verdict, published, here, why }] of report.claims.entries()) {
    const top = headHeight + index * claimHeight;
    drawText(context, theme, `${claim}: ${verdict}`, margin, top + 10, { size: 14, bold: true });
    drawText(context, theme, `paper, on SA8295P: ${published}`, margin, top + 30, { muted: true });
    drawText(context, theme, `here: ${here === '' ? 'nothing' : here}`, margin, top + 48, {});
    drawText(context, theme, why, margin, top + 66, { muted: true });
  }
}

function paintCharts(
  context: CanvasRenderingContext2D,
  { charts, drawings, theme }: PictureContent,
  top: number,
): void {
  for (const [index, chart] of charts.entries()) {
    const left = margin + index * (column + margin);
    const drawing = drawings.get(chart.id);
    drawText(context, theme, chart.title, left, top + 8, { muted: true, bold: true, width: column });
    if (drawing) context.drawImage(drawing, left, top + 18, drawingSize.width, drawingSize.height);
    else drawText(context, theme, chart.empty ?? '', left, top + 40, { muted: true, width: column });
  }
}

function paintFigures(
  context: CanvasRenderingContext2D,
  { report, theme }: PictureContent,
  top: number,
): void {
  const places = [margin, 380, 580, 780, 860];
  let at = top + 8;
  const row = (cells: readonly string[], style: { muted?: boolean; bold?: boolean }) => {
    for (const [index, cell] of cells.entries())
      drawText(context, theme, cell, places[index] ?? margin, at, { ...style, width: 300 });
    at += rowHeight;
  };
  row(['', ...namesOf(report), '', 'Paper, on SA8295P'], { muted: true });
  for (const { title, rows } of figureGroups(report)) {
    row([title], { bold: true });
    for (const { label, models, ratio, paper } of rows) row([label, ...models, ratio, paper], {});
  }
}
