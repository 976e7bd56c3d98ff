import { resolve } from 'node:path';
import type { SecretSource } from '../model/module.js';
import { Secret } from '../model/secret.js';
import { type Reading, readText, type Section } from './section.js';
import type { YamlCursor } from './yaml-cursor.js';

/** A secret under `key`, or in the file under `key_file`; both at once are a problem. An empty text is none. */
export function readSecret(section: Section, key: string, fileKey = `${key}_file`): SecretSource | undefined {
  const written = section.take(key);
  const inline = written?.text === '' ? undefined : written;
  const file = section.text(fileKey);
  if (inline !== undefined && file !== undefined && file !== '') {
    return section.refuse(inline, `and ${fileKey} are both there`, 'say one');
  }
  if (inline !== undefined) return toSecret(inline, section.reading);
  return file === undefined || file === '' ? undefined : { file: resolve(section.reading.folder, file) };
}

/** Text that is a secret: itself, or `${NAME}` for the environment's. */
export function toSecret(cursor: YamlCursor, reading: Reading): SecretSource | undefined {
  const text = readText(cursor, reading);
  if (text === undefined) return undefined;
  const name = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text)?.[1];
  if (name === undefined) return { inline: new Secret(text) };
  const value = reading.environment[name];
  if (value === undefined) {
    reading.findings.problems.push({ where: cursor.where, message: `names the variable ${name}, which is not set` });
    return undefined;
  }
  return { inline: new Secret(value) };
}
