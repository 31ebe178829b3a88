import { escapeHtml } from '../text';
import type { Chart } from './chart';
import type { Palette } from './palette';
import { nearestPoint, placesOf, placeWords, pointWords, reachOf } from './reading';

/**
 * A page that stands alone: styles inside, no script and nothing to load.
 * @param body HTML whose texts are escaped
 */
export function exportedPage(title: string, palette: Palette, body: string): string {
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
${body}
</body>
</html>
`;
}

/** A chart's drawing with its table. @param drawings by chart, as `data:` URIs */
export function chartSection(chart: Chart, drawings: ReadonlyMap<string, string>): string {
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
  return `${head}${image}<p>${escapeHtml(chart.remarks.join(' · '))}</p><details><summary>Table</summary>${tableOf(heads, rows)}</details>`;
}

/** A table whose first column names its rows. */
export function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = ([first = '', ...others]: readonly string[]) =>
    `<tr><th scope="row">${escapeHtml(first)}</th>${others.map(cell => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
  const head = heads.map(name => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.map(cells).join('')}</tbody></table>`;
}
