import { type Bytes, copyBytes, countBytes as countBodyBytes } from '../model/bytes.js';
import type { HeaderList, UpstreamResponse } from '../model/ports.js';

/** A response apart from the connection that it came over, as long as it may be kept. */
export interface KeptResponse {
  readonly statusCode: number;
  readonly headers: HeaderList;
  /** Its memory is its own: nothing but these bytes is kept alive by it. */
  readonly body: Bytes;
}

/** What an entry takes besides its texts: objects, map, key. */
const ENTRY_BYTES = 1024;
const HEADER_BYTES = 64;

/** Credentials for the next request, and what is about the connection: not needed later. */
const USELESS_HEADERS: ReadonlySet<string> = new Set([
  'set-cookie',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
]);

/** Copies what is worth keeping of a response, and gives its own memory back. */
export function keepResponse({ statusCode, headers, body, release }: UpstreamResponse): KeptResponse {
  const useful = (headers?.() ?? []).filter(([name]) => !USELESS_HEADERS.has(name.toLowerCase()));
  const kept = {
    statusCode,
    headers: useful.map(([name, value]) => [name, detach(value)] as const),
    body: copyBytes(body),
  };
  release?.();
  return kept;
}

/** The response again; its reader may do with the body as it likes. */
export function repeatResponse({ statusCode, headers, body }: KeptResponse): UpstreamResponse {
  return { statusCode, headers: () => headers, body: copyBytes(body) };
}

/** The memory that a kept response takes, and an entry without one. */
export function countBytes(kept: KeptResponse | undefined): number {
  if (kept === undefined) return ENTRY_BYTES;
  const headers = kept.headers.map(([name, value]) => HEADER_BYTES + name.length + value.length);
  return headers.reduce((sum, bytes) => sum + bytes, ENTRY_BYTES + countBodyBytes(kept.body));
}

/** A text of its own: what is cut out of a longer one keeps all of it. */
function detach(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
