import { defineConfig } from 'vitest/config';

const report = process.env.TEST_REPORT;

/** What lies in deploy/, with the tools that take it: slow, and the same on every Node, so it runs by itself. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/deploy/**/*.test.ts'],
    env: { TEST_SUITE: 'system' },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
