import { defineConfig } from 'vitest/config';
import { yamlText } from '../support/yaml-text.js';

const report = process.env.TEST_REPORT;

/** Test files that start a daemon or need a program of the machine: they run on src/ as well. */
const alsoOnSources = [
  // These three need a daemon in this process.
  'test/app/!(exporter|canary|runtime).test.ts',
  'test/auth/{client-certificates,clients,credentials,forwarding,mixed-callers,shown-configuration,tls}.test.ts',
  'test/cli/{completion,health}.test.ts',
  'test/conformance/*.test.ts',
  'test/docs/{examples,modules}.test.ts',
  'test/modules/find-target.test.ts',
  'test/scrape/{debug-report,documents,statuses}.test.ts',
  'test/translate/{mapping/fixtures,zot/golden}.test.ts',
  'test/upstream/{body,client}.test.ts',
  'test/upstream/http/{decompress,proxy}.test.ts',
];

/** What needs Debian packages or the built program: daemons of `startDaemon` are the program of `npm run build`. */
export default defineConfig({
  plugins: [yamlText],
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/system/**/*.test.ts', ...alsoOnSources],
    env: { TEST_PROGRAM: 'built', TEST_SUITE: 'system' },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: '100%',
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
