import type { Budget } from './budget.js';
import { Failure } from './errors.js';
import { Instant } from './instant.js';

/**
 * What an expression gives. Go's int and int64 are one kind, `bigint`; `number` is its float64, `null` its nil. Text is
 * JavaScript's; where Go counts bytes, its UTF-8 bytes are counted.
 */
export type Value = null | boolean | bigint | number | string | Instant | Dict | List;
export type List = readonly Value[];

/** Go's nil slice: an empty list in every respect, except that JSON calls it null and `eq` calls it nil. */
export const nilList: List = Object.freeze([]);

/** A map with text keys. Entries are a Map, so no key reaches a JavaScript object's own properties. */
export class Dict {
  readonly entries: Map<string, Value>;
  /** What a missing key gives, the zero value of Go's element type. */
  readonly absent: Value;

  constructor(entries: Iterable<readonly [string, Value]>, absent: Value = null) {
    this.entries = new Map(entries);
    this.absent = absent;
  }

  get(key: string): Value {
    return this.entries.get(key) ?? this.absent;
  }

  /** Keys in Go's order of iteration in templates: by their UTF-8 bytes. */
  sortedKeys(): string[] {
    return [...this.entries.keys()].sort(compareText);
  }
}

/** The query parameters, Go's url.Values: a missing one is an empty list. */
export class Parameters extends Dict {
  constructor(parameters: Iterable<readonly [string, readonly string[]]>) {
    super(parameters, nilList);
  }
}

/** Texts by their names, and no others: a name that is not among them is a mistake. */
export class NamedTexts extends Dict {
  override get(key: string): Value {
    if (this.entries.has(key)) return super.get(key);
    throw new Failure(
      `there is no .${key}`,
      `there is ${this.sortedKeys()
        .map((name) => `.${name}`)
        .join(', ')}`,
    );
  }
}

/** The fields of a JSON object: one that is absent, or null, is a mistake, and no text. */
export class Fields extends Dict {
  override get(key: string): Value {
    const value = super.get(key);
    if (value === null) throw new Failure(`there is no .${key} in the element`);
    return value;
  }
}

/** A value of JSON in a template. An integer stays one, and is not printed with an exponent. */
export function toValue(json: unknown): Value {
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : json;
  if (typeof json === 'string' || typeof json === 'boolean' || typeof json === 'bigint') return json;
  if (Array.isArray(json)) return json.map(toValue);
  if (typeof json !== 'object' || json === null) return null;
  return new Fields(Object.entries(json).map(([key, value]) => [key, toValue(value)]));
}

export function isList(value: Value): value is List {
  return Array.isArray(value);
}

/** Orders text as Go does, by its UTF-8 bytes, which is the order of its code points. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return rankAt(a, at) - rankAt(b, at);
}

/** Surrogates are code units below U+E000, but stand for code points above U+FFFF. */
function rankAt(text: string, at: number): number {
  if (at >= text.length) return -1;
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Go's name for the type of a value, as `printf` shows it. */
export function kindName(value: Value): string {
  if (value === null) return 'nil';
  if (value instanceof Instant) return 'time';
  if (value instanceof Dict) return 'map';
  if (isList(value)) return 'list';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int';
  return typeof value === 'number' ? 'float64' : 'string';
}

/** Go's truth: false are nil, false, zero, and empty text, lists and maps. */
export function isTrue(value: Value): boolean {
  if (value instanceof Dict) return value.entries.size > 0;
  if (value !== null && isList(value)) return value.length > 0;
  return Number.isNaN(value) || Boolean(value);
}

/** What passing a value on costs: its characters, elements or entries. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof Dict) return value.entries.size;
  return value !== null && isList(value) ? value.length : 0;
}

/** Whether two values are the same through and through. */
export function deepEqual(a: Value, b: Value, budget: Budget, depth = 0): boolean {
  budget.descend(depth);
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (a instanceof Instant && b instanceof Instant) return a.nanoseconds === b.nanoseconds && a.zone === b.zone;
  if (a instanceof Dict && b instanceof Dict) {
    if (a.entries.size !== b.entries.size) return false;
    return [...a.entries].every(([key, value]) => {
      return b.entries.has(key) && deepEqual(value, b.get(key), budget, depth + 1);
    });
  }
  if (!isList(a) || !isList(b) || a.length !== b.length) return false;
  return a.every((value, index) => deepEqual(value, b[index] ?? null, budget, depth + 1));
}
