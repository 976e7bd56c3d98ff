import { hashSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { createPasswordWorker } from '../../src/workers/password-worker.js';
import { findWorker } from '../../src/workers/worker-url.js';
import { forThisTest } from '../support/for-this-test.js';

const start = (script = findWorker('bcrypt')) => forThisTest(createPasswordWorker(script));

describe('the thread that checks passwords', () => {
  test.each(['$2a$', '$2b$', '$2y$'])('knows the password of a hash that begins with %s', async (prefix) => {
    const { verify } = start();
    const hash = hashSync('wonderländ', 4).replace('$2b$', prefix);
    expect(await verify({ password: 'wonderländ', hash, cost: 4 })).toBe(true);
    expect(await verify({ password: 'wonderland', hash, cost: 4 })).toBe(false);
    expect(await verify({ password: '', hash, cost: 4 })).toBe(false);
  });

  test('computes what others do', async () => {
    // A test vector of crypt_blowfish.
    const hash = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
    const { verify } = start();
    expect(await verify({ password: 'U*U', hash, cost: 5 })).toBe(true);
    expect(await verify({ password: 'U*V', hash, cost: 5 })).toBe(false);
  });

  test('answers several at once, each its own', async () => {
    const { verify } = start();
    const hash = hashSync('right', 4);
    const passwords = ['wrong', 'right', '', 'right'];
    const answers = await Promise.all(passwords.map((password) => verify({ password, hash, cost: 6 })));
    expect(answers).toEqual([false, true, false, true]);
  });

  test('that dies fails what waits for it, and is there again for the next', async () => {
    const { verify } = start(new URL('data:text/javascript,process.exit(3)'));
    const attempt = { password: 'a', hash: 'b', cost: 4 };
    for (let i = 0; i < 2; i++) {
      await expect(verify(attempt)).rejects.toMatchObject({ code: 'internal', message: 'a password was not checked' });
    }
  });

  test('says nothing of the password where it fails', async () => {
    const { verify } = start(new URL('data:text/javascript,throw new Error("canary")'));
    const attempt = { password: 'secret', hash: 'b', cost: 4 };
    await expect(verify(attempt)).rejects.not.toThrow(/secret/);
  });
});
