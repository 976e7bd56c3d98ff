import type { Problem } from '../model/errors.js';
import { findNearest } from './nearest.js';
import type { ValueKind } from './values.js';
import type { Field, Findings, YamlCursor } from './yaml-cursor.js';

/** What every reader of a file needs to know: where findings go, and how strict the file is taken. */
export interface Reading {
  readonly findings: Findings;
  /** zxp's own files refuse what they do not know; json_exporter's files warn of it. */
  readonly isStrict: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Paths in the file are relative to this folder. */
  readonly folder: string;
}

/**
 * A map of a configuration file that is read key by key. A key that is there more than once, as `<<` makes it, counts
 * as Go's decoder has it: maps are merged, of anything else the last one wins. `finish` tells of keys nobody read.
 */
export class Section {
  readonly #fields: readonly Field[];
  readonly #known = new Set<string>();
  readonly where: string;
  readonly reading: Reading;

  private constructor(fields: readonly Field[], where: string, reading: Reading) {
    this.#fields = fields;
    this.where = where;
    this.reading = reading;
  }

  /** Opens a cursor as a map; null is an empty one. Undefined, with the problem noted, for anything else. */
  static open(cursor: YamlCursor, reading: Reading): Section | undefined {
    const fields = cursor.isNull ? [] : cursor.fields;
    if (fields === undefined) {
      reading.findings.problems.push({ where: cursor.where, message: `must be a map, not ${cursor.kind}` });
      return undefined;
    }
    if (reading.isStrict) tellRepeated(cursor, reading.findings.problems);
    return new Section(fields, cursor.where, reading);
  }

  get keys(): readonly string[] {
    return [...new Set(this.#fields.map((field) => field.key))];
  }

  /** The last value of a key that is not null. */
  take(key: string): YamlCursor | undefined {
    this.#known.add(key);
    return this.#fields.findLast((field) => field.key === key && !field.cursor.isNull)?.cursor;
  }

  /** Where the first of these keys that is there stands; where the map itself does, if none is. */
  placeOf(...keys: readonly string[]): YamlCursor | Section {
    return keys.map((key) => this.take(key)).find((cursor) => cursor !== undefined) ?? this;
  }

  /** The last value of a key, null included. */
  takeAny(key: string): YamlCursor | undefined {
    this.#known.add(key);
    return this.#fields.findLast((field) => field.key === key)?.cursor;
  }

  /** A map below a key, all of its occurrences merged in order; undefined where the key is absent or null. */
  section(key: string): Section | undefined {
    this.#known.add(key);
    const found = this.#fields.filter((field) => field.key === key && !field.cursor.isNull);
    const sections = found.flatMap(({ cursor }) => Section.open(cursor, this.reading) ?? []);
    const last = sections.at(-1);
    if (last === undefined) return undefined;
    return new Section(
      sections.flatMap((each) => each.#fields),
      last.where,
      this.reading,
    );
  }

  /** Every entry of this map, of a key given twice the last one, in the order in which the keys first appear. */
  entries(): readonly Field[] {
    for (const { key } of this.#fields) this.#known.add(key);
    return [...new Map(this.#fields.map((field) => [field.key, field])).values()];
  }

  /** The elements of a list; empty where the key is absent or null. */
  list(key: string): readonly YamlCursor[] {
    const cursor = this.take(key);
    if (cursor === undefined) return [];
    const { items } = cursor;
    if (items === undefined) this.refuse(cursor, `must be a list, not ${cursor.kind}`);
    return items ?? [];
  }

  /** A scalar as text, as it is written. */
  text(key: string): string | undefined {
    const cursor = this.take(key);
    return cursor === undefined ? undefined : readText(cursor, this.reading);
  }

  flag(key: string): boolean | undefined {
    const cursor = this.take(key);
    if (cursor === undefined) return undefined;
    const value = cursor.isPlain ? YAML_FLAGS.get(cursor.text?.toLowerCase() ?? '') : undefined;
    if (value === undefined)
      this.refuse(cursor, `must be true or false${cursor.kind === 'true or false' ? '' : `, not ${cursor.kind}`}`);
    return value;
  }

  number(key: string): number | undefined {
    const cursor = this.take(key);
    if (cursor === undefined) return undefined;
    if (typeof cursor.value === 'number' && Number.isFinite(cursor.value)) return cursor.value;
    this.refuse(cursor, `must be a number, not ${cursor.kind}`);
    return undefined;
  }

  /** A value of one of the kinds of the settings: a duration, a URL, one of some words. */
  read<T>(key: string, kind: ValueKind<T>): T | undefined {
    const cursor = this.take(key);
    if (cursor === undefined) return undefined;
    const value = kind.read(cursor.text);
    if (value !== undefined) return value;
    // What is one of a few words is no secret; a URL may be one.
    const found = cursor.text === undefined ? cursor.kind : JSON.stringify(cursor.text.slice(0, 100));
    const not = kind.words === undefined ? '' : `, not ${found}`;
    const nearest = findNearest(cursor.text ?? '', kind.words ?? []);
    this.refuse(
      cursor,
      `must be ${kind.expected}${not}`,
      nearest === undefined ? undefined : `did you mean ${nearest}?`,
    );
    return undefined;
  }

  refuse(place: YamlCursor | Section, message: string, hint?: string): undefined {
    this.reading.findings.problems.push({ where: place.where, message, hint });
    return undefined;
  }

  warn(place: YamlCursor | Section, message: string, hint?: string): void {
    this.reading.findings.warnings.push({ where: place.where, message, hint });
  }

  /** Tells of each key that nobody asked for: a problem in zxp's own files, a warning in others. */
  finish(): void {
    const { problems, warnings } = this.reading.findings;
    for (const { key, cursor } of this.#fields.filter((field) => !this.#known.has(field.key))) {
      const nearest = findNearest(key, this.#known);
      const meant = nearest === undefined ? undefined : `did you mean ${nearest}?`;
      const message = 'is not a key that is known here';
      if (this.reading.isStrict) {
        problems.push({ where: cursor.where, message, hint: meant ?? `there is ${[...this.#known].join(', ')}` });
      } else {
        warnings.push({ where: cursor.where, message: `${message}, and is ignored`, hint: meant });
      }
    }
  }
}

/** A scalar as it is written; undefined, with the problem noted, for a map or a list. */
export function readText(cursor: YamlCursor, reading: Reading): string | undefined {
  const { text } = cursor;
  if (text === undefined)
    reading.findings.problems.push({ where: cursor.where, message: `must be text, not ${cursor.kind}` });
  return text;
}

/** The words for true and false of YAML 1.1, which Go's decoder still takes for a boolean. */
const YAML_FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'on', 'y'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', 'n'].map((word) => [word, false] as const),
]);

/** A section may be opened more than once; what is wrong with it is told once. */
function tellRepeated(cursor: YamlCursor, problems: Problem[]): void {
  for (const { key, cursor: place } of cursor.repeatedKeys) {
    const problem = { where: place.where, message: `${key} is there already`, hint: 'say it once' };
    const isTold = problems.some(({ where, message }) => where === problem.where && message === problem.message);
    if (!isTold) problems.push(problem);
  }
}
