import { expect, test } from 'vitest';
import { createTurns } from '../../src/async/turns.js';

test('work that has held the event loop for long gives it a turn, other work does not', async () => {
  let turns = 0;
  const count = () => {
    turns++;
  };
  setImmediate(count);
  await createTurns(Number.POSITIVE_INFINITY)();
  expect(turns).toBe(0);
  await createTurns(0)();
  expect(turns).toBe(1);
});
