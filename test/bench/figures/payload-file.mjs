/** A document as a file, for processes that are to have nothing but its bytes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePayload } from '../payload.mjs';

/** Runs `work` with the path of a file of `series` series, and removes it. */
export async function withPayloadFile(series, work) {
  const folder = mkdtempSync(join(tmpdir(), 'zxp-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const file = join(folder, 'payload.json');
    writeFileSync(file, makePayload(series));
    return await work(file);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
