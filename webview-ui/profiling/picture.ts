import { drawText, picturePage } from '../shared/charts/canvasText';
import type { Chart, StackedBar } from '../shared/charts/chart';
import type { Theme } from '../shared/charts/theme';
import type { ChartRun } from './model/charts';
import { differenceOf } from './model/difference';
import { figuresOf } from './model/figures';
import { firstTokenParts, firstTokenTitle } from './model/firstToken';
import { runWords } from './model/runWords';

/** What a picture of the page shows. */
export interface PictureContent {
  title: string;
  runs: readonly ChartRun[];
  charts: readonly Chart[];
  drawings: ReadonlyMap<string, HTMLCanvasElement>;
  bars: readonly StackedBar[];
  theme: Theme;
}

const { width, margin } = picturePage;
const column = (width - 3 * margin) / 2;
const chartHeight = 250;
/** Of a chart in the picture, in CSS pixels. */
export const drawingSize = { width: column, height: 210 };
const barHeight = 26;
const barsLeft = margin + 200;

/** Draws the page as a picture at the screen's resolution; null where the machine gives no canvas. */
export async function pictureOf(content: PictureContent): Promise<Uint8Array<ArrayBuffer> | null> {
  const drawn = content.charts.filter(chart => chart.empty === null && content.drawings.has(chart.id));
  const chartRows = Math.ceil(drawn.length / 2);
  const top = 120 + content.runs.length * 20;
  const height = top + chartRows * chartHeight + (content.bars.length + 2) * barHeight + margin;
  const scale = window.devicePixelRatio || 1;
  const canvas = document.createElement('canvas');
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) return null;
  context.scale(scale, scale);
  context.fillStyle = content.theme.palette.background;
  context.fillRect(0, 0, width, height);
  paintHead(context, content);
  for (const [index, chart] of drawn.entries()) {
    const left = margin + (index % 2) * (column + margin);
    const at = top + Math.floor(index / 2) * chartHeight;
    const drawing = content.drawings.get(chart.id);
    drawText(context, content.theme, chart.title, left, at, { muted: true, bold: true });
    if (drawing) context.drawImage(drawing, left, at + 12, drawingSize.width, drawingSize.height);
  }
  paintBars(context, content, top + chartRows * chartHeight);
  const blob = await new Promise<Blob | null>(done => canvas.toBlob(done, 'image/png'));
  return blob && new Uint8Array(await blob.arrayBuffer());
}

function paintHead(context: CanvasRenderingContext2D, { title, runs, theme }: PictureContent): void {
  drawText(context, theme, title, margin, 26, { size: 16 });
  const [first] = runs;
  if (!first) return;
  for (const [index, { name, value }] of figuresOf(first.record).entries()) {
    const left = margin + (index * (width - 2 * margin)) / 5;
    drawText(context, theme, name, left, 54, { muted: true });
    drawText(context, theme, value ?? 'not measured', left, 76, { size: value === null ? 12 : 18 });
  }
  for (const [index, { name, record }] of runs.entries()) {
    const at = 104 + index * 20;
    paintStroke(context, theme, index, at);
    const text =
      index === 0 ? runWords(record) : `${runWords(record)} · ${differenceOf(first.record, record)}`;
    drawText(context, theme, `${name} · ${text}`, margin + 30, at, {});
  }
}

function paintBars(context: CanvasRenderingContext2D, { bars, theme }: PictureContent, top: number): void {
  if (bars.length === 0) return;
  drawText(context, theme, firstTokenTitle, margin, top + 8, { muted: true, bold: true });
  paintParts(context, theme, top);
  const longest = Math.max(...bars.map(({ partsMs, ttftMs }) => Math.max(ttftMs, sum(partsMs))), 1e-9);
  const room = width - barsLeft - margin - 90;
  for (const [index, { where, ttftMs, partsMs, run }] of bars.entries()) {
    const at = top + (index + 1) * barHeight;
    paintStroke(context, theme, run, at + 8);
    drawText(context, theme, where, margin + 30, at + 8, { width: barsLeft - margin - 40 });
    let x = barsLeft;
    for (const [part, ms] of partsMs.entries()) {
      const length = ((ms ?? 0) / longest) * room;
      context.fillStyle = partColour(theme, run, part);
      context.fillRect(x, at, length, 16);
      x += length;
    }
    drawText(context, theme, `${ttftMs.toFixed(1)} ms`, x + 8, at + 8, {});
  }
}

/** Which part has which shade, in those of the first run. */
function paintParts(context: CanvasRenderingContext2D, theme: Theme, top: number): void {
  for (const [part, { name }] of firstTokenParts.entries()) {
    const left = barsLeft + part * 100;
    context.fillStyle = partColour(theme, 0, part);
    context.fillRect(left, top + 3, 10, 10);
    drawText(context, theme, name, left + 16, top + 8, { muted: true });
  }
}

function partColour({ palette }: Theme, run: number, part: number): string {
  return palette.runs[run]?.parts[part] ?? palette.muted;
}

/** What the lines of a run look like. */
function paintStroke(
  context: CanvasRenderingContext2D,
  { palette }: Theme,
  run: number,
  middle: number,
): void {
  const stroke = palette.runs[run];
  context.strokeStyle = stroke?.colour ?? palette.foreground;
  context.lineWidth = 2;
  context.setLineDash([...(stroke?.dash ?? [])]);
  context.beginPath();
  context.moveTo(margin, middle);
  context.lineTo(margin + 22, middle);
  context.stroke();
  context.setLineDash([]);
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
