import { describe, expect, test } from 'vitest';
import { readRetryAfter } from '../../../src/upstream/http/retry-after.js';

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';

describe('Retry-After', () => {
  test.each([
    ['0', 0],
    ['120', 120],
    [' 7 ', 7],
    ['Sun, 06 Nov 1994 08:51:37 GMT', 120],
    ['Sunday, 06-Nov-94 08:51:37 GMT', 120],
    ['Sun Nov  6 08:51:37 1994', 120],
    ['Sun, 06 Nov 1994 08:00:00 GMT', 0],
  ])('%j is %d s', (text, seconds) => {
    expect(readRetryAfter({ 'retry-after': text, date: DATE })).toBe(seconds);
  });

  test.each(['', '-1', '1.5', '1e3', 'soon', '0x10', '9'.repeat(400), 'Sun, 99 Nov 1994 08:51:37 GMT', '1994-11-06'])(
    '%j is nothing',
    (text) => {
      expect(readRetryAfter({ 'retry-after': text, date: DATE })).toBeUndefined();
    },
  );

  test('that is not there is nothing, and neither is a date without the date of the reply', () => {
    expect(readRetryAfter({ date: DATE })).toBeUndefined();
    expect(readRetryAfter({ 'retry-after': DATE })).toBeUndefined();
    expect(readRetryAfter({ 'retry-after': DATE, date: 'today' })).toBeUndefined();
  });
});
