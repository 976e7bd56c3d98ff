import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findNextLink } from '../../src/net/link-header.js';
import { runs } from '../support/runs.js';

const cases: readonly (readonly [header: string, next: string | undefined])[] = [
  ['<https://api.example/x?page=2>; rel="next"', 'https://api.example/x?page=2'],
  ['</v2/_catalog?last=a&n=2>; rel=next', '/v2/_catalog?last=a&n=2'],
  ['<a>; rel=prev, <b>; rel="next", <c>; rel=next', 'b'],
  ['<a>;rel="last NEXT"', 'a'],
  ['<a> ; title="x, <b>; rel=next" ; rel = "next"', 'a'],
  ['<a>; title="say \\"next\\", <b>"; rel=next', 'a'],
  ['<a,b;c>; rel=next', 'a,b;c'],
  ['<a>; rel=prev; rel=next', undefined],
  ['<a>; rel="next"; anchor="#other"', undefined],
  ['<a>; rel="nextish"', undefined],
  ['<a>; rel*=next', undefined],
  ['a; rel=next', undefined],
  ['<a; rel=next', undefined],
  ['<a>; rel=next trailing, <b>; rel=next', 'b'],
  [', ,<a>; rel=next,', 'a'],
  ['<>; rel=next', ''],
  ['', undefined],
];

describe('the next link', () => {
  test.each(cases)('of %s is %s', (header, next) => {
    expect(findNextLink([header])).toBe(next);
  });

  test('is found in the second of two headers', () => {
    expect(findNextLink(['<a>; rel=prev', '<b>; rel=next'])).toBe('b');
  });
});

const target = fc.stringMatching(/^[a-z/?&=;,.%0-9]{1,20}$/);
const quoted = fc.string().filter((text) => !text.includes('\n'));
const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

test('a link among others is found, whatever their titles hold', () => {
  const other = fc.tuple(target, quoted).map(([place, title]) => `<${place}>; title=${quote(title)}; rel="prev up"`);
  fc.assert(
    fc.property(fc.array(other), target, quoted, fc.array(other), (before, next, title, after) => {
      const link = `<${next}>; title=${quote(title)}; rel=next`;
      const all = [...before, link, ...after];
      expect(findNextLink([all.join(', ')])).toBe(next);
      expect(findNextLink(all)).toBe(next);
    }),
  );
});

test('text that is no link is read to its end, and throws nothing', () => {
  const part = fc.constantFrom('<', '>', '"', '\\', ';', ',', '=', ' ', 'rel', 'next', 'a');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 200 }), (parts) => {
      const found = findNextLink([parts.join('')]);
      expect(found === undefined || typeof found === 'string').toBe(true);
    }),
    { numRuns: runs(1000) },
  );
});

test('takes time in proportion to the header, whatever is repeated in it', () => {
  for (const piece of [
    '<',
    '<>',
    '<a>;',
    '<a>;rel="',
    '"',
    '\\',
    '<a>; rel=next x',
    ' ',
    ',',
    '=',
    '<a>;;',
    '<a>;a="\\',
  ]) {
    const started = performance.now();
    findNextLink([piece.repeat(1_000_000)]);
    expect(performance.now() - started).toBeLessThan(1000);
  }
});
