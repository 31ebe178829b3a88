import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const pattern = /^claims-(\d+)$/;

/** The folder for the graphs of a comparison that a process runs. */
export function workFolder(cacheDir: string, pid: number): string {
  return join(cacheDir, `claims-${pid}`);
}

/** Removes the graphs of processes that were killed: gigabytes that nobody else would. */
export async function removeAbandoned(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir).catch(() => [])) {
    const pid = Number(pattern.exec(name)?.[1] ?? 0);
    if (pid > 0 && !lives(pid)) await rm(join(cacheDir, name), { recursive: true, force: true });
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Someone else's process cannot be signalled, and lives.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
