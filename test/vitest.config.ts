import { defineConfig } from 'vitest/config';
import { yamlText } from './support/yaml-text.js';

const report = process.env.TEST_REPORT;

/** What runs on src/, with nothing but Node. */
export default defineConfig({
  plugins: [yamlText],
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    exclude: ['test/deploy/**', 'test/system/**', 'test/soak/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Tests wait more than they work.
    maxWorkers: '100%',
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
