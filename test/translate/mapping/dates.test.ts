import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDateReader } from '../../../src/translate/mapping/dates.js';
import { runs } from '../../support/runs.js';

function read(format: string, text: string): number | undefined {
  const reader = createDateReader(format);
  if (reader === undefined) throw new Error(`${format} is no format`);
  return reader(text);
}

describe('rfc3339', () => {
  test.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2024-02-29T12:00:00+01:00', 1_709_204_400],
    ['2024-02-29T23:30:00-00:30', 1_709_251_200],
    ['2024-02-29t12:00:00z', 1_709_208_000],
    ['2024-02-29 12:00:00Z', 1_709_208_000],
    ['2024-02-29T12:00:00.123456Z', 1_709_208_000.123456],
    ['1969-12-31T23:59:59.5Z', -0.5],
    [' 1970-01-01T00:00:01Z ', 1],
  ])('%s is %d', (text, seconds) => {
    expect(read('rfc3339', text)).toBe(seconds);
  });

  test.each([
    '',
    '2024-02-30T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:60:00Z',
    '2024-01-01T00:00:00',
    '2024-01-01',
    '2024-01-01T00:00:00+99:00',
    '24-01-01T00:00:00Z',
    '1709204400',
  ])('%j is none', (text) => {
    expect(read('rfc3339', text)).toBeUndefined();
  });

  test('reads whatever Date writes', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        expect(read('rfc3339', date.toISOString())).toBeCloseTo(date.getTime() / 1000, 6);
      }),
    );
  });
});

describe('http', () => {
  test.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
    '%s is 784111777',
    (text) => {
      expect(read('http', text)).toBe(784_111_777);
    },
  );

  test.each(['', 'x 1 GMT', 'Sun, 06 Nov 1994 08:49:37', 'Sun, 06 Nov 1994 08:49:37 CET', '1994-11-06T08:49:37Z'])(
    '%j is none',
    (text) => {
      expect(read('http', text)).toBeUndefined();
    },
  );
});

describe('unix', () => {
  test.each([
    ['unix', '1709204400', 1_709_204_400],
    ['unix', '1.7092044e+09', 1_709_204_400],
    ['unix', '-1.5', -1.5],
    ['unix_ms', '1709204400123', 1_709_204_400.123],
    ['unix_us', '1709204400000001', 1_709_204_400.000001],
    ['unix_ns', '1709204400000000001', 1_709_204_400],
  ])('%s of %s is %d', (format, text, seconds) => {
    expect(read(format, text)).toBe(seconds);
  });

  test.each(['', 'now', '0x10', '1e999', '1 2', 'NaN', 'Infinity'])('%j is none', (text) => {
    expect(read('unix', text)).toBeUndefined();
  });
});

describe('a layout', () => {
  test.each([
    ['%Y-%m-%d', '2024-02-29', 1_709_164_800],
    ['%d/%b/%Y:%H:%M:%S %Z', '29/Feb/2024:12:00:00 +0100', 1_709_204_400],
    ['%Y-%m-%d %H:%M:%S.%L', '2024-02-29 11:00:00.500', 1_709_204_400.5],
    ['%B %-d, %Y', 'February 29, 2024', 1_709_164_800],
    ['%s', '12', 12],
    ['100%% at %Y', '100% at 1970', 0],
    ['%Y-%m-%dT%H:%M:%S.%LZ', '1970-01-01T00:00:00.5Z', 0.5],
    ['%Y-%m-%dT%H:%M:%S.%LZ', '1970-01-01T00:00:00.123456Z', 0.123456],
    ['%Y-%m-%dT%H:%M:%S.%LZ', '1970-01-01T00:00:07Z', 7],
    ['%Y-%m-%dT%H:%M:%S.%fZ', '1970-01-01T00:00:00.5Z', 0.5],
    ['%Y-%m-%dT%H:%M:%S.%fZ', '1970-01-01T00:00:00.123456Z', 0.123456],
    ['%Y-%m-%dT%H:%M:%S.%fZ', '1970-01-01T00:00:00.123456789Z', 0.123456789],
    ['%H:%M:%S,%L %Y', '00:00:01,25 1970', 1.25],
    ['%Y%m%d%H%M%S%L', '19700101000000500', 0.5],
    ['%S%f%Y', '011234561970', 1.123456],
    ['%I:%M %p %Y', '12:30 am 1970', 1800],
    ['%I:%M %p %Y', '12:30 PM 1970', 45_000],
    ['%j %Y', '366 2024', 1_735_603_200],
    ['%G-W%V-%u', '2020-W53-5', 1_609_459_200],
    ['%Y week %U day %w', '2023 week 1 day 0', 1_672_531_200],
    ['%Y week %W day %w', '2024 week 1 day 1', 1_704_067_200],
    ['%Q', '1500', 1.5],
    ['%y', '69', -31_536_000],
    ['%y', '68', 3_092_601_600],
    ['%x %X', '1/2/1970 12:00:00 AM', 86_400],
    ['%e %B %Y %H:%M %Z', ' 1 january 1970 00:00 -01:30', 5400],
    ['%q %Y', '2 1970', 7_776_000],
  ])('%s reads %s', (format, text, seconds) => {
    expect(read(format, text)).toBe(seconds);
  });

  test.each([
    ['%Y-%m-%d', '2024-02-29 and more'],
    ['%Y-%m-%d', '29.02.2024'],
    ['%b', 'Brumaire'],
    ['%Y-%m-%d', '2026-02-30'],
    ['%Y-%m-%d', '2026-13-01'],
    ['%Y-%m-%d', '2026-00-01'],
    ['%Y-%m-%d', '2025-02-29'],
    ['%H:%M:%S', '24:00:00'],
    ['%H:%M:%S', '23:60:00'],
    ['%H:%M:%S', '23:59:60'],
    ['%I %p', '13 PM'],
    ['%j %Y', '366 2023'],
    ['%G-W%V-%u', '2021-W53-1'],
    ['%S.%L', '01.'],
    ['%Z', '+25:00'],
    ['%s', ''],
  ])('%s does not read %s', (format, text) => {
    expect(read(format, text)).toBeUndefined();
  });
});

test('a layout agrees with rfc3339 on every moment, and refuses what rfc3339 refuses', () => {
  const digits = (max: number, length: number) =>
    fc.integer({ min: 0, max }).map((n) => String(n).padStart(length, '0'));
  const parts = fc.tuple(digits(13, 2), digits(32, 2), digits(24, 2), digits(60, 2), digits(60, 2), digits(999, 1));
  fc.assert(
    fc.property(digits(2400, 4), parts, (year, [month, day, hour, minute, second, fraction]) => {
      const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}Z`;
      expect(read('%Y-%m-%dT%H:%M:%S.%fZ', text)).toBe(read('rfc3339', text));
    }),
    { numRuns: runs(1000) },
  );
});

test.each(['', 'iso', 'RFC3339', 'yyyy-MM-dd', '2006-01-02', '%', '%k', '%Y %', '%Y %!', '%_'])(
  '%j is no format',
  (format) => {
    expect(createDateReader(format)).toBeUndefined();
  },
);

test('texts of a megabyte are no date in any format, and are refused at once', () => {
  const start = performance.now();
  for (const format of ['rfc3339', 'http', 'unix', 'unix_ns', '%Y-%m-%d', '%B', '%s']) {
    for (const part of ['1', ' ', 'Jan', '-', '2024-01-01T00:00:00.']) {
      expect(read(format, `${part.repeat(1e6 / part.length)}1`)).toBeUndefined();
    }
  }
  expect(performance.now() - start).toBeLessThan(2000);
});
