import { resolve } from 'node:path';
import type { SecretSource } from '../model/module.js';
import { Secret } from '../model/secret.js';
import { type NamedFile, type Reading, readText, type Section } from './section.js';
import type { YamlCursor } from './yaml-cursor.js';

/** What a file under a key holds, where it is not a secret like a password. */
const CONTENTS: Readonly<Record<string, NamedFile['content']>> = {
  ca: 'certificate',
  cert: 'certificate',
  client_ca: 'certificate',
  key: 'key',
  client_certificate_key: 'key',
};

/** A secret under `key`, or in the file under `key_file`; both at once are a problem. An empty text is none. */
export function readSecret(section: Section, key: string, fileKey = `${key}_file`): SecretSource | undefined {
  const written = section.take(key);
  const inline = written?.text === '' ? undefined : written;
  const file = section.take(fileKey);
  const path = file === undefined ? undefined : readText(file, section.reading);
  if (inline !== undefined && path !== undefined && path !== '') {
    return section.refuse(inline, `cannot be combined with ${fileKey}`, 'keep one');
  }
  if (inline !== undefined) return toSecret(inline, section.reading);
  if (file === undefined || path === undefined || path === '') return undefined;
  return toFile(file, { path, content: CONTENTS[key] ?? 'secret', reading: section.reading });
}

/** A file that is named by a key, its path taken relative to the folder of the configuration. */
export function toFile(
  cursor: YamlCursor,
  { path, content, reading }: Pick<NamedFile, 'path' | 'content'> & { readonly reading: Reading },
): { readonly file: string } {
  const file = resolve(reading.folder, path);
  reading.files.push({ where: cursor.where, path: file, content });
  return { file };
}

/** Text that is a secret: itself, or `${NAME}` for the environment's. */
export function toSecret(cursor: YamlCursor, reading: Reading): SecretSource | undefined {
  const variable = readVariable(cursor, reading);
  return variable === undefined ? undefined : { inline: new Secret(variable.text) };
}

export interface VariableText {
  readonly text: string;
  /** Whether it comes from the environment, and must not be shown. */
  readonly isVariable: boolean;
}

/** Text, or the environment's where it is exactly `${NAME}`; a variable that is not set is a problem. */
export function readVariable(cursor: YamlCursor, reading: Reading): VariableText | undefined {
  const text = readText(cursor, reading);
  const name = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text ?? '')?.[1];
  if (text !== undefined && name === undefined) warnOfLiteral(cursor, { text, reading });
  if (text === undefined || name === undefined) return text === undefined ? text : { text, isVariable: false };
  const value = reading.environment[name];
  if (value === undefined) {
    reading.findings.problems.push({ where: cursor.where, message: `environment variable ${name} is not set` });
  }
  return value === undefined ? undefined : { text: value, isVariable: true };
}

/** Warns of text that looks as if a variable were to be replaced in it, which is done nowhere. */
export function warnOfLiteral(
  cursor: YamlCursor,
  { text, reading }: { readonly text: string; readonly reading: Reading },
): void {
  if (!/\$\{[A-Za-z_][A-Za-z0-9_]*\}/.test(text) && !/^\$[A-Z_][A-Z0-9_]*$/.test(text)) return;
  const message = 'the variable in this text is not replaced';
  const hint =
    reading.dialect === 'zxp'
      ? 'only ${NAME} as the whole value is taken from the environment: put the whole value into the variable'
      : 'headers of a json_exporter file are literal: use http_client_config with ${NAME} or a file';
  reading.findings.warnings.push({ where: cursor.where, message, hint });
}
