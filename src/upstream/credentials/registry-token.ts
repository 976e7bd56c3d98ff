import { unlessAborted } from '../../async/abort.js';
import { LruMap } from '../../async/lru-map.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import type { RegistryTokenSpec } from '../../model/module.js';
import type { MonotonicClock } from '../../model/ports.js';
import { createFingerprint } from '../fingerprint.js';
import { toUpstreamError } from '../http/failures.js';
import { isAuthorization } from '../http/request-headers.js';
import type { HttpResponse } from '../http/send-request.js';
import { readBasic } from './basic.js';
import { type Credential, isRefusal } from './credential.js';
import { type CachedToken, TokenCache } from './token-cache.js';
import { findTokenChallenge, type TokenChallenge } from './token-challenge.js';
import type { RealmFetcher } from './token-realm.js';

export interface RegistryTokenOptions {
  readonly spec: RegistryTokenSpec;
  readonly fetchToken: RealmFetcher;
  readonly now: MonotonicClock;
  readonly close: () => Promise<void>;
}

const MAX_TOKENS = 1024;

interface ReadContext {
  /** A value of Authorization for the token server; empty for anonymous requests. */
  readonly who: string;
  readonly url: URL;
  readonly signal: CancellationSignal;
  /** Asks the target with a token, or with nothing. */
  readonly send: (token: CachedToken | undefined) => Promise<HttpResponse>;
}

/**
 * The token flow of registries, as the Distribution project specifies it ("Token Authentication Specification"). The identity that requests
 * is a user and a password, the caller's or configured ones, or anonymous: they are sent to the token server, and never to
 * the target. A token is kept per caller and challenge; it is refreshed once where the target refuses it.
 * Another kind of Authorization goes to the target as it is.
 */
export function createRegistryToken({ spec, fetchToken, now, close }: RegistryTokenOptions): Credential {
  const keeper = new TokenCache({ now, maxTokens: MAX_TOKENS });
  /** By credential and URL: the key of the token that was wanted there last. */
  const wanted = new LruMap<string>(MAX_TOKENS);
  const fingerprint = createFingerprint();
  const namePage = ({ who, url }: ReadContext) => fingerprint('page', who, url.origin, url.pathname);

  const recall = (asker: ReadContext): CachedToken | undefined => {
    const key = wanted.get(namePage(asker));
    return key === undefined ? undefined : keeper.find(key);
  };
  const obtain = async (asker: ReadContext, challenge: TokenChallenge, refused: CachedToken | undefined) => {
    const { who, url: target, signal } = asker;
    const { realm, service = '', scopes } = challenge;
    const key = fingerprint('token', who, target.origin, realm.href, service, ...scopes);
    const fetch = (ownSignal: CancellationSignal) =>
      fetchToken({ target, challenge, authorization: who, signal: ownSignal });
    const { token } = await keeper.obtain(key, { fetch, signal, refused });
    wanted.set(namePage(asker), key);
    return token;
  };
  const ask = async (asker: ReadContext): Promise<HttpResponse> => {
    const shown = recall(asker);
    const first = await asker.send(shown);
    // zot sends no challenge for an expired token, but one for an anonymous request.
    const isMute = shown !== undefined && isRefusal(first) && findTokenChallenge(first, asker.url) === undefined;
    const reply = isMute ? await asker.send(undefined) : first;
    const challenge = isRefusal(reply) ? findTokenChallenge(reply, asker.url) : undefined;
    if (challenge === undefined) return reply;
    const token = await obtain(asker, challenge, shown).catch((thrown: unknown) => {
      throw toUpstreamError(thrown, { signal: asker.signal, statusCode: reply.statusCode });
    });
    return asker.send(token);
  };

  return {
    ask: async ({ url, headers, signal }, send) => {
      const own = headers.find(([name, value]) => isAuthorization(name) && value !== '')?.[1];
      if (own !== undefined && !/^basic /i.test(own)) return send(headers);
      const who = spec.basic === undefined ? own : await unlessAborted(readBasic(spec.basic), signal);
      const bare = headers.filter(([name]) => !isAuthorization(name));
      const show = (token: CachedToken | undefined) =>
        send(token === undefined ? bare : [...bare, ['authorization', `Bearer ${token.value}`]]);
      return ask({ who: who ?? '', url, signal, send: show });
    },
    close,
  };
}
