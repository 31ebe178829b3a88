/**
 * `npm start [-- --no-editor] [-- --port N]`: makes the clone ready, answers one sample picture in the terminal, then
 * opens the samples in an editor with the extension loaded.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { prepare, runScript, say } from './prepare.mjs';
import { root, run, ScriptError } from './process.mjs';

const sample = { picture: 'samples/dashboard-87.png', question: 'Give a short caption.' };

/** @returns {{ editor: boolean, port?: number }} */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: { 'no-editor': { type: 'boolean', default: false }, port: { type: 'string' } },
    });
    if (values.port === undefined) return { editor: !values['no-editor'] };
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new Error(`--port takes a number from 1 to 65535, not "${values.port}"`);
    return { editor: !values['no-editor'], port };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    say(`${reason}: npm start takes --no-editor and --port N, after "--".`);
    process.exit(2);
  }
}

async function answerSample() {
  const cli = path.join(root, 'dist', 'cli.js');
  const args = [cli, 'prompt', path.join(root, sample.picture), sample.question, '--json'];
  const result = await run(process.execPath, args);
  if (result.code !== 0)
    throw new ScriptError(`The sample picture was not answered: ${result.output.trim()}`);
  const { answer, precision, model, timings } = JSON.parse(result.stdout);
  const speed = timings.decodeTokensPerSecond;
  console.log(`\n  ${sample.picture}\n  ${sample.question}\n  ${answer}\n`);
  console.log(
    `  first token after ${Math.round(timings.ttftMs)} ms${speed ? `, then ${Math.round(speed)} tokens/s` : ''} ` +
      `(${model.name}, ${precision})\n`,
  );
}

/**
 * @param {string} folder
 * @param {number | undefined} port
 * @returns {Promise<import('./editors.mjs').Opened>}
 */
async function openEditor(folder, port) {
  const { openCodeServer, openDownloaded, openInstalled } = await import('./editors.mjs');
  /** @type {[string, () => Promise<import('./editors.mjs').Opened>][]} */
  const ways = [
    ['a VS Code on this machine', () => openInstalled(folder)],
    ['a downloaded VS Code', () => openDownloaded(folder)],
    ['code-server', () => openCodeServer(folder, say, port)],
  ];
  for (const [name, open] of ways) {
    const started = Date.now();
    try {
      const opened = await open();
      say(`${opened.name} is open after ${((Date.now() - started) / 1000).toFixed(1)} s: ${opened.notice}`);
      return opened;
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      say(`not in ${name}: ${error.message}`);
    }
  }
  throw new ScriptError('No editor could be opened here; "npm start -- --no-editor" needs none.');
}

await runScript(async () => {
  const options = readOptions();
  await prepare({ build: true });
  await answerSample();
  if (!options.editor) return;
  const opened = await openEditor(path.join(root, 'samples'), options.port);
  if (!opened.stop) return;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void opened.stop?.());
  await opened.ended;
});
