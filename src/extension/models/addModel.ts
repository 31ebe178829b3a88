import { l10n, window, workspace } from 'vscode';
import type { RuntimeDoor } from '../runtimeDoor';
import { saveUserModelFolders } from '../settings';
import type { ModelShelf } from './shelf';

/** Lets a person choose a bundle folder, proves that it can be opened, remembers it and chooses it. */
export async function addModel(shelf: ModelShelf, runtime: RuntimeDoor): Promise<void> {
  if (!workspace.isTrusted) {
    void window.showWarningMessage(
      l10n.t(
        'Only the shipped model may run in Restricted Mode: trust this workspace to add a model folder.',
      ),
    );
    return;
  }
  const picked = await window.showOpenDialog({
    title: l10n.t('Select a Model Folder'),
    openLabel: l10n.t('Use Model'),
    canSelectFiles: false,
    canSelectFolders: true,
  });
  const bundleDir = picked?.[0]?.fsPath;
  if (bundleDir !== undefined) {
    await useModelFolder(shelf, runtime, bundleDir);
  }
}

/** Remembers a bundle folder and chooses it; says why where it cannot be opened. */
export async function useModelFolder(
  shelf: ModelShelf,
  runtime: RuntimeDoor,
  bundleDir: string,
): Promise<void> {
  const outcome = await runtime.model(bundleDir);
  if (!outcome.ok) {
    void window.showErrorMessage(outcome.failure.message);
    return;
  }
  if (!shelf.folders.includes(bundleDir)) {
    await saveUserModelFolders(folders => [...folders, bundleDir]);
  }
  await shelf.reload();
  await shelf.choose({ bundleDir });
}

/** Takes a folder off a person's list. One that the workspace's settings name stays, and that is said. */
export async function removeModel(shelf: ModelShelf, bundleDir: string): Promise<void> {
  await saveUserModelFolders(folders => folders.filter(folder => folder !== bundleDir));
  if (shelf.folders.includes(bundleDir) && bundleDir !== shelf.shippedDir) {
    void window.showInformationMessage(
      l10n.t("The workspace's setting autoneural.modelFolders names {0}: remove it there.", bundleDir),
    );
  }
}
