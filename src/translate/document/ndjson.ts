import { skipByteOrderMark } from '../../model/bytes.js';
import { ZxpError } from '../../model/errors.js';
import type { TextPlace } from './syntax-error.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const SPACE = 0x20;
const NEWLINE = 0x0a;
const RECORD_SEPARATOR = 0x1e;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPENING = new Set([OPEN_BRACKET, 0x7b]);
const CLOSING = new Set([CLOSE_BRACKET, 0x7d]);
const BLANK = new Set([SPACE, 0x09, 0x0d]);

/** Where a mistake is counted from: a bracket stands in front of the first line. */
export const LINES_START: TextPlace = { line: 1, column: 0 };

/**
 * The documents of JSON Lines, one a line, or of a JSON text sequence (RFC 7464), which begins with a record separator,
 * as the elements of one array, each still on its line. Blank lines count for nothing. Throws `decode` for a line on which a document does not end, or does not end alone: what is
 * cut off is not taken for a document.
 */
export function joinLines(given: Uint8Array): Uint8Array {
  const body = skipByteOrderMark(given);
  const isSequence = body[0] === RECORD_SEPARATOR;
  if (isSequence && body.at(-1) !== NEWLINE) throw broken(countLines(body), 'a record that is cut off');
  const lines = new Lines(body, isSequence ? RECORD_SEPARATOR : NEWLINE);
  for (let at = 0; at < body.length; at++) at = lines.take(at);
  lines.endLine(body.length);
  return isSequence ? replaceSeparators(body, lines) : insertCommas(body, lines);
}

/** A comma at the end of each line behind which another document follows. */
function insertCommas(body: Uint8Array, { ends }: Lines): Uint8Array {
  const joined = new Uint8Array(body.length + ends.length + 2);
  let length = 0;
  joined[length++] = OPEN_BRACKET;
  let copied = 0;
  for (const end of ends) {
    joined.set(body.subarray(copied, end), length);
    length += end - copied;
    joined[length++] = COMMA;
    copied = end;
  }
  joined.set(body.subarray(copied), length);
  joined[joined.length - 1] = CLOSE_BRACKET;
  return joined;
}

/** A comma in place of each record separator between two documents, and a blank in place of the others. */
function replaceSeparators(body: Uint8Array, { separators, ends }: Lines): Uint8Array {
  const joined = new Uint8Array(body.length + 2);
  joined[0] = OPEN_BRACKET;
  joined.set(body, 1);
  for (const at of separators) joined[at + 1] = SPACE;
  for (const at of ends) joined[at + 1] = COMMA;
  joined[joined.length - 1] = CLOSE_BRACKET;
  return joined;
}

/** Finds where documents end, by lines or by records. */
class Lines {
  readonly #bytes: Uint8Array;
  readonly #separator: number;
  /** Where documents end behind which another one follows. */
  readonly ends: number[] = [];
  /** All record separators. */
  readonly separators: number[] = [];
  #line = 1;
  #depth = 0;
  /** Whether the line has something on it. */
  #isOpen = false;
  /** Where the last document ended. */
  #end: number | undefined;

  /** `separator` is what a document ends with. */
  constructor(bytes: Uint8Array, separator: number) {
    this.#bytes = bytes;
    this.#separator = separator;
  }

  /** Takes the byte at a place, or the string that begins there. Gives where the last byte of it is. */
  take(at: number): number {
    const byte = this.#bytes[at] ?? 0;
    if (byte === this.#separator) this.endLine(at);
    if (byte === NEWLINE) this.#line++;
    else if (byte === this.#separator) this.separators.push(at);
    if (byte === this.#separator || byte === NEWLINE || BLANK.has(byte)) return at;
    if (!this.#isOpen) this.#begin();
    if (byte === QUOTE) return this.#skipString(at);
    if (OPENING.has(byte)) this.#depth++;
    else if (CLOSING.has(byte)) this.#depth--;
    else if (byte === COMMA && this.#depth === 0) throw broken(this.#line, 'a comma between documents');
    return at;
  }

  /** Throws where the document of the line is not complete. */
  endLine(at: number): void {
    if (!this.#isOpen) return;
    if (this.#depth !== 0) throw broken(this.#line, 'a document that does not end on its line');
    this.#isOpen = false;
    this.#end = at;
  }

  #begin(): void {
    if (this.#end !== undefined) this.ends.push(this.#end);
    this.#isOpen = true;
  }

  #skipString(start: number): number {
    const last = this.#bytes.length - 1;
    let at = start + 1;
    while (at <= last && this.#bytes[at] !== QUOTE && this.#bytes[at] !== NEWLINE) {
      at += this.#bytes[at] === BACKSLASH ? 2 : 1;
    }
    if (at > last || this.#bytes[at] !== QUOTE) throw broken(this.#line, 'a text that does not end on its line');
    return at;
  }
}

function countLines(bytes: Uint8Array): number {
  let lines = 1;
  for (const byte of bytes) if (byte === NEWLINE) lines++;
  return lines;
}

function broken(line: number, message: string): ZxpError {
  return new ZxpError('decode', `the response is not JSON Lines: line ${line}: ${message}`, {
    hint: 'a response that is cut off, or a document over several lines: without format: ndjson it is read as one document',
  });
}
