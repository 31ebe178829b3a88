import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts'],
    setupFiles: ['test/harness/fuzzSeed.ts'],
    testTimeout: 60_000,
    pool: 'forks',
  },
});
