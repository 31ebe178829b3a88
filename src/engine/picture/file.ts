import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { StudioError } from '../../protocol/failure';
import { type PictureFormat, pictureFormats, sniffFormat } from './format';

/** A file above this is refused before it is read. */
export const maxFileMiB = 256;

/** A picture file in memory, not decoded yet. */
export interface PictureFile {
  /** File name for sentences. */
  name: string;
  format: PictureFormat;
  bytes: Buffer;
  /** Hash of the content: two files with the same bytes are the same picture. */
  sha256: string;
}

/**
 * Reads a picture file whole.
 * @throws {StudioError} `file-missing`, `not-an-image` or `image-too-large`
 */
export async function readPictureFile(filePath: string): Promise<PictureFile> {
  const name = path.basename(filePath);
  const bytes = await readBytes(filePath, name);
  const sniffed = sniffFormat(bytes);
  if (sniffed.format === null) throw notAnImage(name, bytes.length, sniffed.looksLike);
  return { name, format: sniffed.format, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function readBytes(filePath: string, name: string): Promise<Buffer> {
  try {
    // Looked at before it is opened: opening a pipe would wait for its writer.
    const stats = await stat(filePath);
    if (!stats.isFile()) {
      const what = stats.isDirectory() ? 'a folder' : 'no regular file';
      throw new StudioError('not-an-image', `${name} is ${what}, not a picture: name a picture file.`);
    }
    const sizeMiB = stats.size / 2 ** 20;
    if (sizeMiB > maxFileMiB) throw fileTooLarge(name, sizeMiB);
    return await readFile(filePath);
  } catch (error) {
    throw error instanceof StudioError ? error : unreadable(filePath, error);
  }
}

function fileTooLarge(name: string, sizeMiB: number): StudioError {
  const message = `${name} has ${Math.ceil(sizeMiB)} MiB and at most ${maxFileMiB} MiB are read: save it smaller.`;
  return new StudioError('image-too-large', message);
}

function unreadable(filePath: string, error: unknown): StudioError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new StudioError('file-missing', `There is no picture at ${filePath}: check the path.`);
  const message = `The picture ${filePath} cannot be read (${code}): check its permissions.`;
  return new StudioError('file-missing', message, { cause: error });
}

function notAnImage(name: string, size: number, looksLike: string | null): StudioError {
  const known = `${pictureFormats.slice(0, -1).join(', ')} or ${pictureFormats.at(-1)}`;
  if (size === 0) return new StudioError('not-an-image', `${name} is empty: choose a ${known} picture.`);
  const what =
    looksLike === null ? 'is not a picture that can be read' : `is ${looksLike}, which is not read`;
  return new StudioError('not-an-image', `${name} ${what}: choose a ${known} picture.`);
}
