import path from 'node:path';
import * as v from 'valibot';

/**
 * The folders of the setting `autoneural.modelFolders` as absolute paths, each once.
 * @param base folder that relative entries start from: the first workspace folder, if there is one on this machine
 */
export function modelFolders(configured: unknown, base: string | undefined): string[] {
  const entries = v.parse(v.fallback(v.array(v.unknown()), []), configured);
  const folders = entries
    .filter((entry): entry is string => typeof entry === 'string' && entry.trim() !== '')
    .filter(entry => path.isAbsolute(entry) || base !== undefined)
    .map(entry => path.resolve(base ?? '', entry));
  return [...new Set(folders)];
}

/**
 * Whether a bundle may run here. In Restricted Mode only the shipped one may: the folders of a workspace nobody has
 * vouched for can hold a bundle made to harm whoever parses it.
 */
export function mayRun(bundleDir: string, shippedDir: string, trusted: boolean): boolean {
  return trusted || path.resolve(bundleDir) === path.resolve(shippedDir);
}
