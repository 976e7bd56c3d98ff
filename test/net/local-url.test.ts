import { describe, expect, test } from 'vitest';
import { nameOrigin, toFile, toSocket } from '../../src/net/local-url.js';

describe('a socket', () => {
  test.each([
    ['unix:///run/x.sock:/metrics?a=b', '/run/x.sock', 'http://localhost/metrics?a=b'],
    ['unix:///run/x.sock', '/run/x.sock', 'http://localhost/'],
    ['unix:///run/x.sock:', '/run/x.sock', 'http://localhost/'],
    ['unix:///run/x.sock:/a:b', '/run/x.sock', 'http://localhost/a:b'],
    ['unix:///run/x%3Ay%20z:/', '/run/x:y z', 'http://localhost/'],
    ['unix:///run/%C3%A4:/%C3%A4', '/run/ä', 'http://localhost/%C3%A4'],
    ['unix:///run/../srv/x:/a/%2e%2e/b', '/srv/x', 'http://localhost/b'],
  ])('%s is %s, asked for %s', (text, socketPath, http) => {
    expect(toSocket(new URL(text))).toEqual({ socketPath, http: new URL(http) });
  });

  test.each([
    'unix:///',
    'unix:///:/metrics',
    'unix:///run/:/metrics',
    'unix:///run/x.sock:metrics',
    'unix://host/run/x.sock:/',
    'unix:////run/x:/',
    'unix:///run/a%2Fb:/',
    'unix:///run/a%00b:/',
    'unix:///run/a%ff:/',
    'http://localhost/run/x.sock:/',
    'file:///run/x.sock:/',
  ])('is not in %s', (text) => {
    expect(toSocket(new URL(text))).toBeUndefined();
  });
});

describe('a file', () => {
  test.each([
    ['file:///var/lib/x.json', '/var/lib/x.json'],
    ['file:///var/lib/', '/var/lib/'],
    ['file:///a%20b:c', '/a b:c'],
    ['file:///var/../etc/%2E%2E/x', '/x'],
    ['file:///%252e%252e/x', '/%2e%2e/x'],
  ])('%s is %s', (text, path) => {
    expect(toFile(new URL(text))).toBe(path);
  });

  test.each(['file:///', 'file://host/x', 'file:///x?y', 'file:////x', 'file:///a%2Fb', 'file:///a%00', 'http://x/y'])(
    'is not in %s',
    (text) => {
      expect(toFile(new URL(text))).toBeUndefined();
    },
  );
});

describe('where permissions end', () => {
  const isSame = (one: string, other: string) => nameOrigin(new URL(one)) === nameOrigin(new URL(other));

  test.each([
    ['http://a/x', 'http://a:80/y?z'],
    ['unix:///run/x:/a', 'unix:///run/x:/b?c'],
    ['unix:///run/x', 'unix:///run/%78:/b'],
    ['file:///x', 'file:///y/../x'],
  ])('%s and %s are the same', (one, other) => {
    expect(isSame(one, other)).toBe(true);
  });

  test.each([
    ['http://a/', 'https://a/'],
    ['unix:///run/x:/a', 'unix:///run/y:/a'],
    ['file:///x', 'file:///y'],
    ['file:///x', 'unix:///x'],
    ['file:///run/', 'unix:///run/x:/'],
    ['unix:///:/a', 'unix:///:/b'],
  ])('%s and %s are not', (one, other) => {
    expect(isSame(one, other)).toBe(false);
  });
});
