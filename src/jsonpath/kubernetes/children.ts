import { GoInt, isFields } from '../../golang/values.js';

/** The bytes of a text, as `.*` gives them. Shared: a text of a megabyte has a million. */
const byteValues = Array.from({ length: 256 }, (_, byte) => new GoInt(BigInt(byte)));

/** What `.*` picks: the elements of arrays, the fields of objects, the bytes of texts. */
export function findChildren(input: readonly unknown[]): readonly unknown[] {
  const found: unknown[] = [];
  for (const value of input) {
    if (typeof value === 'string') {
      for (const byte of Buffer.from(value)) found.push(byteValues[byte]);
    } else if (Array.isArray(value)) {
      for (const element of value) found.push(element);
    } else if (isFields(value)) {
      for (const key of Object.keys(value)) found.push(value[key]);
    }
  }
  return found;
}

/** Whether `.*` would pick anything from a value. */
export function hasChildren(value: unknown): boolean {
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0;
  return isFields(value) && Object.keys(value).length > 0;
}

/** Adds the children that may have children themselves, last child first: the caller takes them from the end. */
export function pushChildren(pending: unknown[], value: unknown): void {
  if (Array.isArray(value)) {
    for (let i = value.length - 1; i >= 0; i--) if (mayHaveChildren(value[i])) pending.push(value[i]);
  } else if (isFields(value)) {
    for (const key of Object.keys(value).reverse()) if (mayHaveChildren(value[key])) pending.push(value[key]);
  }
}

function mayHaveChildren(value: unknown): boolean {
  return typeof value === 'object' || typeof value === 'string';
}
