import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts'],
    setupFiles: ['test/harness/fuzzSeed.ts'],
    testTimeout: 60_000,
    pool: 'forks',
    // The default leaves one core to the person who watches: on two cores that doubles the time.
    maxWorkers: '100%',
  },
});
