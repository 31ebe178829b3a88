import { type Uri, workspace } from 'vscode';
import { activePicture } from '../prompt/chosenPicture';

/** The picture that a profile begins with: the one in the active tab, else the first of the workspace by name. */
export async function usualPicture(): Promise<Uri | undefined> {
  const active = activePicture();
  if (active) return active;
  const found = await workspace.findFiles('**/*.{png,jpg,jpeg,webp}', '**/node_modules/**', 100);
  return found.sort(
    (one, other) => one.path.length - other.path.length || one.path.localeCompare(other.path),
  )[0];
}
