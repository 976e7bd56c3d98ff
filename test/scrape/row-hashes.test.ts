import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MetricFamily } from '../../src/model/metrics.js';
import { MemoryGuard } from '../../src/scrape/memory-guard.js';
import { RowHashes } from '../../src/scrape/row-hashes.js';

const guard = new MemoryGuard({ limit: undefined, resident: () => 0 });

type Labels = readonly (readonly [name: string, value: string])[];

function family(rows: readonly Labels[], timestampsMs?: readonly (number | undefined)[]): MetricFamily {
  return {
    type: 'gauge',
    name: 'm',
    help: '',
    labelNames: rows.map((labels) => labels.map(([name]) => name)),
    labelValues: rows.map((labels) => labels.map(([, value]) => value)),
    values: rows.map(() => 1),
    ...(timestampsMs === undefined ? {} : { timestampsMs }),
  };
}

/** Whether each row is new. */
function addAll(rows: readonly Labels[], timestampsMs?: readonly (number | undefined)[]): readonly boolean[] {
  const hashes = new RowHashes(guard);
  const all = family(rows, timestampsMs);
  return rows.map((_, row) => hashes.add(all, row));
}

test('100,000 series are new, and each of them is not a second time', () => {
  const rows = Array.from({ length: 100_000 }, (_, i): Labels => [['repo', `r${i}`]]);
  const hashes = new RowHashes(guard);
  const all = family(rows);
  expect(rows.every((_, row) => hashes.add(all, row))).toBe(true);
  expect(rows.some((_, row) => hashes.add(all, row))).toBe(false);
});

test.each<[what: string, rows: readonly Labels[], isNew: boolean]>([
  [
    'labels in another order',
    [
      [
        ['a', '1'],
        ['b', '2'],
      ],
      [
        ['b', '2'],
        ['a', '1'],
      ],
    ],
    false,
  ],
  [
    'a label that is empty, and none',
    [
      [
        ['a', '1'],
        ['b', ''],
      ],
      [['a', '1']],
    ],
    false,
  ],
  [
    'values that change places',
    [
      [
        ['a', '1'],
        ['b', '2'],
      ],
      [
        ['a', '2'],
        ['b', '1'],
      ],
    ],
    true,
  ],
  ['the value under another name', [[['a', '1']], [['b', '1']]], true],
])('%s', (_what, rows, isNew) => {
  expect(addAll(rows)).toEqual([true, isNew]);
});

test('a series at another time is another one', () => {
  const row: Labels = [['a', '1']];
  expect(addAll([row, row, row, row], [1, 2, undefined, 1])).toEqual([true, true, true, false]);
});

test('a copy has the first rows alone, and grows by itself', () => {
  const rows = Array.from({ length: 3000 }, (_, i): Labels => [['a', String(i)]]);
  const all = family(rows);
  const hashes = new RowHashes(guard);
  for (const row of rows.keys()) hashes.add(all, row);
  const copy = hashes.copy(2000);
  expect(copy.add(all, 1999)).toBe(false);
  expect(copy.add(all, 2000)).toBe(true);
  expect(hashes.add(all, 2000)).toBe(false);
});

test.each([
  ['the first hash', 'x\u8061!z'],
  ['the second one', 'x\u8061qz'],
  ['the third one', 'x\u8061\u1061z'],
])('65,536 series that are the same in %s, whatever its seed, are told apart in no time', (_what, twin) => {
  const name = (i: number) => Array.from({ length: 16 }, (_, bit) => (((i >> bit) & 1) === 0 ? 'xaaz' : twin)).join('');
  const rows = Array.from({ length: 2 ** 16 }, (_, i): Labels => [['l', name(i)]]);
  const hashes = new RowHashes(guard);
  const all = family(rows);
  const started = performance.now();
  expect(rows.every((_, row) => hashes.add(all, row))).toBe(true);
  // Some 40 ms; 6 s where they lie in one row.
  expect(performance.now() - started).toBeLessThan(1000);
});

test('any rows are new exactly where no row before has the same labels', () => {
  const value = fc.constantFrom('', 'a', 'b', 'ab', 'ba', 'é', '\u{1f600}');
  const labels = fc.tuple(value, value).map(
    ([a, b]): Labels => [
      ['x', a],
      ['y', b],
    ],
  );
  fc.assert(
    fc.property(fc.array(labels, { maxLength: 50 }), (rows) => {
      const seen = new Set<string>();
      const expected = rows.map((row) => {
        const id = JSON.stringify(row);
        const isNew = !seen.has(id);
        seen.add(id);
        return isNew;
      });
      expect(addAll(rows)).toEqual(expected);
    }),
  );
});
