import { fileURLToPath } from 'node:url';
import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';

/**
 * For one view a build (scripts/build.mjs names its entry), so that each is one script and one style sheet; names
 * without hashes, since the extension refers to them.
 */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [preact()],
  build: {
    outDir: '../dist/webview',
    emptyOutDir: false,
    target: 'chrome128',
    modulePreload: false,
    sourcemap: true,
    rollupOptions: {
      output: { entryFileNames: '[name].js', chunkFileNames: '[name].js', assetFileNames: '[name][extname]' },
    },
  },
});
