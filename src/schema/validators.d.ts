import type { ErrorObject } from 'ajv';

/** A compiled schema, and what it found wrong with the last value. */
export interface Validator {
  (value: unknown): boolean;
  readonly errors?: readonly ErrorObject[] | null;
}

/** The validators of every schema in src/, by the schema as JSON. */
export const validators: ReadonlyMap<string, Validator>;
