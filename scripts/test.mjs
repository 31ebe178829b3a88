/**
 * `npm test [-- --only NAME,NAME]`: every stage one after the other, each whether or not an earlier one failed; logs in
 * .cache/logs. The last line is `N passed, N failed, N skipped`; the exit code is 1 exactly when a test failed.
 */
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { prepare, runScript, say } from './prepare.mjs';
import { root, ScriptError } from './process.mjs';
import { stages, writtenTests } from './stages.mjs';
import { ensureTestTools } from './test-tools.mjs';

const logsDir = path.join(root, '.cache', 'logs');

/** @returns {import('./stages.mjs').Stage[]} */
function chosenStages() {
  const known = stages.map(stage => stage.name);
  try {
    const { values } = parseArgs({ options: { only: { type: 'string' } } });
    const names = values.only?.split(',') ?? known;
    const unknown = names.filter(name => !known.includes(name));
    if (unknown.length > 0) throw new Error(`There is no stage "${unknown.join(', ')}"`);
    return stages.filter(stage => names.includes(stage.name));
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    say(`${reason}: npm test takes --only with one or more of ${known.join(',')}, after "--".`);
    process.exit(2);
  }
}

/** @param {string} name */
function logTo(name) {
  mkdirSync(logsDir, { recursive: true });
  const stream = createWriteStream(path.join(logsDir, `${name}.log`));
  /** @type {(text: string) => void} */
  const write = text => void stream.write(text);
  return { write, close: () => new Promise(resolve => stream.end(() => resolve(undefined))) };
}

/** @returns {Promise<string | undefined>} why the tests in the editor cannot run */
async function toolsProblem() {
  const log = logTo('tools');
  try {
    await ensureTestTools(say, log.write);
    return undefined;
  } catch (error) {
    if (error instanceof ScriptError) return error.message;
    throw error;
  } finally {
    await log.close();
  }
}

/** @param {import('./stages.mjs').Stage} stage @returns {Promise<import('./stages.mjs').Counts>} */
async function runStage(stage) {
  const started = Date.now();
  const log = logTo(stage.name);
  let tail = '';
  const ended = await stage.run({
    timeoutMs: stage.timeoutMs,
    onOutput: text => {
      log.write(text);
      tail = (tail + text).slice(-6000);
    },
  });
  await log.close();
  const counts = stage.count(ended);
  if (counts.failed > 0) console.log(tail.trimEnd());
  if (ended.timedOut)
    console.log(`${stage.name} did not end within ${stage.timeoutMs / 60_000} minutes and was stopped`);
  report(stage.name, counts, `${((Date.now() - started) / 1000).toFixed(1)} s`);
  return counts;
}

/** @param {string} name @param {import('./stages.mjs').Counts} counts @param {string} note */
function report(name, { passed, failed, skipped }, note) {
  console.log(`${name.padEnd(10)} ${passed} passed, ${failed} failed, ${skipped} skipped (${note})`);
}

await runScript(async () => {
  const chosen = chosenStages();
  const total = { passed: 0, failed: 0, skipped: 0 };
  try {
    await prepare({ build: false });
    const problem = chosen.some(stage => stage.editor) ? await toolsProblem() : undefined;
    for (const stage of chosen) {
      const cannot = stage.editor ? problem : undefined;
      const counts = cannot ? { passed: 0, failed: 0, skipped: writtenTests(stage) } : await runStage(stage);
      if (cannot) report(stage.name, counts, cannot);
      total.passed += counts.passed;
      total.failed += counts.failed;
      total.skipped += counts.skipped;
    }
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    say(error.message);
    total.failed += 1;
  }
  process.exitCode = total.failed > 0 ? 1 : 0;
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
});
