import { describe, expect, test } from 'vitest';
import { createRateLimit } from '../../src/auth/rate-limit.js';

function start(spec: { readonly intervalMs: number; readonly burst: number }) {
  let nowMs = 1_000_000;
  const take = createRateLimit(spec, () => nowMs);
  const takeMany = (count: number, client: string) => Array.from({ length: count }, () => take(client));
  return {
    take,
    takeMany,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('a rate limit', () => {
  test('lets a burst through at once, and says how long until the next may come', () => {
    const { takeMany } = start({ intervalMs: 1000, burst: 3 });
    expect(takeMany(5, 'a')).toEqual([0, 0, 0, 1000, 1000]);
  });

  test('gives one back each interval, and no more than the burst', () => {
    const { takeMany, pass } = start({ intervalMs: 1000, burst: 2 });
    expect(takeMany(3, 'a')).toEqual([0, 0, 1000]);
    pass(999);
    expect(takeMany(1, 'a')).toEqual([1]);
    pass(1);
    expect(takeMany(2, 'a')).toEqual([0, 1000]);
    pass(60_000);
    expect(takeMany(3, 'a')).toEqual([0, 0, 1000]);
  });

  test('is not made longer by those who are rejected', () => {
    const { take, takeMany, pass } = start({ intervalMs: 1000, burst: 1 });
    takeMany(100, 'a');
    pass(1000);
    expect(take('a')).toBe(0);
  });

  test('is of each client alone', () => {
    const { take } = start({ intervalMs: 1000, burst: 1 });
    expect(take('a')).toBe(0);
    expect(take('a')).toBe(1000);
    expect(take('b')).toBe(0);
  });

  test('remembers 10,000 clients, and forgets the one that was seen the longest ago', () => {
    const { take } = start({ intervalMs: 1000, burst: 1 });
    for (let i = 0; i < 10_000; i++) take(`client ${i}`);
    expect(take('client 0')).toBe(1000);
    take('one more');
    expect(take('client 1')).toBe(1000);
    expect(take('client 0')).toBe(0);
  });
});
