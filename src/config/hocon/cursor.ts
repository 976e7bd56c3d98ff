import type { Problem } from '../../model/errors.js';
import type { ValueKind } from '../values.js';
import type { Findings } from '../yaml-cursor.js';
import type { HoconValue } from './resolve.js';
import type { Position } from './syntax.js';

/**
 * A place in a file of HOCON that reads keys and remembers which ones were read, so that `warnOfRest` can name what
 * nobody read. A key may have dots: `proxy.hostname`.
 */
export class HoconCursor {
  readonly #file: string;
  readonly #value: HoconValue;
  readonly #path: string;
  readonly #findings: Findings;
  readonly #read: Set<HoconValue>;

  private constructor(
    file: string,
    place: { readonly value: HoconValue; readonly path: string },
    shared: { readonly findings: Findings; readonly read: Set<HoconValue> },
  ) {
    this.#file = file;
    this.#value = place.value;
    this.#path = place.path;
    this.#findings = shared.findings;
    this.#read = shared.read;
  }

  static open(file: string, value: HoconValue, findings: Findings): HoconCursor {
    return new HoconCursor(file, { value, path: '' }, { findings, read: new Set() });
  }

  /** `agent.conf:12:3: agent.name`. */
  get where(): string {
    const place = describePlace(this.#file, this.#value.at);
    return this.#path === '' ? place : `${place}: ${this.#path}`;
  }

  /** What is below a key; undefined where it is absent or null. */
  take(key: string): HoconCursor | undefined {
    let value: HoconValue | undefined = this.#value;
    for (const name of key.split('.')) value = value?.kind === 'object' ? value.fields.get(name) : undefined;
    if (value === undefined) return undefined;
    const found = this.#child(value, this.#path === '' ? key : `${this.#path}.${key}`);
    this.#read.add(value);
    return value.kind === 'text' && !value.isQuoted && value.text === 'null' ? undefined : found;
  }

  /** The elements of a list, or of an object with numbers for keys, as properties have lists. */
  list(key: string): readonly HoconCursor[] {
    const found = this.take(key);
    if (found === undefined) return [];
    const value = found.#value;
    const items =
      value.kind === 'array'
        ? value.items
        : value.kind === 'object' && [...value.fields.keys()].every((name) => /^\d{1,6}$/.test(name))
          ? [...value.fields].sort(([one], [other]) => Number(one) - Number(other)).map(([, item]) => item)
          : undefined;
    if (items === undefined) {
      found.refuse('must be a list');
      return [];
    }
    return items.map((item, i) => {
      this.#read.add(item);
      return found.#child(item, `${found.#path}[${i}]`);
    });
  }

  get isList(): boolean {
    return this.#value.kind === 'array';
  }

  get isObject(): boolean {
    return this.#value.kind === 'object';
  }

  /** Itself as text; undefined, with the problem noted, for an object or a list. */
  get text(): string | undefined {
    if (this.#value.kind === 'text') return this.#value.text;
    this.refuse(`must be text, not ${this.#value.kind === 'array' ? 'a list' : 'an object'}`);
    return undefined;
  }

  /** Text below a key; an empty one is none, as prometheus-proxy's defaults are. */
  textOf(key: string): string | undefined {
    return this.take(key)?.text || undefined;
  }

  flag(key: string): boolean | undefined {
    const found = this.take(key);
    const text = found?.text?.toLowerCase();
    if (found === undefined || text === undefined) return undefined;
    if (['true', 'yes', 'on'].includes(text)) return true;
    if (['false', 'no', 'off'].includes(text)) return false;
    found.refuse('must be true or false');
    return undefined;
  }

  /** A whole number of at least `least`. */
  integer(key: string, least = 0): number | undefined {
    const found = this.take(key);
    const text = found?.text;
    if (found === undefined || text === undefined) return undefined;
    if (/^-?\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
    found.refuse(`must be a whole number of at least ${least}`);
    return undefined;
  }

  read<T>(key: string, kind: ValueKind<T>): T | undefined {
    const found = this.take(key);
    const text = found?.text;
    if (found === undefined || text === undefined) return undefined;
    const value = kind.read(text);
    if (value === undefined) found.refuse(`must be ${kind.expected}`);
    return value;
  }

  refuse(message: string, hint?: string): undefined {
    this.#findings.problems.push(this.#describe(message, hint));
    return undefined;
  }

  warn(message: string, hint?: string): void {
    this.#findings.warnings.push(this.#describe(message, hint));
  }

  /** Calls back for each value below that was not read. Elements of lists that were read answer for themselves. */
  forEachUnread(callback: (cursor: HoconCursor, path: string) => void): void {
    const value = this.#value;
    if (value.kind !== 'object') return;
    for (const [name, inner] of value.fields) {
      const child = this.#child(inner, this.#path === '' ? name : `${this.#path}.${name}`);
      if (inner.kind === 'object') child.forEachUnread(callback);
      else if (!this.#read.has(inner)) callback(child, child.#path);
    }
  }

  #child(value: HoconValue, path: string): HoconCursor {
    return new HoconCursor(this.#file, { value, path }, { findings: this.#findings, read: this.#read });
  }

  #describe(message: string, hint: string | undefined): Problem {
    return { where: this.where, message, hint };
  }
}

/** `agent.conf:12:3`. */
export function describePlace(file: string, { line, column }: Position): string {
  return `${file}:${line}:${column}`;
}
