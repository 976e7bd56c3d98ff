import { expect, test } from 'vitest';
import { formatGoSeconds, isGoDuration, parseGoDuration, parseGoMilliseconds } from '../../src/golang/duration.js';

test.each([
  ['1h2m3.5s', 3_723_500],
  ['250ms', 250],
  ['500us', 0.5],
  ['500µs', 0.5],
  ['1500000ns', 1.5],
  ['0s', 0],
])('%s is %d ms', (text, milliseconds) => {
  expect(parseGoMilliseconds(text)).toBe(milliseconds);
});

test.each(['', '1', '1d', '1s ', '1S', '.s', '1h-1m', `${'0'.repeat(200)}1s`])('%j is no duration', (text) => {
  expect([parseGoDuration(text), parseGoMilliseconds(text)]).toEqual([undefined, undefined]);
});

test('a duration may have a sign, which is none of milliseconds from zero on', () => {
  expect([parseGoDuration('-1.5s'), parseGoDuration('+.5s'), parseGoDuration('0')]).toEqual([
    -1_500_000_000n,
    500_000_000n,
    0n,
  ]);
  expect(parseGoMilliseconds('-1s')).toBeUndefined();
});

test('a duration has 64 bits', () => {
  const longest = parseGoDuration('2562047h47m16.854775807s') ?? 0n;
  expect([longest, isGoDuration(longest), isGoDuration(longest + 1n)]).toEqual([2n ** 63n - 1n, true, false]);
  expect([isGoDuration(-longest - 1n), isGoDuration(-longest - 2n)]).toEqual([true, false]);
});

test.each([
  [0n, '0s'],
  [65n, '1m5s'],
  [3605n, '1h0m5s'],
  [-95n, '-1m35s'],
])('%d seconds are printed as %s', (seconds, text) => {
  expect(formatGoSeconds(seconds)).toBe(text);
});
