import { escapeHtml } from '../../shared/text';
import type { Chart, ChartRun } from './charts';
import { differenceOf } from './difference';
import { figuresOf } from './figures';
import { type FirstTokenBar, firstTokenParts } from './firstToken';
import { type OperatorTable, providerName } from './operators';
import type { Palette } from './palette';
import { nearestPoint, placesOf, placeWords, pointWords, reachOf } from './reading';
import { runWords, runWordsAtLength } from './runWords';

/** What an exported page shows. */
export interface PageContent {
  title: string;
  runs: readonly ChartRun[];
  charts: readonly Chart[];
  /** Drawings by chart, as `data:` URIs. */
  drawings: ReadonlyMap<string, string>;
  bars: readonly FirstTokenBar[];
  operators: OperatorTable;
  palette: Palette;
}

/** A page that stands alone: drawings and tables, styles inside, no script and nothing to load. */
export function htmlOf(content: PageContent): string {
  const { palette, title, runs } = content;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
body { max-width: 1100px; margin: 2rem auto; padding: 0 1rem; color: ${palette.foreground}; background: ${palette.background}; font: 13px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; font-weight: 400; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .5rem; font-size: 1rem; font-weight: 600; }
p, summary, pre, .muted { color: ${palette.muted}; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; }
dt { color: ${palette.muted}; } dd { margin: 0; } dd.value { font-size: 1.4rem; }
img { display: block; max-width: 100%; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 12px; border: 1px solid ${palette.grid}; text-align: right; font-weight: 400; }
th:first-child, td.text { text-align: left; overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${runs.map((run, index) => runOf(run, index, runs)).join('\n')}
${content.charts.map(chart => chartOf(chart, content.drawings)).join('\n')}
${barsOf(content.bars)}
${operatorsOf(content.operators)}
</body>
</html>
`;
}

function runOf({ name, record }: ChartRun, index: number, runs: readonly ChartRun[]): string {
  const [first] = runs;
  const difference =
    index > 0 && first
      ? `<p>The first against this one: ${escapeHtml(differenceOf(first.record, record))}</p>`
      : '';
  const figures = figuresOf(record).map(
    figure =>
      `<div><dt>${escapeHtml(figure.name)}</dt><dd class="value">${escapeHtml(figure.value ?? 'not measured')}</dd><dd class="muted">${escapeHtml(figure.sentence)}</dd></div>`,
  );
  return `<h2>${escapeHtml(name)}</h2>
<p>${escapeHtml(runWords(record))}</p>${difference}
<dl>${figures.join('')}</dl>
<details><summary>Where this comes from</summary><pre>${escapeHtml(runWordsAtLength(record))}</pre></details>`;
}

function chartOf(chart: Chart, drawings: ReadonlyMap<string, string>): string {
  const head = `<h2>${escapeHtml(chart.title)}</h2>`;
  if (chart.empty !== null) return `${head}<p>${escapeHtml(chart.empty)}</p>`;
  const drawing = drawings.get(chart.id);
  const image =
    drawing === undefined ? '' : `<img alt="${escapeHtml(chart.title)}" src="${escapeHtml(drawing)}">`;
  const heads = [chart.xName, ...chart.lines.map(({ name, unit }) => `${name}, ${unit}`)];
  const reach = reachOf(chart);
  const rows = placesOf(chart).map(x => [
    placeWords(chart, x),
    ...chart.lines.map(line => {
      const point = nearestPoint(line, x, reach);
      return point ? pointWords(line, point) : '–';
    }),
  ]);
  return `${head}${image}<p>${escapeHtml(chart.remarks.join(' · '))}</p><details><summary>Table</summary>${table(heads, rows)}</details>`;
}

function barsOf(bars: readonly FirstTokenBar[]): string {
  if (bars.length === 0) return '';
  const heads = ['Prompt', 'first token, ms', ...firstTokenParts.map(({ name }) => name)];
  const rows = bars.map(({ label, ttftMs, partsMs }) => [
    label,
    ttftMs.toFixed(2),
    ...partsMs.map(ms => ms?.toFixed(2) ?? '–'),
  ]);
  return `<h2>First token in parts</h2>${table(heads, rows)}`;
}

function operatorsOf({ rows }: OperatorTable): string {
  if (rows.length === 0) return '';
  const heads = ['Layers', 'Stage', 'Operators', 'Ran on', 'ms in all', 'share', 'SQNR dB'];
  const lines = rows.map(row => [
    row.label,
    row.stage ?? '',
    row.ops.join(', '),
    row.providers.map(providerName).join(', ') || 'not told',
    row.timeUs === null ? '–' : (row.timeUs / 1000).toFixed(2),
    row.share === null ? '–' : `${(row.share * 100).toFixed(1)} %`,
    row.exact ? 'exact' : (row.sqnrDb?.toFixed(1) ?? ''),
  ]);
  return `<h2>Where the time goes</h2>${table(heads, lines)}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = ([first = '', ...others]: readonly string[]) =>
    `<tr><th scope="row">${escapeHtml(first)}</th>${others.map(cell => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
  const head = heads.map(name => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.map(cells).join('')}</tbody></table>`;
}
