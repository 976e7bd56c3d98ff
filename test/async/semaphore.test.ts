import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSemaphore } from '../../src/async/semaphore.js';

const never = new AbortController().signal;

describe('the gate', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('lets as many in as it is told and counts them', async () => {
    const gate = createSemaphore({ max: 2, waitMs: 1000 });
    const leaveFirst = await gate.enter(never);
    await gate.enter(never);
    expect(gate.inFlight).toBe(2);
    leaveFirst();
    expect(gate.inFlight).toBe(1);
  });

  test('counts one place once, however often it is left', async () => {
    const gate = createSemaphore({ max: 2, waitMs: 1000 });
    const leave = await gate.enter(never);
    await gate.enter(never);
    leave();
    leave();
    expect(gate.inFlight).toBe(1);
  });

  test('lets those who wait in by the order in which they came', async () => {
    const gate = createSemaphore({ max: 3, waitMs: 1000 });
    const inside = await Promise.all([gate.enter(never), gate.enter(never), gate.enter(never)]);
    const order: number[] = [];
    const waiting = [1, 2, 3].map(async (place) => {
      const leave = await gate.enter(never);
      order.push(place);
      return leave;
    });
    for (const leave of inside) leave();
    for (const leave of await Promise.all(waiting)) leave();
    expect(order).toEqual([1, 2, 3]);
    expect(gate.inFlight).toBe(0);
  });

  test('refuses at once when as many wait as are inside', async () => {
    const gate = createSemaphore({ max: 1, waitMs: 1000 });
    const leave = await gate.enter(never);
    const waiting = gate.enter(never);
    await expect(gate.enter(never)).rejects.toMatchObject({ code: 'busy', message: '1 scrape is under way already' });
    leave();
    (await waiting)();
  });

  test('refuses who has waited for the whole time', async () => {
    const gate = createSemaphore({ max: 1, waitMs: 1000 });
    const leave = await gate.enter(never);
    const refused = expect(gate.enter(never)).rejects.toMatchObject({ code: 'busy' });
    await vi.advanceTimersByTimeAsync(1000);
    await refused;
    leave();
    expect(gate.inFlight).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('gives up the place in the queue of a caller who goes away', async () => {
    const gate = createSemaphore({ max: 1, waitMs: 1000 });
    const leave = await gate.enter(never);
    const caller = new AbortController();
    const left = expect(gate.enter(caller.signal)).rejects.toMatchObject({ code: 'cancelled' });
    caller.abort();
    await left;
    const next = gate.enter(never);
    leave();
    (await next)();
    expect(gate.inFlight).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('has nothing left after a hundred refusals, and lets as many in as before', async () => {
    const gate = createSemaphore({ max: 2, waitMs: 10 });
    const inside = await Promise.all([gate.enter(never), gate.enter(never)]);
    const outcomes = Promise.allSettled(Array.from({ length: 100 }, () => gate.enter(never)));
    await vi.advanceTimersByTimeAsync(10);
    expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
    for (const leave of inside) leave();
    expect(gate.inFlight).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    await Promise.all([gate.enter(never), gate.enter(never)]);
    expect(gate.inFlight).toBe(2);
  });
});
