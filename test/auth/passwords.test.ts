import { describe, expect, test } from 'vitest';
import { createPasswordCheck, createPasswordMemory } from '../../src/auth/passwords.js';
import type { PasswordAttempt, VerifyPassword } from '../../src/model/auth-decision.js';
import { Secret } from '../../src/model/secret.js';
import { holdVerify } from './held-verify.js';

const hashOf = (cost: string, filler: string) => `$2y$${cost}$${filler.repeat(53)}`;
const user = (name: string, hash: string) => ({ name, hash: new Secret(hash), where: 'web.yml:1' });
const ANN = user('ann', hashOf('10', 'a'));

/** Finds `right` right, whatever the hash, and counts. */
function countVerify() {
  const attempts: PasswordAttempt[] = [];
  const verify: VerifyPassword = async (attempt) => {
    attempts.push(attempt);
    return attempt.password === 'right';
  };
  return { verify, attempts };
}

describe('a password', () => {
  test('gets its user in, and nobody else', async () => {
    const check = createPasswordCheck([ANN], createPasswordMemory(countVerify().verify));
    expect(await check({ user: 'ann', password: 'right', client: 'c' })).toBeUndefined();
    expect(await check({ user: 'ann', password: 'wrong', client: 'c' })).toBe('wrong_credential');
    expect(await check({ user: 'bob', password: 'right', client: 'c' })).toBe('wrong_credential');
  });

  test('costs the same for a user that there is not, and for users of different costs', async () => {
    const { verify, attempts } = countVerify();
    const check = createPasswordCheck([ANN, user('bob', hashOf('12', 'b'))], createPasswordMemory(verify));
    for (const name of ['ann', 'bob', 'nobody']) await check({ user: name, password: 'x', client: 'c' });
    expect(attempts.map(({ cost }) => cost)).toEqual([12, 12, 12]);
    expect(attempts[2]?.hash).toMatch(/^\$2b\$12\$[./A-Za-z0-9]{53}$/);
  });

  test('that was right once is right at once, and stays so after any number of wrong ones', async () => {
    const { verify, attempts } = countVerify();
    const check = createPasswordCheck([ANN], createPasswordMemory(verify));
    await check({ user: 'ann', password: 'right', client: 'c' });
    for (let i = 0; i < 5000; i++) await check({ user: 'ann', password: `wrong ${i}`, client: 'c' });
    expect(attempts).toHaveLength(5001);
    expect(check({ user: 'ann', password: 'right', client: 'd' })).toBeUndefined();
    expect(attempts).toHaveLength(5001);
  });

  test('that was wrong is wrong at once, while it is among the last thousand', async () => {
    const { verify, attempts } = countVerify();
    const check = createPasswordCheck([ANN], createPasswordMemory(verify));
    for (let i = 0; i <= 1000; i++) await check({ user: 'ann', password: `wrong ${i}`, client: 'c' });
    expect(check({ user: 'ann', password: 'wrong 1', client: 'c' })).toBe('wrong_credential');
    expect(attempts).toHaveLength(1001);
    await check({ user: 'ann', password: 'wrong 0', client: 'c' });
    expect(attempts).toHaveLength(1002);
  });

  test('that is right and remembered does not wait for others', async () => {
    const { verify, answer, attempts } = holdVerify();
    const check = createPasswordCheck([ANN], createPasswordMemory(verify));
    const first = check({ user: 'ann', password: 'right', client: 'c' });
    await answer();
    expect(await first).toBeUndefined();
    for (let i = 0; i < 500; i++) void check({ user: 'ann', password: `wrong ${i}`, client: 'c' });
    expect(check({ user: 'ann', password: 'right', client: 'c' })).toBeUndefined();
    expect(attempts).toHaveLength(2);
  });

  test('that many send at once is checked once', async () => {
    const { verify, answer, attempts } = holdVerify();
    const check = createPasswordCheck([ANN], createPasswordMemory(verify));
    const all = Array.from({ length: 100 }, () => check({ user: 'ann', password: 'right', client: 'c' }));
    await answer();
    expect(await Promise.all(all)).toEqual(all.map(() => undefined));
    expect(attempts).toHaveLength(1);
  });

  test('is busy where too many of a client wait, and is not remembered as wrong', async () => {
    const { verify, answer } = holdVerify();
    const check = createPasswordCheck([ANN], createPasswordMemory(verify));
    for (let i = 0; i < 40; i++) void check({ user: 'ann', password: `wrong ${i}`, client: 'c' });
    expect(await check({ user: 'ann', password: 'right', client: 'c' })).toBe('busy');
    for (let i = 0; i < 40; i++) await answer();
    const again = check({ user: 'ann', password: 'right', client: 'c' });
    await answer();
    expect(await again).toBeUndefined();
  });

  test('whose check fails is neither right nor wrong, and is checked again', async () => {
    const { verify, fail, answer } = holdVerify();
    const check = createPasswordCheck([ANN], createPasswordMemory(verify));
    const failed = Promise.resolve(check({ user: 'ann', password: 'right', client: 'c' }));
    const caught = expect(failed).rejects.toThrow('the thread died');
    await fail();
    await caught;
    const again = check({ user: 'ann', password: 'right', client: 'c' });
    await answer();
    expect(await again).toBeUndefined();
  });

  test('is remembered for the hash that it was checked by, whoever else is changed', async () => {
    const { verify, attempts } = countVerify();
    const memory = createPasswordMemory(verify);
    const right = { user: 'ann', password: 'right', client: 'c' };
    await createPasswordCheck([ANN], memory)(right);
    expect(createPasswordCheck([user('bob', hashOf('10', 'b')), ANN], memory)(right)).toBeUndefined();
    expect(attempts).toHaveLength(1);
    await createPasswordCheck([user('ann', hashOf('10', 'c'))], memory)(right);
    expect(attempts).toHaveLength(2);
    expect(await createPasswordCheck([user('bob', hashOf('10', 'b'))], memory)(right)).toBe('wrong_credential');
  });
});
