import { readdirSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { explainFileError } from '../config/file-error.js';
import type { TextFile } from '../config/text-file.js';
import { readTextFile } from './text-file.js';

/**
 * The files that an `include` pattern names, relative to the folder of the config file, in the order of their names.
 * `*` stands for any characters of the last part of the path, but not for a dot at its beginning; a pattern that
 * matches nothing has no files.
 */
export function readIncludedFiles(configFile: string, pattern: string): readonly TextFile[] {
  const path = isAbsolute(pattern) ? pattern : join(dirname(configFile), pattern);
  try {
    const names = pattern.includes('*') ? listMatches(path) : [path];
    return names.map(readTextFile);
  } catch (thrown) {
    return [{ name: dirname(path), problem: explainFileError(thrown) }];
  }
}

/** The folder of a pattern, whose state changes with the files in it; none for the name of a file. */
export function listIncludeFolder(configFile: string, pattern: string): readonly string[] {
  if (!pattern.includes('*')) return [];
  return [dirname(isAbsolute(pattern) ? pattern : join(dirname(configFile), pattern))];
}

function listMatches(path: string): readonly string[] {
  const folder = dirname(path);
  const parts = basename(path)
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('.*')}$`, 's');
  return readdirSync(folder)
    .filter((name) => pattern.test(name) && !name.startsWith('.'))
    .sort()
    .map((name) => join(folder, name));
}
