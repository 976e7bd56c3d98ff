import { nameSecret, readSecret, toHeaderValue } from '../../files/secret-file.js';
import type { HttpClientSpec } from '../../model/module.js';
import type { HeaderList } from '../../model/ports.js';

/** Headers that say how a message is framed: they are the client's alone, as they are in Go's. */
const FRAMING = new Set(['content-length', 'transfer-encoding', 'trailer', 'te', 'keep-alive', 'upgrade', 'expect']);

const ACCEPT = ['accept', 'application/json'] as const;
const ACCEPT_ENCODING = ['accept-encoding', 'gzip, deflate, br'] as const;

/** Headers of a request: the caller's, those that the client has by itself where the caller has none of that name, and additional ones. */
export function composeHeaders(
  callerHeaders: HeaderList,
  { userAgent, more }: { readonly userAgent: string; readonly more: HeaderList },
): HeaderList {
  const names: string[] = [];
  const sent: (readonly [name: string, value: string])[] = [];
  for (const header of callerHeaders) {
    const name = header[0].toLowerCase();
    if (FRAMING.has(name) || (header[1] === '' && name === 'authorization')) continue;
    names.push(name);
    sent.push(header);
  }
  const all: (readonly [name: string, value: string])[] = [];
  if (!names.includes('accept')) all.push(ACCEPT);
  if (!names.includes('accept-encoding')) all.push(ACCEPT_ENCODING);
  if (!names.includes('user-agent')) all.push(['user-agent', userAgent]);
  return all.concat(sent, more);
}

/** Whether a caller brings credentials of their own; an empty header is none. */
export function hasAuthorization(headers: HeaderList): boolean {
  return headers.some(([name, value]) => isAuthorization(name) && value !== '');
}

/** The `http_headers` of a client, their files read again. Throws `config` for one that is unavailable. */
export async function readConfiguredHeaders(headers: HttpClientSpec['headers']): Promise<HeaderList> {
  return Promise.all(
    headers.map(async ([name, source]) => {
      const value = await readSecret(source);
      return [name, toHeaderValue(value, nameSecret(source, `the header ${name} of http_headers`))] as const;
    }),
  );
}

/** Whether a header carries credentials. */
export function isAuthorization(name: string): boolean {
  return name.toLowerCase() === 'authorization';
}
