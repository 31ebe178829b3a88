/**
 * The three ways to open a folder with the extension loaded, best first. Each returns once the editor is open, or says
 * in its error why it does not work here.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startCodeServer } from './code-server.mjs';
import { installCodeServer, userCacheDir } from './install-code-server.mjs';
import { packageQuietly } from './package.mjs';
import { guarded, root, run, ScriptError } from './process.mjs';

/** @typedef {{ name: string, notice: string, ended?: Promise<void>, stop?: () => Promise<void> }} Opened ended and stop: only for an editor that lives and dies with this process */

/** The lowest VS Code that loads the extension. @returns {{ major: number, minor: number }} */
function minimumVersion() {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return versionParts(manifest.engines.vscode.replace('^', ''));
}

/**
 * A VS Code of the user's own.
 * @param {string} folder
 * @returns {Promise<Opened>}
 */
export async function openInstalled(folder) {
  const why = withoutDisplay();
  const found = [];
  for (const command of ['code', 'code-insiders', 'codium']) {
    const version = await versionOf(command);
    if (!version) continue;
    found.push(`${command} ${version}`);
    if (why || isTooOld(version)) continue;
    const args = ['--new-window', `--extensionDevelopmentPath=${root}`, ...rootFlags('installed'), folder];
    const result = await run(command, args, { timeoutMs: 20_000, shell: process.platform === 'win32' });
    if (result.code === 0) return { name: `${command} ${version}`, notice: 'its window is yours to close' };
    throw new ScriptError(`${command} did not open: ${lastLine(result.output)}`);
  }
  if (found.length === 0) throw new ScriptError('none of code, code-insiders and codium is on the PATH');
  const { major, minor } = minimumVersion();
  throw new ScriptError(why ?? `${found.join(', ')} is older than ${major}.${minor}`);
}

/**
 * A VS Code downloaded into the user's cache folder.
 * @param {string} folder
 * @returns {Promise<Opened>}
 */
export async function openDownloaded(folder) {
  const why = withoutDisplay();
  if (why) throw new ScriptError(why);
  const { download, SilentReporter } = await import('@vscode/test-electron');
  const cachePath = path.join(userCacheDir(), 'vscode');
  const executable = await download({
    version: 'stable',
    cachePath,
    timeout: 5000,
    reporter: new SilentReporter(),
  }).catch(error => {
    throw new ScriptError(`VS Code could not be downloaded: ${error.message}`);
  });
  const args = [`--extensionDevelopmentPath=${root}`, ...rootFlags('downloaded'), folder];
  const editor = guarded(executable, args);
  const early = await Promise.race([
    editor.ended.then(() => true),
    new Promise(resolve => setTimeout(() => resolve(false), 3000)),
  ]);
  if (early) throw new ScriptError(`VS Code did not start: ${lastLine(editor.output())}`);
  return { name: 'VS Code', notice: 'Ctrl-C closes it', ended: editor.ended, stop: editor.stop };
}

/**
 * code-server with the extension packaged and installed, on this machine only.
 * @param {string} folder
 * @param {(line: string) => void} say
 * @param {number} [port] a free one when left out
 * @returns {Promise<Opened>}
 */
export async function openCodeServer(folder, say, port) {
  const installed = await installCodeServer(say);
  say('packaging the extension and starting code-server …');
  const vsix = path.join(root, '.cache', 'autoneural-studio.vsix');
  await packageQuietly(vsix);
  const server = await startCodeServer(installed, { vsix, ...(port === undefined ? {} : { port }) });
  const address = `${server.url}/?folder=${encodeURIComponent(folder)}`;
  return {
    name: 'code-server',
    notice: `open ${address} in a browser; Ctrl-C stops it`,
    ended: server.ended,
    stop: server.stop,
  };
}

/** @returns {string | undefined} why no window can be shown here */
function withoutDisplay() {
  if (process.env['VSCODE_IPC_HOOK_CLI'])
    return 'this terminal belongs to a remote editor, which cannot open another';
  if (process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'])
    return undefined;
  return 'there is no display';
}

/** Root may run VS Code only without its sandbox and with a named profile. @param {string} profile */
function rootFlags(profile) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return [];
  return ['--no-sandbox', '--user-data-dir', path.join(userCacheDir(), `profile-${profile}`)];
}

/** @param {string} command @returns {Promise<string | undefined>} e.g. `1.106.2` */
async function versionOf(command) {
  const result = await run(command, ['--version'], {
    timeoutMs: 10_000,
    shell: process.platform === 'win32',
  });
  const first = result.output.trim().split('\n')[0] ?? '';
  return result.code === 0 && /^\d+\.\d+\.\d+/.test(first) ? first.trim() : undefined;
}

/** @param {string} version */
function isTooOld(version) {
  const { major, minor } = versionParts(version);
  const minimum = minimumVersion();
  return major < minimum.major || (major === minimum.major && minor < minimum.minor);
}

/** @param {string} version e.g. `1.106.2` */
function versionParts(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return { major, minor };
}

/** @param {string} text */
function lastLine(text) {
  return text.trim().split('\n').at(-1) || 'it gave no reason';
}
