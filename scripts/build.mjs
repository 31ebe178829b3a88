/** Builds everything that ships: the four Node entry points with esbuild, the webviews with Vite. */
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';
import { build as buildWebviews } from 'vite';
import { stampBuild } from './build-stamp.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const watch = process.argv.includes('--watch');

/**
 * Native modules stay outside the bundles; 'vscode' exists only inside the editor.
 * @type {import('esbuild').BuildOptions}
 */
const options = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  logLevel: 'warning',
  external: ['vscode', 'onnxruntime-node', 'sharp'],
  entryPoints: {
    extension: 'src/extension/extension.ts',
    runtime: 'src/runtime/server.ts',
    host: 'src/runtime/host/main.ts',
    cli: 'src/cli/main.ts',
  },
  outdir: 'dist',
};

if (watch) {
  const watching = await context(options);
  await watching.watch();
} else {
  await rm(new URL('../dist', import.meta.url), { recursive: true, force: true });
  await build(options);
}
for (const view of ['prompt', 'quantization', 'profiling', 'claims']) {
  const entry = fileURLToPath(new URL(`../webview-ui/${view}/main.tsx`, import.meta.url));
  await buildWebviews({
    configFile: fileURLToPath(new URL('../webview-ui/vite.config.mts', import.meta.url)),
    build: { watch: watch ? {} : null, rollupOptions: { input: { [view]: entry } } },
  });
}

if (!watch) stampBuild();
