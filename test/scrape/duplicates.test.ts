import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScalarFamily } from '../../src/model/metrics.js';
import { findDuplicateRows } from '../../src/scrape/duplicates.js';
import { type Labels, makeGauge, makeHistogram } from '../support/families.js';
import { runs } from '../support/runs.js';

const find = (...rows: readonly Labels[]) => [...(findDuplicateRows(makeGauge('a', rows)) ?? [])];

function withTimes(family: ScalarFamily, timestampsMs: readonly (number | undefined)[]): ScalarFamily {
  return { ...family, timestampsMs };
}

/** What Prometheus takes a row for: its labels that are not empty, in the order of their names, and its time. */
function identify(family: ScalarFamily, row: number): string {
  const labels = (family.labelNames[row] ?? []).map((name, i) => [name, family.labelValues[row]?.[i] ?? '']);
  return JSON.stringify([labels.filter(([, value]) => value !== '').toSorted(), family.timestampsMs?.[row] ?? null]);
}

function findSlowly(family: ScalarFamily): readonly number[] {
  const seen = new Set<string>();
  return family.values.flatMap((_, row) => {
    const identity = identify(family, row);
    if (seen.has(identity)) return [row];
    seen.add(identity);
    return [];
  });
}

/** Every order of the values, so that each row has the same sum of hashes as every other. */
function permute(values: readonly string[]): readonly (readonly string[])[] {
  if (values.length < 2) return [values];
  return values.flatMap((first, i) => permute(values.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}

describe('rows of the same series', () => {
  test('are those with the same labels', () => {
    expect(find({ b: '1' }, { b: '2' }, { b: '1' }, { b: '1' })).toEqual([2, 3]);
  });

  test('may have their labels in another order', () => {
    expect(find({ b: '1', c: '2' }, { c: '2', b: '1' })).toEqual([1]);
  });

  test('may have an empty label where the other has none', () => {
    expect(find({ b: '1', c: '' }, { b: '1' }, { d: '', b: '1' })).toEqual([1, 2]);
    expect(find({}, { b: '' }, { b: '', c: '' })).toEqual([1, 2]);
  });

  test('without labels are one', () => {
    expect(find({}, {})).toEqual([1]);
  });

  test('of a histogram are found like any other', () => {
    expect([...(findDuplicateRows(makeHistogram('h', [{ b: '1' }, { b: '1' }])) ?? [])]).toEqual([1]);
  });

  test('with the same time of their own are one, with another time are not', () => {
    const family = makeGauge('a', [{ b: '1' }, { b: '1' }, { b: '1' }, { b: '1' }, { b: '1' }]);
    expect([...(findDuplicateRows(withTimes(family, [5, 6, 5, undefined, undefined])) ?? [])]).toEqual([2, 4]);
  });
});

describe('rows of different series', () => {
  test('give undefined, and so do none and a single one', () => {
    expect(findDuplicateRows(makeGauge('a', []))).toBeUndefined();
    expect(findDuplicateRows(makeGauge('a', [{}]))).toBeUndefined();
    expect(findDuplicateRows(makeGauge('a', [{ b: '1' }, { b: '2' }]))).toBeUndefined();
  });

  test('may have the same values under other names', () => {
    expect(find({ b: '1', c: '2' }, { b: '2', c: '1' }, { bb: '1', cc: '2' }, { b: '1', d: '2' })).toEqual([]);
  });

  test('may have labels more or less', () => {
    expect(find({ b: '1' }, { b: '1', c: '2' }, {}, { c: '2' })).toEqual([]);
  });

  test('may look the same once they are joined', () => {
    expect(find({ b: '1,c=2' }, { b: '1', c: '2' }, { b: '1","c":"2' }, { b: '', c: '1,c=2' })).toEqual([]);
  });

  test('may have values that differ in one character of any code', () => {
    expect(find({ b: '\u{1f600}' }, { b: '\u{1f601}' }, { b: '\0' }, { b: 'é' }, { b: 'e\u0301' })).toEqual([]);
  });

  test('may be named like the properties of every object', () => {
    expect(find({ constructor: '1' }, { ['__proto__']: '1' }, { toString: '1' }, { constructor: '1' })).toEqual([3]);
  });
});

describe('rows that are made to collide', () => {
  const rows = permute(['0', '1', '2', '3', '4', '5', '6', '7']).map((values) =>
    Object.fromEntries(values.map((value, i) => [`a${i}`, value])),
  );

  test('are told from each other, soon', () => {
    const start = performance.now();
    expect(rows).toHaveLength(40_320);
    expect(find(...rows)).toEqual([]);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test('still have their duplicates found, labels in any order, empty or not', () => {
    const first = rows[0] ?? {};
    const reversed = Object.fromEntries(Object.entries(first).toReversed());
    expect(find(...rows, first, reversed, { ...first, b: '' })).toEqual([40_320, 40_321, 40_322]);
  });

  test('by their times alone are told from each other', () => {
    const family = makeGauge(
      'a',
      Array.from({ length: 5000 }, () => ({ b: '1' })),
    );
    const times = family.values.map((value) => (value === 4999 ? 0 : value));
    expect([...(findDuplicateRows(withTimes(family, times)) ?? [])]).toEqual([4999]);
  });
});

test('any rows have the duplicates that a slow search finds', () => {
  const text = fc.constantFrom('', '0', '1', 'ab', 'ba', '"');
  const labels = fc
    .dictionary(fc.constantFrom('a', 'b', 'ab', 'aa'), text, { noNullPrototype: true })
    .chain((each) => fc.shuffledSubarray(Object.entries(each)))
    .map((each) => Object.fromEntries(each));
  const time = fc.constantFrom(undefined, 0, 1);
  const row = fc.tuple(labels, time);
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), fc.boolean(), (pairs, hasTimes) => {
      const plain = makeGauge(
        'a',
        pairs.map(([each]) => each),
      );
      const times = pairs.map(([, each]) => each);
      const family = hasTimes ? withTimes(plain, times) : plain;
      expect([...(findDuplicateRows(family) ?? [])]).toEqual(findSlowly(family));
    }),
    { numRuns: runs(300) },
  );
});
