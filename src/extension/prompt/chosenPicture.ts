import { env, l10n, TabInputCustom, TabInputText, Uri, window, workspace } from 'vscode';
import { StudioError } from '../../protocol/failure';
import type { SessionPicture } from './cards';
import { isInside, isPicture, maxStagedBytes, pictureExtensions } from './pictures';
import type { StagedPictures } from './staging';

/** How many pictures of the workspace the list offers; the last entry opens the file dialog for all others. */
const maxListed = 500;

/** The picture in the active tab, if there is one. */
export function activePicture(): Uri | undefined {
  const input = window.tabGroups.activeTabGroup.activeTab?.input;
  const uri = input instanceof TabInputCustom || input instanceof TabInputText ? input.uri : undefined;
  return uri && isPicture(uri.path) ? uri : undefined;
}

/** What a picture is chosen for, in the words of the dialogs. */
export interface PicturePurpose {
  title: string;
  placeHolder: string;
  /** On the button of the file dialog. */
  openLabel: string;
}

const toPrompt: PicturePurpose = {
  title: l10n.t('Prompt a Picture'),
  placeHolder: l10n.t('Choose a picture to ask about'),
  openLabel: l10n.t('Prompt'),
};

/** Lets a person choose among the workspace's pictures, or any file. */
export async function pickPicture(purpose = toPrompt): Promise<Uri | undefined> {
  const pattern = `**/*.{${pictureExtensions.flatMap(extension => [extension, extension.toUpperCase()]).join(',')}}`;
  const found = await workspace.findFiles(pattern, '**/node_modules/**', maxListed);
  if (found.length === 0) {
    return browse(purpose);
  }
  const items = found
    .map(uri => ({ label: workspace.asRelativePath(uri), uri }))
    .sort((a, b) => a.label.localeCompare(b.label));
  const other = { label: l10n.t('$(folder-opened) Browse…'), uri: undefined, alwaysShow: true };
  const picked = await window.showQuickPick([...items, other], {
    title: purpose.title,
    placeHolder: purpose.placeHolder,
  });
  return picked === other ? browse(purpose) : picked?.uri;
}

async function browse({ openLabel }: PicturePurpose): Promise<Uri | undefined> {
  const picked = await window.showOpenDialog({
    title: l10n.t('Choose a Picture'),
    openLabel,
    filters: { [l10n.t('Pictures')]: [...pictureExtensions] },
  });
  return picked?.[0];
}

/**
 * The picture behind a URI that was dropped into the view.
 * @throws {StudioError} where it is no picture of this workspace: a webview may not name any file of the machine
 */
export function droppedPicture(text: string): Uri {
  const uri = parse(text);
  const roots = (workspace.workspaceFolders ?? []).map(folder => folder.uri);
  if (!uri || !isInside(uri, roots)) {
    throw new StudioError(
      'usage',
      l10n.t('What was dropped lies outside this workspace: open it with "Prompt Picture…" instead.'),
    );
  }
  if (!isPicture(uri.path)) {
    throw new StudioError(
      'not-an-image',
      l10n.t('{0} is not a picture: drop a file of type {1}.', baseName(uri), pictureExtensions.join(', ')),
    );
  }
  return uri;
}

/** In a remote window the workbench names the remote's files `vscode-remote://…`; here they are plain files. */
function parse(text: string): Uri | undefined {
  try {
    const uri = Uri.parse(text, true);
    return uri.scheme === 'vscode-remote' && env.remoteName !== undefined ? Uri.file(uri.path) : uri;
  } catch {
    return undefined;
  }
}

/**
 * A picture as the runtime can read it: a file as it is, anything else as a staged copy.
 * @throws {StudioError} where it cannot be read or is too large to copy
 */
export async function toSessionPicture(
  uri: Uri,
  sessionId: string,
  staged: StagedPictures,
): Promise<SessionPicture> {
  const name = baseName(uri);
  if (uri.scheme === 'file') {
    return { name, path: uri.fsPath };
  }
  try {
    checkSize(name, (await workspace.fs.stat(uri)).size);
    return await staged.add(sessionId, name, await workspace.fs.readFile(uri));
  } catch (error) {
    if (error instanceof StudioError) {
      throw error;
    }
    throw new StudioError(
      'file-missing',
      l10n.t('{0} cannot be read ({1}): check that the folder it lies in is available.', name, String(error)),
      { cause: error },
    );
  }
}

/** @throws {StudioError} where a picture is too large to be copied into the extension's storage */
export function checkSize(name: string, bytes: number): void {
  if (bytes > maxStagedBytes) {
    throw new StudioError(
      'image-too-large',
      l10n.t(
        '{0} has more than {1} MiB: save it as a file and open it with "Prompt Picture…".',
        name,
        maxStagedBytes / 1024 ** 2,
      ),
    );
  }
}

function baseName(uri: Uri): string {
  return uri.path.split('/').at(-1) ?? uri.path;
}
