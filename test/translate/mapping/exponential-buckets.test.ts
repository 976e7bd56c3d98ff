import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { upperBound } from '../../../src/exposition/exponential-buckets.js';
import {
  areWithinDoubles,
  findSchema,
  toIndexes,
  toPopulated,
} from '../../../src/translate/mapping/exponential-buckets.js';

/** The bounds of OpenTelemetry's bucket `index` at a scale. */
function otlpBounds(scale: number, index: number): readonly [lower: number, upper: number] {
  return [2 ** (index * 2 ** -scale), 2 ** ((index + 1) * 2 ** -scale)];
}

describe('buckets by index', () => {
  const counts = fc.array(fc.nat(9), { maxLength: 40 });
  const offset = fc.integer({ min: -60, max: 60 });

  test('keep their counts, each in the bucket of Prometheus that covers it, at any scale', () => {
    fc.assert(
      fc.property(fc.integer({ min: -4, max: 12 }), offset, counts, (scale, first, all) => {
        const schema = Math.min(scale, 8);
        const { indexes, counts: merged } = toPopulated({ scale, offset: first, counts: all });
        const sum = (list: readonly number[]) => list.reduce((total, each) => total + each, 0);
        expect(sum(merged)).toBe(sum(all));
        expect(indexes).toEqual(indexes.toSorted((left, right) => left - right));
        expect(merged.every((count) => count > 0)).toBe(true);
        for (const [i, count] of all.entries()) {
          const [lower, upper] = otlpBounds(scale, first + i);
          // Beyond every number there is nothing to cover.
          if (count === 0 || lower === Number.POSITIVE_INFINITY) continue;
          const covering = indexes.filter(
            (index) =>
              upperBound(schema, index - 1) <= lower * (1 + 1e-12) && upper <= upperBound(schema, index) * (1 + 1e-12),
          );
          expect(covering).toHaveLength(1);
        }
      }),
    );
  });

  test('are greater by one than those of OpenTelemetry', () => {
    expect(toPopulated({ scale: 0, offset: 0, counts: [1, 0, 2] })).toEqual({ indexes: [1, 3], counts: [1, 2] });
  });

  test('are those of numbers, from the smallest to that of infinity', () => {
    const holds = (schema: number, index: number) => areWithinDoubles(schema, { indexes: [index], counts: [1] });
    expect([holds(0, 1025), holds(0, 1026), holds(0, -1074), holds(0, -1075)]).toEqual([true, false, true, false]);
    expect([holds(8, 262_145), holds(8, 262_146)]).toEqual([true, false]);
    expect([holds(-4, 65), holds(-4, 66)]).toEqual([true, false]);
  });
});

describe('buckets by bounds', () => {
  test('give back the schema and the indexes that they were made of', () => {
    const populated = fc.uniqueArray(fc.integer({ min: -300, max: 300 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.integer({ min: -4, max: 8 }), populated, (schema, indexes) => {
        const usable = indexes.filter((index) => Math.abs(index * 2 ** -schema) < 1000);
        fc.pre(usable.length > 0);
        const buckets = usable.map((index) => ({
          near: Number(upperBound(schema, index - 1).toPrecision(15)),
          far: Number(upperBound(schema, index).toPrecision(15)),
          count: 2,
        }));
        expect(findSchema(buckets)).toBe(schema);
        expect(toIndexes(schema, buckets)).toEqual({
          indexes: usable.toSorted((left, right) => left - right),
          counts: usable.map(() => 2),
        });
      }),
    );
  });

  test('have no schema where they are of two, or of none', () => {
    const bucket = (near: number, far: number) => ({ near, far, count: 1 });
    expect(findSchema([bucket(1, 2), bucket(4, 16)])).toBeUndefined();
    expect(findSchema([bucket(0.1, 0.25)])).toBeUndefined();
    expect(findSchema([bucket(1, 1.001)])).toBeUndefined();
    expect(findSchema([bucket(1, 2 ** 40)])).toBeUndefined();
    expect(findSchema([])).toBe(0);
    expect(findSchema([bucket(3, 3)])).toBeUndefined();
  });

  test('may end at infinity', () => {
    const last = { near: Number.MAX_VALUE, far: Number.POSITIVE_INFINITY, count: 1 };
    expect(findSchema([last])).toBe(0);
    expect(toIndexes(0, [last])).toEqual({ indexes: [1025], counts: [1] });
    expect(upperBound(0, 1025)).toBe(Number.POSITIVE_INFINITY);
    expect(upperBound(0, 1024)).toBe(Number.MAX_VALUE);
  });
});
