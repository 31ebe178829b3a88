import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
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

  /**
   * Removes what sessions left behind that ended without a goodbye.
   * @param sessionIds those that are known to live
   * @param unusedMs others stay this long, since windows without a folder share one storage
   */
  async sweep(sessionIds: readonly string[], unusedMs: number): Promise<void> {
    const found = await readdir(this.#root).catch(() => []);
    const before = Date.now() - unusedMs;
    const remove = async (id: string) => {
      const { mtimeMs } = await stat(path.join(this.#root, id));
      if (mtimeMs <= before) {
        await this.remove(id);
      }
    };
    await Promise.all(found.filter(id => !sessionIds.includes(id)).map(remove));
  }
}
