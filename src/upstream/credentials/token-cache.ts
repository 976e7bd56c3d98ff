import { LruMap } from '../../async/lru-map.js';
import { type SingleFlight, startSingleFlight } from '../../async/single-flight.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import type { MonotonicClock } from '../../model/ports.js';
import type { HttpResponse } from '../http/send-request.js';
import { isRefusal } from './credential.js';

/** What somebody gave, and for how long it is good; undefined where they do not say. */
export interface FetchedToken {
  readonly value: string;
  readonly lifetimeMs: number | undefined;
}

/** `expires_in`, seconds as a number or as text, in milliseconds. Undefined for what is no time to come. */
export function readLifetimeMs(expiresIn: unknown): number | undefined {
  const seconds = typeof expiresIn === 'string' ? Number(expiresIn) : expiresIn;
  return typeof seconds === 'number' && seconds > 0 && Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

/** A token under its key. */
export interface CachedToken {
  readonly value: string;
  readonly goodUntilMs: number;
}

export interface ObtainOptions {
  readonly fetch: (signal: CancellationSignal) => Promise<FetchedToken>;
  readonly signal: CancellationSignal;
  /** One that a server did not take: it is not given again. */
  readonly refused?: CachedToken | undefined;
}

/** A token is not used for so long before it expires, nor in the second half of a shorter life. */
const EXPIRY_MARGIN_MS = 10_000;

/** Keeps tokens until shortly before they expire, up to a maximum number. */
export class TokenCache {
  readonly #now: MonotonicClock;
  readonly #kept: LruMap<CachedToken>;
  readonly #underWay = new Map<string, SingleFlight<CachedToken>>();

  constructor({ now, maxTokens }: { readonly now: MonotonicClock; readonly maxTokens: number }) {
    this.#now = now;
    this.#kept = new LruMap(maxTokens);
  }

  /** The token that is kept under a key and good, if there is one. */
  find(key: string): CachedToken | undefined {
    const token = this.#kept.get(key);
    if (token === undefined || token.goodUntilMs > this.#now()) return token;
    this.#kept.delete(key);
    return undefined;
  }

  /** A token that is kept, or a new one: one fetch serves all who wait for the same key. */
  async obtain(key: string, options: ObtainOptions): Promise<{ token: CachedToken; isNew: boolean }> {
    const token = this.find(key);
    if (token !== undefined && token !== options.refused) return { token, isNew: false };
    this.#kept.delete(key);
    return { token: await this.#join(key, options), isNew: true };
  }

  #join(key: string, { fetch, signal }: ObtainOptions): Promise<CachedToken> {
    const known = this.#underWay.get(key);
    if (known !== undefined && !known.isAbandoned) return known.join(signal);
    const shared = startSingleFlight((ownSignal) =>
      this.#fetch(key, () => fetch(ownSignal)).finally(() => {
        if (this.#underWay.get(key) === shared) this.#underWay.delete(key);
      }),
    );
    this.#underWay.set(key, shared);
    return shared.join(signal);
  }

  async #fetch(key: string, fetch: () => Promise<FetchedToken>): Promise<CachedToken> {
    const startMs = this.#now();
    const { value, lifetimeMs } = await fetch();
    const token = { value, goodUntilMs: startMs + toUsefulMs(lifetimeMs) };
    this.#kept.set(key, token);
    return token;
  }
}

/** Shows a token; one that was kept and is refused is replaced once. */
export async function askWithToken(
  obtain: (refused?: CachedToken) => Promise<{ readonly token: CachedToken; readonly isNew: boolean }>,
  show: (token: string) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const { token, isNew } = await obtain();
  const reply = await show(token.value);
  if (isNew || !isRefusal(reply)) return reply;
  const next = await obtain(token);
  return show(next.token.value);
}

function toUsefulMs(lifetimeMs: number | undefined): number {
  if (lifetimeMs === undefined) return Number.POSITIVE_INFINITY;
  return lifetimeMs - Math.min(EXPIRY_MARGIN_MS, lifetimeMs / 2);
}
