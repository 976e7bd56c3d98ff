/** A part of `values.schema.json`, as far as it is written there. */
interface Schema {
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly items?: Schema;
}

export interface ClosedObject {
  /** Where it is in the values; list elements by their numbers. */
  readonly path: readonly (string | number)[];
  /** Values with a key in it that the schema does not know. */
  readonly value: object;
}

/** Every object that takes no unknown key, at every level. */
export function listClosedObjects(root: Schema): readonly ClosedObject[] {
  const walk = (schema: Schema, path: readonly (string | number)[]): readonly ClosedObject[] => {
    const resolved = resolve(root, schema);
    const here = resolved.additionalProperties === false ? [{ path, value: nest(path, { unheardOf: true }) }] : [];
    const below = Object.entries(resolved.properties ?? {}).flatMap(([key, next]) => walk(next, [...path, key]));
    const elements = resolved.items === undefined ? [] : walk(resolved.items, [...path, 0]);
    return [...here, ...below, ...elements];
  };
  return walk(root, []);
}

function resolve(root: Schema, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.replace('#/definitions/', '');
  const definition = root.definitions?.[name];
  if (definition === undefined) throw new Error(`the schema has no ${schema.$ref}`);
  return definition;
}

function nest(path: readonly (string | number)[], leaf: object): object {
  return path.reduceRight<object>((inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }), leaf);
}
