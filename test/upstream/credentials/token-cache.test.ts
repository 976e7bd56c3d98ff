import { describe, expect, test } from 'vitest';
import { type FetchedToken, TokenCache } from '../../../src/upstream/credentials/token-cache.js';

const signal = new AbortController().signal;

/** A keeper by a clock of its own, and a source that numbers its tokens. */
function startKeeper(options: { readonly lifetimeMs?: number | undefined; readonly maxTokens?: number } = {}) {
  let nowMs = 0;
  let fetches = 0;
  const { lifetimeMs, maxTokens = 8 } = options;
  const keeper = new TokenCache({ now: () => nowMs, maxTokens });
  const fetch = async (): Promise<FetchedToken> => ({ value: `t${++fetches}`, lifetimeMs });
  return {
    keeper,
    obtain: (key: string) => keeper.obtain(key, { fetch, signal: new AbortController().signal }),
    value: async (key: string) => (await keeper.obtain(key, { fetch, signal })).token.value,
    at: (ms: number) => {
      nowMs = ms;
    },
    fetch,
    fetches: () => fetches,
  };
}

describe('a token', () => {
  test.each([
    [60_000, 50_000],
    [20_000, 10_000],
    [3000, 1500],
  ])('that is good for %d ms is kept for %d ms', async (lifetimeMs, usefulMs) => {
    const { at, value } = startKeeper({ lifetimeMs });
    expect(await value('a')).toBe('t1');
    at(usefulMs - 1);
    expect(await value('a')).toBe('t1');
    at(usefulMs);
    expect(await value('a')).toBe('t2');
  });

  test('of which nobody says how long it is good is kept', async () => {
    const { at, value } = startKeeper();
    await value('a');
    at(Number.MAX_SAFE_INTEGER);
    expect(await value('a')).toBe('t1');
  });

  test('is old from the moment on at which it was asked for, and not only when it came', async () => {
    const { keeper, at, fetches, obtain } = startKeeper({ lifetimeMs: 60_000 });
    await keeper.obtain('a', {
      signal,
      fetch: async () => {
        at(40_000);
        return { value: 't0', lifetimeMs: 60_000 };
      },
    });
    at(49_999);
    expect(await obtain('a')).toEqual({ token: { value: 't0', goodUntilMs: 50_000 }, isNew: false });
    at(50_000);
    expect((await obtain('a')).token.value).toBe('t1');
    expect(fetches()).toBe(1);
  });

  test('is of its key alone', async () => {
    const { value } = startKeeper();
    expect([await value('a'), await value('b'), await value('a')]).toEqual(['t1', 't2', 't1']);
  });

  test('goes when there are too many, the one that was not used for the longest time first', async () => {
    const { keeper, value } = startKeeper({ maxTokens: 2 });
    for (const key of ['a', 'b', 'a', 'c']) await value(key);
    expect(keeper.find('b')).toBeUndefined();
    expect([await value('a'), await value('c')]).toEqual(['t1', 't3']);
  });

  test('that is fetched already is what all get who ask meanwhile', async () => {
    const { obtain, fetches } = startKeeper();
    const all = await Promise.all(Array.from({ length: 50 }, () => obtain('a')));
    expect(new Set(all.map(({ token }) => token.value))).toEqual(new Set(['t1']));
    expect(fetches()).toBe(1);
  });

  test('that is refused is replaced once, whoever it was refused to', async () => {
    const { keeper, obtain, fetch, fetches } = startKeeper();
    const { token: refused } = await obtain('a');
    const all = await Promise.all([1, 2, 3].map(() => keeper.obtain('a', { fetch, signal, refused })));
    const late = await keeper.obtain('a', { fetch, signal, refused });
    expect([...all, late].map(({ token }) => token.value)).toEqual(['t2', 't2', 't2', 't2']);
    expect(late.isNew).toBe(false);
    expect(fetches()).toBe(2);
  });

  test('that is refused is kept no longer, even if no other is to be had', async () => {
    const { keeper, obtain } = startKeeper();
    const { token: refused } = await obtain('a');
    const fetch = () => Promise.reject(new Error('gone'));
    await expect(keeper.obtain('a', { fetch, signal, refused })).rejects.toThrow('gone');
    expect(keeper.find('a')).toBeUndefined();
    expect((await obtain('a')).token.value).toBe('t2');
  });
});
