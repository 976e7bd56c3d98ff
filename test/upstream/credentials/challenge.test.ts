import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Challenge, parseChallenges } from '../../../src/upstream/credentials/challenge.js';

const one = (scheme: string, ...params: Challenge['params']): Challenge => ({ scheme, params });

describe('WWW-Authenticate', () => {
  test.each<[string, readonly Challenge[]]>([
    ['', []],
    [' , ,\t', []],
    ['Negotiate', [one('negotiate')]],
    ['Negotiate a+b/c==', [one('negotiate')]],
    ['Basic realm="a"', [one('basic', ['realm', 'a'])]],
    ['Bearer realm="https://a/b?c=d,e", service=f', [one('bearer', ['realm', 'https://a/b?c=d,e'], ['service', 'f'])]],
    ['Bearer realm=https://a/b,service="c"', [one('bearer', ['realm', 'https://a/b'], ['service', 'c'])]],
    ['Bearer a="\\"\\\\\\b"', [one('bearer', ['a', '"\\b'])]],
    ['Bearer A = "b" ,, c\t=\td', [one('bearer', ['a', 'b'], ['c', 'd'])]],
    ['Bearer scope="a", scope="b"', [one('bearer', ['scope', 'a'], ['scope', 'b'])]],
    ['Bearer scope=""', [one('bearer', ['scope', ''])]],
    // The example of RFC 9110, 11.6.1.
    [
      'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      [
        one('basic', ['realm', 'simple']),
        one('newauth', ['realm', 'apps'], ['type', '1'], ['title', 'Login to "apps"']),
      ],
    ],
    ['Negotiate, Bearer realm="a", Basic', [one('negotiate'), one('bearer', ['realm', 'a']), one('basic')]],
    ['Negotiate YQ==, Bearer realm=a', [one('negotiate'), one('bearer', ['realm', 'a'])]],
  ])('%s', (text, expected) => {
    expect(parseChallenges(text)).toEqual(expected);
  });

  test.each([
    ['a parameter without a scheme', 'realm="a"', 0],
    ['a quote that is not closed', 'Basic realm=a, Bearer realm="b', 1],
    ['a quote whose end is escaped', 'Bearer realm="b\\"', 0],
    ['text behind a quote', 'Basic, Bearer realm="b"c, Digest', 1],
    ['what is neither', 'Bearer realm="a" service="b"', 0],
    ['characters that no scheme has', 'Bearer realm=a, <>', 0],
    ['two schemes in one', 'Basic, Bearer Digest realm="a"', 1],
  ])('ends before the challenge with %s', (_, text, whole) => {
    expect(parseChallenges(text)).toHaveLength(whole);
  });

  test('of 60,000 characters that lead nowhere is read at once', () => {
    for (const text of [
      '"\\'.repeat(30_000),
      'a='.repeat(30_000),
      'a '.repeat(30_000),
      `a b="${'\\a'.repeat(30_000)}`,
    ]) {
      expect(parseChallenges(text).length).toBeLessThanOrEqual(1);
    }
  });

  const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}$/);
  const blank = fc.constantFrom('', ' ', '\t', '  ');
  const value = fc.oneof(
    token,
    fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((at) => String.fromCharCode(at)) }),
  );
  const writeValue = (text: string, isQuoted: boolean) =>
    isQuoted || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
  const param = fc.tuple(token, value, fc.boolean(), blank, blank).map(([name, text, isQuoted, before, after]) => ({
    read: [name.toLowerCase(), text] as const,
    written: `${name}${before}=${after}${writeValue(text, isQuoted)}`,
  }));
  const challenge = fc.tuple(token, fc.array(param, { maxLength: 4 }), blank).map(([scheme, params, space]) => ({
    read: one(scheme.toLowerCase(), ...params.map(({ read }) => read)),
    written: [scheme, params.map(({ written }) => written).join(`${space},${space}`)]
      .filter((part) => part !== '')
      .join(' '),
  }));

  test('is read as it was meant, however it is written', () => {
    fc.assert(
      fc.property(fc.array(challenge), blank, (challenges, space) => {
        const text = challenges.map(({ written }) => written).join(`${space},${space}`);
        expect(parseChallenges(text)).toEqual(challenges.map(({ read }) => read));
      }),
    );
  });

  test('never throws and always ends, whatever it is', () => {
    const noise = fc.string({
      unit: fc.constantFrom('a', 'Bearer', ' ', ',', '=', '"', '\\', 'realm', '\t', 'é', '/'),
    });
    fc.assert(fc.property(noise, (text) => void parseChallenges(text)));
  });
});
