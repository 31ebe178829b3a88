import { fileURLToPath } from 'node:url';
import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';

/** One entry a view; names without hashes, since the extension refers to them. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [preact()],
  build: {
    outDir: '../dist/webview',
    emptyOutDir: true,
    target: 'chrome128',
    modulePreload: false,
    sourcemap: true,
    rollupOptions: {
      input: { prompt: fileURLToPath(new URL('./prompt/main.tsx', import.meta.url)) },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name].js', assetFileNames: '[name][extname]' },
    },
  },
});
