import type { RateLimitSpec } from '../model/access-policy.js';
import type { MonotonicClock } from '../model/ports.js';

/** Takes one request of a client: 0 where it may go on, else the milliseconds until one may. */
export type RateLimit = (client: string) => number;

/** Clients beyond this number push out the one that was seen the longest ago. */
const MAX_CLIENTS = 10_000;

/** A bucket of `burst` tokens a client, filled by one each interval. */
export function createRateLimit({ intervalMs, burst }: RateLimitSpec, now: MonotonicClock): RateLimit {
  // When each client's bucket is full again: that says all of it.
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
