import type { Problem } from '../model/errors.js';
import type { Dialect } from '../model/module.js';
import { editDistance, findNearest } from './nearest.js';
import { isName } from './quotable.js';
import type { ValueKind } from './values.js';
import type { Field, Findings, YamlCursor } from './yaml-cursor.js';

/** What every reader of a file needs to know: where findings go, and how the file is taken. */
export interface Reading {
  readonly findings: Findings;
  readonly dialect: Dialect;
  /** zxp's own files and modules refuse what they do not know; json_exporter's are warned about. */
  readonly unknownKeys: 'refuse' | 'warn';
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Paths in the file are relative to this folder. */
  readonly folder: string;
  /** Takes down each file that a key names, so that `zxp check` can read it as a start does. */
  readonly files: NamedFile[];
}

/** A file that a key of the configuration names; the path is absolute. */
export interface NamedFile {
  readonly where: string;
  readonly path: string;
  readonly content: 'secret' | 'certificate' | 'key';
}

/** The reading of a file of zxp's own. */
export function readingOfOwnFile(
  given: Pick<Reading, 'findings' | 'environment' | 'folder'> & Partial<Pick<Reading, 'files'>>,
): Reading {
  return { files: [], ...given, dialect: 'zxp', unknownKeys: 'refuse' };
}

/**
 * A map of a configuration file that is read key by key. A key that is there more than once, as `<<` makes it, counts
 * as Go's decoder has it: maps are merged, of anything else the last one wins. `finish` reports keys nobody read.
 */
export class Section {
  readonly #fields: readonly Field[];
  readonly #known = new Set<string>();
  readonly #missing: Missing[] = [];
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
      const invisible = findNoBreakSpace(cursor.text ?? '');
      const message =
        invisible === undefined ? `must be a map, not ${cursor.kind}` : `${invisible} in what should be a map`;
      const hint = invisible === undefined ? cursor.quoteHint : 'replace it with a space';
      report(reading.findings.problems, { where: cursor.where, message, hint });
      return undefined;
    }
    if (reading.unknownKeys === 'refuse') reportRepeated(cursor, reading.findings.problems);
    return new Section(fields, cursor.where, reading);
  }

  /** The same map, read more or less strictly. */
  reopen(reading: Reading): Section {
    return new Section(this.#fields, this.where, reading);
  }

  get keys(): readonly string[] {
    return [...new Set(this.#fields.map((field) => field.key))];
  }

  /** The last value of a key that is not null. */
  take(key: string): YamlCursor | undefined {
    this.#known.add(key);
    return this.#fields.findLast((field) => field.key === key && !field.cursor.isNull)?.cursor.named(key);
  }

  /** The last value of a key, which counts as unknown all the same until it is taken. */
  peek(key: string): YamlCursor | undefined {
    return this.#fields.findLast((field) => field.key === key && !field.cursor.isNull)?.cursor.named(key);
  }

  /** Where the first of these keys that is there is; where the map itself is, if none is there. */
  placeOf(...keys: readonly string[]): YamlCursor | Section {
    return keys.map((key) => this.take(key)).find((cursor) => cursor !== undefined) ?? this;
  }

  /** The last value of a key, null included. */
  takeAny(key: string): YamlCursor | undefined {
    this.#known.add(key);
    return this.#fields.findLast((field) => field.key === key)?.cursor.named(key);
  }

  /** A map below a key, all of its occurrences merged in order; undefined where the key is absent or null. */
  section(key: string): Section | undefined {
    this.#known.add(key);
    const found = this.#fields.filter((field) => field.key === key && !field.cursor.isNull);
    const sections = found.flatMap(({ cursor }) => Section.open(cursor.named(key), this.reading) ?? []);
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
    if (items === undefined) this.refuse(cursor, `must be a list, not ${cursor.kind}`, cursor.quoteHint);
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
    return cursor === undefined ? undefined : this.readAs(cursor, kind);
  }

  /** The same for an element of a list. */
  readAs<T>(cursor: YamlCursor, kind: ValueKind<T>): T | undefined {
    const value = kind.read(cursor.text);
    if (value !== undefined) return value;
    const found = kind.isPublic === true ? cursor.found : cursor.kind;
    const nearest = findNearest(cursor.text ?? '', kind.words ?? []);
    const hint = nearest === undefined ? cursor.quoteHint : `did you mean ${nearest}?`;
    return this.refuse(cursor, `must be ${kind.expected}${found === 'text' ? '' : `, not ${found}`}`, hint);
  }

  refuse(place: YamlCursor | Section, message: string, hint?: string): undefined {
    this.reading.findings.problems.push({ where: place.where, message, hint });
    return undefined;
  }

  warn(place: YamlCursor | Section, message: string, hint?: string): void {
    this.reading.findings.warnings.push({ where: place.where, message, hint });
  }

  /** Refuses where the file is zxp's own, and warns of what becomes of it in another. */
  refuseOwn(place: YamlCursor | Section, message: string, { hint, consequence = '' }: OwnRule = {}): void {
    if (this.reading.unknownKeys === 'refuse') this.refuse(place, message, hint);
    else this.warn(place, message + consequence);
  }

  /** Refuses at the end that something is missing, unless one of its keys is there misspelt, which is one mistake. */
  needs(
    keys: string | readonly string[],
    { message = `needs ${toArticle(keys)} ${keys}`, ...rule }: OwnRule & { message?: string },
  ): void {
    const names = typeof keys === 'string' ? [keys] : keys;
    for (const name of names) this.#known.add(name);
    this.#missing.push({ keys: names, message, ...rule });
  }

  /** Reports what is missing, and each key that nobody read: a problem in zxp's own files, a warning in others. */
  finish(): void {
    const misspelt = this.keys.filter((key) => !this.#known.has(key)).map((key) => findNearest(key, this.#known));
    for (const { keys, message, hint, consequence } of this.#missing) {
      if (misspelt.some((meant) => meant !== undefined && keys.includes(meant))) continue;
      if (consequence === undefined) this.refuse(this, message, hint);
      else this.refuseOwn(this, message, { hint, consequence });
    }
    // A map that has none of the keys is another thing altogether: what it needs says so.
    const isOther =
      this.#missing.length > 0 && misspelt.length === this.keys.length && misspelt.every((key) => key === undefined);
    if (!isOther) this.#reportUnknown();
  }

  /** `log.level` is `level` below `log`. */
  #hintDotted(key: string): string | undefined {
    const [head = '', ...rest] = key.split('.');
    return rest.length > 0 && this.#known.has(head) && isName(key) ? `put ${rest.join('.')} under ${head}` : undefined;
  }

  #listKnown(): string {
    return `known keys: ${[...this.#known].sort().join(', ')}`;
  }

  #reportUnknown(): void {
    for (const { key, cursor } of this.#fields.filter((field) => !this.#known.has(field.key))) {
      const invisible = findNoBreakSpace(key);
      if (invisible !== undefined) {
        this.refuse(cursor, `${invisible} in the key`, 'replace it with a space');
        continue;
      }
      const nearest = findNearest(key, this.#known);
      const meant = nearest === undefined ? undefined : `did you mean ${nearest}?`;
      if (this.reading.unknownKeys === 'refuse') {
        this.refuse(cursor, 'unknown key', this.#hintDotted(key) ?? meant ?? this.#listKnown());
      } else if (mayMeanAccess(key, this.#known)) {
        this.refuse(cursor, 'unknown key that looks like a security setting', meant);
      } else {
        this.warn(cursor, 'unknown key, ignored', meant);
      }
    }
  }
}

function toArticle(key: string | readonly string[]): string {
  return typeof key === 'string' && /^[aeio]/.test(key) ? 'an' : 'a';
}

/** What a rule of zxp's own files says of others: what they get instead. */
interface OwnRule {
  readonly hint?: string | undefined;
  readonly consequence?: string;
}

interface Missing extends OwnRule {
  readonly keys: readonly string[];
  readonly message: string;
}

/** A scalar as it is written; undefined, with the problem noted, for a map or a list. */
export function readText(cursor: YamlCursor, reading: Reading): string | undefined {
  const { text } = cursor;
  if (text === undefined) {
    const message = `must be text, not ${cursor.kind}`;
    reading.findings.problems.push({ where: cursor.where, message, hint: cursor.quoteHint });
  }
  return text;
}

/** The words for true and false of YAML 1.1, which Go's decoder still takes for a boolean. */
const YAML_FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'on', 'y'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', 'n'].map((word) => [word, false] as const),
]);

function toCodePoint(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
}

/** Keys that restrict where credentials go: one that is misspelt must not be ignored in any file. */
const ACCESS_KEYS = ['allow', 'auth', 'forward_headers', 'forward_verified', 'forward_authorization'];

/** Whether a key is one of those, misspelt; only where they are known. */
function mayMeanAccess(key: string, known: ReadonlySet<string>): boolean {
  if (!known.has('allow')) return false;
  const word = key.toLowerCase().replace(/-/g, '_');
  if (word.startsWith('allow') || word.startsWith('forward')) return true;
  if (word.length > 30) return false;
  return ACCESS_KEYS.some((each) => editDistance(word, each) <= (each.length < 6 ? 1 : 2));
}

function reportRepeated(cursor: YamlCursor, problems: Problem[]): void {
  for (const {
    cursor: { where },
  } of cursor.repeatedKeys)
    report(problems, { where, message: 'duplicate key', hint: 'keep one' });
}

/** A section may be opened more than once; what is wrong with it is reported once. */
function report(problems: Problem[], problem: Problem): void {
  const isReported = problems.some(({ where, message }) => where === problem.where && message === problem.message);
  if (!isReported) problems.push(problem);
}

/** `no-break space (U+00A0)`, where a text has one. */
function findNoBreakSpace(text: string): string | undefined {
  const found = /[\u00A0\u2007\u202F]/.exec(text)?.[0];
  return found === undefined ? undefined : `no-break space (U+${toCodePoint(found)})`;
}
