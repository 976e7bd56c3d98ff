import { explainFileError } from '../config/file-error.js';
import type { TextFile } from '../config/text-file.js';
import { MAX_CONFIG_BYTES, readTextFile as readText } from '../files/read-file.js';

/** Reads a file that the configuration names. Never rejects. */
export async function readTextFile(name: string): Promise<TextFile> {
  try {
    return { name, text: await readText(name, { maxBytes: MAX_CONFIG_BYTES }) };
  } catch (thrown) {
    return { name, problem: explainFileError(thrown) };
  }
}
