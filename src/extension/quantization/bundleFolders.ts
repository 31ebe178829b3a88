import path from 'node:path';
import { commands, Disposable, Uri, workspace } from 'vscode';

/** What every bundle has and hardly any other folder. */
const sign = 'preprocessor_config.json';
const maxFound = 200;
/** Where files come and go by the thousand, and no bundle is. */
const uninteresting = /[\\/](?:node_modules|\.git)[\\/]/;

/** Absolute paths of the folders of the workspace that are bundles. */
export async function bundleFolders(): Promise<string[]> {
  const found = await workspace.findFiles(`**/${sign}`, '**/node_modules/**', maxFound);
  return found.map(({ fsPath }) => path.dirname(fsPath));
}

/**
 * Tells the manifest's `when` clauses which folders of the workspace are bundles, now and as they come and go. A folder
 * that is moved into its place, as an export is, or deleted is one event of its own, without its files.
 */
export function registerBundleFolders(): Disposable {
  let known: readonly string[] = [];
  const look = async () => {
    known = await bundleFolders();
    await commands.executeCommand('setContext', 'autoneural.bundleFolders', known);
  };
  const onCreate = async (uri: Uri) => {
    if (uninteresting.test(uri.fsPath)) return;
    if (path.basename(uri.fsPath) === sign || (await exists(Uri.joinPath(uri, sign)))) await look();
  };
  const onDelete = async ({ fsPath }: Uri) => {
    const inside = (dir: string) => `${dir}${path.sep}${sign}`.startsWith(fsPath);
    if (known.some(inside)) await look();
  };
  const watcher = workspace.createFileSystemWatcher('**/*', false, true, false);
  void look();
  return Disposable.from(
    watcher,
    watcher.onDidCreate(uri => void onCreate(uri)),
    watcher.onDidDelete(uri => void onDelete(uri)),
  );
}

async function exists(uri: Uri): Promise<boolean> {
  return workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
