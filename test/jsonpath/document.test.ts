import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument } from '../../src/jsonpath/document.js';
import { documentText } from './documents.js';

describe('parseDocument', () => {
  test('keeps the digits of integers beyond 2^53', () => {
    expect(parseDocument('{"id": 9007199254740993, "l": [-12345678901234567890, 1]}')).toEqual({
      id: 9007199254740993n,
      l: [-12345678901234567890n, 1],
    });
    expect(parseDocument('1700000000123456789')).toBe(1700000000123456789n);
    expect(parseDocument('[[\n-9007199254740993\t]]')).toEqual([[-9007199254740993n]]);
  });

  test('leaves integers within 2^53, fractions, exponents and 1e21 as numbers', () => {
    const text =
      '[9007199254740991, 0.30000000000000004, 1234567890123456789.5, 12345678901234567e1, 1000000000000000000000, 1e999]';
    expect(parseDocument(`[9007199254740993,${text}]`)).toEqual([9007199254740993n, JSON.parse(text)]);
  });

  test('leaves digits in texts and keys alone', () => {
    const text = '{"1234567890123456789": "at 1234567890123456789, \\" 9007199254740993", "x": ": 9007199254740993"}';
    expect(parseDocument(text)).toEqual(JSON.parse(text));
    expect(parseDocument(`[${text},9007199254740993]`)).toEqual([JSON.parse(text), 9007199254740993n]);
  });

  test('makes __proto__ a plain key with a plain value', () => {
    const document = parseDocument('{"__proto__": 9007199254740993}');
    expect(Object.entries(document as object)).toEqual([['__proto__', 9007199254740993n]]);
  });

  test('works around texts that hold its mark, and gives up exactness where all marks are taken', () => {
    const marks = Array.from({ length: 33 }, (_, i) => String.fromCharCode(0x7f + i));
    const taken = JSON.stringify(marks.slice(0, 30));
    expect(parseDocument(`[${taken},"\\u009D",9007199254740993]`)).toEqual([
      marks.slice(0, 30),
      '\u009d',
      9007199254740993n,
    ]);
    expect(parseDocument(`[${JSON.stringify(marks)},9007199254740993]`)).toEqual([marks, 9007199254740992]);
  });

  test.each([
    ...[
      '{9007199254740993: 1}',
      '{9007199254740993 :1}',
      '[09007199254740993]',
      '[+9007199254740993]',
      '9007199254740993 1',
    ],
    ...[
      '[9007199254740993',
      '[9007199254740993abc]',
      '[--9007199254740993]',
      '["9007199254740993]',
      '',
      '[.9007199254740993]',
    ],
  ])('refuses %j like JSON.parse', (text) => {
    expect(() => parseDocument(text)).toThrow(SyntaxError);
  });

  test('gives what JSON.parse gives, up to the digits of long integers', () => {
    const integer = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String);
    fc.assert(
      fc.property(fc.array(fc.oneof(documentText, integer), { maxLength: 6 }), (elements) => {
        const text = `[${elements.join(' , ')}]`;
        const rounded = JSON.stringify(parseDocument(text), (_, value: unknown) =>
          typeof value === 'bigint' ? Number(value) : value,
        );
        expect(rounded).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  test('keeps every digit of every long integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 21n) + 1n, max: 10n ** 21n - 1n }), (value) => {
        const parsed = parseDocument(`{"a":[${value}]}`);
        expect(String((parsed as { a: (number | bigint)[] }).a[0])).toBe(String(value));
      }),
    );
  });
});
