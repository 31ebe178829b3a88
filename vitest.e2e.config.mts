import { defineConfig } from 'vitest/config';

/** The real workbench in a browser: one at a time, since two would fight for the machine and blur every timing. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/harness/packageOnce.ts'],
    setupFiles: ['test/harness/pictureOnFailure.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    // The default of one second is a timing test: drawing a picture takes longer on a busy machine.
    expect: { poll: { timeout: 15_000 } },
    hookTimeout: 180_000,
  },
});
