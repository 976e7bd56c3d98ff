import { expect, test } from 'vitest';
import { upperBound } from '../../src/exposition/exponential-buckets.js';

test('bounds are the nearest doubles, whatever the version of Node', () => {
  expect(upperBound(1, -1)).toBe(Math.SQRT1_2);
  expect(upperBound(1, 1)).toBe(Math.SQRT2);
  expect(upperBound(1, 3)).toBe(Math.sqrt(8));
  // 2^0.75 is 1.68179283050742908606..., 2^0.625 is 1.54221082540794082361...
  expect([upperBound(2, 3), upperBound(3, 5)]).toEqual([1.681792830507429, 1.5422108254079407]);
  expect([upperBound(0, 3), upperBound(-4, 1), upperBound(8, 256), upperBound(8, -512)]).toEqual([8, 65_536, 2, 0.25]);
});

test('bounds ascend, and each is that of the next finer schema at twice the index', () => {
  for (let schema = -4; schema < 8; schema++) {
    for (let index = -300; index <= 300; index++) {
      const bound = upperBound(schema, index);
      expect(upperBound(schema + 1, 2 * index)).toBe(bound);
      if (bound > 0 && bound < Number.MAX_VALUE) expect(upperBound(schema, index + 1)).toBeGreaterThan(bound);
    }
  }
});
