import { createHash, randomBytes } from 'node:crypto';
import { open, realpath, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readRegularFile } from './read-file.js';

/** What tells one content of a file from another. */
export function digestOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * Replaces the content of a file at once: a reader sees the old one or the new one. The mode stays, and a symbolic link
 * stays one. Gives false, and changes nothing, where the file has another content than the one with this digest. Rejects
 * with the system's error.
 */
export async function replaceFile(
  path: string,
  { text, digest, maxBytes }: { readonly text: string; readonly digest: string; readonly maxBytes: number },
): Promise<boolean> {
  const file = await realpath(path);
  const isExpected = async () => digestOf(await readRegularFile(file, { maxBytes })) === digest;
  if (!(await isExpected())) return false;
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeLike(file, { temporary, text });
    if (!(await isExpected())) {
      await unlink(temporary);
      return false;
    }
    await rename(temporary, file);
    return true;
  } catch (thrown) {
    await unlink(temporary).catch(() => undefined);
    throw thrown;
  }
}

/** Writes a new file with the mode of another, and to the disk. */
async function writeLike(
  file: string,
  { temporary, text }: { readonly temporary: string; readonly text: string },
): Promise<void> {
  const original = await open(file);
  const { mode } = await original.stat().finally(() => original.close());
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.chmod(mode & 0o7777);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
