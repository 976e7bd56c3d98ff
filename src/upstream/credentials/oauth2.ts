import { unlessAborted } from '../../async/abort.js';
import { readSecret } from '../../files/secret-file.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import type { MonotonicClock } from '../../model/ports.js';
import { createFingerprint } from '../fingerprint.js';
import { hasAuthorization } from '../http/request-headers.js';
import type { Credential } from './credential.js';
import { askWithToken, TokenCache } from './token-cache.js';
import { createTokenFetcher, type TokenEndpoint } from './token-endpoint.js';

export interface Oauth2Options extends TokenEndpoint {
  readonly now: MonotonicClock;
  readonly close: () => Promise<void>;
}

/**
 * A token of OAuth 2. It is kept until shortly before it expires, or the client's secret or key changes; one fetch serves
 * all who wait for it. One that a server refuses is replaced once.
 */
export function createOauth2(options: Oauth2Options): Credential {
  const { spec, now, close } = options;
  const source = spec.assertion?.key ?? spec.clientSecret;
  const fetchToken = createTokenFetcher(options);
  const keeper = new TokenCache({ now, maxTokens: 1 });
  const fingerprint = createFingerprint();
  return {
    ask: async ({ headers, signal }, send) => {
      if (hasAuthorization(headers)) return send(headers);
      const secret = source === undefined ? '' : await unlessAborted(readSecret(source), signal);
      const fetch = (ownSignal: CancellationSignal) => fetchToken(secret, ownSignal);
      return askWithToken(
        (refused) => keeper.obtain(fingerprint(secret), { fetch, signal, refused }),
        (authorization) => send([...headers, ['authorization', authorization]]),
      );
    },
    close,
  };
}
