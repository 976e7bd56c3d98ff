import { ZxpError } from '../../model/errors.js';
import type { DocumentLimits } from '../../model/limits.js';
import { checkStructure } from './structure.js';
import { findSyntaxProblem } from './syntax-error.js';

/** `\ud83d\ude00`, `\ud83d` or the first two characters of any other escape. */
const SURROGATE_OR_OTHER_ESCAPE =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[dD][89a-fA-F][\da-fA-F]{2}|.)/g;
const LONE_LENGTH = '\\ud83d'.length;

/**
 * Parses a JSON document (RFC 8259, UTF-8; a byte order mark is skipped). Invalid UTF-8 and escapes of half a surrogate
 * pair become U+FFFD, so that texts which are equal on the wire are equal here.
 * `parse` is JSON.parse, or throws and gives what it does.
 * Throws `limit` where it nests deeper than `limits.depth`, before a parser sees it, and `decode` where it is not JSON.
 * The message has the place and what was found there, and repeats nothing else of the bytes: a body may hold secrets.
 */
export function decodeJson(
  body: Uint8Array,
  limits: DocumentLimits,
  parse: (text: string) => unknown = JSON.parse,
): unknown {
  const document = skipByteOrderMark(body);
  checkStructure(document, limits);
  const text = Buffer.from(document.buffer, document.byteOffset, document.byteLength).toString('utf8');
  try {
    return parse(replaceLoneSurrogates(text));
  } catch {
    throw notJson(document, text);
  }
}

function skipByteOrderMark(body: Uint8Array): Uint8Array {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body;
}

/** Changes nothing else: an escape that is not one of a surrogate is matched to step over its second character. */
function replaceLoneSurrogates(text: string): string {
  if (!text.includes('\\ud') && !text.includes('\\uD')) return text;
  return text.replace(SURROGATE_OR_OTHER_ESCAPE, (found) => (found.length === LONE_LENGTH ? '\\ufffd' : found));
}

function notJson(body: Uint8Array, text: string): ZxpError {
  const other = recognize(body);
  if (other !== undefined) {
    return new ZxpError('decode', `the response is not JSON: ${other}`, {
      hint: 'request the URL with curl and look at the response',
    });
  }
  const { line, column, message, hint } = findSyntaxProblem(text);
  return new ZxpError('decode', `the response is not JSON: line ${line}, column ${column}: ${message}`, { hint });
}

/** What the bytes are as a whole, where they are not JSON at all. */
function recognize(body: Uint8Array): string | undefined {
  const [first = 0, second = 0] = body;
  if (body.length === 0) return 'it is empty';
  if ((first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe)) return 'it is UTF-16';
  if (body.length > 1 && (first === 0 || second === 0)) return 'it is UTF-16 or UTF-32';
  if (first === 0x1f && second === 0x8b) return 'it is gzip without a Content-Encoding';
  const start = Buffer.from(body.subarray(0, 512)).toString('latin1').trimStart();
  if (start === '') return 'it is blank';
  if (start.startsWith('<')) return 'it looks like HTML or XML';
  if (start.startsWith('# HELP') || start.startsWith('# TYPE')) return 'it is the Prometheus text format already';
  return undefined;
}
