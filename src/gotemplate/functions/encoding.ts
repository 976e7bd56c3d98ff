import { createHash } from 'node:crypto';
import { Failure } from '../errors.js';
import { type JsonStyle, readJson, writeJson } from '../json.js';
import { anything, define, type Environment, type FunctionGroup, text } from '../signature.js';
import type { Value } from '../values.js';

const compact: JsonStyle = { pretty: false, escapeHtml: true };
const pretty: JsonStyle = { pretty: true, escapeHtml: true };
const raw: JsonStyle = { pretty: false, escapeHtml: false };

/** JSON, base64 and hashes. */
export const encodingFunctions: FunctionGroup = {
  toJson: define({
    meaning: 'as JSON, with <, > and & as escapes',
    takes: [anything],
    call: ([value], use) => orEmpty(value, compact, use),
  }),
  toPrettyJson: define({
    meaning: 'as JSON on several lines',
    takes: [anything],
    call: ([value], use) => orEmpty(value, pretty, use),
  }),
  toRawJson: define({
    meaning: 'as JSON with <, > and & as they are',
    takes: [anything],
    call: ([value], { budget }) => writeJson(value, raw, budget),
  }),
  mustToJson: define({
    meaning: 'as toJson, fails for NaN',
    takes: [anything],
    call: ([value], { budget }) => writeJson(value, compact, budget),
  }),
  fromJson: define({
    meaning: 'the value of JSON, nil for what is none',
    takes: [text],
    call: ([s], use) => readOrNil(s, use),
  }),
  mustFromJson: define({
    meaning: 'the value of JSON, fails for what is none',
    takes: [text],
    call: ([s], { budget }) => readJson(s, budget),
  }),
  b64enc: define({ meaning: 'as base64', takes: [text], call: ([s]) => Buffer.from(s).toString('base64') }),
  b64dec: define({
    meaning: 'the text of base64; fails for what is none',
    takes: [text],
    call: ([s]) => decodeBase64(s),
  }),
  sha1sum: define({
    meaning: 'SHA-1 in hexadecimal',
    takes: [text],
    call: ([s]) => createHash('sha1').update(s).digest('hex'),
  }),
  sha256sum: define({
    meaning: 'SHA-256 in hexadecimal',
    takes: [text],
    call: ([s]) => createHash('sha256').update(s).digest('hex'),
  }),
  sha512sum: define({
    meaning: 'SHA-512 in hexadecimal',
    takes: [text],
    call: ([s]) => createHash('sha512').update(s).digest('hex'),
  }),
};

function orEmpty(value: Value, style: JsonStyle, { budget }: Environment): string {
  try {
    return writeJson(value, style, budget);
  } catch (error) {
    if (error instanceof Failure) return '';
    throw error;
  }
}

function readOrNil(s: string, { budget }: Environment): Value {
  try {
    return readJson(s, budget);
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

function decodeBase64(s: string): string {
  const encoded = s.replace(/[\r\n]/g, '');
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) throw new Failure('the text is not base64');
  const decoded = bytes.toString();
  if (!Buffer.from(decoded).equals(bytes)) throw new Failure('the base64 is not that of UTF-8 text');
  return decoded;
}
