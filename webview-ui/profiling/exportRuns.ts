import { csvOf } from './model/csv';
import { htmlOf } from './model/html';
import type { OperatorTable } from './model/operators';
import { type PictureContent, pictureOf } from './picture';
import type { Post } from './post';

export type ExportKind = 'png' | 'csv' | 'html';

/** What is exported: the runs as they lie over each other. */
export interface Exported extends PictureContent {
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
  if (kind === 'html') {
    const drawings = new Map(
      [...exported.drawings].map(([id, canvas]) => [id, canvas.toDataURL('image/png')]),
    );
    const text = htmlOf({ ...exported, drawings, palette: exported.theme.palette });
    post({ type: 'export', content: { kind, text } });
    return null;
  }
  const bytes = await pictureOf(exported);
  if (!bytes) return 'The picture could not be drawn: the editor gave no canvas; export HTML or CSV instead.';
  post({ type: 'export', content: { kind, bytes } });
  return null;
}
