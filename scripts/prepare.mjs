/**
 * Makes a clone ready to run with nothing but Node and npm: installs what package-lock.json names and builds dist, each
 * only when it is missing or stale. Imports nothing outside Node, since it runs before anything is installed.
 */
import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildIsCurrent } from './build-stamp.mjs';
import { npm, root, ScriptError } from './process.mjs';

/**
 * Says everything on stderr; silent when there is nothing to do.
 * @param {{ build: boolean }} options
 * @throws {ScriptError} one sentence: Node too old, folder not writable, npm failed, build failed
 */
export async function prepare(options) {
  checkNode();
  const install = !installIsCurrent();
  const build = options.build && (install || !buildIsCurrent());
  if (!install && !build) return;
  checkWritable();
  if (install) await timed('installing packages (npm ci)', installPackages);
  if (build) await timed('building', buildAll);
}

/** @param {string} line */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs a script's main function: a failure becomes one sentence and exit code 1.
 * @param {() => Promise<void>} main
 */
export async function runScript(main) {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    // Children end with this process; a script that has more to tidy up adds a listener of its own.
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(signal === 'SIGINT' ? 130 : 143);
    });
  }
  try {
    await main();
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new ScriptError(
      `Node ${process.versions.node} is too old: AutoNeural Studio needs Node 20.19 or newer.`,
    );
}

function checkWritable() {
  try {
    accessSync(root, constants.W_OK);
  } catch {
    throw new ScriptError(
      `${root} is not writable: packages and the build are put there, so give yourself write permission or clone elsewhere.`,
    );
  }
}

/** Whether node_modules holds the versions of package-lock.json, by the list that npm leaves in it. */
function installIsCurrent() {
  try {
    const wanted = packagesOf(path.join(root, 'package-lock.json'));
    const installed = packagesOf(path.join(root, 'node_modules', '.package-lock.json'));
    // A package that npm left out is fine when it is optional: made for another platform.
    return Object.entries(wanted).every(
      ([name, want]) =>
        name === '' || (installed[name] ? installed[name].version === want.version : want.optional),
    );
  } catch {
    return false;
  }
}

/** @param {string} file @returns {Record<string, { version?: string, optional?: boolean }>} */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

async function installPackages() {
  // Without the switch ONNX Runtime would download hundreds of megabytes of CUDA libraries on Linux.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const quiet = ['--loglevel=error', '--no-audit', '--no-fund'];
  const retries = ['--fetch-retry-mintimeout=2000', '--fetch-retry-factor=3'];
  const result = await npm(['ci', ...quiet, ...retries], { env });
  if (result.code === 0) return;
  const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i.test(
    result.output,
  );
  if (offline)
    throw new ScriptError(
      'npm ci could not reach the package registry: connect to the network and run this again.',
    );
  throw new ScriptError(`npm ci failed: ${reason(result.output)}`);
}

async function buildAll() {
  const result = await npm(['run', '--silent', 'build']);
  if (result.code !== 0)
    throw new ScriptError(`The build failed: ${reason(result.output)} (npm run build shows all)`);
}

/** @param {string} output */
function reason(output) {
  const lines = output.split('\n').filter(line => line.trim() && !line.includes('A complete log'));
  return (lines.find(line => /error/i.test(line)) ?? lines.at(-1) ?? 'no reason given')
    .replace(/^npm error\s*/, '')
    .trim();
}

/** @param {string} what @param {() => Promise<void>} work */
async function timed(what, work) {
  const started = Date.now();
  say(`${what} …`);
  await work();
  say(`${what}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
