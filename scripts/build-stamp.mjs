/** Tells whether dist was built from the sources that are here now. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './process.mjs';

const inputs = ['src', 'webview-ui', 'package-lock.json', 'tsconfig.json', 'scripts/build.mjs'];
const stampFile = path.join(root, 'dist', '.built-from');

/** @returns {string} hash over the names and contents of everything that a build reads */
function sourcesHash() {
  const hash = createHash('sha256');
  for (const input of inputs) {
    const full = path.join(root, input);
    const files = path.extname(input) ? [full] : filesUnder(full);
    for (const file of files)
      hash.update(path.relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** @param {string} dir @returns {string[]} */
function filesUnder(dir) {
  const entries = readdirSync(dir, { withFileTypes: true, recursive: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

export function buildIsCurrent() {
  try {
    return readFileSync(stampFile, 'utf8') === sourcesHash();
  } catch {
    return false;
  }
}

/** Called by a finished build. */
export function stampBuild() {
  writeFileSync(stampFile, sourcesHash());
}
