import { Secret } from '../model/secret.js';
import { MASK } from '../net/masking.js';

const SECRET_KEY = /authorization|password|passwd|secret|token|cookie|api[-_]?key|credential/i;
const SCHEME_AND_CREDENTIAL = /\b(Basic|Bearer|Digest|Negotiate)\s+[^\s,;"']+/gi;
const USERINFO = /(\/\/)[^/?#\s]+@/g;

/**
 * The one place where what goes to the log loses its secrets: values under keys that name secrets, `Secret`s, credentials after
 * the name of an authentication scheme, the user part of URLs.
 */
export function redactFields(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, redactValue(key, value)]));
}

export function redactText(text: string): string {
  return text.replace(SCHEME_AND_CREDENTIAL, `$1 ${MASK}`).replace(USERINFO, `$1${MASK}@`);
}

function redactValue(key: string, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (SECRET_KEY.test(key) || value instanceof Secret) return MASK;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Error) return redactText(value.message);
  return redactText(typeof value === 'string' ? value : toJson(value));
}

/** As text, with the values under keys that name secrets masked at any depth. */
function toJson(value: unknown): string {
  const mask = (key: string, each: unknown) => {
    if (SECRET_KEY.test(key)) return MASK;
    return typeof each === 'bigint' ? String(each) : each;
  };
  return JSON.stringify(value, mask) ?? String(value);
}
