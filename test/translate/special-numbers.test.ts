import { expect, test } from 'vitest';
import { parseSpecialNumber } from '../../src/translate/special-numbers.js';

test.each([
  ['NaN', Number.NaN],
  ['nan', Number.NaN],
  ['Inf', Number.POSITIVE_INFINITY],
  ['+Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['+INFINITY', Number.POSITIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
])('%s is a number', (text, number) => {
  expect(parseSpecialNumber(text)).toBe(number);
});

test.each(['', '1', '0', '1e999', '+NaN', '-NaN', ' NaN', 'Inf ', '++Inf', 'infinite', 'constructor', '__proto__'])(
  '%j is no special number',
  (text) => {
    expect(parseSpecialNumber(text)).toBeUndefined();
  },
);
