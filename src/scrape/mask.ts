import type { HeaderList } from '../model/ports.js';

const MASK = '<secret>';
/** Headers that everybody may see; of all others only the name is shown. */
const OPEN_HEADERS =
  /^(accept|accept-.*|cache-control|content-.*|date|server|user-agent|www-authenticate|location|retry-after|etag|vary|age|x-ratelimit-.*)$/;

/** Headers with the values that may be secrets masked. */
export function maskHeaders(headers: HeaderList): HeaderList {
  return headers.map(([name, value]) => [name, OPEN_HEADERS.test(name.toLowerCase()) ? value : MASK]);
}

/** A URL with the values of parameters with telling names masked. */
export function maskUrl({ href }: URL): string {
  return href.replace(/([?&][^=&]*(?:key|token|secret|pass|auth|sig)[^=&]*=)[^&#]*/gi, `$1${MASK}`);
}
