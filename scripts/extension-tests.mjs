/**
 * Runs test/extension inside the real extension host of code-server: `node scripts/extension-tests.mjs ["words of a
 * title"]`. A browser opens the workbench and hands it the test module; the exit code is the suite's. Results are also
 * written as JSON `{passed, failed, skipped}` to the file named by AUTONEURAL_TEST_RESULTS.
 */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format } from 'node:util';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { browserFlags, findBrowser } from './browser.mjs';
import { startCodeServer } from './code-server.mjs';
import { installCodeServer } from './install-code-server.mjs';
import { prepare, runScript, say } from './prepare.mjs';
import { root, ScriptError } from './process.mjs';

const source = path.join(root, 'test', 'extension');
const bundled = path.join(root, '.cache', 'extension-tests');

/** What the workbench logs about its own start. */
const workbenchChatter =
  /^(%c|\[|Ignoring fetching|Updating additional|Creating a socket|Resolv(ing|ed) connection|Timed out waiting for auth)/;

/** Mocha must be one instance for runner and tests, so it stays outside the bundles. */
async function bundleTests() {
  await rm(bundled, { recursive: true, force: true });
  const files = (await readdir(source)).filter(name => name === 'index.ts' || name.endsWith('.test.ts'));
  await build({
    absWorkingDir: root,
    entryPoints: files.map(name => path.join(source, name)),
    outdir: bundled,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
}

/**
 * @param {import('./code-server.mjs').RunningServer} server
 * @param {string} workspace
 */
function addressOf(server, workspace) {
  const remote = `vscode-remote://127.0.0.1:${server.port}`;
  const payload = [
    ['extensionDevelopmentPath', `${remote}${root}`],
    ['extensionTestsPath', `${remote}${path.join(bundled, 'index.cjs')}`],
    ['skipWelcome', 'true'],
  ];
  return `${server.url}/?folder=${encodeURIComponent(workspace)}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
}

/**
 * @param {string} url
 * @param {string} executablePath
 * @returns {Promise<number>} the exit code that the extension host reports
 */
async function runInBrowser(url, executablePath) {
  const browser = await chromium.launch({ executablePath, args: browserFlags });
  try {
    const page = await browser.newPage();
    /** @type {Promise<number>} */
    const exit = new Promise((resolve, reject) => {
      page.exposeFunction('codeAutomationExit', resolve).catch(reject);
      browser.once('disconnected', () => reject(new ScriptError('The browser ended before the tests did.')));
    });
    exit.catch(() => undefined);
    /** @param {string} _type @param {unknown[]} args */
    const log = (_type, args) => {
      const text = format(...args);
      if (!workbenchChatter.test(text)) console.log(text);
    };
    await page.exposeFunction('codeAutomationLog', log);
    await page.goto(url);
    return await exit;
  } finally {
    await browser.close();
  }
}

await runScript(async () => {
  await prepare({ build: true });
  const executablePath = findBrowser();
  if (!executablePath)
    throw new ScriptError('No Chromium or Chrome was found: install one or set CHROME_PATH.');
  await bundleTests();
  const scratch = await mkdtemp(path.join(tmpdir(), 'an-'));
  const workspace = path.join(scratch, 'samples');
  await cp(path.join(root, 'samples'), workspace, { recursive: true });
  const env = { AUTONEURAL_TEST_GREP: process.argv[2] ?? '' };
  const server = await startCodeServer(await installCodeServer(say), { smokeTestDriver: true, env });
  try {
    process.exitCode = await runInBrowser(addressOf(server, workspace), executablePath);
  } finally {
    await server.stop();
    await rm(scratch, { recursive: true, force: true });
  }
});
