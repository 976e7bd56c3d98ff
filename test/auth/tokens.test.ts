import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createTokenCheck } from '../../src/auth/tokens.js';
import type { TokenSpec } from '../../src/model/access-policy.js';

const spec = (token: string, expiresMs?: number): TokenSpec => ({
  name: undefined,
  sha256: createHash('sha256').update(token).digest('hex'),
  expiresMs,
  where: 'tokens:1',
});

describe('a token', () => {
  test('gets in where it is one of them, whichever', () => {
    const check = createTokenCheck([spec('first'), spec('second'), spec('third')], () => 0);
    expect(['first', 'second', 'third'].map(check)).toEqual([undefined, undefined, undefined]);
  });

  test.each(['', 'firs', 'first ', 'FIRST', 'other'])('%j does not get in', (token) => {
    expect(createTokenCheck([spec('first')], () => 0)(token)).toBe('wrong_credential');
  });

  test('does not get in by its digest', () => {
    const { sha256 } = spec('first');
    expect(createTokenCheck([spec('first')], () => 0)(sha256)).toBe('wrong_credential');
  });

  test('gets in until the moment that it expires', () => {
    let now = 999;
    const check = createTokenCheck([spec('first', 1000)], () => now);
    expect(check('first')).toBeUndefined();
    now = 1000;
    expect(check('first')).toBe('expired_token');
    expect(check('other')).toBe('wrong_credential');
  });

  test('that is there twice gets in as long as one of them', () => {
    const now = () => 1500;
    expect(createTokenCheck([spec('first', 2000), spec('first', 1000)], now)('first')).toBeUndefined();
    expect(createTokenCheck([spec('first', 1000), spec('first')], now)('first')).toBeUndefined();
    expect(createTokenCheck([spec('first', 1000), spec('first', 1200)], now)('first')).toBe('expired_token');
  });

  test('does not get in where there are none', () => {
    expect(createTokenCheck([], () => 0)('')).toBe('wrong_credential');
  });
});
