import { l10n, window } from 'vscode';
import { StudioError } from '../../protocol/failure';
import type { ProfilingServices } from './services';
import type { SessionRun } from './session';

/**
 * Asks for files of other programs (or records from elsewhere) and keeps what they hold as runs of this workspace.
 * @returns the runs; empty where the person chose nothing
 * @throws {StudioError} where a file is none that can be read; those before it are kept
 */
export async function importRuns({
  client,
  runs,
}: Pick<ProfilingServices, 'client' | 'runs'>): Promise<SessionRun[]> {
  const picked = await window.showOpenDialog({
    title: l10n.t('Import Runs'),
    openLabel: l10n.t('Import'),
    canSelectMany: true,
    filters: {
      [l10n.t('Profiles and benchmark results')]: ['json', 'jsonl', 'csv', 'md', 'txt', 'log'],
      [l10n.t('All files')]: ['*'],
    },
  });
  const imported: SessionRun[] = [];
  for (const { fsPath } of picked ?? []) {
    const outcome = await client.readRun(fsPath);
    if (!outcome.ok) throw new StudioError(outcome.failure.kind, outcome.failure.message);
    for (const record of outcome.records) imported.push({ record, file: await runs.save(record, fsPath) });
  }
  return imported;
}
