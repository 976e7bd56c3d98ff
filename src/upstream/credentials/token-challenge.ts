import { parseUrl } from '../../model/url.js';
import { readHeader } from '../http/response-headers.js';
import type { HttpResponse } from '../http/send-request.js';
import { parseChallenges } from './challenge.js';

/** What a registry wants a token for, and who gives it. */
export interface TokenChallenge {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
}

/** The first challenge of a 401 that requires a token; its realm may be relative to the URL of the request. */
export function findTokenChallenge({ headers }: HttpResponse, url: URL): TokenChallenge | undefined {
  const challenges = parseChallenges(readHeader(headers, 'www-authenticate') ?? '');
  for (const { scheme, params } of challenges) {
    const find = (name: string) => params.find(([each]) => each === name)?.[1];
    const realm = scheme === 'bearer' ? toUrl(find('realm'), url) : undefined;
    const scopes = params.filter(([name]) => name === 'scope').flatMap(([, value]) => value.split(/ +/));
    if (realm !== undefined) return { realm, service: find('service'), scopes: scopes.filter((scope) => scope !== '') };
  }
  return undefined;
}

/** Beyond ASCII it is taken for UTF-8, as it comes. */
function toUrl(realm: string | undefined, base: URL): URL | undefined {
  if (realm === undefined || realm === '') return undefined;
  const text = Buffer.from(realm, 'latin1').toString('utf8');
  return parseUrl(text, base);
}
