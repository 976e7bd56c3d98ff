import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocument } from '../../src/jsonpath/document.js';
import { hasPlainNumbers, splitDocument, writeDocument, writeElements } from '../../src/scrape/document-writer.js';

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.double({ noNaN: true }),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 10n ** 20n }),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value')),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('value')),
  ),
})).value;

test('what is written reads back as the same, numbers with all their digits', () => {
  fc.assert(
    fc.property(value, (document) => {
      expect(parseDocument(writeDocument(document))).toEqual(document);
    }),
  );
});

test('elements read back as the same, by the fast way too', () => {
  fc.assert(
    fc.property(fc.array(value), (elements) => {
      const body = Buffer.from(writeDocument(elements));
      const parsed = parseDocument(body.toString());
      if (!Array.isArray(parsed)) throw new Error('not an array');
      const written = writeElements(parsed, hasPlainNumbers(body)).toString();
      expect(parseDocument(`[${written}]`)).toEqual(elements);
    }),
  );
});

test.each(['[-0]', '[-0.0]', '[1e999]', '[ -1E400]', '{"a":12345678901234567}', '[123456789012345678]'])(
  '%s is not for JSON.stringify',
  (text) => expect(hasPlainNumbers(Buffer.from(text))).toBe(false),
);

test.each(['[0]', '[1e-9]', '["sha256:12e345"]', '[1,-2,0.5]', '{"-0":"1e999"}'])('%s is for JSON.stringify', (text) =>
  expect(hasPlainNumbers(Buffer.from(text))).toBe(true),
);

test('a document is split around the array that is given, and no other like it', () => {
  const array: readonly unknown[] = [];
  const { before, after } = splitDocument({ a: [], b: { c: array, d: [] } }, array);
  expect([before.toString(), after.toString()]).toEqual(['{"a":[],"b":{"c":', ',"d":[]}}']);
});

test('a document that is the array itself has nothing around it', () => {
  const array = [1];
  const { before, after } = splitDocument(array, array);
  expect([before.length, after.length]).toEqual([0, 0]);
});

test('a document that nests too deep for the stack is refused: limit', () => {
  const deep: unknown = JSON.parse('['.repeat(5000) + ']'.repeat(5000));
  expect(() => writeDocument(deep)).toThrow('nests deeper');
});
