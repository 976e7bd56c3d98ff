import { stat } from 'node:fs/promises';
import { ZxpError } from '../model/errors.js';
import { explainFileError, withinTime } from './read-file.js';

/** What tells two states of files apart, of what they are in the end through all symbolic links. */
export async function describeFiles(paths: readonly string[]): Promise<string> {
  const states = await Promise.all(paths.map(describeFile));
  return states.join('\n');
}

/** Nobody can set the time at which an inode was last changed. */
async function describeFile(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await withinTime(path, {}, () => stat(path, { bigint: true }));
    return `${path} ${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (thrown) {
    // However it was too late, it is the same state.
    const isLate = thrown instanceof Error && 'code' in thrown && thrown.code === 'ETIMEDOUT';
    return `${path} ${isLate ? 'late' : explainFileError(thrown)}`;
  }
}

const MAX_ATTEMPTS = 5;

/**
 * Reads files, and reads them again where they changed meanwhile: what is read while it is written is neither the old
 * nor the new. Throws what `read` throws, and `config` where they do not keep still.
 */
export async function readWhole<T>(listFiles: () => readonly string[], read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const before = await describeFiles(listFiles());
    const [result] = await Promise.allSettled([read()]);
    if ((await describeFiles(listFiles())) !== before) continue;
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }
  throw new ZxpError('config', 'the files change while they are read', {
    hint: 'write new files, then rename them',
  });
}
