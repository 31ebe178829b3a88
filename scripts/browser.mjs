/** Finds the browser that the workbench tests drive. */
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Flags for a browser in a container: no sandbox for root, no GPU, no large shared memory, no traffic of its own. */
export const browserFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @returns {string | undefined} path of a Chromium or Chrome; `CHROME_PATH` goes first */
export function findBrowser() {
  const named = process.env['CHROME_PATH'];
  if (named) return existsSync(named) ? named : undefined;
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  const dirs = (process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean);
  const candidates = names.flatMap(name => dirs.map(dir => path.join(dir, name)));
  candidates.push('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
  return candidates.find(candidate => existsSync(candidate));
}
