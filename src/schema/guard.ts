import { Ajv, type ErrorObject, type SchemaObject } from 'ajv';
import type { Problem } from '../model/errors.js';

/** A compiled schema: `matches` is fast and says yes or no, `explain` says where and why not. */
export interface Guard<T> {
  matches(value: unknown): value is T;
  explain(value: unknown): readonly Problem[];
}

/** One compiler for all schemas: the schemas are ours, so that checking them at every start would only cost time. */
const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false, meta: false, validateSchema: false });

/** Compiles a JSON Schema (draft-07). `T` is the type that the schema describes; the two stand side by side. */
export function compileGuard<T>(schema: SchemaObject): Guard<T> {
  const validate = ajv.compile<T>(schema);
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
