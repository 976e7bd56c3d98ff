import { Failure } from './errors.js';

const int64Limit = 2n ** 63n;

/** A Go integer literal (`42`, `-7`, `0x1F`, `0b1`, `0o17`, `017`, `1_000`) that fits 64 bits, else undefined. */
export function parseInteger(text: string): bigint | undefined {
  const form = /^([+-]?)(?:0[xX]((?:_?[\da-fA-F])+)|0[bB]((?:_?[01])+)|0[oO]?((?:_?[0-7])+)|(0|[1-9](?:_?\d)*))$/.exec(
    text,
  );
  if (form === null) return undefined;
  const [, sign, hexadecimal, binary, octal, decimal = ''] = form;
  const prefixed = hexadecimal ? `0x${hexadecimal}` : binary ? `0b${binary}` : octal ? `0o${octal}` : decimal;
  const magnitude = BigInt(prefixed.replaceAll('_', ''));
  const value = sign === '-' ? -magnitude : magnitude;
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** A decimal float as Go's ParseFloat takes it, else undefined. Text like `Inf` is taken, hexadecimal floats are not. */
export function parseFloatText(text: string): number | undefined {
  const special = /^([+-]?)(?:inf(?:inity)?|(nan))$/i.exec(text);
  if (special !== null) {
    if (special[2] !== undefined) return special[1] === '' ? Number.NaN : undefined;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (!/^[+-]?(?:\d(?:_?\d)*\.?|(?:\d(?:_?\d)*)?\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?$/.test(text)) return undefined;
  const value = Number(text.replaceAll('_', ''));
  return Number.isFinite(value) ? value : undefined;
}

/** What a number in a template is: its value, and the integer that it also is, if it is one. Throws a Failure. */
export function parseNumber(text: string): { value: bigint | number; integer: bigint | undefined } {
  const integer = parseInteger(text);
  if (integer !== undefined) return { value: integer, integer };
  const value = /[.eE]/.test(text) ? parseFloatText(text) : undefined;
  if (value === undefined) {
    const hint = /^[+-]?[\d_]+$/.test(text)
      ? 'integers have 64 bits'
      : 'complex numbers and hexadecimal floats are not supported';
    throw new Failure(`${text} is not a number`, hint);
  }
  const whole = Number.isInteger(value) && Math.abs(value) < Number(int64Limit);
  return { value, integer: whole ? BigInt(value) : undefined };
}

const simpleEscapes: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['b', 8],
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
  ['"', 34],
  ["'", 39],
  ['\\', 92],
]);

/** The text of a Go string literal without its double quotes; its bytes must be UTF-8. Throws a Failure. */
export function unquoteString(body: string): string {
  const bytes = Buffer.concat(
    readEscapes(body, '"').map((piece) => (typeof piece === 'number' ? Buffer.of(piece) : Buffer.from(piece))),
  );
  const text = bytes.toString();
  if (!Buffer.from(text).equals(bytes)) throw new Failure('the text is not UTF-8');
  return text;
}

/** The code point of a Go character literal without its single quotes. Throws a Failure. */
export function unquoteCharacter(body: string): bigint {
  const pieces = readEscapes(body, "'");
  const [piece] = pieces;
  const code = typeof piece === 'string' ? piece.codePointAt(0) : piece;
  const characters = pieces.reduce(
    (count: number, each) => count + (typeof each === 'string' ? [...each].length : 1),
    0,
  );
  if (code === undefined || characters !== 1) throw new Failure(`'${body}' is not one character`);
  return BigInt(code);
}

/** Bytes that escapes name, as numbers, and the text between them. */
function readEscapes(body: string, quote: string): (string | number)[] {
  const pieces: (string | number)[] = [];
  const pattern = /\\(?:x([\da-fA-F]{2})|([0-7]{3})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([abtnvfr"'\\]))|[^\\]+/y;
  for (let end = 0; end < body.length; end = pattern.lastIndex) {
    pattern.lastIndex = end;
    const match = pattern.exec(body);
    if (match === null)
      throw new Failure(`${JSON.stringify(body.slice(end, end + 2))} is no escape of Go`, 'write \\\\ for a backslash');
    pieces.push(readEscape(match, quote));
  }
  return pieces;
}

function readEscape(match: RegExpExecArray, quote: string): string | number {
  const [whole, byte, octal, short, long, simple] = match;
  const code = byte ?? octal;
  if (code !== undefined) {
    const value = Number.parseInt(code, byte === undefined ? 8 : 16);
    if (value <= 0xff) return value;
    throw new Failure(`${whole} is more than a byte`);
  }
  const point = short ?? long;
  if (point !== undefined) {
    const value = Number.parseInt(point, 16);
    if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) throw new Failure(`${whole} is no character`);
    return String.fromCodePoint(value);
  }
  if (simple === undefined) return whole;
  if (`"'`.includes(simple) && simple !== quote) throw new Failure(`\\${simple} is no escape between ${quote}`);
  return simpleEscapes.get(simple) ?? whole;
}
