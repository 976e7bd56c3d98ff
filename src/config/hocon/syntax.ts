import { ZxpError } from '../../model/errors.js';

/** A place in a text: line and column from 1 on. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What a value is put together from before substitutions are resolved. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean; readonly at: Position }
  | { readonly kind: 'object'; readonly entries: readonly Entry[]; readonly at: Position }
  | { readonly kind: 'array'; readonly items: readonly Concatenation[]; readonly at: Position }
  | {
      readonly kind: 'substitution';
      readonly path: readonly string[];
      readonly isOptional: boolean;
      readonly at: Position;
    };

/** Adjacent pieces on a line: text is joined, objects are merged, arrays are appended. */
export type Concatenation = readonly Piece[];

/** `a.b = value`, `a.b += value`, or `include "file"`. */
export type Entry =
  | {
      readonly path: readonly string[];
      readonly isAppend: boolean;
      readonly value: Concatenation;
      readonly at: Position;
    }
  | { readonly include: string; readonly isRequired: boolean; readonly at: Position };

/** What is wrong with a text, and where. */
export class HoconError extends ZxpError {
  readonly at: Position;

  constructor(message: string, at: Position, hint?: string) {
    super('config', message, { hint });
    this.at = at;
  }
}

const MAX_DEPTH = 64;
const MAX_NODES = 100_000;

/**
 * Parses HOCON (lightbend/config, HOCON.md), of which JSON is a part, into its entries as they stand. Throws
 * HoconError. Bounded: 64 levels, 100,000 values, and one pass over the text.
 */
export function parseHocon(text: string): readonly Entry[] {
  return new Parser(text.replace(/^\uFEFF/, '')).parse();
}

/** What ends unquoted text. A slash does where another one follows it. */
const FORBIDDEN = new Set('$"{}[]:=,+#`^?!@*&\\\n');
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Parser {
  readonly #text: string;
  #offset = 0;
  #line = 1;
  #lineStart = 0;
  #nodes = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): readonly Entry[] {
    this.#skipSpace(true);
    if (this.#peek() === '[') throw this.#error('must be a map, not a list');
    const isBraced = this.#peek() === '{';
    const entries = isBraced ? this.#object(0) : this.#entries(0, undefined);
    this.#skipSpace(true);
    if (this.#offset < this.#text.length) throw this.#error('unexpected text after the closing brace');
    return entries;
  }

  #object(depth: number): readonly Entry[] {
    const at = this.#position;
    this.#next();
    const entries = this.#entries(depth, at);
    this.#next();
    return entries;
  }

  /** Up to the brace that closes what was opened at `opened`, or up to the end of the text. */
  #entries(depth: number, opened: Position | undefined): readonly Entry[] {
    const entries: Entry[] = [];
    for (;;) {
      this.#skipSeparators();
      const next = this.#peek();
      if (next === undefined) {
        if (opened !== undefined) throw new HoconError('has no closing }', opened);
        return entries;
      }
      if (next === '}') {
        if (opened === undefined) throw this.#error('} without an opening {');
        return entries;
      }
      entries.push(this.#entry(depth));
      this.#requireSeparator('}');
    }
  }

  #entry(depth: number): Entry {
    const at = this.#count(depth);
    if (/^include(?=[\s"(])/.test(this.#text.slice(this.#offset, this.#offset + 8))) {
      const start = { offset: this.#offset, line: this.#line, lineStart: this.#lineStart };
      const include = this.#include(at);
      if (include !== undefined) return include;
      this.#offset = start.offset;
      this.#line = start.line;
      this.#lineStart = start.lineStart;
    }
    const path = this.#path(at);
    this.#skipSpace(true);
    const next = this.#peek();
    if (next === '{') return { path, isAppend: false, value: this.#concatenation(depth), at };
    if (next === '+' && this.#text[this.#offset + 1] === '=') {
      this.#next();
      this.#next();
      this.#skipSpace(true);
      return { path, isAppend: true, value: this.#concatenation(depth), at };
    }
    if (next !== ':' && next !== '=') throw new HoconError(`${path.join('.')} has no value`, at, 'key = value');
    this.#next();
    this.#skipSpace(true);
    return { path, isAppend: false, value: this.#concatenation(depth), at };
  }

  /** `include "x"`, `include file("x")`, `include required(file("x"))`; undefined where `include` is a key. */
  #include(at: Position): Entry | undefined {
    this.#offset += 'include'.length;
    this.#skipSpace(false);
    let closing = 0;
    let isRequired = false;
    for (const word of ['required', 'file', 'url', 'classpath']) {
      if (!this.#text.startsWith(`${word}(`, this.#offset)) continue;
      if (word === 'url' || word === 'classpath') {
        throw new HoconError(`include ${word}(...) is not supported`, at, 'include file("other.conf")');
      }
      isRequired ||= word === 'required';
      this.#offset += word.length + 1;
      closing++;
      this.#skipSpace(false);
    }
    if (this.#peek() !== '"') return undefined;
    const include = this.#quoted();
    for (; closing > 0; closing--) {
      this.#skipSpace(false);
      if (this.#peek() !== ')') throw this.#error('include has no closing )');
      this.#next();
    }
    return { include, isRequired, at };
  }

  /** `a.b."c.d"`; blanks within a part belong to it. */
  #path(at: Position): readonly string[] {
    const path: string[] = [];
    let part: string | undefined;
    let blank = '';
    const extend = (text: string) => {
      part = part === undefined ? text : part + blank + text;
      blank = '';
    };
    for (;;) {
      const next = this.#peek();
      if (next === '"') {
        extend(this.#quoted());
      } else if (next === undefined || FORBIDDEN.has(next) || this.#isComment()) {
        break;
      } else {
        if (next === '.') {
          path.push(part ?? this.#refuseEmptyPart());
          part = undefined;
          blank = '';
        } else if (/\s/.test(next)) {
          blank += next;
        } else {
          extend(next);
        }
        this.#next();
      }
    }
    if (part === undefined && path.length === 0) throw this.#error(`unexpected ${this.#describeNext()}`);
    path.push(part ?? this.#refuseEmptyPart());
    if (path.length > MAX_DEPTH) throw new HoconError(`nests deeper than ${MAX_DEPTH} levels`, at);
    return path;
  }

  #refuseEmptyPart(): never {
    throw this.#error('a key has an empty part');
  }

  #concatenation(depth: number): Concatenation {
    const pieces: Piece[] = [];
    for (;;) {
      const at = this.#position;
      const blank = this.#blank();
      const next = this.#peek();
      const isEnd = next === undefined || next === '\n' || next === ',' || next === '}' || next === ']';
      if (isEnd || this.#isComment()) break;
      if (blank !== '' && pieces.length > 0) pieces.push({ kind: 'text', text: blank, isQuoted: false, at });
      pieces.push(this.#piece(next, depth + 1));
    }
    if (pieces.length === 0) throw this.#error(`expected a value, found ${this.#describeNext()}`);
    return pieces;
  }

  #piece(next: string, depth: number): Piece {
    const at = this.#count(depth);
    if (next === '{') return { kind: 'object', entries: this.#object(depth), at };
    if (next === '[') return { kind: 'array', items: this.#array(depth, at), at };
    if (next === '"') return { kind: 'text', text: this.#quoted(), isQuoted: true, at };
    if (next === '$') return this.#substitution(at);
    return { kind: 'text', text: this.#unquoted(), isQuoted: false, at };
  }

  #array(depth: number, opened: Position): readonly Concatenation[] {
    this.#next();
    const items: Concatenation[] = [];
    for (;;) {
      this.#skipSeparators();
      if (this.#peek() === undefined) throw new HoconError('has no closing ]', opened);
      if (this.#peek() === ']') break;
      items.push(this.#concatenation(depth));
      this.#requireSeparator(']');
    }
    this.#next();
    return items;
  }

  #substitution(at: Position): Piece {
    this.#next();
    if (this.#peek() !== '{') throw new HoconError('$ must be in quotes, or begin a substitution', at);
    this.#next();
    const isOptional = this.#peek() === '?';
    if (isOptional) this.#next();
    const path = this.#path(at);
    if (this.#peek() !== '}') throw new HoconError('a substitution has no closing }', at);
    this.#next();
    return { kind: 'substitution', path, isOptional, at };
  }

  #unquoted(): string {
    const start = this.#offset;
    for (;;) {
      const next = this.#peek();
      if (next === undefined || FORBIDDEN.has(next) || /\s/.test(next) || this.#isComment()) break;
      this.#next();
    }
    if (this.#offset === start) throw this.#error(`unexpected ${this.#describeNext()}`, 'put the value into quotes');
    return this.#text.slice(start, this.#offset);
  }

  #quoted(): string {
    const at = this.#position;
    if (this.#text.startsWith('"""', this.#offset)) return this.#tripleQuoted(at);
    this.#next();
    let text = '';
    for (;;) {
      const next = this.#peek();
      if (next === undefined || next === '\n') throw new HoconError('a text has no closing quote', at);
      this.#next();
      if (next === '"') return text;
      text += next === '\\' ? this.#escape() : next;
    }
  }

  #tripleQuoted(at: Position): string {
    const start = this.#offset + 3;
    let end = this.#text.indexOf('"""', start);
    if (end < 0) throw new HoconError('a text has no closing """', at);
    // Further quotes belong to the text: the last three of them end it.
    while (this.#text[end + 3] === '"') end++;
    while (this.#offset < end + 3) this.#next();
    return this.#text.slice(start, end);
  }

  #escape(): string {
    const letter = this.#peek() ?? '';
    this.#next();
    if (letter !== 'u') {
      const meant = ESCAPES[letter];
      if (meant === undefined) throw this.#error('unknown escape in a text', 'a backslash itself is \\\\');
      return meant;
    }
    const digits = this.#text.slice(this.#offset, this.#offset + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#error('\\u needs four hexadecimal digits');
    this.#offset += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  /** Blanks on this line. */
  #blank(): string {
    const start = this.#offset;
    this.#skipSpace(false);
    return this.#text.slice(start, this.#offset);
  }

  /** Blanks and, with line breaks, comments. */
  #skipSpace(withLines: boolean): void {
    for (;;) {
      const next = this.#peek();
      if (withLines && this.#isComment()) this.#skipComment();
      else if (next === undefined || !/\s/.test(next) || (next === '\n' && !withLines)) return;
      else this.#next();
    }
  }

  #isComment(): boolean {
    const next = this.#text[this.#offset];
    return next === '#' || (next === '/' && this.#text[this.#offset + 1] === '/');
  }

  #skipComment(): void {
    const end = this.#text.indexOf('\n', this.#offset);
    this.#offset = end < 0 ? this.#text.length : end;
  }

  /** Line breaks, comments and at most one comma. */
  #skipSeparators(): void {
    this.#skipSpace(true);
    if (this.#peek() !== ',') return;
    this.#next();
    this.#skipSpace(true);
    if (this.#peek() === ',') throw this.#error('two commas in a row');
  }

  /** What is on the same line as a value must be parted from it by a comma. */
  #requireSeparator(closing: '}' | ']'): void {
    this.#skipSpace(false);
    const next = this.#peek();
    if (next === undefined || next === '\n' || next === ',' || next === closing || this.#isComment()) return;
    throw this.#error(`unexpected ${this.#describeNext()}`, 'part entries by commas or line breaks');
  }

  #peek(): string | undefined {
    return this.#text[this.#offset];
  }

  #next(): void {
    if (this.#text[this.#offset] === '\n') {
      this.#line++;
      this.#lineStart = this.#offset + 1;
    }
    this.#offset++;
  }

  /** The place of a new value, which is counted. */
  #count(depth: number): Position {
    if (depth > MAX_DEPTH) throw this.#error(`nests deeper than ${MAX_DEPTH} levels`);
    if (++this.#nodes > MAX_NODES) throw this.#error(`has more than ${MAX_NODES} values`);
    return this.#position;
  }

  get #position(): Position {
    return { line: this.#line, column: this.#offset - this.#lineStart + 1 };
  }

  #describeNext(): string {
    const next = this.#peek();
    if (next === undefined) return 'end of file';
    return next === '\n' ? 'end of line' : JSON.stringify(next);
  }

  #error(message: string, hint?: string): HoconError {
    return new HoconError(message, this.#position, hint);
  }
}
