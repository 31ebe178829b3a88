import { css } from '../../shared/colour';
import { escapeHtml } from '../../shared/text';
import { describeCell, formatCell, formatDifference, isBelow, type Metric, metricNames } from './figures';
import { type Column, cellOf } from './layers';
import { schemeName } from './names';
import { cellGround, cellText, type Palette } from './palette';
import type { Row } from './rows';
import { type MaxErrorRange, severity } from './severity';

/** What an exported page shows: the map as it stands in the view. */
export interface PageContent {
  title: string;
  /** The summary, then the conditions of the measurement. */
  sentences: readonly string[];
  rows: readonly Row[];
  columns: readonly Column[];
  columnNames: readonly string[];
  metric: Metric;
  range: MaxErrorRange | null;
  /** Figures below it stand in bold. */
  thresholdDb: number;
  palette: Palette;
}

/** A page that stands alone: one table, styles inside, no script and nothing to load. */
export function htmlOf(content: PageContent): string {
  const { palette, metric } = content;
  const { name, unit } = metricNames[metric];
  const heads = content.columnNames.map(column => `<th scope="col">${escapeHtml(column)}</th>`).join('');
  const [summary = '', ...conditions] = content.sentences;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(content.title)}</title>
<style>
body { margin: 2rem; color: ${css(palette.foreground)}; background: ${css(palette.background)}; font: 13px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.3rem; font-weight: 400; overflow-wrap: anywhere; }
p, th span { color: ${css(palette.muted)}; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
thead th { position: sticky; top: 0; background: ${css(palette.background)}; }
th, td { padding: 3px 12px; border: 1px solid ${css(palette.line)}; text-align: right; font-weight: 400; }
th:first-child { max-width: 60ch; text-align: left; font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
.below { font-weight: 700; }
.group > * { background: ${css(palette.groupGround)}; font-weight: 600; }
.level2 > :first-child { padding-left: 24px; } .level3 > :first-child { padding-left: 36px; }
</style>
</head>
<body>
<h1>${escapeHtml(summary)}</h1>
${conditions.map(sentence => `<p>${escapeHtml(sentence)}</p>`).join('\n')}
<table>
<caption hidden>${escapeHtml(name)}${unit === '' ? '' : ` in ${unit}`} by layer and scheme</caption>
<thead><tr><th scope="col">Layer (${escapeHtml(name)}${unit === '' ? '' : `, ${unit}`})</th>${heads}</tr></thead>
<tbody>
${content.rows.map(row => rowOf(row, content)).join('\n')}
</tbody>
</table>
</body>
</html>
`;
}

function rowOf(row: Row, content: PageContent): string {
  const note = `<span>${escapeHtml(row.note)}</span>`;
  const cells = content.columns.map((column, index) => cell(row, column, index, content)).join('');
  return `<tr class="${row.kind} level${Math.min(row.level, 3)}"><th scope="row">${escapeHtml(row.label)} ${note}</th>${cells}</tr>`;
}

function cell(row: Row, column: Column, index: number, content: PageContent): string {
  const { metric, range, palette, columnNames } = content;
  const figure = cellOf(row.layer, column);
  const share = severity(figure, metric, range);
  const ground = cellGround(palette, share);
  const style = `background:${css(ground)};color:${css(cellText(palette, ground, share))}`;
  const twin = cellOf(row.layer, { side: 'model', scheme: column.scheme });
  const difference = column.side === 'compared' ? formatDifference(twin, figure, metric) : null;
  const title = `${columnNames[index] ?? schemeName(column.scheme)}: ${describeCell(figure, metric)}`;
  const text = formatCell(figure, metric) + (difference === null ? '' : ` (${difference})`);
  const mark = isBelow(figure, content.thresholdDb) ? ' class="below"' : '';
  return `<td${mark} style="${style}" title="${escapeHtml(title)}">${escapeHtml(text)}</td>`;
}
