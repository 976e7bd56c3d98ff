/**
 * The values that a path walks over: what JSON.parse gives, bigint for the long integers that `parseDocument` keeps, and
 * two that only the template language makes: GoInt, and `noValue` for the root of a document that is null.
 */

/** An int of Go: an integer literal of a template, or one byte of a text that `.*` took apart. No number of a document. */
export class GoInt {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

/** Go's invalid reflect.Value. It differs from a null inside a document: it prints as `<no value>` and has no type. */
export const noValue = undefined;

/** The fields of an object of the document; arrays, null and numbers have none. */
export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof GoInt);
}

/** The value under an own key, or undefined: no value of a document is undefined. */
export function ownField(fields: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}
