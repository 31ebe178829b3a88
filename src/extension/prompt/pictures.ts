import path from 'node:path';

/** Types that the menus offer and that a drop may bring, lower case, without the dot. */
export const pictureExtensions = ['png', 'jpg', 'jpeg', 'webp', 'gif', 'tif', 'tiff', 'avif'] as const;

/** Bytes that are copied for a picture that has no path on this machine; larger ones are refused. */
export const maxStagedBytes = 50 * 1024 * 1024;

/** Whether a file's name says that it is a picture. What it really is, the engine finds out. */
export function isPicture(filePath: string): boolean {
  const extension = path.posix.extname(filePath).slice(1).toLowerCase();
  return pictureExtensions.some(known => known === extension);
}

/**
 * A name from outside (clipboard, drop, remote folder) as a plain file name: no folders, nothing hidden, no
 * characters that a file system treats specially, at most 100 characters.
 */
export function safeFileName(name: string): string {
  const base = name.split(/[\\/]/).at(-1) ?? '';
  const plain = base.replace(/[^\p{L}\p{N}._ -]/gu, '_').replace(/^[. ]+|[. ]+$/g, '');
  const extension = path.posix.extname(plain).slice(-10);
  const stem = path.posix.basename(plain, path.posix.extname(plain)).slice(0, 90);
  // Windows would open a device instead of a file.
  return /^(con|prn|aux|nul|com\d|lpt\d)?$/i.test(stem) ? `picture${extension}` : stem + extension;
}

/** The parts of a URI that decide whether it may be opened. */
export interface UriParts {
  scheme: string;
  authority: string;
  path: string;
}

/** Whether `uri` lies in one of `roots` (workspace folders) after its `..` segments are resolved. */
export function isInside(uri: UriParts, roots: readonly UriParts[]): boolean {
  const target = path.posix.normalize(uri.path);
  return roots.some(root => {
    const folder = path.posix.normalize(`${root.path}/`);
    return root.scheme === uri.scheme && root.authority === uri.authority && target.startsWith(folder);
  });
}
