import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { IncludedFile } from '../config/modules-file.js';

/**
 * The files that an `include` pattern names, relative to the folder of the config file, in the order of their names.
 * `*` stands for any characters of the last part of the path. None where there is no such file.
 */
export function readIncludedFiles(configFile: string, pattern: string): readonly IncludedFile[] {
  const path = resolve(dirname(configFile), pattern);
  const names = pattern.includes('*') ? listMatches(path) : [path];
  return names.flatMap((name) => {
    try {
      return [{ name, text: readFileSync(name, 'utf8') }];
    } catch {
      return [];
    }
  });
}

function listMatches(path: string): readonly string[] {
  const folder = dirname(path);
  const parts = path
    .slice(folder.length + 1)
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('.*')}$`);
  try {
    return readdirSync(folder)
      .filter((name) => pattern.test(name) && !name.startsWith('.'))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
