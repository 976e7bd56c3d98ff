import type { ErrorObject, SchemaObject } from 'ajv';
import type { Problem } from '../model/errors.js';
import { compileSchema } from './compile.js';

/** A compiled schema: `matches` is fast and says yes or no, `explain` says where and why not. */
export interface Guard<T> {
  matches(value: unknown): value is T;
  explain(value: unknown): readonly Problem[];
}

/** Compiles a JSON Schema (draft-07). `T` is the type that the schema describes; the two stand side by side. */
export function compileGuard<T>(schema: SchemaObject): Guard<T> {
  const validate = compileSchema<T>(schema);
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
