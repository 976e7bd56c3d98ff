import { isSecretName, MASK, Secret } from '../model/secret.js';
import { maskSentence } from '../net/masking.js';

/**
 * The one place where what goes to the log loses its secrets: values under keys that name secrets, `Secret`s, credentials after
 * the name of an authentication scheme, the user part and secret
 * parameters of URLs.
 */
export function redactFields(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, redactValue(key, value)]));
}

/** The field of a line that has what the configuration calls credentials, and none of them. */
const NAME_OF_CREDENTIALS = 'auth';

function redactValue(key: string, value: unknown): unknown {
  if (value === undefined) return undefined;
  if ((isSecretName(key) && key !== NAME_OF_CREDENTIALS) || value instanceof Secret) return MASK;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Error) return maskSentence(value.message);
  return maskSentence(typeof value === 'string' ? value : toJson(value));
}

/** As text, with the values under keys that name secrets masked at any depth. */
function toJson(value: unknown): string {
  const mask = (key: string, each: unknown) => {
    if (isSecretName(key)) return MASK;
    return typeof each === 'bigint' ? String(each) : each;
  };
  return JSON.stringify(value, mask) ?? String(value);
}
