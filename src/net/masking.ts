import type { HeaderList } from '../model/ports.js';
import { isSecretName } from '../model/secret.js';

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

/** A URL with the values of parameters masked that have telling names, or one of these. */
export function maskUrl({ href }: URL, secretParams: readonly string[] = []): string {
  return maskParameters(href, secretParams);
}

/** A text with the values of such parameters masked, in every URL of it. */
export function maskParameters(text: string, secretParams: readonly string[] = []): string {
  return text.replace(/([?&])([^=&#]*)=[^&#]*/g, (parameter, start: string, name: string) => {
    const [decoded = ''] = new URLSearchParams(name).keys();
    return isSecretName(decoded) || secretParams.includes(decoded) ? `${start}${name}=${MASK}` : parameter;
  });
}
