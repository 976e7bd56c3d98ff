import { expect, test } from 'vitest';
import { parseGoDuration } from '../../src/golang/duration.js';

test.each([
  ['1h2m3.5s', 3_723_500],
  ['250ms', 250],
  ['500us', 0.5],
  ['500µs', 0.5],
  ['1500000ns', 1.5],
  ['0s', 0],
])('%s is %d ms', (text, milliseconds) => {
  expect(parseGoDuration(text)).toBe(milliseconds);
});

test.each(['', '1', '1d', '-1s', '+1s', '.5s', '1s ', '1S'])('%j is no duration', (text) => {
  expect(parseGoDuration(text)).toBeUndefined();
});
