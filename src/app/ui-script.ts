import { readFile } from 'node:fs/promises';
import { getAsset, isSea } from 'node:sea';

/**
 * The script of a page that `src/ui/NAME.ts` was bundled into: in a single executable an asset of it, else a file in the
 * folder of this code once that is built, and in dist/ where it runs from its sources.
 */
export async function readUiScript(name: string): Promise<Uint8Array> {
  const file = `${name}-ui.js`;
  if (isSea()) return new Uint8Array(getAsset(file));
  return readFile(new URL(`./${file}`, import.meta.url)).catch(() =>
    readFile(new URL(`../../dist/${file}`, import.meta.url)),
  );
}
