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
  const text = readVariable(cursor, reading);
  return text === undefined ? undefined : { inline: new Secret(text) };
}

/** Text, or the environment's where it is exactly `${NAME}`; a variable that is not set is a problem. */
export function readVariable(cursor: YamlCursor, reading: Reading): string | undefined {
  const text = readText(cursor, reading);
  const name = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text ?? '')?.[1];
  if (name === undefined) return text;
  const value = reading.environment[name];
  if (value === undefined) {
    reading.findings.problems.push({ where: cursor.where, message: `names the variable ${name}, which is not set` });
  }
  return value;
}
