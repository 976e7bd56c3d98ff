import { readFileSync } from 'node:fs';
import { explainFileError } from '../config/file-error.js';
import type { TextFile } from '../config/text-file.js';

/** Reads a file that the configuration names. Never throws. */
export function readTextFile(name: string): TextFile {
  try {
    return { name, text: readFileSync(name, 'utf8') };
  } catch (thrown) {
    return { name, problem: explainFileError(thrown) };
  }
}
