import { expect, test } from 'vitest';
import { canParseUrl } from '../../src/model/url.js';

test('a name with letters beyond ASCII is one, however often that is asked', () => {
  let count = 0;
  for (let i = 0; i < 50_000; i++) if (canParseUrl(`https://a.example/${i % 7}`)) count++;
  expect([count, canParseUrl('https://bücher.example'), canParseUrl('/x', 'http://ä.example')]).toEqual([
    50_000,
    true,
    true,
  ]);
  expect([canParseUrl('bücher'), canParseUrl('http://'), canParseUrl('//[', 'http://a')]).toEqual([
    false,
    false,
    false,
  ]);
});
