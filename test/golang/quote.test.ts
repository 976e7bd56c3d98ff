import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stripQuotes, unquote } from '../../src/golang/quote.js';

test.each([
  ['"x"', 'x'],
  ["'x y'", 'x y'],
  ['""', ''],
  ['"a\\tb\\u00e9\\U0001F600"', 'a\tbé😀'],
  ['"\\xc3\\xa9\\303\\251"', 'éé'],
  ['"\\xff"', '\ufffd'],
  ["'\\''", "'"],
  ['"it\'s"', "it's"],
])('%s is a quoted text', (text, inner) => {
  expect(unquote(text)).toBe(inner);
});

test.each([
  ...['', '"', 'x', '"x', 'x"', '"x\'', '`x`', '"a"b"', '"one" and "two"', '"\\q"', '"\\"', '"\\u12"', '"\\ud800"'],
  ...['"\\U00110000"', '"\\400"', '"\\8"', '"\\xg0"', '"\\\'"', "'\\\"'"],
])('%s is none, and stays as it is', (text) => {
  expect(unquote(text)).toBeUndefined();
  expect(stripQuotes(text)).toBe(text);
});

test('what JSON quotes without surrogates and slashes comes back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(unquote(JSON.stringify(text))).toBe(text);
    }),
  );
});
