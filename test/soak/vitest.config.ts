import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run soak`: hours are not for every change. SOAK_MINUTES says how long, 30 without it. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/soak/**/*.test.ts'],
    testTimeout: 24 * 60 * 60 * 1000,
    pool: 'forks',
    // Each has the machine for itself.
    fileParallelism: false,
    execArgv: ['--expose-gc'],
  },
});
