import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseInstant } from '../../src/model/instant.js';

test.each([
  ['2027-01-01T00:00:00Z', Date.UTC(2027, 0, 1)],
  ['2027-01-01T00:00:00.5Z', Date.UTC(2027, 0, 1) + 500],
  ['2027-01-01T02:00:00+02:00', Date.UTC(2027, 0, 1)],
  ['2026-12-31T19:00:00-05:00', Date.UTC(2027, 0, 1)],
  ['2028-02-29T23:59:59Z', Date.UTC(2028, 1, 29, 23, 59, 59)],
])('%s is %d', (text, milliseconds) => {
  expect(parseInstant(text)).toBe(milliseconds);
});

test.each([
  '',
  '2027-01-01',
  '2027-01-01T00:00Z',
  '2027-01-01T00:00:00',
  '2027-01-01 00:00:00Z',
  '2027-02-29T00:00:00Z',
  '2027-13-01T00:00:00Z',
  '2027-01-01T24:00:00Z',
  '2027-01-01T00:60:00Z',
  '2027-01-01T00:00:00+25:00',
  '1798761600',
])('%j is no instant', (text) => {
  expect(parseInstant(text)).toBeUndefined();
});

test('every date is read as it is written', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }), (date) => {
      expect(parseInstant(date.toISOString())).toBe(date.getTime());
    }),
  );
});
