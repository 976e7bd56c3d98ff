import type { RateLimitSpec } from '../model/access-policy.js';
import type { MonotonicClock } from '../model/ports.js';

/** Counts one request of a client: 0 where it is allowed, else the milliseconds until one is. */
export type RateLimit = (client: string) => number;

/** Clients beyond this number evict the one that was seen longest ago. */
const MAX_CLIENTS = 10_000;

/** A token bucket for each client: `burst` requests at once, and one more each interval. */
export function createRateLimit({ intervalMs, burst }: RateLimitSpec, now: MonotonicClock): RateLimit {
  // When each client's bucket is full again: that is its whole state.
  const fullAtMs = new Map<string, number>();
  return (client) => {
    const nowMs = now();
    const full = Math.max(fullAtMs.get(client) ?? nowMs, nowMs) + intervalMs;
    const waitMs = full - nowMs - burst * intervalMs;
    if (waitMs > 0) return waitMs;
    fullAtMs.delete(client);
    fullAtMs.set(client, full);
    const [oldest] = fullAtMs.keys();
    if (fullAtMs.size > MAX_CLIENTS && oldest !== undefined) fullAtMs.delete(oldest);
    return 0;
  };
}
