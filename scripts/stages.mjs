/** The stages of `npm test`: what each runs, how long it may take, and how its tests are counted. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { npm, root, run } from './process.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {{ code: number | null, timedOut: boolean }} Ended
 * @typedef {object} Stage
 * @property {string} name
 * @property {number} timeoutMs
 * @property {boolean} [editor] whether it needs code-server and a browser
 * @property {string} [tests] folder of its tests
 * @property {(options: { timeoutMs: number, onOutput: (text: string) => void }) => Promise<Ended>} run
 * @property {(ended: Ended) => Counts} count
 */

const minute = 60_000;
const resultsDir = path.join(root, '.cache', 'results');

/** Logs are read in files too. */
const plainText = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };

/** @type {Stage[]} */
export const stages = [
  wholeCommand('build', 2),
  wholeCommand('lint', 2),
  wholeCommand('types', 4),
  wholeCommand('floors', 2),
  vitestStage({ name: 'unit', config: 'vitest.config.mts', tests: 'test/unit', timeoutMs: 10 * minute }),
  extensionStage(),
  vitestStage({
    name: 'e2e',
    config: 'vitest.e2e.config.mts',
    tests: 'test/e2e',
    timeoutMs: 10 * minute,
    editor: true,
  }),
];

/** A command that passes or fails as a whole. @param {string} name @param {number} minutes @returns {Stage} */
function wholeCommand(name, minutes) {
  return {
    name,
    timeoutMs: minutes * minute,
    run: options => npm(['run', '--silent', name], options),
    count: ended =>
      ended.code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 },
  };
}

/** @param {{ name: string, config: string, tests: string, timeoutMs: number, editor?: boolean }} options @returns {Stage} */
function vitestStage({ name, config, tests, timeoutMs, editor = false }) {
  const results = path.join(resultsDir, `${name}.json`);
  const cli = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  return {
    name,
    timeoutMs,
    editor,
    tests,
    run: options => {
      rmSync(results, { force: true });
      return run(process.execPath, [cli, 'run', '--config', config, ...reporters], {
        ...options,
        env: plainText,
      });
    },
    count: ended => withFailure(ended, readVitest(results)),
  };
}

/** @returns {Stage} */
function extensionStage() {
  const results = path.join(resultsDir, 'extension.json');
  return {
    name: 'extension',
    timeoutMs: 5 * minute,
    editor: true,
    tests: 'test/extension',
    run: options => {
      rmSync(results, { force: true });
      const env = { ...plainText, AUTONEURAL_TEST_RESULTS: results };
      return run(process.execPath, [path.join(root, 'scripts', 'extension-tests.mjs')], { ...options, env });
    },
    count: ended => withFailure(ended, readJson(results)),
  };
}

/** @param {string} file @returns {Counts | undefined} */
function readVitest(file) {
  const results = readJson(file);
  if (!results) return undefined;
  /** A file that could not even be loaded has no tests to count. @type {{ status: string, assertionResults: unknown[] }[]} */
  const files = results.testResults;
  const unloadable = files.filter(
    entry => entry.status === 'failed' && entry.assertionResults.length === 0,
  ).length;
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + unloadable,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

/** @param {string} file */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * A stage that ended badly has failed at least once, whatever its results say.
 * @param {Ended} ended
 * @param {Counts | undefined} counts
 * @returns {Counts}
 */
function withFailure(ended, counts = { passed: 0, failed: 0, skipped: 0 }) {
  const bad = ended.code !== 0 || ended.timedOut || counts.passed + counts.failed + counts.skipped === 0;
  return bad && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** How many tests stand in a stage's folder, counted in the source: for a stage that cannot run. @param {Stage} stage */
export function writtenTests(stage) {
  if (!stage.tests) return 1;
  const dir = path.join(root, stage.tests);
  const files = readdirSync(dir).filter(name => name.endsWith('.test.ts'));
  const found = files.flatMap(
    name => readFileSync(path.join(dir, name), 'utf8').match(/^\s*(it|test)\b/gm) ?? [],
  );
  return Math.max(1, found.length);
}
