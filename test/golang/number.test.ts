import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatGoFloat,
  formatNumber,
  parseGoBool,
  parseGoFloat,
  parseGoInt,
  parseSampleValue,
} from '../../src/golang/number.js';

describe('parseGoFloat', () => {
  test.each([
    ['42.5', 42.5],
    ['+.5', 0.5],
    ['1.', 1],
    ['010', 10],
    ['-1e3', -1000],
    ['1_000', 1000],
    ['1_0.5_0e1_0', 10.5e10],
    ['0x1Fp0', 31],
    ['0x_1p-2', 0.25],
    ['-0x.8p1', -1],
    ['0X1.8P+1', 3],
    ['0x1.fffffffffffff8p0', 2],
    ['0x1p-1074', 5e-324],
    ['0x1p-1075', 0],
    ['0x1.8p-1075', 5e-324],
    ['0x1p-999999', 0],
    ['1e-400', 0],
    ['-0', -0],
    ['Inf', Number.POSITIVE_INFINITY],
    ['+inf', Number.POSITIVE_INFINITY],
    ['-INFINITY', Number.NEGATIVE_INFINITY],
    ['nAn', Number.NaN],
  ])('takes %j as %d', (text, value) => {
    expect(parseGoFloat(text)).toBe(value);
  });

  test.each([
    ...['', ' 7 ', '7\n', '5%', '1,5', '0x1F', '0x1.8', '0b1', '0o7', '1__0', '_1', '1_', '1_.5', '1._5', '1e_5', '1e'],
    ...['.', '+', 'e5', '0x.p1', '0x1_p0', '+NaN', '-nan', 'INFINITE', '1e400', '-0x1p1024', '٣', '1'.repeat(5000)],
  ])('refuses %j', (text) => {
    expect(parseGoFloat(text)).toBeUndefined();
  });

  test('reads back every double that it printed', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(parseGoFloat(formatGoFloat(value))).toBe(value);
        for (const form of ['go', 'mixed', 'decimal'] as const)
          expect(parseGoFloat(formatNumber(value, form))).toBe(value);
      }),
    );
  });

  test('agrees with JavaScript on decimals', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: -320, max: 300 }), (whole, fraction, exponent) => {
        const text = `${whole}.${fraction}e${exponent}`;
        const expected = Number(text);
        expect(parseGoFloat(text)).toBe(Number.isFinite(expected) ? expected : undefined);
      }),
    );
  });
});

describe('formatGoFloat', () => {
  test.each([
    [0, '0'],
    [-0, '-0'],
    [999999, '999999'],
    [1000000, '1e+06'],
    [-1234567.5, '-1.2345675e+06'],
    [0.0001, '0.0001'],
    [0.00001234, '1.234e-05'],
    [1e100, '1e+100'],
    [5e-324, '5e-324'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('prints %d as %s', (value, text) => {
    expect(formatGoFloat(value)).toBe(text);
  });
});

describe('formatNumber', () => {
  test.each([
    [1000000, '1000000', '1000000', '1e+06'],
    [-123456789012345, '-123456789012345', '-123456789012345', '-1.23456789012345e+14'],
    [999999999999999900000, '999999999999999900000', '999999999999999900000', '9.999999999999999e+20'],
    [1e21, '1e+21', '1e+21', '1e+21'],
    [-0, '-0', '-0', '-0'],
    [1234567.5, '1234567.5', '1.2345675e+06', '1.2345675e+06'],
    [-0.00001, '-0.00001', '-1e-05', '-1e-05'],
    [1.25e-9, '0.00000000125', '1.25e-09', '1.25e-09'],
    [Number.NEGATIVE_INFINITY, '-Inf', '-Inf', '-Inf'],
    [Number.NaN, 'NaN', 'NaN', 'NaN'],
  ])('prints %d as the decimal %s, mixed %s, as Go %s', (value, decimal, mixed, go) => {
    expect(formatNumber(value, 'decimal')).toBe(decimal);
    expect(formatNumber(value, 'mixed')).toBe(mixed);
    expect(formatNumber(value, 'go')).toBe(go);
  });

  test('never prints an exponent as a decimal below 1e21', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e20, max: 1e20, noNaN: true }), (value) => {
        expect(formatNumber(value, 'decimal')).toMatch(/^-?\d+(\.\d+)?$/);
      }),
    );
  });
});

test('parseGoBool takes the words of Go and no others', () => {
  expect(['1', 't', 'T', 'TRUE', 'true', 'True'].map(parseGoBool)).not.toContain(false);
  expect(['0', 'f', 'F', 'FALSE', 'false', 'False'].map(parseGoBool)).not.toContain(true);
  expect(['yes', 'no', 'on', 'tRUE', ' true', ''].map(parseGoBool)).toEqual(Array(6).fill(undefined));
});

test('parseGoInt takes signs and zeros in front, 64 bits and nothing else', () => {
  expect(parseGoInt('+1700000000000')).toBe(1700000000000n);
  expect(parseGoInt('0001')).toBe(1n);
  expect(parseGoInt('-9223372036854775808')).toBe(-(2n ** 63n));
  expect(parseGoInt('9223372036854775807')).toBe(2n ** 63n - 1n);
  for (const text of ['9223372036854775808', '-9223372036854775809', '1_000', '1.0', '1e3', ' 1', '', '-', '0x1']) {
    expect(parseGoInt(text), text).toBeUndefined();
  }
});

test('parseSampleValue tries a number, then a boolean, then <nil>', () => {
  expect(parseSampleValue('1')).toBe(1);
  expect(parseSampleValue('t')).toBe(1);
  expect(parseSampleValue('False')).toBe(0);
  expect(parseSampleValue('<nil>')).toBeNaN();
  expect(parseSampleValue('null')).toBeUndefined();
});
