import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMemoryBudget } from '../../src/async/memory-budget.js';

const NEVER = new AbortController().signal;

/** Whether a promise has been settled, once everything that was to happen has. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(
    () => {
      done = true;
    },
    () => {
      done = true;
    },
  );
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

describe('a memory budget', () => {
  test('lets leases grow until it is used up, and the next one wait for memory to come back', async () => {
    const budget = createMemoryBudget(10);
    const [first, second] = [budget.open(), budget.open()];
    await first.grow(6, NEVER);
    await second.grow(4, NEVER);
    const waiting = second.grow(1, NEVER);
    expect(await isDone(waiting)).toBe(false);
    first.release();
    await waiting;
    expect(budget.usedBytes).toBe(5);
  });

  test('tells whether a lease may grow without waiting', () => {
    const budget = createMemoryBudget(10);
    const [first, second] = [budget.open(), budget.open()];
    expect(first.tryGrow(6)).toBe(true);
    expect(second.tryGrow(5)).toBe(false);
    expect(second.tryGrow(4)).toBe(true);
    expect(first.tryGrow(100)).toBe(true);
    expect(budget.usedBytes).toBe(110);
  });

  test('never lets the oldest lease wait', async () => {
    const budget = createMemoryBudget(10);
    const [first, second] = [budget.open(), budget.open()];
    await first.grow(1, NEVER);
    await second.grow(9, NEVER);
    await first.grow(100, NEVER);
    expect(budget.usedBytes).toBe(110);
  });

  test('lets go of a lease that is given up while it waits', async () => {
    const budget = createMemoryBudget(1);
    const [first, second] = [budget.open(), budget.open()];
    await first.grow(1, NEVER);
    const caller = new AbortController();
    const waiting = second.grow(1, caller.signal);
    caller.abort('gone');
    await expect(waiting).rejects.toBe('gone');
    first.release();
    first.release();
    expect(budget.usedBytes).toBe(0);
  });

  test('lets everybody finish, and uses no more than it has and what the oldest may', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 6 }), { maxLength: 12 }),
        async (tasks) => {
          const budget = createMemoryBudget(100);
          const largest = Math.max(0, ...tasks.map((steps) => steps.reduce((sum, step) => sum + step, 0)));
          await Promise.all(
            tasks.map(async (steps) => {
              const lease = budget.open();
              for (const step of steps) {
                await lease.grow(step, NEVER);
                expect(budget.usedBytes).toBeLessThanOrEqual(100 + largest);
              }
              lease.release();
            }),
          );
          expect(budget.usedBytes).toBe(0);
        },
      ),
    );
  });
});
