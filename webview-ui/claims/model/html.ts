import type { ClaimsReport } from '../../../src/protocol/claims';
import type { Chart } from '../../shared/charts/chart';
import { chartSection, exportedPage, tableOf } from '../../shared/charts/exportedPage';
import type { Palette } from '../../shared/charts/palette';
import { formatMs } from '../../shared/format';
import { escapeHtml } from '../../shared/text';
import { firstTokenBars, firstTokenParts } from './charts';
import { figureGroups } from './figures';
import { machineWords, namesOf, runWords } from './words';

/** What an exported page shows. */
export interface PageContent {
  report: ClaimsReport;
  charts: readonly Chart[];
  /** Drawings by chart, as `data:` URIs. */
  drawings: ReadonlyMap<string, string>;
  palette: Palette;
}

/** A page that stands alone: claims with their verdicts, drawings and tables. */
export function htmlOf({ report, charts, drawings, palette }: PageContent): string {
  const title = `${namesOf(report).join(' against ')}: the paper’s claims here`;
  const body = [
    `<h1>${escapeHtml(title)}</h1>`,
    `<p>${escapeHtml(runWords(report))}</p>`,
    ...(report.statusReason === null ? [] : [`<p>Partial: ${escapeHtml(report.statusReason)}</p>`]),
    ...report.claims.map(
      ({ claim, verdict, published, here, why }) =>
        `<h2>${escapeHtml(claim)}: ${escapeHtml(verdict)}</h2>
<dl><div><dt>Paper, on SA8295P</dt><dd>${escapeHtml(published)}</dd></div><div><dt>Here</dt><dd>${escapeHtml(here)}</dd></div></dl>
<p>${escapeHtml(why)}</p>`,
    ),
    ...charts.map(chart => chartSection(chart, drawings)),
    barsOf(report),
    ...figureGroups(report).map(({ title: name, rows }) => {
      const lines = rows.map(({ label, models, ratio, paper }) => [label, ...models, ratio, paper]);
      return `<h2>${escapeHtml(name)}</h2>${tableOf(['', ...namesOf(report), '', 'Paper'], lines)}`;
    }),
    `<details><summary>Where this comes from</summary><pre>${escapeHtml(machineWords(report))}</pre></details>`,
  ];
  return exportedPage(title, palette, body.join('\n'));
}

function barsOf(report: ClaimsReport): string {
  const bars = firstTokenBars(report);
  if (bars.length === 0) return '';
  const rows = bars.map(({ label, ttftMs, partsMs }) => [
    label,
    formatMs(ttftMs),
    ...partsMs.map(ms => (ms === null ? '–' : formatMs(ms))),
  ]);
  return `<h2>First token in parts</h2>${tableOf(['Prompt', 'first token', ...firstTokenParts], rows)}`;
}
