import { expect, test } from 'vitest';
import { DropTally, dropCauses } from '../../src/model/drops.js';

const drop = { cause: 'label', samples: 3, where: 'Gauges[0]', message: 'a label name is empty' } as const;

test('a new tally is zero for every cause', () => {
  const tally = new DropTally();
  expect(dropCauses.map((cause) => tally.count(cause))).toEqual(dropCauses.map(() => 0));
  expect(tally.total).toBe(0);
  expect(tally.examples).toEqual([]);
});

test('samples add up by cause and in all', () => {
  const tally = new DropTally();
  tally.add(drop);
  tally.add({ ...drop, samples: 4 });
  tally.add({ ...drop, cause: 'value', samples: 5 });
  expect([tally.count('label'), tally.count('value'), tally.count('name'), tally.total]).toEqual([7, 5, 0, 12]);
  expect(tally.examples).toHaveLength(3);
});

test('the first 50 drops are kept, and a million are counted', () => {
  const tally = new DropTally();
  for (let i = 0; i < 1_000_000; i++) tally.add({ ...drop, samples: 1, where: `Gauges[${i}]` });
  expect(tally.total).toBe(1_000_000);
  expect(tally.examples.map(({ where }) => where)).toEqual(Array.from({ length: 50 }, (_, i) => `Gauges[${i}]`));
});
