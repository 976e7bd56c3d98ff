import { ZxpError } from '../../model/errors.js';
import type { DocumentLimits } from '../../model/limits.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const WORD_BYTES = 4;
const EACH_BYTE = 0x01010101;
const HIGH_BITS = 0x80808080 | 0;
const QUOTES = EACH_BYTE * QUOTE;
const BACKSLASHES = EACH_BYTE * BACKSLASH;

/**
 * Throws `limit` where brackets outside strings nest deeper than `limits.depth`, or are more than `limits.nodes`: what
 * a parser makes of them costs a hundred times what they take on the wire. Iterative; stops at the first one too many.
 *
 * One loop over the bytes of every scrape: it is written for speed. Strings, which most of a document is, are skipped
 * four bytes at a time.
 */
export function checkStructure(body: Uint8Array, limits: DocumentLimits): void {
  const { depth: maxDepth, nodes: maxNodes } = limits;
  const { length } = body;
  const view = new DataView(body.buffer, body.byteOffset, length);
  const lastWord = length - WORD_BYTES;
  let depth = 0;
  let nodes = 0;
  for (let i = 0; i < length; i++) {
    const byte = body[i] ?? 0;
    if (byte === QUOTE) {
      i++;
      for (;;) {
        while (i <= lastWord && !mayEndString(view.getInt32(i))) i += WORD_BYTES;
        while (i < length && body[i] !== QUOTE && body[i] !== BACKSLASH) i++;
        if (body[i] !== BACKSLASH) break;
        i += 2;
      }
    } else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      if (++depth > maxDepth) throw tooMuch(`the document nests deeper than ${maxDepth} levels`, 'depth');
      if (++nodes > maxNodes) throw tooMuch(`the document has more than ${maxNodes} arrays and objects`, 'nodes');
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      depth--;
    }
  }
}

/** Whether one of four bytes is a quote or a backslash. It errs for some that are neither, never for one that is. */
function mayEndString(word: number): boolean {
  const quote = word ^ QUOTES;
  const backslash = word ^ BACKSLASHES;
  return ((((quote - EACH_BYTE) & ~quote) | ((backslash - EACH_BYTE) & ~backslash)) & HIGH_BITS) !== 0;
}

function tooMuch(message: string, limit: 'depth' | 'nodes'): ZxpError {
  return new ZxpError('limit', message, { hint: `raise limits.${limit} if the document is meant to be like that` });
}
