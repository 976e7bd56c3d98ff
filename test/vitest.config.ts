import { defineConfig } from 'vitest/config';
import { yamlText } from './support/yaml-text.js';

const report = process.env.TEST_REPORT;

/** What ends threads, or fills their heaps, has a process of its own. */
const own = ['test/workers/*.test.ts'];

/** What runs on src/, with nothing but Node. */
export default defineConfig({
  plugins: [yamlText],
  test: {
    root: new URL('..', import.meta.url).pathname,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Tests wait more than they work.
    maxWorkers: '100%',
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: ['test/deploy/**', 'test/system/**', 'test/soak/**', ...own],
          // To load the modules of src/ again for each file costs a third of the time.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'own', include: own } },
    ],
  },
});
