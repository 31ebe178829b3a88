import type { Chart, StackedBar } from '../../shared/charts/chart';
import { chartSection, exportedPage, tableOf } from '../../shared/charts/exportedPage';
import type { Palette } from '../../shared/charts/palette';
import { escapeHtml } from '../../shared/text';
import type { ChartRun } from './charts';
import { differenceOf } from './difference';
import { figuresOf } from './figures';
import { type FileFigures, fileFiguresOf } from './fileFigures';
import { firstTokenParts } from './firstToken';
import { type OperatorTable, providerName } from './operators';
import { runWords, runWordsAtLength } from './runWords';

/** What an exported page shows. */
export interface PageContent {
  title: string;
  runs: readonly ChartRun[];
  charts: readonly Chart[];
  /** Drawings by chart, as `data:` URIs. */
  drawings: ReadonlyMap<string, string>;
  bars: readonly StackedBar[];
  operators: OperatorTable;
  palette: Palette;
}

/** A page that stands alone: drawings and tables, styles inside, no script and nothing to load. */
export function htmlOf(content: PageContent): string {
  const { palette, title, runs } = content;
  const body = [
    ...runs.map((run, index) => runOf(run, index, runs)),
    ...content.charts.map(chart => chartSection(chart, content.drawings)),
    barsOf(content.bars),
    ...fileFiguresOf(runs).map(fileFigures),
    operatorsOf(content.operators),
  ];
  return exportedPage(title, palette, body.join('\n'));
}

function runOf({ name, record }: ChartRun, index: number, runs: readonly ChartRun[]): string {
  const [first] = runs;
  const difference = index > 0 && first ? `<p>${escapeHtml(differenceOf(first.record, record))}</p>` : '';
  const figures = figuresOf(record).map(
    figure =>
      `<div><dt>${escapeHtml(figure.name)}</dt><dd class="value">${escapeHtml(figure.value ?? 'not measured')}</dd><dd class="muted">${escapeHtml(figure.sentence)}</dd></div>`,
  );
  return `<h2>${escapeHtml(name)}</h2>
<p>${escapeHtml(runWords(record))}</p>${difference}
<dl>${figures.join('')}</dl>
<details><summary>Where this comes from</summary><pre>${escapeHtml(runWordsAtLength(record))}</pre></details>`;
}

function barsOf(bars: readonly StackedBar[]): string {
  if (bars.length === 0) return '';
  const heads = ['Prompt', 'first token, ms', ...firstTokenParts.map(({ name }) => name)];
  const rows = bars.map(({ label, ttftMs, partsMs }) => [
    label,
    ttftMs.toFixed(2),
    ...partsMs.map(ms => ms?.toFixed(2) ?? '–'),
  ]);
  return `<h2>First token in parts</h2>${tableOf(heads, rows)}`;
}

function fileFigures({ name, heads, rows }: FileFigures): string {
  return `<h2>Figures of the file: ${escapeHtml(name)}</h2>${tableOf(heads, rows)}`;
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
  return `<h2>Where the time goes</h2>${tableOf(heads, lines)}`;
}
