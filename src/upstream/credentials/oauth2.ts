import type { MonotonicClock } from '../../model/ports.js';
import { readSecret } from '../secret-text.js';
import type { Transport } from '../transport.js';
import type { Credential, Grant } from './credential.js';
import { type SharedFetch, startSharedFetch } from './shared-fetch.js';
import { createTokenFetcher, type Oauth2Spec } from './token-endpoint.js';
import type { Token } from './token-reply.js';

export interface Oauth2Options {
  readonly spec: Oauth2Spec;
  /** Reaches the token endpoint. */
  readonly transport: Transport;
  readonly userAgent: string;
  readonly now: MonotonicClock;
}

/** A token is not used for so long before it expires, nor in the second half of a shorter life. */
const EXPIRY_MARGIN_MS = 10_000;

interface CachedToken extends Token {
  readonly clientSecret: string;
  readonly goodUntilMs: number;
}

/**
 * A token of the client credentials grant. It is kept until shortly before it expires, or its client's secret changes;
 * one fetch serves all who wait for it. One that a server refuses is replaced once.
 */
export function createOauth2(options: Oauth2Options): Credential {
  const { spec, transport, now } = options;
  const fetchToken = createTokenFetcher(options);
  let cached: CachedToken | undefined;
  let underWay: { readonly clientSecret: string; readonly shared: SharedFetch<CachedToken> } | undefined;

  const fetchAndKeep = async (clientSecret: string, signal: AbortSignal): Promise<CachedToken> => {
    const startMs = now();
    const token = await fetchToken(clientSecret, signal);
    cached = { ...token, clientSecret, goodUntilMs: startMs + toUsefulMs(token.lifetimeMs) };
    return cached;
  };
  const joinFetch = (clientSecret: string, signal: AbortSignal): Promise<CachedToken> => {
    if (underWay === undefined || underWay.clientSecret !== clientSecret || underWay.shared.isAbandoned) {
      const shared = startSharedFetch((ownSignal) =>
        fetchAndKeep(clientSecret, ownSignal).finally(() => {
          if (underWay?.shared === shared) underWay = undefined;
        }),
      );
      underWay = { clientSecret, shared };
    }
    return underWay.shared.join(signal);
  };
  const authorize = async (signal: AbortSignal): Promise<Grant> => {
    const clientSecret = spec.clientSecret === undefined ? '' : await readSecret(spec.clientSecret);
    const kept = cached;
    if (kept === undefined || kept.clientSecret !== clientSecret || kept.goodUntilMs <= now()) {
      const { authorization } = await joinFetch(clientSecret, signal);
      return { authorization, renew: undefined };
    }
    const renew = async (renewSignal: AbortSignal): Promise<Grant> => {
      if (cached === kept) cached = undefined;
      const { authorization } = await authorize(renewSignal);
      return { authorization, renew: undefined };
    };
    return { authorization: kept.authorization, renew };
  };
  return { authorize, close: () => transport.close() };
}

function toUsefulMs(lifetimeMs: number | undefined): number {
  if (lifetimeMs === undefined) return Number.POSITIVE_INFINITY;
  return lifetimeMs - Math.min(EXPIRY_MARGIN_MS, lifetimeMs / 2);
}
