/**
 * code-server is the VS Code workbench with a real extension host, served to a browser: the editor for machines that
 * can neither show a window nor download VS Code. It comes from the npm registry into a user cache folder, once for
 * each version. Needs Node >= 20 and, for two small native modules, python3, make and g++.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { npm, run, ScriptError } from './process.mjs';

const codeServerVersion = '4.139.1';
/** code-server 4.139 needs Node 24; the npm registry carries it with its headers. */
const nodeVersion = '24.21.0';

/** @typedef {{ node: string, entry: string, dir: string }} CodeServer paths of the Node to use and of code-server's entry */

/** The folder for large downloads that outlive node_modules and are shared between clones. */
export function userCacheDir() {
  const base =
    process.env['XDG_CACHE_HOME'] ||
    (process.platform === 'darwin'
      ? path.join(homedir(), 'Library', 'Caches')
      : path.join(homedir(), '.cache'));
  return path.join(base, 'autoneural-studio');
}

/** @param {string} dir @returns {CodeServer} */
function layout(dir) {
  return {
    dir,
    node: path.join(dir, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node'),
    entry: path.join(dir, 'node_modules', 'code-server', 'out', 'node', 'entry.js'),
  };
}

function installDir() {
  return path.join(userCacheDir(), `code-server-${codeServerVersion}-node-${nodeVersion}`);
}

export function codeServerIsInstalled() {
  return existsSync(installDir());
}

/**
 * Installs code-server unless its cache folder is there already.
 * @param {(line: string) => void} say progress, one line each
 * @param {(text: string) => void} [log] npm's own output
 * @returns {Promise<CodeServer>}
 * @throws {ScriptError} with the reason why it cannot be had here
 */
export async function installCodeServer(say, log) {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch))
    throw new ScriptError(
      `code-server is used on Linux x64 and arm64 only, this is ${process.platform} ${process.arch}`,
    );
  const parent = userCacheDir();
  const dir = installDir();
  if (existsSync(dir)) return layout(dir);
  await checkTools();
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent);
  // Built beside and renamed, so that an interrupted or a second install never leaves a broken one.
  const partial = await mkdtemp(path.join(parent, 'partial-'));
  const started = Date.now();
  try {
    await installInto(partial, say, log);
    await rename(partial, dir).catch(error => {
      if (!existsSync(dir)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  say(
    `code-server ${codeServerVersion} installed in ${dir} (${Math.round((Date.now() - started) / 1000)} s)`,
  );
  return layout(dir);
}

/** What interrupted installations left an hour ago or earlier. @param {string} parent */
async function removeLeftovers(parent) {
  const partials = (await readdir(parent)).filter(name => name.startsWith('partial-'));
  for (const name of partials) {
    const dir = path.join(parent, name);
    const { mtimeMs } = await stat(dir);
    if (Date.now() - mtimeMs > 3_600_000) await rm(dir, { recursive: true, force: true });
  }
}

async function checkTools() {
  const missing = [];
  for (const tool of ['python3', 'make', 'g++'])
    if ((await run(tool, ['--version'])).code !== 0) missing.push(tool);
  if (missing.length > 0)
    throw new ScriptError(
      `code-server needs ${missing.join(', ')} to build two small modules: install them with your system's package manager`,
    );
}

/**
 * @param {string} dir
 * @param {(line: string) => void} say
 * @param {((text: string) => void) | undefined} log
 */
async function installInto(dir, say, log) {
  const paths = layout(dir);
  const nodeHome = path.dirname(path.dirname(paths.node));
  const vscodeDir = path.join(dir, 'node_modules', 'code-server', 'lib', 'vscode');
  await writeFile(
    path.join(dir, 'package.json'),
    '{ "name": "editor", "version": "1.0.0", "private": true }\n',
  );
  const env = npmEnvironment();
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  /** @param {string} step @param {string} cwd @param {string[]} args @param {string} [node] */
  const step = async (step, cwd, args, node) => {
    const result = await npm([...args, ...quiet], {
      cwd,
      env,
      node: node ?? process.execPath,
      ...(log ? { onOutput: log } : {}),
    });
    if (result.code !== 0)
      throw new ScriptError(
        `${step} could not be installed from the npm registry: ${lastLine(result.output)}`,
      );
  };
  say('installing code-server from the npm registry (once; 1 to 3 minutes, 810 MB)');
  await step('Node 24', dir, ['install', '--ignore-scripts', `node-linux-${process.arch}@${nodeVersion}`]);
  await chmod(paths.node, 0o755);
  env['PATH'] = `${path.dirname(paths.node)}${path.delimiter}${env['PATH']}`;
  env['npm_config_nodedir'] = nodeHome;
  await step(
    'code-server',
    dir,
    ['install', '--ignore-scripts', `code-server@${codeServerVersion}`],
    paths.node,
  );
  const modules = ['install', '--omit=dev', '--ignore-scripts'];
  await step("code-server's modules", vscodeDir, modules, paths.node);
  await step(
    "code-server's native modules",
    vscodeDir,
    ['rebuild', '--no-ignore-scripts', '@vscode/spdlog', '@vscode/native-watchdog'],
    paths.node,
  );
  await step("code-server's extensions", path.join(vscodeDir, 'extensions'), modules, paths.node);
  await link('code-linux.sh', path.join(vscodeDir, 'bin', 'remote-cli', 'code-server'));
  await link('browser-linux.sh', path.join(vscodeDir, 'bin', 'helpers', 'browser.sh'));
}

/** @param {string} target @param {string} from */
async function link(target, from) {
  await rm(from, { force: true });
  await symlink(target, from);
}

/** This process's environment without what an outer `npm run` adds: it would steer the inner npm to this project. */
function npmEnvironment() {
  const env = { ...process.env };
  const foreign =
    /^npm_(package_|lifecycle_|command|config_(local_prefix|prefix|ignore_scripts|save_|omit|node_gyp))/i;
  for (const name of Object.keys(env)) if (foreign.test(name)) delete env[name];
  return env;
}

/** @param {string} text */
function lastLine(text) {
  const lines = text.split('\n').filter(line => line.trim() && !line.includes('A complete log'));
  return (lines.at(-1) ?? 'npm gave no reason').trim();
}
