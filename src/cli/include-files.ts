import { basename, dirname, isAbsolute, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { runInTurns } from '../async/turns.js';
import type { ConfigFile } from '../config/config-file.js';
import type { ConfigFileSource } from '../config/config-reader.js';
import { explainFileError } from '../config/file-error.js';
import type { TextFile } from '../config/text-file.js';
import { listFolder } from '../files/read-file.js';
import { readTextFile } from './text-file.js';

/**
 * Reads a config file with the files that it includes. `files` are those and their folders: a new file in one of them may
 * match the pattern as well.
 */
export async function readConfigFileAndIncludes(
  source: Omit<ConfigFileSource, 'include'>,
): Promise<{ readonly file: ConfigFile; readonly files: readonly string[] }> {
  const { openConfigFile } = await import('../config/config-reader.js');
  const { name } = source;
  const opened = openConfigFile(source);
  // A large text is parsed in one piece: whoever waited for that has a turn.
  await setImmediate();
  const included = await Promise.all(
    [...new Set(opened.includes)].map(async (pattern) => [pattern, await readIncludedFiles(name, pattern)] as const),
  );
  const byPattern = new Map(included);
  return {
    file: await runInTurns(opened.read((pattern) => byPattern.get(pattern) ?? [])),
    files: included.flatMap(([pattern, files]) => [
      ...files.map((each) => each.name),
      ...listIncludeFolder(name, pattern),
    ]),
  };
}

/**
 * Lets a reader that cannot wait include files, relative to the folder of `configFile`: it is run again with those that it
 * asked for, until it has all of them.
 */
export async function readWithIncludes<T>(
  configFile: string,
  read: (include: (pattern: string) => readonly TextFile[]) => T,
): Promise<T> {
  const known = new Map<string, readonly TextFile[]>();
  for (;;) {
    const missing = new Set<string>();
    const result = read((pattern) => {
      const files = known.get(pattern);
      if (files === undefined) missing.add(pattern);
      return files ?? [];
    });
    if (missing.size === 0) return result;
    await Promise.all(
      [...missing].map(async (pattern) => known.set(pattern, await readIncludedFiles(configFile, pattern))),
    );
  }
}

/**
 * The files that an `include` pattern names, relative to the folder of the config file, in the order of their names.
 * `*` stands for any characters of the last part of the path, but not for a dot at its beginning; a pattern that
 * matches nothing has no files. Never rejects.
 */
export async function readIncludedFiles(configFile: string, pattern: string): Promise<readonly TextFile[]> {
  try {
    return await readAll(await listIncluded(configFile, pattern));
  } catch (thrown) {
    return [{ name: dirname(toPath(configFile, pattern)), problem: explainFileError(thrown) }];
  }
}

/** Files that are open at the same time: a folder may have more than a process may open. */
const MAX_OPEN = 32;

async function readAll(names: readonly string[]): Promise<readonly TextFile[]> {
  const files: TextFile[] = [];
  for (let i = 0; i < names.length; i += MAX_OPEN) {
    files.push(...(await Promise.all(names.slice(i, i + MAX_OPEN).map(readTextFile))));
  }
  return files;
}

/** The names of the files that patterns of `include` name, as they are now; none for what cannot be listed. Never rejects. */
export async function listIncludedNames(configFile: string, patterns: readonly string[]): Promise<readonly string[]> {
  const lists = await Promise.all(patterns.map((pattern) => listIncluded(configFile, pattern).catch(() => [])));
  return lists.flat();
}

/** The folder of a pattern, whose state changes with the files in it; none for the name of a file. */
function listIncludeFolder(configFile: string, pattern: string): readonly string[] {
  if (!pattern.includes('*')) return [];
  return [dirname(toPath(configFile, pattern))];
}

function toPath(configFile: string, pattern: string): string {
  return isAbsolute(pattern) ? pattern : join(dirname(configFile), pattern);
}

async function listIncluded(configFile: string, pattern: string): Promise<readonly string[]> {
  const path = toPath(configFile, pattern);
  return pattern.includes('*') ? listMatches(path) : [path];
}

async function listMatches(path: string): Promise<readonly string[]> {
  const folder = dirname(path);
  const parts = basename(path)
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('.*')}$`, 's');
  const names = await listFolder(folder);
  return names
    .filter((name) => pattern.test(name) && !name.startsWith('.'))
    .sort()
    .map((name) => join(folder, name));
}
