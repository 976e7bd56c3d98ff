import { ZxpError } from '../model/errors.js';
import type { DocumentLimits } from '../model/limits.js';
import { checkStructure } from './structure.js';

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
  limits: DocumentLimits,
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
