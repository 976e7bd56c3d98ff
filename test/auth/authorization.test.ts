import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAuthorization } from '../../src/auth/authorization.js';

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');

describe('Authorization', () => {
  test('that is absent or empty shows nothing', () => {
    expect(readAuthorization(undefined)).toEqual({ kind: 'none' });
    expect(readAuthorization('')).toEqual({ kind: 'none' });
  });

  test.each(['Basic', 'basic', 'BASIC'])('by %s shows a user and a password, which may have colons', (scheme) => {
    const shown = { kind: 'basic', user: 'ann', password: 'a:b' };
    expect(readAuthorization(`${scheme} ${base64('ann:a:b')}`)).toEqual(shown);
    expect(readAuthorization(`${scheme}   ${base64('ann:a:b')}`)).toEqual(shown);
  });

  test('shows any user and password in UTF-8', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(
        text.filter((user) => !user.includes(':')),
        text,
        (user, password) => {
          const header = `Basic ${base64(`${user}:${password}`)}`;
          expect(readAuthorization(header)).toEqual({ kind: 'basic', user, password });
        },
      ),
    );
  });

  test.each(['Bearer', 'bearer'])('by %s shows a token', (scheme) => {
    expect(readAuthorization(`${scheme} a.b-c~d+e/f==`)).toEqual({ kind: 'bearer', token: 'a.b-c~d+e/f==' });
  });

  test.each([
    ['without a colon', `Basic ${base64('ann')}`],
    ['not in base64', 'Basic a*b'],
    ['in the base64 of URLs', 'Basic _-_-'],
    ['not in UTF-8', `Basic ${base64(Uint8Array.of(0x61, 0x3a, 0xff))}`],
    ['with no credentials', 'Basic'],
    ['with no credentials and a blank', 'Bearer '],
    ['with two words', 'Bearer a b'],
    ['of another scheme', 'Digest username="ann"'],
    ['of another scheme with one word', 'Negotiate abc'],
    ['of a token alone', 'abc'],
  ])('%s cannot be read', (_what, header) => {
    expect(readAuthorization(header)).toEqual({ kind: 'unreadable' });
  });
});
