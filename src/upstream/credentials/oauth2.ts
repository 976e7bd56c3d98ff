import type { MonotonicClock } from '../../model/ports.js';
import { unlessAborted } from '../abort.js';
import { hasAuthorization } from '../request-headers.js';
import { readSecret } from '../secret-text.js';
import type { Transport } from '../transport.js';
import type { Credential } from './credential.js';
import { createFingerprint } from './fingerprint.js';
import { createTokenFetcher, type Oauth2Spec } from './token-endpoint.js';
import { askWithToken, TokenKeeper } from './token-keeper.js';

export interface Oauth2Options {
  readonly spec: Oauth2Spec;
  /** Reaches the token endpoint. */
  readonly transport: Transport;
  readonly userAgent: string;
  readonly now: MonotonicClock;
}

/**
 * A token of the client credentials grant. It is kept until shortly before it expires, or its client's secret changes;
 * one fetch serves all who wait for it. One that a server refuses is replaced once.
 */
export function createOauth2(options: Oauth2Options): Credential {
  const { spec, transport, now } = options;
  const fetchToken = createTokenFetcher(options);
  const keeper = new TokenKeeper<string>({ now, maxTokens: 1 });
  const fingerprint = createFingerprint();
  return {
    ask: async ({ headers, signal }, send) => {
      if (hasAuthorization(headers)) return send(headers);
      const secret = spec.clientSecret === undefined ? '' : await unlessAborted(readSecret(spec.clientSecret), signal);
      const fetch = (ownSignal: AbortSignal) => fetchToken(secret, ownSignal);
      return askWithToken<string>(
        (refused) => keeper.obtain(fingerprint(secret), { fetch, signal, refused }),
        (authorization) => send([...headers, ['authorization', authorization]]),
      );
    },
    close: () => transport.close(),
  };
}
