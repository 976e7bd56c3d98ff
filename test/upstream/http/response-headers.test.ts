import { describe, expect, test } from 'vitest';
import { listHeader, listHeaders, readHeader, readRetryAfter } from '../../../src/upstream/http/response-headers.js';

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

describe('a header that came twice', () => {
  const twice = (name: string, ...values: string[]) => ({ [name]: values });

  test('is the first of its values, all of them as a list, or each of them, as its rule has it', () => {
    expect(readHeader(twice('content-type', 'a', 'b'), 'content-type')).toBe('a');
    expect(readHeader(twice('location', '/a', '/b'), 'location')).toBe('/a');
    expect(readHeader(twice('date', DATE, 'b'), 'date')).toBe(DATE);
    expect(readHeader(twice('content-encoding', 'gzip', 'br'), 'content-encoding')).toBe('gzip, br');
    expect(readHeader(twice('www-authenticate', 'Basic', 'Bearer realm="x"'), 'www-authenticate')).toBe(
      'Basic, Bearer realm="x"',
    );
    expect(listHeader(twice('x-any', 'a', 'b'), 'x-any')).toEqual(['a', 'b']);
    expect(listHeaders(twice('x-any', 'a', 'b'))).toEqual([
      ['x-any', 'a'],
      ['x-any', 'b'],
    ]);
    expect(readHeader({}, 'location')).toBeUndefined();
  });

  test('is the longest time of Retry-After, whatever the others are', () => {
    expect(readRetryAfter({ 'retry-after': '5, 7' })).toBeUndefined();
    expect(readRetryAfter(Object.assign({}, twice('retry-after', '5', 'soon', '120')))).toBe(120);
  });
});
