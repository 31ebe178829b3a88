/** Runs an installed code-server in a profile folder of its own, reachable from this machine only. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { guarded, run, ScriptError } from './process.mjs';

/** Nothing but the work: no welcome, no updates, no assistants, no questions that cover the view. */
const quietSettings = {
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'git.openRepositoryInParentFolders': 'never',
};

/**
 * @typedef {object} ServerOptions
 * @property {number} [port] a free one when left out
 * @property {string} [vsix] an extension to install first
 * @property {Record<string, unknown>} [settings] user settings on top of the quiet ones
 * @property {Record<string, string>} [env] more environment for the server and its extension host
 * @property {boolean} [smokeTestDriver] lets a page run tests inside the extension host
 * @property {(text: string) => void} [onOutput] the server's log
 */

/**
 * Starts code-server and waits until it answers.
 * @param {import('./install-code-server.mjs').CodeServer} installed
 * @param {ServerOptions} [options]
 * @throws {ScriptError} when it does not come up, with its last words
 */
export async function startCodeServer(installed, options = {}) {
  const port = options.port ?? (await freePort());
  // Short, since sockets live inside and their paths are limited to about 100 characters.
  const profile = await mkdtemp(path.join(tmpdir(), 'an-'));
  try {
    const env = await profileEnvironment(profile, options);
    const common = [
      installed.entry,
      ...['--config', path.join(profile, 'config.yaml')],
      ...['--user-data-dir', path.join(profile, 'data')],
      ...['--extensions-dir', path.join(profile, 'exts')],
    ];
    if (options.vsix) await installExtension(installed.node, common, options.vsix, env);
    const server = guarded(
      installed.node,
      [
        ...common,
        ...serverFlags(port),
        ...(options.smokeTestDriver ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
      ],
      { env, scratch: profile, ...(options.onOutput ? { onOutput: options.onOutput } : {}) },
    );
    const url = `http://127.0.0.1:${port}`;
    if (!(await answers(url, server.isRunning))) {
      await server.stop();
      throw new ScriptError(
        `code-server did not start on port ${port}: ${server.output().trim().split('\n').at(-1)}`,
      );
    }
    return {
      url,
      port,
      pid: server.pid,
      profile,
      ended: server.ended,
      output: server.output,
      stop: server.stop,
    };
  } catch (error) {
    await rm(profile, { recursive: true, force: true });
    throw error;
  }
}

/** @typedef {Awaited<ReturnType<typeof startCodeServer>>} RunningServer */

/** @param {number} port */
function serverFlags(port) {
  return [
    ...['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`],
    ...['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust'],
    ...['--disable-getting-started-override', '--ignore-last-opened'],
  ];
}

/**
 * @param {string} profile
 * @param {ServerOptions} options
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
async function profileEnvironment(profile, options) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, EXTENSIONS_GALLERY: '{"serviceUrl":""}', ...options.env };
  delete env['PORT'];
  delete env['VSCODE_IPC_HOOK_CLI'];
  for (const name of ['CONFIG_HOME', 'DATA_HOME', 'CACHE_HOME', 'STATE_HOME', 'RUNTIME_DIR'])
    env[`XDG_${name}`] = path.join(profile, name.toLowerCase());
  await mkdir(path.join(profile, 'runtime_dir'), { mode: 0o700 });
  const settings = path.join(profile, 'data', 'User', 'settings.json');
  await mkdir(path.dirname(settings), { recursive: true });
  await writeFile(settings, JSON.stringify({ ...quietSettings, ...options.settings }, null, 2));
  await writeFile(path.join(profile, 'config.yaml'), 'auth: none\n');
  return env;
}

/**
 * @param {string} node
 * @param {string[]} common
 * @param {string} vsix
 * @param {NodeJS.ProcessEnv} env
 */
async function installExtension(node, common, vsix, env) {
  const result = await run(node, [...common, '--install-extension', vsix], { env, timeoutMs: 60_000 });
  if (result.code !== 0)
    throw new ScriptError(
      `${path.basename(vsix)} could not be installed: ${result.output.trim().split('\n').at(-1)}`,
    );
}

/** @param {string} url @param {() => boolean} isRunning */
async function answers(url, isRunning) {
  const until = Date.now() + 30_000;
  while (Date.now() < until && isRunning()) {
    const ready = await fetch(`${url}/healthz`).then(
      response => response.ok,
      () => false,
    );
    if (ready) return true;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  return false;
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === 'object' ? address.port : 0));
    });
  });
}
