import { explainFileError } from '../config/file-error.js';
import type { TextFile } from '../config/text-file.js';
import { readTextFileSync } from '../files/read-file.js';

/** Reads a file that the configuration names. Never throws. */
export function readTextFile(name: string): TextFile {
  try {
    return { name, text: readTextFileSync(name) };
  } catch (thrown) {
    return { name, problem: explainFileError(thrown) };
  }
}
