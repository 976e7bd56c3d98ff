import { LruMap } from '../async/lru-map.js';
import type { MonotonicClock, RequestIdentity, StaleResponses } from '../model/ports.js';
import { createFingerprint } from './fingerprint.js';
import { countBytes, type KeptResponse, keepResponse, repeatResponse } from './kept-response.js';

const MAX_RESPONSES = 10_000;

interface Kept {
  readonly response: KeptResponse;
  readonly receivedMs: number;
}

/**
 * Keeps the last good response to each request, for the caller of it, so that a failure may repeat it. Gives the store of
 * one module: `scope` is its name, `maxAgeMs` how long it repeats. Beyond `maxBytes` those go whose use is longest ago.
 */
export function createStaleStore({ now, maxBytes }: { readonly now: MonotonicClock; readonly maxBytes: number }) {
  const fingerprint = createFingerprint();
  const weigh = ({ response }: Kept) => countBytes(response);
  const kept = new LruMap<Kept>(MAX_RESPONSES, { maxWeight: maxBytes, weigh });
  return ({ scope, maxAgeMs }: { readonly scope: string; readonly maxAgeMs: number }): StaleResponses => {
    const nameRequest = ({ url, method, headers, body }: RequestIdentity) =>
      fingerprint(scope, JSON.stringify([url.href, method, body, headers]));
    return {
      keep: (request, { statusCode, headers, body }, ageSeconds) => {
        const response = keepResponse({ statusCode, body, ...(headers === undefined ? {} : { headers }) });
        kept.set(nameRequest(request), { response, receivedMs: now() - ageSeconds * 1000 });
      },
      forget: (request) => kept.delete(nameRequest(request)),
      find: (request) => {
        const found = kept.get(nameRequest(request));
        if (found === undefined) return undefined;
        const ageMs = now() - found.receivedMs;
        if (ageMs > maxAgeMs) return undefined;
        return { response: repeatResponse(found.response), ageSeconds: Math.round(ageMs) / 1000 };
      },
    };
  };
}
