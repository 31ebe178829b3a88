import { drawAll } from '../shared/charts/drawings';
import { csvOf } from './model/csv';
import { htmlOf } from './model/html';
import type { OperatorTable } from './model/operators';
import { drawingSize, type PictureContent, pictureOf } from './picture';
import type { Post } from './post';

export type ExportKind = 'png' | 'csv' | 'html';

/** What is exported: the runs as they lie over each other. */
export interface Exported extends Omit<PictureContent, 'drawings'> {
  operators: OperatorTable;
}

/**
 * Sends an export to the extension, which asks where to save it.
 * @returns why there is none; null when it was sent
 */
export async function exportRuns(kind: ExportKind, exported: Exported, post: Post): Promise<string | null> {
  if (kind === 'csv') {
    post({ type: 'export', content: { kind, text: csvOf(exported.runs) } });
    return null;
  }
  const canvases = await drawAll(exported.charts, exported.theme, drawingSize);
  if (kind === 'html') {
    const drawings = new Map([...canvases].map(([id, canvas]) => [id, canvas.toDataURL('image/png')]));
    const text = htmlOf({ ...exported, drawings, palette: exported.theme.palette });
    post({ type: 'export', content: { kind, text } });
    return null;
  }
  const bytes = await pictureOf({ ...exported, drawings: canvases });
  if (!bytes) return 'The picture could not be drawn: the editor gave no canvas; export HTML or CSV instead.';
  post({ type: 'export', content: { kind, bytes } });
  return null;
}
