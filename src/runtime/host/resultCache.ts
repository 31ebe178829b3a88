import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { sha256OfText } from '../../bundle/digest';

/** Results that are kept; those used longest ago go first. */
const maxResults = 500;

/** Results of measurements on disk, by all that decides them. What cannot be read counts as not there. */
export class ResultCache {
  /** @param folder absolute path; made with the first result */
  constructor(private readonly folder: string) {}

  /** The result of exactly these facts, as it was written. */
  async read<Output>(facts: unknown, schema: v.GenericSchema<unknown, Output>): Promise<Output | undefined> {
    const path = this.pathOf(facts);
    try {
      const parsed = v.safeParse(schema, JSON.parse(await readFile(path, 'utf8')));
      if (!parsed.success) return undefined;
      const now = new Date();
      await utimes(path, now, now);
      return parsed.output;
    } catch {
      return undefined;
    }
  }

  /** A reader sees the whole result or none: another process may read at any time. */
  async write(facts: unknown, result: unknown): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const path = this.pathOf(facts);
    const temporary = `${path}.${randomUUID()}.tmp`;
    await writeFile(temporary, JSON.stringify(result));
    await rename(temporary, path);
    await this.prune();
  }

  private pathOf(facts: unknown): string {
    return join(this.folder, `${sha256OfText(JSON.stringify(facts))}.json`);
  }

  private async prune(): Promise<void> {
    const names = await readdir(this.folder);
    if (names.length <= maxResults) return;
    const files = await Promise.all(
      names.map(async name => {
        const path = join(this.folder, name);
        return { path, usedAtMs: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 };
      }),
    );
    files.sort((a, b) => b.usedAtMs - a.usedAtMs);
    for (const { path } of files.slice(maxResults)) await rm(path, { force: true });
  }
}
