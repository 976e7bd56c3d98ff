import { isFields } from '../../golang/values.js';
import { isSecretName, MASK } from '../../model/secret.js';

/** Of a path, in any of its languages. */
const BETWEEN_NAMES = /[^\w-]+/;
const MAX_LENGTH = 200;
const MAX_TEXT = 80;
const MAX_MASKED = 4000;
const MAX_MEMBERS = 5;
const MAX_DEPTH = 3;

/**
 * Values of a document, found by a path, as JSON that is cut to 200 characters: for the debug view of the caller whose
 * request they answer. Fields whose name suggests a secret are masked, what is secret in URLs, and all of it where the path names one.
 * Looks at a few members of an array or object only, however many there are.
 */
export function previewValues(values: readonly unknown[], path: string): string {
  if (values.length === 0) return 'nothing';
  if (path.split(BETWEEN_NAMES).some((name) => isSecretField(name, values))) return MASK;
  const texts = values.slice(0, MAX_MEMBERS).map((value) => preview(value, MAX_DEPTH));
  const text = texts.join(', ') + (values.length > MAX_MEMBERS ? `, ... (${values.length} values)` : '');
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text;
}

function preview(value: unknown, depth: number): string {
  if (typeof value === 'string') {
    // Masked before it is cut: the end of a password may be behind that.
    const masked = maskUrls(value.slice(0, MAX_MASKED));
    return JSON.stringify(
      masked.length > MAX_TEXT || value.length > MAX_MASKED ? `${masked.slice(0, MAX_TEXT)}...` : masked,
    );
  }
  if (Array.isArray(value)) return `[${previewMembers(value, (item) => preview(item, depth - 1), depth)}]`;
  if (!isFields(value)) return String(value);
  return `{${previewMembers(firstEntries(value), ([key, each]) => previewField(key, each, depth), depth)}}`;
}

/** With no user and password of a URL, encoded or not, and no parameter of a telling name. */
function maskUrls(text: string): string {
  if (!/:\/\/|%3A%2F%2F/i.test(text)) return text;
  return text
    .replace(/(:\/\/|%3A%2F%2F)\S*(@|%40)/gi, `$1${MASK}$2`)
    .replace(/([?&#;])([^\s=?&#;]{1,200})=[^\s&#;]*/g, (whole, separator: string, name: string) =>
      isSecretName(name) ? `${separator}${name}=${MASK}` : whole,
    );
}

function previewMembers<T>(members: readonly T[], show: (member: T) => string, depth: number): string {
  if (members.length === 0) return '';
  if (depth === 0) return '...';
  return [...members.slice(0, MAX_MEMBERS).map(show), ...(members.length > MAX_MEMBERS ? ['...'] : [])].join(', ');
}

function previewField(key: string, value: unknown, depth: number): string {
  const name = key.length > MAX_TEXT ? `${key.slice(0, MAX_TEXT)}...` : key;
  return `${JSON.stringify(name)}: ${isSecretField(key, [value]) ? MASK : preview(value, depth - 1)}`;
}

/** A number named `code` is that of an error, as in JSON-RPC; the code of an authorization is text. */
function isSecretField(name: string, values: readonly unknown[]): boolean {
  const isErrorCode = /^code$/i.test(name) && values.every((value) => /^(?:number|bigint)$/.test(typeof value));
  return isSecretName(name) && !isErrorCode;
}

/** One more than are shown, so that the preview can mark that there are more. */
function firstEntries(fields: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  const entries: [string, unknown][] = [];
  for (const key in fields) {
    entries.push([key, fields[key]]);
    if (entries.length > MAX_MEMBERS) break;
  }
  return entries;
}
