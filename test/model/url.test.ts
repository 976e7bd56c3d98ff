import { expect, test } from 'vitest';
import { parseUrl } from '../../src/model/url.js';

test('a name with letters beyond ASCII is one, however often that is asked', () => {
  let count = 0;
  for (let i = 0; i < 50_000; i++) if (parseUrl(`https://a.example/${i % 7}`) !== undefined) count++;
  expect(count).toBe(50_000);
  expect(parseUrl('https://bücher.example')?.hostname).toBe('xn--bcher-kva.example');
  expect(parseUrl('/x', 'http://ä.example')?.href).toBe('http://xn--4ca.example/x');
  expect([parseUrl('bücher'), parseUrl('http://'), parseUrl('//[', 'http://a')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
