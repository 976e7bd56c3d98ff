import { expect, test } from 'vitest';
import { createTurns, runInTurns } from '../../src/async/turns.js';

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

test('steps leave the event loop its turns, and give what comes of them', async () => {
  let turns = 0;
  const work = function* () {
    for (let i = 0; i < 3; i++) {
      setImmediate(() => turns++);
      yield;
    }
    return turns;
  };
  expect(await runInTurns(work(), 0)).toBe(3);
});
