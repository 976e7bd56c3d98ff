import { existsSync } from 'node:fs';
import { getAsset, isSea } from 'node:sea';

/**
 * The script of the worker thread that src/workers/entries/NAME.ts was built into: in a single executable an asset of it,
 * else a file in the folder of this code once that is built, and in dist/ where it runs from its sources.
 */
export function findWorker(name: string): URL {
  if (isSea()) return new URL(`data:text/javascript;base64,${toBase64(getAsset(`${name}-worker.mjs`))}`);
  const built = new URL(`./${name}-worker.js`, import.meta.url);
  return existsSync(built) ? built : new URL(`../../dist/${name}-worker.js`, import.meta.url);
}

function toBase64(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString('base64');
}
