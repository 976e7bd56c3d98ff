import type { DocumentLimits } from '../../model/limits.js';

export const QUOTE = 0x22;
export const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const SINGLE_QUOTE = 0x27;
const BLANK = 0x20;
const BLANKS: ReadonlySet<number> = new Set([BLANK, 0x09, 0x0a, 0x0d]);

export const LABEL_LITERALS = [Buffer.from('true'), Buffer.from('false')];
export const NULL = [Buffer.from('null')];
const LITERALS = [...LABEL_LITERALS, ...NULL];
const FIRST_LETTER = 0x41;
const CAPITAL_E = 0x45;
const SMALL_E = 0x65;
const PLUS = 0x2b;

/** In place of where something ends: there is no reading for it. */
export const NONE = -1;
/** Every decimal of so many digits is the shortest text of a number. */
const MAX_EXACT_DIGITS = 15;
/** Beyond the range of a double there are no numbers; that begins much later. */
const MAX_DIGITS = 100;
/** What is below 10^-6 has an exponent in its shortest text. */
const MAX_ZEROS = 5;
/** Well within the stack. */
const MAX_DEPTH = 100;

/** Which bytes stand for themselves in a label: printable ASCII. */
export const IN_LABEL = Uint8Array.from({ length: 256 }, (_, byte) => Number(standsForItself(byte) && byte < 0x7f));
/** The same in a text that is skipped. */
export const IN_TEXT = Uint8Array.from({ length: 256 }, (_, byte) => Number(standsForItself(byte)));

const HEX_DIGIT = Uint8Array.from({ length: 256 }, (_, byte) => Number(/^[\da-f]$/i.test(String.fromCharCode(byte))));
/** How many bytes an escape takes, by the one behind the backslash; 0 where there is no such escape. */
const ESCAPE_LENGTHS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (character === 'u') return 6;
  return '"\\/bfnrt'.includes(character) ? 2 : 0;
});

function standsForItself(byte: number): boolean {
  return byte >= BLANK && byte !== QUOTE && byte !== BACKSLASH;
}

/**
 * What a number is written like: a whole number or another one as it is written shortest, one that could be written shorter,
 * or one with an exponent or with very many digits.
 */
export type NumberForm = 'whole' | 'shortest' | 'long' | 'other';

/**
 * Goes over JSON. Each method goes on from a place, and gives where what it has read ends, or NONE for what is not JSON or is beyond
 * the limits. Written for speed: it is most of what a scrape of a plain document does.
 */
export class JsonReader {
  protected readonly bytes: Uint8Array;
  readonly #maxDepth: number;
  /** How many arrays and objects there may still be. */
  protected nodesLeft: number;
  /** Of arrays and objects that are open. */
  protected depth = 0;
  /** Of the last number. */
  protected form: NumberForm = 'other';

  constructor(bytes: Uint8Array, limits: DocumentLimits) {
    this.bytes = bytes;
    this.#maxDepth = Math.min(limits.depth, MAX_DEPTH);
    this.nodesLeft = limits.nodes;
  }

  skipBlanks(start: number): number {
    const bytes = this.bytes;
    if ((bytes[start] ?? BLANK) > BLANK) return start;
    let at = start;
    while (at < bytes.length && BLANKS.has(bytes[at] ?? 0)) at++;
    return at;
  }

  protected open(): boolean {
    return ++this.depth <= this.#maxDepth && --this.nodesLeft >= 0;
  }

  protected passKey(key: Uint8Array, start: number): number {
    const bytes = this.bytes;
    for (let i = 0; i < key.length; i++) if (bytes[start + i] !== key[i]) return NONE;
    return start + key.length;
  }

  /** Over a value that is not wanted. */
  protected skip(start: number): number {
    switch (this.bytes[start]) {
      case QUOTE:
        return this.#skipText(start);
      case OPEN_BRACE:
      case OPEN_BRACKET:
        return this.#skipContainer(start);
      default: {
        const literal = this.passLiteral(start, LITERALS);
        return literal === NONE ? this.passNumber(start) : literal;
      }
    }
  }

  #skipContainer(start: number): number {
    if (!this.open()) return NONE;
    const bytes = this.bytes;
    const isObject = bytes[start] === OPEN_BRACE;
    const close = isObject ? CLOSE_BRACE : CLOSE_BRACKET;
    let at = this.skipBlanks(start + 1);
    for (let isEmpty = bytes[at] === close; !isEmpty; at = this.skipBlanks(at + 1)) {
      if (isObject) {
        at = bytes[at] === QUOTE ? this.#skipText(at) : NONE;
        if (at !== NONE) at = this.skipBlanks(at);
        if (at === NONE || bytes[at] !== COLON) return NONE;
        at = this.skipBlanks(at + 1);
      }
      at = this.skip(at);
      if (at === NONE) return NONE;
      at = this.skipBlanks(at);
      isEmpty = bytes[at] === close;
      if (isEmpty) break;
      if (bytes[at] !== COMMA) return NONE;
    }
    this.depth--;
    return at + 1;
  }

  /** A key that is not wanted: one with escapes could be any. */
  protected skipPlainText(start: number): number {
    const bytes = this.bytes;
    if (bytes[start] !== QUOTE) return NONE;
    let at = start + 1;
    while (IN_TEXT[bytes[at] ?? 0] === 1) at++;
    return bytes[at] === QUOTE ? at + 1 : NONE;
  }

  #skipText(start: number): number {
    const bytes = this.bytes;
    let at = start + 1;
    for (;;) {
      while (IN_TEXT[bytes[at] ?? 0] === 1) at++;
      if (bytes[at] === QUOTE) return at + 1;
      if (bytes[at] !== BACKSLASH) return NONE;
      const length = ESCAPE_LENGTHS[bytes[at + 1] ?? 0] ?? 0;
      if (length === 0) return NONE;
      for (let i = 2; i < length; i++) if (HEX_DIGIT[bytes[at + i] ?? 0] !== 1) return NONE;
      at += length;
    }
  }

  protected passLiteral(start: number, literals: readonly Uint8Array[]): number {
    const bytes = this.bytes;
    if ((bytes[start] ?? 0) < FIRST_LETTER) return NONE;
    const literal = literals.find((each) => each[0] === bytes[start]);
    return literal === undefined ? NONE : this.passKey(literal, start);
  }

  /** Any number of JSON; `#form` tells which. */
  protected passNumber(start: number): number {
    const bytes = this.bytes;
    const first = bytes[start] === MINUS ? start + 1 : start;
    let at = first;
    while (isDigit(bytes[at])) at++;
    const startsWithZero = bytes[first] === ZERO;
    if (at === first || (startsWithZero && at > first + 1)) return NONE;
    const point = at;
    // A zero that is negative is none of them.
    let isShortest = !startsWithZero || first === start || bytes[point] === POINT;
    if (bytes[point] === POINT) {
      at++;
      while (startsWithZero && bytes[at] === ZERO) at++;
      if (at - point > MAX_ZEROS + 1) isShortest = false;
      while (isDigit(bytes[at])) at++;
      if (at === point + 1) return NONE;
      if (bytes[at - 1] === ZERO) isShortest = false;
    }
    const digits = at - first;
    this.form = !isShortest || digits > MAX_EXACT_DIGITS ? 'long' : at === point ? 'whole' : 'shortest';
    if (digits > MAX_DIGITS) this.form = 'other';
    const byte = bytes[at] ?? 0;
    return byte === SMALL_E || byte === CAPITAL_E ? this.#passExponent(at) : at;
  }

  #passExponent(start: number): number {
    const bytes = this.bytes;
    this.form = 'other';
    const sign = bytes[start + 1];
    const first = sign === PLUS || sign === MINUS ? start + 2 : start + 1;
    let at = first;
    while (isDigit(bytes[at])) at++;
    return at === first ? NONE : at;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
