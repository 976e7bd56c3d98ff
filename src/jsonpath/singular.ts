import { isFields, noValue } from '../golang/values.js';
import { finishText, numberOfMatch, renderValue } from './matches.js';
import { type CompiledPath, PathFailure, type PathOptions } from './path.js';

/**
 * A path that leads to one place at most: the field names and array indices from the root to it, in order. It is walked
 * without a list of matches, and each of its failures is made when it is compiled.
 */
export interface SingularSteps {
  readonly keys: readonly (string | number)[];
  /** What the path gives where the key of the same position leads nowhere. */
  readonly failures: readonly PathFailure[];
  /** What it gives where an index of the same position stands on something that is not an array. */
  readonly misfits: readonly PathFailure[];
  /** What a document that is null is: null itself, or the template language's `noValue`. */
  readonly nullRoot: null | typeof noValue;
  /** Whether an index into a null inside the document gives nothing, quietly, as in the template language. */
  readonly isNullQuiet: boolean;
}

/** What `walkSteps` gives for a path that ends quietly, without a match and without a failure. */
export const nothing = Symbol('nothing');

/** The value at the end of the steps, `nothing`, or why there is none. Own fields of objects and elements of arrays only. */
export function walkSteps(steps: SingularSteps, document: unknown): unknown {
  const { keys, failures, misfits } = steps;
  let value = document === null ? steps.nullRoot : document;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key === 'string') {
      if (!isFields(value) || !Object.hasOwn(value, key)) return failures[i];
      value = value[key];
    } else if (typeof key === 'number') {
      if (!Array.isArray(value)) return value === null && steps.isNullQuiet ? nothing : misfits[i];
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
      : new PathFailure('error', `array index out of bounds: index ${key}`, true),
  );
  const misfits = keys.map((key) => new PathFailure('error', `not an array: index ${key}`));
  return { keys, failures, misfits, nullRoot: noValue, isNullQuiet: true };
}

/** The steps of an RFC 9535 query: whatever leads nowhere is missing. */
export function createQuerySteps(keys: readonly (string | number)[]): SingularSteps {
  const failures = keys.map((key) => new PathFailure('missing', `${JSON.stringify(key)} is not found`));
  return { keys, failures, misfits: failures, nullRoot: null, isNullQuiet: false };
}

const nullDocument = new PathFailure('error', 'the document is null');

interface Singular {
  readonly steps: SingularSteps;
  readonly options: PathOptions;
}

/** A path that leads to one place at most: a template that is one singular block, or a singular query. */
export function createSingularPath(source: string, { steps, options }: Singular): CompiledPath {
  return {
    source,
    isSingular: true,
    shapes: [{ keys: steps.keys, rest: 'nothing' }],
    text(document, work) {
      const value = walkSteps(steps, document);
      if (typeof value === 'string') return finishText(value, options);
      if (value instanceof PathFailure) return value;
      return value === nothing ? finishText('', options) : renderValue(value, options, work);
    },
    number(document) {
      const value = walkSteps(steps, document);
      if (value instanceof PathFailure) return value;
      return numberOfMatch(value === nothing ? '' : value, options);
    },
    select(document) {
      const value = walkSteps(steps, document);
      if (value instanceof PathFailure) return isAllowed(value, options) ? [] : value;
      if (value === nothing) return [];
      return value === noValue ? nullDocument : [value];
    },
  };
}

/** Whether nothing is selected where a path finds nothing, and it is not a failure. */
export function isAllowed(failure: PathFailure, options: PathOptions): boolean {
  return failure.kind === 'missing' && options.allowMissingKey && options.hasDefault !== true;
}
