import { Ajv, type SchemaObject, type ValidateFunction } from 'ajv';

/** One compiler for all schemas: the schemas are ours, so that checking them at every start would only cost time. */
const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false, meta: false, validateSchema: false });

/** Compiles a JSON Schema. `npm run build` puts what ajv makes of every schema in place of this file. */
export function compileSchema<T>(schema: SchemaObject): ValidateFunction<T> {
  return ajv.compile<T>(schema);
}
