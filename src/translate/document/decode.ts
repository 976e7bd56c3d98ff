import { skipByteOrderMark } from '../../model/bytes.js';
import { ZxpError } from '../../model/errors.js';
import type { DocumentLimits } from '../../model/limits.js';
import { checkStructure } from './scan.js';
import { findSyntaxProblem, type SyntaxProblem, type TextPlace } from './syntax-error.js';
import { replaceLoneSurrogates, toText } from './text.js';

/**
 * Parses a JSON document (RFC 8259, UTF-8; a byte order mark is skipped). Invalid UTF-8 and escapes of half a surrogate
 * pair become U+FFFD, so that texts which are equal on the wire are equal here.
 * Throws `limit` where it nests deeper than `limits.depth`, before a parser sees it, and `decode` where it is not JSON.
 * The message has the place and what was found there, and repeats nothing else of the bytes: a body may hold secrets.
 */
export function decodeJson(
  body: Uint8Array,
  limits: DocumentLimits,
  { parse = JSON.parse, start }: Partial<ParsingOptions> = {},
): unknown {
  const document = skipByteOrderMark(body);
  checkStructure(document, limits);
  return parseBytes(document, { parse, start });
}

interface ParsingOptions {
  /** JSON.parse, or what throws and gives what it does. */
  readonly parse: (text: string) => unknown;
  /** The place of the first byte, for errors; the start of a text where it is not given. */
  readonly start?: TextPlace | undefined;
}

/** Parses a document whose brackets were counted before. Throws `decode`. */
export function parseBytes(document: Uint8Array, { parse, start }: ParsingOptions): unknown {
  const text = toText(document);
  try {
    return parse(replaceLoneSurrogates(text));
  } catch {
    throw describeOther(document) ?? describeProblem(findSyntaxProblem(text, start));
  }
}

/** How many of the first bytes tell what is something else than JSON. */
export const RECOGNIZED_BYTES = 512;

/** The error for bytes that are something else than JSON. */
export function describeOther(body: Uint8Array): ZxpError | undefined {
  const other = recognize(body);
  if (other === undefined) return undefined;
  return new ZxpError('decode', `the response is not JSON: ${other}`, {
    hint: 'request the URL with curl and look at the response',
  });
}

/** The error for a document that is JSON up to a place. */
export function describeProblem({ line, column, message, hint }: SyntaxProblem): ZxpError {
  return new ZxpError('decode', `the response is not JSON: line ${line}, column ${column}: ${message}`, { hint });
}

/** What the bytes are as a whole, where they are not JSON at all. */
function recognize(body: Uint8Array): string | undefined {
  const [first = 0, second = 0] = body;
  if (body.length === 0) return 'it is empty';
  if ((first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe)) return 'it is UTF-16';
  if (body.length > 1 && (first === 0 || second === 0)) return 'it is UTF-16 or UTF-32';
  if (first === 0x1f && second === 0x8b) return 'it is gzip without a Content-Encoding';
  const start = Buffer.from(body.subarray(0, RECOGNIZED_BYTES)).toString('latin1').trimStart();
  if (start === '') return 'it is blank';
  if (start.startsWith('<')) return 'it looks like HTML or XML';
  if (start.startsWith('# HELP') || start.startsWith('# TYPE')) return 'it is the Prometheus text format already';
  return undefined;
}
