import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTokenFile } from '../../src/auth/tokens.js';

const digest = (token: string) => createHash('sha256').update(token).digest('hex');
const DIGEST = digest('hidden');

describe('a file of tokens', () => {
  test('has a token a line, with a name and an end where it says them', () => {
    const text = `\
# of the scrapers

plain
  sha256:${DIGEST.toUpperCase()}\tname=hidden
named   name=prometheus expires=2027-01-01T00:00:00Z
other expires=2027-01-01T01:00:00+01:00 name=#1
`;
    const end = Date.UTC(2027, 0, 1);
    expect(parseTokenFile('tokens', text)).toEqual({
      problems: [],
      tokens: [
        { name: undefined, sha256: digest('plain'), expiresMs: undefined, where: 'tokens:3' },
        { name: 'hidden', sha256: DIGEST, expiresMs: undefined, where: 'tokens:4' },
        { name: 'prometheus', sha256: digest('named'), expiresMs: end, where: 'tokens:5' },
        { name: '#1', sha256: digest('other'), expiresMs: end, where: 'tokens:6' },
      ],
    });
  });

  test('may have the marks of Windows, and no line break at its end', () => {
    const { tokens, problems } = parseTokenFile('tokens', '\ufefffirst\r\nsecond name=b');
    expect(problems).toEqual([]);
    expect(tokens.map(({ sha256, name }) => [sha256, name])).toEqual([
      [digest('first'), undefined],
      [digest('second'), 'b'],
    ]);
  });

  test.each(['', '\n\n', '# nothing\n', ' \t\r\n'])('with no token in %j is a problem', (text) => {
    expect(parseTokenFile('tokens', text)).toEqual({
      tokens: [],
      problems: [{ where: 'tokens', message: 'has no token', hint: 'one token per line: TOKEN or sha256:HEX' }],
    });
  });

  test.each([
    ['canary canary', 'has more than a token, a name=... and an expires=...'],
    ['canary name=', 'has more than a token, a name=... and an expires=...'],
    ['canary Name=a', 'has more than a token, a name=... and an expires=...'],
    ['canary # canary', 'has more than a token, a name=... and an expires=...'],
    ['canary name=a name=b', 'has a duplicate name='],
    ['canary expires=canary', 'has an expires= that is not a time'],
    ['canary expires=2027-02-29T00:00:00Z', 'has an expires= that is not a time'],
    ['canary expires=2027-01-01', 'has an expires= that is not a time'],
    ['canary:canary', 'has a token that no header can carry'],
    ['"canary"', 'has a token that no header can carry'],
    ['canarÿ', 'has a token that no header can carry'],
    ['name=canary', 'has a token that no header can carry'],
    [`sha256:${DIGEST.slice(1)}`, 'has a sha256: that is not 64 hexadecimal digits'],
    ['sha256:canary', 'has a sha256: that is not 64 hexadecimal digits'],
    ['SHA256:canary', 'has a sha256: that is not 64 hexadecimal digits'],
  ])('is refused for %j, by its line, and nothing of it is told', (line, message) => {
    const { tokens, problems } = parseTokenFile('tokens', `good\n${line}\n`);
    expect(problems[0]).toMatchObject({ where: 'tokens:2', message });
    expect(JSON.stringify(problems)).not.toMatch(/canar/);
    expect(tokens).toHaveLength(1);
  });

  test('tells every line that is wrong', () => {
    const { problems } = parseTokenFile('tokens', 'a b\ngood\nc d\n');
    expect(problems.map(({ where }) => where)).toEqual(['tokens:1', 'tokens:3']);
  });

  test('never throws, and takes no text for a token that it does not know the digest of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const { tokens, problems } = parseTokenFile('tokens', text);
        expect(tokens.length + problems.length).toBeGreaterThan(0);
        for (const { sha256 } of tokens) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });

  test('gives back every token that a header can carry', () => {
    const token = fc.stringMatching(/^[A-Za-z0-9._~+/-]{1,80}={0,2}$/).filter((text) => !/^sha256:/i.test(text));
    fc.assert(
      fc.property(fc.uniqueArray(token, { minLength: 1, maxLength: 20 }), (tokens) => {
        const file = parseTokenFile('tokens', tokens.join('\n'));
        expect(file.problems).toEqual([]);
        expect(file.tokens.map(({ sha256 }) => sha256)).toEqual(tokens.map(digest));
      }),
    );
  });
});
