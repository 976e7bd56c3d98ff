import { isFields, noValue } from '../golang/values.js';
import { PathFailure } from './path.js';

/**
 * A path that leads to one place at most: the field names and array indices from the root to it, in order. It is walked
 * without a list of matches, and each of its failures is made when it is compiled.
 */
export interface SingularSteps {
  readonly keys: readonly (string | number)[];
  /** What the path gives where the key of the same position leads nowhere. */
  readonly failures: readonly PathFailure[];
  /** What a document that is null is: null itself, or the template language's `noValue`. */
  readonly nullRoot: null | typeof noValue;
  /** Whether an index into a null inside the document gives nothing, quietly, as in the template language. */
  readonly isNullQuiet: boolean;
}

/** What `walkSteps` gives for a path that ends quietly, without a match and without a failure. */
export const nothing = Symbol('nothing');

/** The value at the end of the steps, `nothing`, or why there is none. Own fields of objects and elements of arrays only. */
export function walkSteps(steps: SingularSteps, document: unknown): unknown {
  const { keys, failures } = steps;
  let value = document === null ? steps.nullRoot : document;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key === 'string') {
      if (!isFields(value) || !Object.hasOwn(value, key)) return failures[i];
      value = value[key];
    } else if (typeof key === 'number') {
      if (!Array.isArray(value)) return value === null && steps.isNullQuiet ? nothing : failures[i];
      const index = key < 0 ? key + value.length : key;
      if (index < 0 || index >= value.length) return failures[i];
      value = value[index];
    }
  }
  return value;
}

/** The steps of a template's block: a field that is not there is missing, an index that does not fit an error. */
export function createTemplateSteps(keys: readonly (string | number)[]): SingularSteps {
  const failures = keys.map((key) =>
    typeof key === 'string'
      ? new PathFailure('missing', `${key} is not found`)
      : new PathFailure('error', `array index out of bounds or no array: index ${key}`),
  );
  return { keys, failures, nullRoot: noValue, isNullQuiet: true };
}

/** The steps of an RFC 9535 query: whatever leads nowhere is missing. */
export function createQuerySteps(keys: readonly (string | number)[]): SingularSteps {
  const failures = keys.map((key) => new PathFailure('missing', `${JSON.stringify(key)} is not found`));
  return { keys, failures, nullRoot: null, isNullQuiet: false };
}
