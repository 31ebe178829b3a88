import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SessionPicture } from './cards';
import { safeFileName } from './pictures';

/**
 * Copies of pictures that have no path on this machine (pasted, dropped from a desktop, in a virtual folder), in the
 * extension's storage. They live as long as their session.
 */
export class StagedPictures {
  readonly #root: string;

  /** @param root absolute path; made when the first picture comes */
  constructor(root: string) {
    this.#root = root;
  }

  /** Writes a picture into a folder of its own, so that the view may be shown that folder and nothing beside it. */
  async add(sessionId: string, name: string, bytes: Uint8Array): Promise<SessionPicture> {
    const folder = path.join(this.#root, sessionId, randomUUID());
    const file = path.join(folder, safeFileName(name));
    await mkdir(folder, { recursive: true });
    await writeFile(file, bytes);
    return { name: path.basename(file), path: file };
  }

  async remove(sessionId: string): Promise<void> {
    await rm(path.join(this.#root, sessionId), { recursive: true, force: true });
  }

  /** Removes what sessions left behind that ended without a goodbye. */
  async keepOnly(sessionIds: readonly string[]): Promise<void> {
    const found = await readdir(this.#root).catch(() => []);
    await Promise.all(found.filter(id => !sessionIds.includes(id)).map(id => this.remove(id)));
  }
}
