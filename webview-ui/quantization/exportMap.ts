import { maxExportSize } from '../../src/protocol/quantizationView';
import { formatBytes } from '../shared/format';
import { nameForPeople, visibleText } from '../shared/text';
import { drawPicture, type Watch } from './exportPicture';
import { csvOf } from './model/csv';
import { metricNames } from './model/figures';
import { htmlOf } from './model/html';
import { notesOf } from './model/notes';
import { conditions } from './model/summary';
import type { ViewModel } from './model/viewModel';
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
 * @returns why there is none; null when it was sent, or stopped
 */
export async function exportMap(
  kind: ExportKind,
  exported: Exported,
  post: Post,
  watch: Watch,
): Promise<string | null> {
  if (kind === 'png') return exportPng(exported, post, watch);
  const text = kind === 'csv' ? csvTextOf(exported) : htmlTextOf(exported);
  if (text.length > maxExportSize)
    return `The ${kind.toUpperCase()} file would have ${formatBytes(text.length)}, more than the ${formatBytes(maxExportSize)} that can be saved: ${kind === 'html' ? 'collapse groups or filter' : 'measure fewer schemes'}.`;
  post({ type: 'export', content: { kind, text } });
  return null;
}

function skippedOf({ model }: ViewModel): string[] {
  const skipped = model?.report?.calibration.skipped ?? [];
  return skipped.map(({ name, reason }) => `Skipped ${nameForPeople(name)}: ${visibleText(reason)}`);
}

/** What a file has to say of itself that stands around the map in the editor: the model, its weights, the recipe. */
function conditionsOf({ content, model: { state, model, compared } }: Exported): string {
  const report = model?.report;
  const recipe = content.columns.some(({ scheme }) => scheme === 'recipe') ? state?.recipe : null;
  const stale = recipe?.stale ? ' (changed since)' : '';
  return [
    ...(model ? [nameForPeople(model.name)] : []),
    ...(report ? [`weights ${report.model.sha256.slice(0, 12)}…`, conditions(report.calibration)] : []),
    ...(recipe ? [`recipe ${nameForPeople(recipe.name)}${stale}`] : []),
    ...(compared ? [`↔ ${nameForPeople(compared.name)}`] : []),
  ].join(' · ');
}

/** Every layer and metric, whatever the map shows just now. */
function csvTextOf({ content }: Exported): string {
  return csvOf(content.layers, content.columns);
}

/** The rows as the map shows them: its sort, its filter, what is collapsed. */
function htmlTextOf(exported: Exported): string {
  const { content, theme, model, summary } = exported;
  const { heads, columns } = content;
  const columnNames = columns.map(({ side }, index) => {
    const name = heads[index]?.name ?? '';
    return side === 'compared' ? `↔ ${name}` : name;
  });
  const { palette } = theme;
  const title = `Quantization of ${nameForPeople(model.model?.name ?? '')}`;
  return htmlOf({
    ...content,
    palette,
    title,
    sentences: [
      summary,
      conditionsOf(exported),
      ...notesOf(model.model, model.compared),
      ...skippedOf(model),
    ],
    columnNames,
  });
}

/** @returns why there is no picture; null when it was sent, or stopped */
async function exportPng(exported: Exported, post: Post, watch: Watch): Promise<string | null> {
  const { content, theme, summary } = exported;
  const { name, unit } = metricNames[content.metric];
  const metric = unit === '' ? name : `${name} in ${unit}`;
  const words = [metric, conditionsOf(exported)].filter(Boolean).join(' · ');
  const notes = notesOf(exported.model.model, exported.model.compared);
  const bytes = await drawPicture({ content, theme, summary, conditions: words, notes }, watch);
  if (bytes === null) return null;
  if (typeof bytes === 'string') return bytes;
  if (bytes.byteLength > maxExportSize)
    return `The picture would have ${formatBytes(bytes.byteLength)}, more than the ${formatBytes(maxExportSize)} that can be saved: collapse groups or filter, or export HTML or CSV.`;
  post({ type: 'export', content: { kind: 'png', bytes: bytes as Uint8Array<ArrayBuffer> } });
  return null;
}
