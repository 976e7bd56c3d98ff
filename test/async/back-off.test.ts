import { expect, test } from 'vitest';
import { createBackOff } from '../../src/async/back-off.js';

function createClock() {
  const clock = { ms: 0 };
  return { clock, backOff: createBackOff(() => clock.ms) };
}

test('a worker that ends is started again nearly at once, then after twice as long each time, up to 30 s', () => {
  const { backOff } = createClock();
  const delays = Array.from({ length: 9 }, () => {
    backOff.start();
    return backOff.nextDelayMs();
  });
  expect(delays).toEqual([100, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('one that lasted a minute has its bad starts forgotten', () => {
  const { clock, backOff } = createClock();
  backOff.start();
  backOff.nextDelayMs();
  backOff.start();
  clock.ms += 59_999;
  expect(backOff.nextDelayMs()).toBe(1000);
  backOff.start();
  clock.ms += 60_000;
  expect(backOff.nextDelayMs()).toBe(100);
});
