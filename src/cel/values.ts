/**
 * The values of an expression. Those that JSON has are JavaScript's own: null, booleans, numbers (doubles), texts, and
 * the arrays and objects of a document, which are read in place. `bigint` is an int; all others are one of the classes
 * here. Where a document holds a bigint, for an integer that a double cannot hold, `fromDocument` makes it a double:
 * JSON numbers are doubles.
 */
export type Kind =
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'list'
  | 'map'
  | 'timestamp'
  | 'duration'
  | 'type'
  | 'error';

abstract class CelObject {
  abstract readonly kind: Kind;
}

/** Why an expression has no value. It is a value itself: `||`, `&&`, `all` and `exists` may do without the part that failed. */
export class EvaluationError extends CelObject {
  readonly kind = 'error';
  /** Names what failed, never a text of the document. */
  readonly message: string;

  constructor(message: string) {
    super();
    this.message = message;
  }
}

export class Uint extends CelObject {
  readonly kind = 'uint';
  readonly value: bigint;

  constructor(value: bigint) {
    super();
    this.value = value;
  }
}

export class Bytes extends CelObject {
  readonly kind = 'bytes';
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super();
    this.bytes = bytes;
  }
}

/** A moment, with the offset from UTC that it was written with, which shows in its text alone. */
export class Timestamp extends CelObject {
  readonly kind = 'timestamp';
  readonly nanoseconds: bigint;
  readonly offsetSeconds: number;

  constructor(nanoseconds: bigint, offsetSeconds = 0) {
    super();
    this.nanoseconds = nanoseconds;
    this.offsetSeconds = offsetSeconds;
  }
}

export class Duration extends CelObject {
  readonly kind = 'duration';
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    super();
    this.nanoseconds = nanoseconds;
  }
}

/** A type as a value: what `type(1)` gives. */
export class TypeName extends CelObject {
  readonly kind = 'type';
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

/** A list that an expression made. Its items are values, where those of a document's array may be bigints. */
export class CelList extends CelObject {
  readonly kind = 'list';
  readonly items: readonly unknown[];

  constructor(items: readonly unknown[]) {
    super();
    this.items = items;
  }
}

/** A map that an expression made, by keys of any scalar kind. */
export class CelMap extends CelObject {
  readonly kind = 'map';
  readonly entries: ReadonlyMap<unknown, { readonly key: unknown; readonly value: unknown }>;

  constructor(entries: Iterable<readonly [key: unknown, value: unknown]>) {
    super();
    const byIdentity = new Map<unknown, { key: unknown; value: unknown }>();
    for (const [key, value] of entries) byIdentity.set(identify(key), { key, value });
    this.entries = byIdentity;
  }

  /** The value of a key. An int, uint or double finds a number of another kind that equals it. Undefined where there is none. */
  get(key: unknown): unknown {
    const exact = this.entries.get(identify(key));
    if (exact !== undefined) return exact.value;
    const integer = toInteger(key);
    if (integer === undefined) return undefined;
    return (this.entries.get(integer) ?? this.entries.get(`u${integer}`) ?? this.entries.get(Number(integer)))?.value;
  }
}

/** What makes two keys one. A text cannot meet the mark of a uint: it has a mark of its own. */
function identify(key: unknown): unknown {
  if (typeof key === 'string') return `s${key}`;
  return key instanceof Uint ? `u${key.value}` : key;
}

function toInteger(key: unknown): bigint | undefined {
  if (typeof key === 'bigint') return key;
  if (key instanceof Uint) return key.value;
  return typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : undefined;
}

/** An object of a document. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What kind a value is of. */
export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    default:
      if (value === null || value === undefined) return 'null';
      if (value instanceof CelObject) return value.kind;
      return Array.isArray(value) ? 'list' : 'map';
  }
}

/** Whether a value is an object of a document: neither an array nor one of the classes here. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof CelObject);
}

/** A value that was read from a document. */
export function fromDocument(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

/** The items of a list: those of a document's array are to be read with `fromDocument`. Undefined for anything else. */
export function listItems(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return value instanceof CelList ? value.items : undefined;
}

/** The keys of a map in their order; undefined for anything else. */
export function mapKeys(value: unknown): readonly unknown[] | undefined {
  if (isJsonObject(value)) return Object.keys(value);
  return value instanceof CelMap ? [...value.entries.values()].map((entry) => entry.key) : undefined;
}

/** The value of a key of a map, as a value; undefined where there is none, and for what is no map. */
export function mapValue(map: unknown, key: unknown): unknown {
  if (map instanceof CelMap) return map.get(key);
  if (typeof key !== 'string' || !isJsonObject(map) || !Object.hasOwn(map, key)) return undefined;
  return fromDocument(map[key]);
}

const typeNames: Readonly<Record<Kind, string>> = {
  null: 'null_type',
  bool: 'bool',
  int: 'int',
  uint: 'uint',
  double: 'double',
  string: 'string',
  bytes: 'bytes',
  list: 'list',
  map: 'map',
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
  type: 'type',
  error: 'error',
};

/** The names of types that an expression may use as values. */
export const knownTypeNames: ReadonlySet<string> = new Set(
  Object.entries(typeNames).flatMap(([kind, name]) => (kind === 'error' ? [] : [name])),
);

/** The name of a value's type, as CEL has it. */
export function typeNameOf(value: unknown): string {
  return typeNames[kindOf(value)];
}
