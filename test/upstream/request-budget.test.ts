import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRequestBudget, isBudgetRefusal } from '../../src/upstream/request-budget.js';

function start(requests: number, intervalMs: number) {
  let nowMs = 0;
  const budget = createRequestBudget({ requests, intervalMs, now: () => nowMs });
  const spend = (key = 'a') => {
    try {
      budget.spend(key);
      return 'made';
    } catch (thrown) {
      return isBudgetRefusal(thrown) && thrown instanceof Error ? thrown.message : thrown;
    }
  };
  return { budget, spend, wait: (ms: number) => (nowMs += ms) };
}

describe('a request budget', () => {
  test('allows so many requests in the interval, for each key, and names the time that is left', () => {
    const { spend, wait } = start(2, 60_000);
    expect([spend(), spend()]).toEqual(['made', 'made']);
    wait(10_000);
    expect(spend()).toBe('the budget of 2 requests in 60 s is used up for 50 s');
    expect(spend('b')).toBe('made');
    wait(49_999);
    expect(spend()).not.toBe('made');
    wait(1);
    expect([spend(), spend()]).toEqual(['made', 'made']);
  });

  test('never lets a stretch of time as long as the interval have more, whenever requests are made', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 }),
        (max, pauses) => {
          const { spend, wait } = start(max, 100);
          const made: number[] = [];
          let atMs = 0;
          for (const pause of pauses) {
            wait(pause);
            atMs += pause;
            if (spend() === 'made') made.push(atMs);
          }
          for (const from of made) {
            expect(made.filter((each) => each >= from && each < from + 100).length).toBeLessThanOrEqual(max);
          }
        },
      ),
    );
  });

  test('is silent for as long as the upstream has asked for, at most an hour', () => {
    const { budget, spend, wait } = start(10, 1000);
    budget.silence('a', 30_000);
    budget.silence('a', 5000);
    expect(spend()).toBe('the upstream has asked for no requests for 30 s more');
    expect(spend('b')).toBe('made');
    wait(30_000);
    expect(spend()).toBe('made');
    budget.silence('a', 1e12);
    wait(3_600_000);
    expect(spend()).toBe('made');
  });

  test('forgets the keys whose use is longest ago beyond a thousand', () => {
    const { spend } = start(1, 1000);
    for (let i = 0; i <= 1024; i++) expect(spend(`key ${i}`)).toBe('made');
    expect(spend('key 1024')).not.toBe('made');
    expect(spend('key 0')).toBe('made');
  });
});
