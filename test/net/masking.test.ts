import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createMasker,
  listSentSecrets,
  maskHeaders,
  maskParameters,
  maskUrl,
  maskUserinfo,
} from '../../src/net/masking.js';

describe('parameters', () => {
  test.each([
    ['http://a/?api_key=k&x=1', 'http://a/?api_key=<secret>&x=1'],
    ['http://a/?x=1&token=a?b?c&y=2#z', 'http://a/?x=1&token=<secret>&y=2#z'],
    ['http://a/?x=1?key=k', 'http://a/?x=1?key=<secret>'],
    ['http://a/?%61pi%5Fkey=k', 'http://a/?%61pi%5Fkey=<secret>'],
    ['http://a/#token=k', 'http://a/#token=k'],
    ['(at http://a/?key=<secret>): go on', '(at http://a/?key=<secret>): go on'],
    ['http://a/?key=<secret>k', 'http://a/?key=<secret>'],
    ['http://a/?x&=1', 'http://a/?x&=1'],
    ['http://a/?author=bob&keys=a,b&page_token=3', 'http://a/?author=bob&keys=a,b&page_token=3'],
    ['plain', 'plain'],
  ])('of %s are shown as %s', (text, masked) => {
    expect(maskParameters(text)).toBe(masked);
  });

  test('of a URL go with its user and password', () => {
    expect(maskUrl(new URL('http://me:p@ss@a/?sig=1'))).toBe('http://<secret>@a/?sig=<secret>');
    expect(maskUrl(new URL('http://a/?q=1'), ['q'])).toBe('http://a/?q=<secret>');
  });

  test.each(['?', '&', '=', '?=', '&token=', '#', '%'])('60 KB of %j are masked at once', (text) => {
    const startMs = performance.now();
    maskParameters(`/${text.repeat(60_000 / text.length)}`);
    maskUserinfo(text.repeat(60_000 / text.length));
    expect(performance.now() - startMs).toBeLessThan(500);
  });
});

describe('a user and a password', () => {
  test.each([
    ['http://me:p@host/', 'http://<secret>@host/'],
    ['me:p@host', '<secret>@host'],
    ['http://me:p/a@b@host', 'http://<secret>@host'],
    ['http://host/', 'http://host/'],
  ])('of %s are shown as %s', (text, masked) => {
    expect(maskUserinfo(text)).toBe(masked);
  });
});

describe('what was sent', () => {
  const headers = [
    ['authorization', `Basic ${Buffer.from('me:pass word').toString('base64')}`],
    ['cookie', 'session=s3ss10n; theme=dark'],
    ['x-key', 'k3y-of-mine'],
    ['accept', 'text/plain'],
  ] as const;
  const url = new URL('http://a/?api_key=p4ram&page=7777');
  const mask = createMasker(listSentSecrets({ url, headers }));

  test.each([
    [`echo Basic ${Buffer.from('me:pass word').toString('base64')}`],
    ['user me:pass word'],
    ['just pass word'],
    ['pass%20word'],
    [Buffer.from('pass word').toString('base64')],
    ['s3ss10n'],
    ['k3y-of-mine'],
    ['http://b/?x=p4ram'],
  ])('is masked wherever it comes back: %s', (text) => {
    expect(mask(text)).toContain('<secret>');
    for (const secret of ['pass word', 's3ss10n', 'k3y-of-mine', 'p4ram']) expect(mask(text)).not.toContain(secret);
  });

  test('leaves all else as it is', () => {
    expect(mask('text/plain 7777 theme')).toBe('text/plain 7777 theme');
  });

  test('is masked in headers that are shown, and others have no value at all', () => {
    const shown = maskHeaders(
      [
        ['Server', 'nginx k3y-of-mine'],
        ['Location', '/x?y=s3ss10n'],
        ['X-Other', 'anything'],
        ['authorization', 'Bearer x'],
      ],
      mask,
    );
    expect(shown).toEqual([
      ['Server', 'nginx <secret>'],
      ['Location', '/x?y=<secret>'],
      ['X-Other', '<secret>'],
      ['authorization', 'Bearer <secret>'],
    ]);
  });

  test('never shows, whatever the secret and the text around it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, unit: 'grapheme' }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(!'<secret>'.includes(secret));
        expect(createMasker([secret])(`${before}${secret}${after}`)).not.toContain(secret);
      }),
    );
  });
});

test.each([
  ['http://u:pw@evil/@x?sig=1#access_token=t', 'http://<secret>@evil/@x?sig=<secret>'],
  ['https://host/@me/list#top', 'https://host/@me/list'],
  ['//u:pw@evil/x', '//<secret>@evil/x'],
  ['\\\\u:pw@evil/x', '//<secret>@evil/x'],
  ['http://u:p/w@evil/x', 'http://<secret>@evil/x'],
  ['/login;jsessionid=a;b?c=1', '/login;jsessionid=<secret>'],
  ['/login?next=%2F&code=c', '/login?next=%2F&code=<secret>'],
  ['', ''],
])('the Location %j is shown as %j', (value, shown) => {
  expect(maskHeaders([['Location', value]])).toEqual([['Location', shown]]);
});
