import path from 'node:path';
import { commands, Disposable, workspace } from 'vscode';

/** What every bundle has and hardly any other folder. */
const sign = '**/preprocessor_config.json';
const maxFound = 200;

/** Absolute paths of the folders of the workspace that are bundles. */
export async function bundleFolders(): Promise<string[]> {
  const found = await workspace.findFiles(sign, '**/node_modules/**', maxFound);
  return found.map(({ fsPath }) => path.dirname(fsPath));
}

/** Tells the manifest's `when` clauses which folders of the workspace are bundles, now and as they come and go. */
export function registerBundleFolders(): Disposable {
  const look = async () => {
    await commands.executeCommand('setContext', 'autoneural.bundleFolders', await bundleFolders());
  };
  const watcher = workspace.createFileSystemWatcher(sign, false, true, false);
  const lookAgain = () => void look();
  lookAgain();
  return Disposable.from(watcher, watcher.onDidCreate(lookAgain), watcher.onDidDelete(lookAgain));
}
