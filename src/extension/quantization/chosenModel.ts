import path from 'node:path';
import { l10n, TabInputCustom, TabInputText, Uri, window, workspace } from 'vscode';
import type { ModelShelf } from '../models/shelf';

/** How many .onnx files of the workspace the list offers; the last entries open file dialogs for all others. */
const maxListed = 200;

/** The .onnx file in the active tab, if there is one. */
export function activeModel(): string | undefined {
  const input = window.tabGroups.activeTabGroup.activeTab?.input;
  const uri = input instanceof TabInputCustom || input instanceof TabInputText ? input.uri : undefined;
  return uri?.scheme === 'file' && /\.onnx$/i.test(uri.path) ? uri.fsPath : undefined;
}

/** Lets a person choose among the known bundles and the .onnx files of the workspace, or any other. */
export async function pickModel(models: ModelShelf, title: string): Promise<string | undefined> {
  const files = await workspace.findFiles('**/*.onnx', '**/node_modules/**', maxListed);
  const bundles = models.folders.map(dir => item(dir, models.nameOf(dir), dir));
  const graphs = files
    .map(({ fsPath }) => item(fsPath, path.basename(fsPath), workspace.asRelativePath(fsPath)))
    .sort((a, b) => a.description.localeCompare(b.description));
  const other = [
    { label: l10n.t('$(file) Choose an ONNX File…'), alwaysShow: true, browse: browseFile },
    { label: l10n.t('$(folder-opened) Choose a Model Folder…'), alwaysShow: true, browse: browseFolder },
  ];
  const picked = await window.showQuickPick([...bundles, ...graphs, ...other], {
    title,
    placeHolder: l10n.t('Choose a model to measure'),
    matchOnDescription: true,
  });
  if (!picked) return undefined;
  return 'browse' in picked ? picked.browse() : picked.modelPath;
}

/** The model that a menu was used on: a file or folder of the explorer, or an entry of the list of models. */
export function modelPathOf(argument: unknown): string | undefined {
  if (argument instanceof Uri) return argument.scheme === 'file' ? argument.fsPath : undefined;
  return typeof argument === 'string' ? argument : undefined;
}

function item(modelPath: string, label: string, description: string) {
  return { label, description, modelPath };
}

function browseFile(): Promise<string | undefined> {
  return browse({ canSelectFiles: true, filters: { ONNX: ['onnx'] } });
}

function browseFolder(): Promise<string | undefined> {
  return browse({ canSelectFolders: true, canSelectFiles: false });
}

/** Asks for one file or folder. Undefined where the person chose none. */
export async function browse(
  options: Parameters<typeof window.showOpenDialog>[0],
): Promise<string | undefined> {
  const picked = await window.showOpenDialog(options);
  return picked?.[0]?.fsPath;
}
