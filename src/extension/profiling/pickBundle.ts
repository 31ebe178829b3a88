import { l10n, window } from 'vscode';
import type { ModelShelf } from '../models/shelf';

/** Lets a person choose among the known bundles, or any other folder. */
export async function pickBundle(models: ModelShelf, title: string): Promise<string | undefined> {
  await models.load();
  const known = models.folders.map(dir => ({ label: models.nameOf(dir), description: dir, dir }));
  const other = { label: l10n.t('$(folder-opened) Choose a Model Folder…'), alwaysShow: true };
  const picked = await window.showQuickPick([...known, other], {
    title,
    placeHolder: l10n.t('Choose a model to profile'),
    matchOnDescription: true,
  });
  if (!picked) return undefined;
  if ('dir' in picked) return picked.dir;
  const folders = await window.showOpenDialog({ canSelectFiles: false, canSelectFolders: true });
  return folders?.[0]?.fsPath;
}
