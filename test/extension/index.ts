/**
 * The test module that the extension host runs: every test/extension/*.test.ts, written with
 * `import { describe, it } from 'mocha'` and the `vscode` API. `npm test -- --only extension` bundles and runs them;
 * `node scripts/extension-tests.mjs "words of a title"` runs a part.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';

/** Called by the extension host; rejects when a test failed, which becomes the exit code. */
export function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, color: false });
  const words = process.env['AUTONEURAL_TEST_GREP'];
  if (words) mocha.fgrep(words);
  const tests = readdirSync(__dirname).filter(name => name.endsWith('.test.cjs'));
  for (const name of tests.sort()) mocha.addFile(path.join(__dirname, name));
  return new Promise((resolve, reject) => {
    const runner = mocha.run(failures => {
      const { passes = 0, pending = 0 } = runner.stats ?? {};
      try {
        report({ passed: passes, failed: failures, skipped: pending });
        if (failures > 0) throw new Error(`${failures} tests failed`);
        resolve();
      } catch (error) {
        reject(error);
      }
    });
  });
}

function report(counts: Record<'passed' | 'failed' | 'skipped', number>): void {
  const file = process.env['AUTONEURAL_TEST_RESULTS'];
  if (!file) return;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(counts));
}
