/** Gets what the tests in the editor need, as far as this machine allows. */
import { existsSync } from 'node:fs';
import { findBrowser } from './browser.mjs';
import { codeServerIsInstalled, installCodeServer } from './install-code-server.mjs';
import { run, ScriptError } from './process.mjs';

/**
 * Compiler tools (for code-server's native modules), a browser, a font, and code-server itself.
 * @param {(line: string) => void} say
 * @param {(text: string) => void} log the installers' own output
 * @throws {ScriptError} what is missing and why it was not installed
 */
export async function ensureTestTools(say, log) {
  /** @type {string[]} */
  const packages = [];
  for (const tool of codeServerIsInstalled() ? [] : ['python3', 'make', 'g++'])
    if ((await run(tool, ['--version'])).code !== 0) packages.push(tool);
  if (!findBrowser()) packages.push('chromium', 'fonts-dejavu-core');
  if (packages.length > 0) await aptInstall(packages, say, log);
  if (!findBrowser()) throw new ScriptError('no Chromium or Chrome was found: set CHROME_PATH to one');
  await installCodeServer(say, log);
}

/**
 * @param {string[]} packages
 * @param {(line: string) => void} say
 * @param {(text: string) => void} log
 */
async function aptInstall(packages, say, log) {
  const names = packages.join(' ');
  const byHand = `install ${names} with your system's package manager (CHROME_PATH names a browser elsewhere)`;
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) throw new ScriptError(byHand);
  if (process.getuid?.() !== 0)
    throw new ScriptError(`this user may not install: run sudo apt-get install ${names}`);
  say(`installing ${names} (apt) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-y', '-q'];
  const install = ['install', '--no-install-recommends', ...options, ...packages];
  const attempt = () => run('apt-get', install, { env, onOutput: log, timeoutMs: 420_000 });
  if ((await attempt()).code === 0) return;
  await run('apt-get', ['update', ...options], { env, onOutput: log, timeoutMs: 180_000 });
  const second = await attempt();
  if (second.code !== 0)
    throw new ScriptError(`apt-get could not install ${names}: ${second.output.trim().split('\n').at(-1)}`);
}
