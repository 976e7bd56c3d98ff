import { describe, expect, test } from 'vitest';
import { baseReaders, unitReaders } from '../../../src/translate/mapping/units.js';

describe('bytes', () => {
  test.each([
    ['0', 0],
    ['512', 512],
    ['512 B', 512],
    ['1 byte', 1],
    ['12 bytes', 12],
    ['150G', 150e9],
    ['1k', 1000],
    ['1K', 1000],
    ['28 kB', 28_000],
    ['1Ki', 1024],
    ['1.5 GiB', 1.5 * 2 ** 30],
    ['2 tib', 2 * 2 ** 40],
    ['1e3 MB', 1e9],
    ['-3M', -3e6],
    [' 7 ', 7],
  ])('%j is %d', (text, bytes) => {
    expect(unitReaders.bytes(text)).toBe(bytes);
  });

  test.each(['', 'G', '1 Q', '1.2.3k', '1,5 GB', 'k1', '0x10', 'NaN', '1e999', '1 GB free', 'B B'])(
    '%j is none',
    (text) => {
      expect(unitReaders.bytes(text)).toBeUndefined();
    },
  );
});

describe('durations', () => {
  test.each([
    ['0', 0],
    ['90', 90],
    ['1.5', 1.5],
    ['250ms', 0.25],
    ['1.1ms', 0.0011],
    ['3us', 3e-6],
    ['3µs', 3e-6],
    ['3μs', 3e-6],
    ['7ns', 7e-9],
    ['1h2m3.5s', 3723.5],
    ['1w 2d', 777_600],
    ['2 days, 4 hours', 187_200],
    ['1 minute 30 seconds', 90],
    ['5min', 300],
    ['1:02:03', 3723],
    ['100:00:00', 360_000],
    ['02:30', 150],
    ['02:30.25', 150.25],
    ['-5m', -300],
    ['+5m', 300],
    ['1d 05:03:02', 104_582],
    ['12 days, 3:04:05', 1_047_845],
    ['1 day, 0:00:01', 86_401],
    ['1.02:03:04.5', 93_784.5],
    ['PT1H30M', 5400],
    ['P1DT0.5S', 86_400.5],
    ['P2W', 1_209_600],
    ['P1D', 86_400],
    ['-PT1,5S', -1.5],
  ])('%j is %d seconds', (text, seconds) => {
    expect(unitReaders.duration(text)).toBe(seconds);
  });

  test.each([
    '',
    's',
    '5 parsecs',
    '5M',
    '1h foo',
    'h1',
    '1:2:3:4',
    '1:2',
    '5m-3s',
    'Infinity',
    '1e999',
    'P',
    'PT',
    'P1M',
    'P1Y',
    'P1DT',
    '1d 5',
    'P1D2',
  ])('%j is none', (text) => {
    expect(unitReaders.duration(text)).toBeUndefined();
  });
});

describe('percentages', () => {
  test.each([
    ['28 %', 0.28],
    ['28%', 0.28],
    ['99.9', 0.999],
    ['-7%', -0.07],
    ['150 %', 1.5],
    ['1e3%', 10],
    ['1.5E-7', 1.5e-9],
  ])('%j is the ratio %d', (text, ratio) => {
    expect(unitReaders.percent(text)).toBe(ratio);
  });

  test.each(['', '%', '1 % 2', 'a%', '1e%'])('%j is none', (text) => {
    expect(unitReaders.percent(text)).toBeUndefined();
  });
});

describe('other bases', () => {
  test.each([
    [16, '0x1d55359', 30_757_721],
    [16, '1D55359', 30_757_721],
    [16, '-ff', -255],
    [16, ' 0XFF ', 255],
    [8, '017', 15],
    [8, '0o17', 15],
    [8, '17', 15],
    [2, '0b101', 5],
    [2, '-101', -5],
  ] as const)('base %i reads %j as %d', (base, text, number) => {
    expect(baseReaders[base](text)).toBe(number);
  });

  test.each([
    [16, '0b1g'],
    [16, '0o17'],
    [16, '1.5'],
    [16, '0x'],
    [16, ''],
    [8, '8'],
    [8, '0x7'],
    [2, '2'],
    [2, '0x1'],
    [2, '1_0'],
  ] as const)('base %i does not read %j', (base, text) => {
    expect(baseReaders[base](text)).toBeUndefined();
  });
});

test.each(Object.entries(unitReaders))('texts of a megabyte are no %s, and are refused at once', (_unit, read) => {
  const long = ['1', ' ', '1 ', '1h', '1:', 'k', '%', '-', '1.'].flatMap((part) => {
    const text = part.repeat(Math.ceil(1e6 / part.length));
    return [text, `1${text}`, `1${text}!`];
  });
  const start = performance.now();
  for (const text of long) expect(read(text)).toBeUndefined();
  expect(performance.now() - start).toBeLessThan(2000);
});
