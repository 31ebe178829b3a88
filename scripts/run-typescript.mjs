/** `node scripts/run-typescript.mjs FILE.ts ARGS…`: bundles a TypeScript program of this repository and runs it. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { prepare, runScript } from './prepare.mjs';
import { root, ScriptError } from './process.mjs';

await runScript(async () => {
  const [file, ...args] = process.argv.slice(2);
  if (!file) throw new ScriptError('Name the TypeScript file to run.');
  await prepare({ build: true });
  const outfile = path.join(root, '.cache', 'programs', `${path.basename(file, '.ts')}.mjs`);
  await mkdir(path.dirname(outfile), { recursive: true });
  await build({
    entryPoints: [path.resolve(file)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'inline',
    packages: 'external',
    // Scripts find the repository by their own place, so they are not moved into the bundle.
    plugins: [{ name: 'scripts-in-place', setup: keepScriptsInPlace }],
    logLevel: 'warning',
  });
  process.argv = [process.execPath, outfile, ...args];
  await import(pathToFileURL(outfile).href);
});

/** @param {import('esbuild').PluginBuild} bundler */
function keepScriptsInPlace(bundler) {
  bundler.onResolve({ filter: /scripts\/[\w-]+\.mjs$/ }, found => ({
    path: pathToFileURL(path.resolve(found.resolveDir, found.path)).href,
    external: true,
  }));
}
