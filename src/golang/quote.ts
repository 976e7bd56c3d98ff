/** Go's quoted texts, written and read. */

const NAMED_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

/** Text in double quotes as strconv.Quote writes it, `%q` of fmt. */
export function quoteGo(text: string): string {
  const quoted = text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|["\\]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const escaped = NAMED_ESCAPES.get(character);
    if (escaped !== undefined) return escaped;
    if (code < 0x80) return `\\x${hex(code, 2)}`;
    return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
  });
  return `"${quoted}"`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

/**
 * UnquoteExtend of k8s.io/client-go/util/jsonpath: strconv.Unquote for `"..."` and `'...'` of any length. json_exporter
 * puts every extracted text through it, and the template language its quoted text.
 */

const DOUBLE = 0x22;
const SINGLE = 0x27;
const BACKSLASH = 0x5c;
const MAX_CODE_POINT = 0x10ffff;

const SIMPLE_ESCAPES = new Map([
  ['a', 0x07],
  ['b', 0x08],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
  ['\\', BACKSLASH],
]);

const HEX_LENGTHS = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

/**
 * The text with one pair of outer quotes taken off and its escapes resolved; the same text where there is no valid pair,
 * and where the pair is of single quotes and those are kept.
 */
export function stripQuotes(text: string, keepsSingleQuotes = false): string {
  const first = text.charCodeAt(0);
  if (first !== DOUBLE && (first !== SINGLE || keepsSingleQuotes)) return text;
  return unquote(text) ?? text;
}

/** The same, but undefined where the text is not a valid quoted text. */
export function unquote(text: string): string | undefined {
  const quote = text.charCodeAt(0);
  if (text.length < 2 || (quote !== DOUBLE && quote !== SINGLE)) return undefined;
  if (text.charCodeAt(text.length - 1) !== quote) return undefined;
  const inner = text.slice(1, -1);
  if (!inner.includes('\\') && !inner.includes(text.charAt(0))) return inner;
  return resolveEscapes(inner, quote);
}

interface Escape {
  /** UTF-8; one byte, not necessarily valid on its own, for `\x` and octal escapes. */
  readonly bytes: Buffer;
  readonly end: number;
}

function resolveEscapes(inner: string, quote: number): string | undefined {
  const parts: Buffer[] = [];
  let start = 0;
  let i = 0;
  while (i < inner.length) {
    const unit = inner.charCodeAt(i);
    if (unit === quote) return undefined;
    if (unit !== BACKSLASH) {
      i++;
      continue;
    }
    const found = readEscape(inner.slice(i + 1, i + 10), quote);
    if (found === undefined) return undefined;
    parts.push(Buffer.from(inner.slice(start, i)), found.bytes);
    i += 1 + found.end;
    start = i;
  }
  parts.push(Buffer.from(inner.slice(start)));
  return Buffer.concat(parts).toString('utf8');
}

/** Reads what follows a backslash. `\"` is an escape inside double quotes only, `\'` inside single quotes only. */
function readEscape(rest: string, quote: number): Escape | undefined {
  const letter = rest.charAt(0);
  const simple = rest.charCodeAt(0) === quote ? quote : SIMPLE_ESCAPES.get(letter);
  if (simple !== undefined) return { bytes: Buffer.of(simple), end: 1 };
  const hexLength = HEX_LENGTHS.get(letter);
  if (hexLength !== undefined) return readHex(rest, hexLength);
  return readOctal(rest);
}

function readHex(rest: string, length: number): Escape | undefined {
  const digits = rest.slice(1, 1 + length);
  if (digits.length !== length || !/^[0-9a-fA-F]+$/.test(digits)) return undefined;
  const code = Number.parseInt(digits, 16);
  if (length === 2) return { bytes: Buffer.of(code), end: 3 };
  if (code > MAX_CODE_POINT || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return { bytes: Buffer.from(String.fromCodePoint(code)), end: 1 + length };
}

function readOctal(rest: string): Escape | undefined {
  const digits = rest.slice(0, 3);
  if (!/^[0-7]{3}$/.test(digits)) return undefined;
  const code = Number.parseInt(digits, 8);
  return code > 255 ? undefined : { bytes: Buffer.of(code), end: 3 };
}
