import { randomInt } from 'node:crypto';
import { ConfigurationTarget, workspace } from 'vscode';
import { defaultMaxRegressionPercent } from '../protocol/profile';
import type { Sampling } from '../protocol/prompt';
import { modelFolders } from './models/folders';
import { readSampling } from './samplingSetting';

export const section = 'autoneural';

/** Folders of added bundles, absolute, as the settings name them (Restricted Mode hides the workspace's own). */
export function configuredModelFolders(): string[] {
  const base = workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath;
  return modelFolders(workspace.getConfiguration(section).get('modelFolders'), base);
}

/** Writes the person's own list of model folders; a list of the workspace's is left alone. */
export async function saveUserModelFolders(change: (folders: string[]) => string[]): Promise<void> {
  const configuration = workspace.getConfiguration(section);
  const own = configuration.inspect('modelFolders')?.globalValue;
  await configuration.update(
    'modelFolders',
    change(modelFolders(own, undefined)),
    ConfigurationTarget.Global,
  );
}

/** How much worse than its baseline a median of a run may be, in percent. */
export function maxRegressionPercent(): number {
  const percent: unknown = workspace.getConfiguration(section).get('maxRegressionPercent');
  return typeof percent === 'number' && percent >= 0 ? percent : defaultMaxRegressionPercent;
}

/** Sampling as the settings say it; what they leave open is the bundle's to decide. */
export function configuredSampling(): Partial<Sampling> {
  const configuration = workspace.getConfiguration(`${section}.sampling`);
  return readSampling(
    key => configuration.get(key),
    () => randomInt(2 ** 31),
  );
}
