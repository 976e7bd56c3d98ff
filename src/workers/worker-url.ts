import { existsSync } from 'node:fs';

/**
 * Where the script of a worker thread is that src/workers/entries/NAME.ts was built into: beside this code once it is
 * built, in dist/ where it runs from its sources.
 */
export function findWorker(name: string): URL {
  const beside = new URL(`./${name}-worker.js`, import.meta.url);
  return existsSync(beside) ? beside : new URL(`../../dist/${name}-worker.js`, import.meta.url);
}
