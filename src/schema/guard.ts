import type { ErrorObject, SchemaObject } from 'ajv';
import { type Problem, ZxpError } from '../model/errors.js';
import { type Validator, validators } from './validators.js';

/** A compiled schema: `matches` is fast and says yes or no, `explain` says where and why not. */
export interface Guard<T> {
  matches(value: unknown): value is T;
  explain(value: unknown): readonly Problem[];
}

/**
 * The guard of a JSON Schema (draft-07), from the validators that `npm run schemas` made. `T` is the type that the schema
 * describes, next to it in the same file. Throws `internal` for a schema that was added or changed since then.
 */
export function compileGuard<T>(schema: SchemaObject): Guard<T> {
  const validate = validators.get(JSON.stringify(schema));
  if (validate === undefined) throw new ZxpError('internal', 'a schema has no validator: run npm run schemas');
  return toGuard<T>(validate);
}

/** A guard around a validator of ajv's. */
export function toGuard<T>(validate: Validator): Guard<T> {
  return {
    matches: (value): value is T => validate(value),
    explain: (value) => (validate(value) ? [] : (validate.errors ?? []).map(toProblem)),
  };
}

function toProblem(error: ErrorObject): Problem {
  return {
    where: error.instancePath === '' ? '(document)' : error.instancePath,
    message: error.message ?? 'is not valid',
  };
}
