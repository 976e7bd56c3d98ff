const SIMPLE = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What follows the keys of a path: nothing, each element of an array, each value of an object. */
export type Tail = '' | '[*]' | '.*';

/** A path from an element along these keys: a template where the keys are plain, else a query of RFC 9535. */
export function renderPath(keys: readonly string[], tail: Tail = '', needsQuery = false): string {
  if (!needsQuery && keys.every((key) => SIMPLE.test(key))) {
    const inner = keys.map((key) => `.${key}`).join('');
    return inner === '' && tail === '' ? '{@}' : `{${inner}${tail}}`;
  }
  return `$${renderKeys(keys)}${tail === '' ? '' : '[*]'}`;
}

function renderKeys(keys: readonly string[]): string {
  return keys.map((key) => (PLAIN.test(key) ? `.${key}` : `['${key.replace(/[\\']/g, '\\$&')}']`)).join('');
}

/** The elements that have something other than null, and where `skipsEmpty` other than an empty text, along these keys. */
export function renderFiltered(
  keys: readonly string[],
  field: readonly string[],
  { skipsEmpty }: { readonly skipsEmpty: boolean },
): string {
  const at = `@${renderKeys(field)}`;
  return `$${renderKeys(keys)}[?${at} != null${skipsEmpty ? ` && ${at} != ""` : ''}]`;
}

/** The same value as an expression of CEL. */
export function renderField(keys: readonly string[]): string {
  return `self${keys.map((key) => (PLAIN.test(key) && !RESERVED.has(key) ? `.${key}` : `[${JSON.stringify(key)}]`)).join('')}`;
}

/** Words that are no field names in CEL. */
const RESERVED = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'.split(
    ' ',
  ),
);
