/** What the scripts start must end with them, however they end. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root, run } from '../../../scripts/process.mjs';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'scripts-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program that starts a grandchild, writes its pid, and stays. */
async function family(pidFile: string): Promise<string> {
  const file = path.join(folder, 'family.cjs');
  await writeFile(
    file,
    `const { spawn } = require('node:child_process');
     const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
     require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));
     setInterval(() => {}, 1000);`,
  );
  return file;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function grandchild(pidFile: string): Promise<number> {
  await expect.poll(() => existsSync(pidFile), { timeout: 20_000 }).toBe(true);
  await expect
    .poll(async () => Number(await readFile(pidFile, 'utf8')), { timeout: 5000 })
    .toBeGreaterThan(0);
  return Number(await readFile(pidFile, 'utf8'));
}

describe.skipIf(process.platform === 'win32')('a process under guard', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'ends whole when its parent gets %s, and its scratch folder goes',
    async signal => {
      const pidFile = path.join(folder, 'pid');
      const scratch = await mkdtemp(path.join(folder, 'scratch-'));
      const parent = path.join(folder, 'parent.mjs');
      await writeFile(
        parent,
        `import { guarded } from ${JSON.stringify(pathToFileURL(path.join(root, 'scripts/process.mjs')).href)};
       guarded(process.execPath, [${JSON.stringify(await family(pidFile))}], { scratch: ${JSON.stringify(scratch)} });`,
      );
      const started = spawn(process.execPath, [parent], { stdio: 'ignore' });
      const pid = await grandchild(pidFile);
      expect(isAlive(pid)).toBe(true);
      started.kill(signal);
      await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
      await expect.poll(() => existsSync(scratch), { timeout: 20_000 }).toBe(false);
    },
  );
});

it.skipIf(process.platform === 'win32')(
  'a command that runs too long is ended with its children',
  async () => {
    const pidFile = path.join(folder, 'pid');
    const running = run(process.execPath, [await family(pidFile)], { timeoutMs: 6000 });
    const pid = await grandchild(pidFile);
    const { timedOut, code } = await running;
    expect({ timedOut, code }).toEqual({ timedOut: true, code: null });
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  },
);

describe('usage', () => {
  it.each([
    ['start.mjs', ['--fast']],
    ['start.mjs', ['--port', '99999']],
    ['start.mjs', ['editor']],
    ['test.mjs', ['--only', 'lint,units']],
    ['test.mjs', ['lint']],
  ])('%s refuses %j in one sentence', async (script, args) => {
    const { code, output } = await run(process.execPath, [path.join(root, 'scripts', script), ...args]);
    expect(code).toBe(2);
    expect(output).toMatch(/^[^\n]+ takes [^\n]+\.\n$/);
  });
});
