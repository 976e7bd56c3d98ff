import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createMasker,
  createOwnTextMasker,
  createUrlMasker,
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
    // URLs as the values of others.
    ['/x?to=http%3A%2F%2Fh%2Fcb%3Ftoken%3DSEC', '/x?to=http%3A%2F%2Fh%2Fcb%3Ftoken%3D<secret>'],
    [
      '/x?to=http%3A%2F%2Fh%2Fcb%3Fa%3D1%26token%3DSEC%26b%3D2&y=1',
      '/x?to=http%3A%2F%2Fh%2Fcb%3Fa%3D1%26token%3D<secret>%26b%3D2&y=1',
    ],
    ['/x?to=http%3A%2F%2Fu%3APW%40h%2F&y=1', '/x?to=http%3A%2F%2F<secret>%40h%2F&y=1'],
    ['/x?to=http://u:PW@h/&y=1', '/x?to=http://<secret>@h/&y=1'],
    ['/x?to=%2Fcb%3Fto%256ben%3DSEC', '/x?to=%2Fcb%3Fto%256ben%3D<secret>'],
    [
      '/x?to=http%3A%2F%2Fh%2F%3Fto%3Dhttp%253A%252F%252Fh%252F%253Ftoken%253DSEC',
      /to%3Dhttp%253A%252F%252Fh%252F%253Ftoken%253D<secret>$/,
    ],
    ['/x?to=http%253A%252F%252Fu%253APW%2540h%252F', '/x?to=http%253A%252F%252F<secret>%2540h%252F'],
    ['/x?to=http%3A%2F%2Fh%2Fcb%23access_token%3DSEC', '/x?to=http%3A%2F%2Fh%2Fcb%23<secret>'],
    ['/x?to=http%3A%2F%2Fh%2Fcb%3Fpage%3D2%26q%3Da%2520b', '/x?to=http%3A%2F%2Fh%2Fcb%3Fpage%3D2%26q%3Da%2520b'],
    ["/x?to='http%3A%2F%2Fh%3Ftoken%3DSEC'", "/x?to='http%3A%2F%2Fh%3Ftoken%3D<secret>'"],
    ['/x?to=%22http%3A%2F%2Fh%3Ftoken%3DSEC', '/x?to=%22http%3A%2F%2Fh%3Ftoken%3D<secret>'],
    ['/x?to= http%3A%2F%2Fu%3APW%40h', '/x?to= http%3A%2F%2F<secret>%40h'],
    ['/x?q=100%25%20a%zz', '/x?q=100%25%20a%zz'],
    [`/x?q=${'%2525252525'.repeat(3)}253Dtoken`, '/x?q=<secret>'],
    [`/x?q=${'%3D'.repeat(4000)}`, '/x?q=<secret>'],
    ['at "/x?to=http%3A%2F%2Fh%3Ftoken%3DSEC", go on', 'at "/x?to=http%3A%2F%2Fh%3Ftoken%3D<secret>", go on'],
  ])('of %s are shown as %s', (text, masked) => {
    const shown = maskParameters(text);
    if (typeof masked === 'string') expect(shown).toBe(masked);
    else expect(shown).toMatch(masked);
    expect(shown).not.toMatch(/SEC|PW/);
    expect(maskParameters(shown)).toBe(shown);
  });

  test('of a URL go with its user and password', () => {
    expect(maskUrl(new URL('http://me:p@ss@a/?sig=1'))).toBe('http://<secret>@a/?sig=<secret>');
    expect(maskUrl(new URL('http://a/?q=1'), ['q'])).toBe('http://a/?q=<secret>');
  });

  test.each(['?', '&', '=', '?=', '&token=', '#', '%', '&a=%25', '&a=//', '&a=%2F%2F%40%3D', '//'])(
    '60 KB of %j are masked at once',
    (text) => {
      const startMs = performance.now();
      maskParameters(`/${text.repeat(60_000 / text.length)}`);
      maskUserinfo(text.repeat(60_000 / text.length));
      expect(performance.now() - startMs).toBeLessThan(500);
    },
  );
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

test.each([
  ['/x?to=http%3A%2F%2Fu%3APW%40h%2Fcb%3Ftoken%3DSEC', '/x?to=http%3A%2F%2F<secret>%40h%2Fcb%3Ftoken%3D<secret>'],
  ['http://u:PW@a/x?to=http%3A%2F%2Fu%3APW%40h%2F', 'http://<secret>@a/x?to=http%3A%2F%2F<secret>%40h%2F'],
])('the Location %j with a URL in it is shown as %j', (value, shown) => {
  expect(maskHeaders([['Location', value]])).toEqual([['Location', shown]]);
});

describe('a challenge', () => {
  test.each([
    [
      'Bearer realm="https://auth.example/token?key=x",service="reg",error="invalid_token"',
      'Bearer realm="https://auth.example/token?key=<secret>",service="reg",error="invalid_token"',
    ],
    ['Bearer realm="http://u:PW@h/token", scope="a b"', 'Bearer realm="http://<secret>@h/token", scope="a b"'],
    ['Bearer realm=http://u:PW@h/token?key=x,error=e', 'Bearer realm=http://<secret>@h/token?key=<secret>,error=e'],
    ['Bearer realm="//u:PW@h/token"', 'Bearer realm="<secret>@h/token"'],
    ['Digest realm="a \\"b\\" c", nonce="n==", qop="auth"', 'Digest realm="a \\"b\\" c", nonce="n==", qop="auth"'],
    ['Bearer authorization_uri="https://login.example/x", Basic realm="R"', undefined],
    ['Bearer realm="http://u:PW@h/ and no end', 'Bearer realm="http://<secret>@h/ and no end'],
    ['Negotiate abc==', undefined],
    ['"', undefined],
  ])('%s is shown as %s', (value, shown = value) => {
    for (const mask of [undefined, createMasker(['s3cr3t-of-mine'])]) {
      expect(maskHeaders([['WWW-Authenticate', value]], mask)).toEqual([['WWW-Authenticate', shown]]);
    }
    // As doctor has it, in a sentence of its own.
    expect(createOwnTextMasker([])(`rejected; it asks for ${shown}`)).toBe(`rejected; it asks for ${shown}`);
  });

  test.each(['"', 'a', ',', 'a=', '\\', '"a@', '://', '"//@'])('60 KB of %j are masked at once', (text) => {
    const startMs = performance.now();
    maskHeaders([['WWW-Authenticate', text.repeat(60_000 / text.length)]]);
    expect(performance.now() - startMs).toBeLessThan(500);
  });
});

describe("in zxp's own words", () => {
  const headers = [
    ['cookie', 'a=1; b=metric'],
    ['x-key', 'application'],
    ['x-other', 's3cr3t-of-mine'],
  ] as const;
  const secrets = listSentSecrets({ url: new URL('http://a/'), headers });

  test('values that are words, or short, stay', () => {
    const mask = createOwnTextMasker(secrets);
    expect(mask('modules.m.metrics[1]: accepts application/json')).toBe(
      'modules.m.metrics[1]: accepts application/json',
    );
    expect(mask('the text s3cr3t-of-mine')).toBe('the text <secret>');
  });

  test('short values stay in URLs, and all in what an upstream sent are masked', () => {
    expect(createUrlMasker(secrets)('http://a/metrics/s3cr3t-of-mine')).toBe('http://a/metrics/<secret>');
    expect(createMasker(secrets)('metric application s3cr3t-of-mine')).toBe('<secret> <secret> <secret>');
  });
});
