import { defineConfig } from 'vitest/config';

/**
 * The real workbench in a browser, two at a time, each with a server and a browser of its own: most of a test's time is
 * waiting, for the editor to open above all.
 */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/harness/packageOnce.ts'],
    setupFiles: ['test/harness/pictureOnFailure.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    // The default of one second is a timing test: drawing a picture takes longer on a busy machine.
    expect: { poll: { timeout: 15_000 } },
    hookTimeout: 180_000,
  },
});
