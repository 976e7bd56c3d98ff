import type { HeaderList } from '../model/ports.js';

const MASK = '<secret>';
/** Headers that everybody may see; of all others only the name is shown. */
const OPEN_HEADERS =
  /^(accept|accept-.*|cache-control|content-.*|date|server|user-agent|www-authenticate|location|retry-after|etag|vary|age|connection|keep-alive|transfer-encoding|last-modified|expires|x-ratelimit-.*)$/;

/** Headers with the values that may be secrets masked. Of credentials the scheme stays, if it is a known one. */
export function maskHeaders(headers: HeaderList): HeaderList {
  return headers.map(([name, value]) => [name, maskHeader(name.toLowerCase(), value)]);
}

const SCHEME = /^(Basic|Bearer|Digest|Negotiate|NTLM|Token|ApiKey) (?=.)/i;

function maskHeader(name: string, value: string): string {
  if (OPEN_HEADERS.test(name)) return maskParameters(value);
  return name === 'authorization' ? `${SCHEME.exec(value)?.[0] ?? ''}${MASK}` : MASK;
}

const TELLING_NAME = /key|token|secret|pass|pwd|auth|sig|session|credential|jwt/i;

/** A URL with the values of parameters masked that have telling names, or one of these. */
export function maskUrl({ href }: URL, secretParams: readonly string[] = []): string {
  return maskParameters(href, secretParams);
}

function maskParameters(text: string, secretParams: readonly string[] = []): string {
  return text.replace(/([?&])([^=&#]*)=[^&#]*/g, (parameter, start: string, name: string) => {
    const [decoded = ''] = new URLSearchParams(name).keys();
    return TELLING_NAME.test(decoded) || secretParams.includes(decoded) ? `${start}${name}=${MASK}` : parameter;
  });
}
