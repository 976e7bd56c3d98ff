import { ZxpError } from '../model/errors.js';
import type { ScrapeLimits } from '../model/limits.js';
import { decodeJson } from '../translate/document/decode.js';
import { joinLines } from '../translate/document/ndjson.js';

/** A document as JSON.parse gives it, and how it was read. */
export interface AnyDocument {
  readonly document: unknown;
  readonly format: 'json' | 'ndjson';
}

/** JSON or, where it is none as a whole, JSON on each of several lines. Throws `decode` or `limit`. */
export function readAnyDocument(body: Uint8Array, limits: ScrapeLimits): AnyDocument {
  try {
    return { document: decodeJson(body, limits), format: 'json' };
  } catch (thrown) {
    const lines = thrown instanceof ZxpError && thrown.code === 'decode' ? readLines(body, limits) : undefined;
    if (lines === undefined) throw thrown;
    return { document: lines, format: 'ndjson' };
  }
}

/** Undefined unless there are at least two documents. */
function readLines(body: Uint8Array, limits: ScrapeLimits): unknown {
  try {
    const document = decodeJson(joinLines(body), limits);
    return Array.isArray(document) && document.length > 1 ? document : undefined;
  } catch {
    return undefined;
  }
}
