import type { ClaimsReport } from '../../src/protocol/claims';
import { drawAll } from '../shared/charts/drawings';
import type { Theme } from '../shared/charts/theme';
import type { Post } from './claimsHost';
import { decodeChart, encoderChart, memoryChart } from './model/charts';
import { csvOf } from './model/csv';
import { htmlOf } from './model/html';
import { drawingSize, pictureOf } from './picture';

export type ExportKind = 'png' | 'csv' | 'html';

/**
 * Sends an export to the extension, which asks where to save it.
 * @returns why there is none; null when it was sent
 */
export async function exportClaims(
  kind: ExportKind,
  report: ClaimsReport,
  theme: Theme,
  post: Post,
): Promise<string | null> {
  if (kind === 'csv') {
    post({ type: 'export', content: { kind, text: csvOf(report) } });
    return null;
  }
  const charts = [encoderChart(report, false), decodeChart(report, false), memoryChart(report)];
  const canvases = await drawAll(charts, theme, drawingSize);
  if (kind === 'html') {
    const drawings = new Map([...canvases].map(([id, canvas]) => [id, canvas.toDataURL('image/png')]));
    const text = htmlOf({ report, charts, drawings, palette: theme.palette });
    post({ type: 'export', content: { kind, text } });
    return null;
  }
  const bytes = await pictureOf({ report, charts, drawings: canvases, theme });
  if (!bytes) return 'The picture could not be drawn: the editor gave no canvas; export HTML or CSV instead.';
  post({ type: 'export', content: { kind, bytes } });
  return null;
}
