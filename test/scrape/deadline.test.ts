import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ZxpError } from '../../src/model/errors.js';
import { startDeadline } from '../../src/scrape/deadline.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a deadline', () => {
  test('aborts with timeout when its time is over, and not before', () => {
    const { signal } = startDeadline(1500, undefined);
    vi.advanceTimersByTime(1499);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signal.reason).toBeInstanceOf(ZxpError);
    expect(signal.reason).toMatchObject({ code: 'timeout', message: 'no complete reply within 1.5 s' });
  });

  test('aborts with cancelled when the caller goes first, and keeps to that', () => {
    const caller = new AbortController();
    const { signal } = startDeadline(1000, caller.signal);
    caller.abort();
    expect(signal.reason).toMatchObject({ code: 'cancelled' });
    vi.advanceTimersByTime(2000);
    expect(signal.reason).toMatchObject({ code: 'cancelled' });
  });

  test('keeps to timeout when the caller goes later', () => {
    const caller = new AbortController();
    const { signal } = startDeadline(1000, caller.signal);
    vi.advanceTimersByTime(1000);
    caller.abort();
    expect(signal.reason).toMatchObject({ code: 'timeout' });
  });

  test('is over at once for a caller who has gone', () => {
    const { signal } = startDeadline(1000, AbortSignal.abort());
    expect(signal.reason).toMatchObject({ code: 'cancelled' });
  });

  test('leaves no timer and no listener once it is cleared', () => {
    const caller = new AbortController();
    const add = vi.spyOn(caller.signal, 'addEventListener');
    const remove = vi.spyOn(caller.signal, 'removeEventListener');
    const { signal, clear } = startDeadline(1000, caller.signal);
    expect(vi.getTimerCount()).toBe(1);
    clear();
    expect(vi.getTimerCount()).toBe(0);
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(add.mock.calls.map(([, listener]) => listener));
    caller.abort();
    vi.advanceTimersByTime(2000);
    expect(signal.aborted).toBe(false);
  });

  test('of more than a timer can hold is a long one, not a short one', () => {
    const { signal, clear } = startDeadline(40 * 86_400_000, undefined);
    vi.advanceTimersByTime(86_400_000);
    expect(signal.aborted).toBe(false);
    clear();
  });
});
