/** Documents and configurations as files, for processes that are to have nothing but their bytes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePayload } from '../payload.mjs';

/** Runs `work` with the path of a file of `series` series, and removes it. */
export function withPayloadFile(series, work) {
  return withFiles({ 'payload.json': makePayload(series) }, ([file]) => work(file));
}

/** Runs `work` with the paths of files of these names and contents, in their order, and removes them. */
export async function withFiles(contents, work) {
  const folder = mkdtempSync(join(tmpdir(), 'zxp-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const paths = Object.entries(contents).map(([name, content]) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    });
    return await work(paths);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
