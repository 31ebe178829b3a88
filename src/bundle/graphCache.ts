import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { sha256OfFile } from './digest';

export const manifestFile = 'manifest.json';

/** Builds that are kept; the one used longest ago goes first. */
const maxBuilds = 8;
/** Age at which a temporary folder belongs to a process that has died. */
const abandonedMs = 3_600_000;

const manifestSchema = v.object({
  files: v.record(v.string(), v.object({ bytes: v.number(), sha256: v.string() })),
});
/** Written last into a build; what it lists is complete. */
export type Manifest = v.InferOutput<typeof manifestSchema>;

/** Whether a build is complete and every file is as it was written. */
export async function isIntact(dir: string): Promise<boolean> {
  try {
    const manifest = v.parse(manifestSchema, JSON.parse(await readFile(join(dir, manifestFile), 'utf8')));
    for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
      const path = join(dir, name);
      if ((await stat(path)).size !== bytes || (await sha256OfFile(path)) !== sha256) return false;
    }
    return true;
  } catch {
    // Missing, unreadable or malformed: all the same, the build is made again.
    return false;
  }
}

/** Marks build `used` as just used and removes what is beyond the bound. */
export async function prune(root: string, used: string): Promise<void> {
  const now = Date.now();
  await utimes(join(root, used, manifestFile), now / 1000, now / 1000);
  const builds: { path: string; usedAt: number }[] = [];
  for (const name of await readdir(root)) {
    const path = join(root, name);
    const temporary = name.includes('.tmp');
    const usedAt = await timeOf(temporary ? path : join(path, manifestFile));
    if (temporary) {
      if (now - usedAt > abandonedMs) await remove(path);
    } else if (name !== used) builds.push({ path, usedAt });
  }
  builds.sort((a, b) => b.usedAt - a.usedAt);
  for (const { path } of builds.slice(maxBuilds - 1)) await remove(path);
}

/** 0 where there is nothing. */
async function timeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}

/** A file that is in use on Windows stays for the next time. */
async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}
