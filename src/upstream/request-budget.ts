import { LruMap } from '../async/lru-map.js';
import { ZxpError } from '../model/errors.js';
import type { MonotonicClock } from '../model/ports.js';
import { createFingerprint } from './fingerprint.js';

export interface RequestBudgetOptions {
  /** Requests in any stretch of time as long as the interval. */
  readonly requests: number;
  readonly intervalMs: number;
  readonly now: MonotonicClock;
}

/** How many requests an upstream may see, per origin and credential. */
export interface RequestBudget {
  /** The key of what is counted together, in a form that reveals no credential. */
  nameAccount(origin: string, authorization: string): string;
  /** Spends one request. Throws `limit` where there is none left, or after a `Retry-After` of the upstream. */
  spend(key: string): void;
  /** No request is left for so long. */
  silence(key: string, milliseconds: number): void;
}

/** What was spent under one key. */
interface Account {
  /** When the requests of the last interval were made, the oldest first. */
  readonly spentMs: number[];
  silentUntilMs: number;
}

/** Origins with credentials that are counted apart; beyond, the one whose use is longest ago is forgotten. */
const MAX_ACCOUNTS = 1024;

/** A longer `Retry-After` is cut to this. */
const MAX_SILENCE_MS = 3_600_000;

/** What marks the failure of a request that was never made. */
class BudgetRefusal extends Error {}

/** Whether a failure is that of a request that its budget kept from being made. */
export function isBudgetRefusal(thrown: unknown): boolean {
  return thrown instanceof ZxpError && thrown.cause instanceof BudgetRefusal;
}

/** Counts requests in a window that slides: no stretch of time of the interval's length has more than there may be. */
export function createRequestBudget({ requests, intervalMs, now }: RequestBudgetOptions): RequestBudget {
  const accounts = new LruMap<Account>(MAX_ACCOUNTS);
  const open = (key: string): Account => {
    const known = accounts.get(key);
    if (known !== undefined) return known;
    const account: Account = { spentMs: [], silentUntilMs: 0 };
    accounts.set(key, account);
    return account;
  };
  const fingerprint = createFingerprint();
  return {
    nameAccount: (origin, authorization) => fingerprint(origin, authorization),
    spend: (key) => {
      const account = open(key);
      const nowMs = now();
      if (account.silentUntilMs > nowMs) throw silenced(account.silentUntilMs - nowMs);
      const first = account.spentMs.findIndex((each) => each > nowMs - intervalMs);
      account.spentMs.splice(0, first < 0 ? account.spentMs.length : first);
      const [oldestMs] = account.spentMs;
      if (oldestMs !== undefined && account.spentMs.length >= requests) {
        throw usedUp({ requests, intervalMs, waitMs: oldestMs + intervalMs - nowMs });
      }
      account.spentMs.push(nowMs);
    },
    silence: (key, milliseconds) => {
      const account = open(key);
      account.silentUntilMs = Math.max(account.silentUntilMs, now() + Math.min(milliseconds, MAX_SILENCE_MS));
    },
  };
}

function usedUp(budget: { readonly requests: number; readonly intervalMs: number; readonly waitMs: number }): ZxpError {
  const { requests, intervalMs, waitMs } = budget;
  const seconds = Math.ceil(waitMs / 1000);
  const count = requests === 1 ? '1 request' : `${requests} requests`;
  return new ZxpError('limit', `the budget of ${count} in ${intervalMs / 1000} s is used up for ${seconds} s`, {
    cause: new BudgetRefusal(),
    hint: 'scrape less often, or raise max_requests_per or the budget if the API allows more',
  });
}

function silenced(waitMs: number): ZxpError {
  return new ZxpError('limit', `the upstream has asked for no requests for ${Math.ceil(waitMs / 1000)} s more`, {
    cause: new BudgetRefusal(),
    hint: 'it answered 429 or Retry-After: lower max_requests_per or the budget to what the API allows',
  });
}
