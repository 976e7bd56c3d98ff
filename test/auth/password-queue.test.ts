import { describe, expect, test } from 'vitest';
import { createPasswordQueue } from '../../src/auth/passwords.js';
import { holdVerify } from './held-verify.js';

function start({ maxOfClient = 10, maxWaiting = 100 } = {}) {
  const held = holdVerify();
  const ask = createPasswordQueue({ verify: held.verify, maxOfClient, maxWaiting });
  const answers: Record<string, boolean | 'busy' | string> = {};
  const send = (client: string, password: string) => {
    ask(client, { password, hash: 'hash', cost: 10 }).then(
      (answer) => {
        answers[password] = answer;
      },
      (error: Error) => {
        answers[password] = error.message;
      },
    );
  };
  const asked = () => held.attempts.map(({ password }) => password);
  return { ...held, send, asked, answers };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('passwords that wait', () => {
  test('are checked one at a time, in the order in which one client sent them', async () => {
    const { send, asked, answer, answers } = start();
    for (const password of ['1', 'right', '3']) send('a', password);
    expect(asked()).toEqual(['1']);
    await answer();
    expect(asked()).toEqual(['1', 'right']);
    await answer();
    await answer();
    expect(asked()).toEqual(['1', 'right', '3']);
    expect(answers).toEqual({ 1: false, right: true, 3: false });
  });

  test('of several clients are checked by turns: who sends one waits for one of each other', async () => {
    const { send, asked, answer } = start();
    for (const password of ['a1', 'a2', 'a3', 'a4']) send('a', password);
    send('b', 'b1');
    send('c', 'c1');
    for (let i = 0; i < 6; i++) await answer();
    expect(asked()).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'a4']);
  });

  test('of one client are limited; one more is busy at once', async () => {
    const { send, answer, answers } = start({ maxOfClient: 2 });
    for (const password of ['1', '2', '3', '4']) send('a', password);
    await settle();
    expect(answers).toEqual({ 4: 'busy' });
    await answer();
    send('a', '5');
    await settle();
    expect(answers).toEqual({ 1: false, 4: 'busy' });
  });

  test('give way to a client with fewer where all room is taken', async () => {
    const { send, asked, answer, answers } = start({ maxWaiting: 4 });
    for (const password of ['a0', 'a1', 'a2', 'a3', 'a4']) send('a', password);
    send('a', 'a5');
    send('b', 'b1');
    await settle();
    // The newest of the greediest gave way; a5 found no room in the first place.
    expect(answers).toEqual({ a5: 'busy', a4: 'busy' });
    await answer();
    await answer();
    expect(asked()).toEqual(['a0', 'a1', 'b1']);
  });

  test('of as many clients as there is room do not give way to one more', async () => {
    const { send, answers } = start({ maxWaiting: 2 });
    for (const client of ['under way', 'a', 'b', 'c']) send(client, client);
    await settle();
    expect(answers).toEqual({ c: 'busy' });
  });

  test('are checked on after one whose check failed', async () => {
    const { send, fail, answer, answers } = start();
    send('a', '1');
    send('a', 'right');
    await fail();
    await answer();
    expect(answers).toEqual({ 1: 'the thread died', right: true });
  });
});
