import { ZxpError } from '../model/errors.js';
import type { ScrapeLimits } from '../model/limits.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** `\ud83d\ude00`, `\ud83d` or the first two characters of any other escape. */
const SURROGATE_OR_OTHER_ESCAPE =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[dD][89a-fA-F][\da-fA-F]{2}|.)/g;
const LONE_LENGTH = '\\ud83d'.length;

/**
 * Parses a JSON document (RFC 8259, UTF-8 without a byte order mark). Invalid UTF-8 and escapes of half a surrogate
 * pair become U+FFFD, so that texts which are equal on the wire are equal here.
 * `parse` is JSON.parse, or throws and gives what it does.
 * Throws `limit` where it nests deeper than `limits.depth`, before a parser sees it, and `decode` where it is not JSON.
 * The message says what the bytes look like and never repeats any of them: a body may hold secrets.
 */
export function decodeJson(
  body: Uint8Array,
  limits: ScrapeLimits,
  parse: (text: string) => unknown = JSON.parse,
): unknown {
  checkStructure(body, limits);
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  try {
    return parse(replaceLoneSurrogates(text));
  } catch {
    throw new ZxpError('decode', `the reply is not JSON: ${describe(body)}`, {
      hint: 'ask the upstream with curl and look at what it says',
    });
  }
}

/**
 * Throws `limit` where brackets outside strings nest deeper than `limits.depth`, or are more than `limits.nodes`: what
 * a parser makes of them costs a hundred times what they take on the wire. Iterative; stops at the first one too many.
 */
function checkStructure(body: Uint8Array, limits: ScrapeLimits): void {
  const { length } = body;
  const { depth: maxDepth, nodes: maxNodes } = limits;
  let depth = 0;
  let nodes = 0;
  for (let i = 0; i < length; i++) {
    const byte = body[i] ?? 0;
    if (byte === QUOTE) {
      // Strings are skipped here and not by a function: the loop is as fast as it is because it is one.
      for (i++; i < length && body[i] !== QUOTE; i++) if (body[i] === BACKSLASH) i++;
    } else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      if (++depth > maxDepth) throw tooMuch(`the document nests deeper than ${maxDepth} levels`, 'depth');
      if (++nodes > maxNodes) throw tooMuch(`the document has more than ${maxNodes} arrays and objects`, 'nodes');
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      depth--;
    }
  }
}

function tooMuch(message: string, limit: 'depth' | 'nodes'): ZxpError {
  return new ZxpError('limit', message, { hint: `raise limits.${limit} if the document is meant to be like that` });
}

/** Changes nothing else: an escape that is not one of a surrogate is matched to step over its second character. */
function replaceLoneSurrogates(text: string): string {
  if (!text.includes('\\ud') && !text.includes('\\uD')) return text;
  return text.replace(SURROGATE_OR_OTHER_ESCAPE, (found) => (found.length === LONE_LENGTH ? '\\ufffd' : found));
}

function describe(body: Uint8Array): string {
  const [first = 0, second = 0, third = 0] = body;
  if (body.length === 0) return 'it is empty';
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'it begins with a byte order mark';
  if ((first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe)) return 'it is UTF-16';
  if (body.length > 1 && (first === 0 || second === 0)) return 'it is UTF-16 or UTF-32';
  if (first === 0x1f && second === 0x8b) return 'it is gzip without a Content-Encoding';
  const start = Buffer.from(body.subarray(0, 512)).toString('latin1').trimStart();
  if (start === '') return 'it is blank';
  if (start.startsWith('<')) return 'it looks like HTML or XML';
  if (start.startsWith('# HELP') || start.startsWith('# TYPE')) return 'it is the Prometheus text format already';
  return `${body.length} bytes that do not parse`;
}
