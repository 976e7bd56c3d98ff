import { rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { CredentialSpec } from '../../src/model/module.js';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { inline, openClient, readFailure } from './open-client.js';

const folder = makeTemporaryFolder();
afterAll(() => folder.close());

const start = async (): Promise<FakeUpstream> => forThisTest(await startFakeUpstream());
const seen = (server: FakeUpstream) => server.requests.map(({ allHeaders }) => allHeaders.get('authorization'));
const basic = (text: string) => [`Basic ${Buffer.from(text).toString('base64')}`];

describe('basic_auth', () => {
  test.each([
    ['user and password', inline('u'), inline('p'), 'u:p'],
    ['no password', inline('myUser'), undefined, 'myUser:'],
    ['no user', inline(''), inline('p'), ':p'],
    ['blanks, which inline stay', inline(' u '), inline(' p\n'), ' u : p\n'],
    ['a colon in the password', inline('u'), inline('a:b'), 'u:a:b'],
    ['letters beyond ASCII', inline('jürgen'), inline('€'), 'jürgen:€'],
  ])('sends %s', async (_, username, password, expected) => {
    const server = await start();
    await openClient({ credential: { kind: 'basic', username, password } }).ask(server.url);
    expect(seen(server)).toEqual([basic(expected)]);
  });

  test('reads files without the white space around them, and again for each request', async () => {
    const server = await start();
    const username = { file: folder.write('user', 'fileUser\n') };
    const password = { file: folder.write('password', '\r\n\t filePass \n') };
    const client = openClient({ credential: { kind: 'basic', username, password } });
    await client.ask(server.url);
    folder.write('password', 'nextPass');
    await client.ask(server.url);
    folder.write('user', 'ﬁle Üser\r\n');
    await client.ask(server.url);
    expect(seen(server)).toEqual([basic('fileUser:filePass'), basic('fileUser:nextPass'), basic('ﬁle Üser:nextPass')]);
  });

  test('leaves out a byte order mark', async () => {
    const server = await start();
    const password = { file: folder.write('marked', '\uFEFFp\r\n') };
    await openClient({ credential: { kind: 'basic', username: inline('u'), password } }).ask(server.url);
    expect(seen(server)).toEqual([basic('u:p')]);
  });
});

describe('authorization', () => {
  test.each([
    ['Bearer', inline('abc'), 'Bearer abc'],
    ['Token', inline('a b, c="d"'), 'Token a b, c="d"'],
    ['Bearer', inline(''), 'Bearer'],
    ['ApiKey', { file: folder.write('key', '\n key \n') }, 'ApiKey key'],
  ])('sends the scheme %s and what comes after it', async (scheme, credentials, expected) => {
    const server = await start();
    await openClient({ credential: { kind: 'authorization', scheme, credentials } }).ask(server.url);
    expect(seen(server)).toEqual([[expected]]);
  });

  test('reads its file again for each request, and is well again once the file is', async () => {
    const server = await start();
    const file = folder.write('token', 'one');
    const client = openClient({ credential: { kind: 'authorization', scheme: 'Bearer', credentials: { file } } });
    await client.ask(server.url);
    rmSync(file);
    const { code, text } = await readFailure(client.ask(server.url));
    expect(code).toBe('config');
    expect(text).toContain(`the file ${file} cannot be read: no such file or directory`);
    folder.write('token', 'two\n');
    await client.ask(server.url);
    expect(seen(server)).toEqual([['Bearer one'], ['Bearer two']]);
  });
});

describe('credentials', () => {
  const credential: CredentialSpec = { kind: 'basic', username: inline('u'), password: inline('p') };

  test.each(['Authorization', 'authorization', 'AUTHORIZATION'])(
    'yield to a header %s of the request',
    async (name) => {
      const server = await start();
      await openClient({ credential }).ask(server.url, { headers: [[name, 'Token header']] });
      expect(seen(server)).toEqual([['Token header']]);
    },
  );

  test('do not yield to an empty one', async () => {
    const server = await start();
    await openClient({ credential }).ask(server.url, { headers: [['Authorization', '']] });
    expect(seen(server)).toEqual([['Basic dTpw']]);
  });

  test('whose file is missing do not matter where the request has its own', async () => {
    const server = await start();
    const password = { file: '/nowhere/at/all' };
    const client = openClient({ credential: { kind: 'basic', username: inline('u'), password } });
    await client.ask(server.url, { headers: [['Authorization', 'Token header']] });
    expect(seen(server)).toEqual([['Token header']]);
  });

  test('are there for each request, and none where a client has none', async () => {
    const server = await start();
    await openClient({ credential }).ask(server.url);
    await openClient().ask(server.url);
    expect(seen(server)).toEqual([['Basic dTpw'], undefined]);
  });

  test.each([
    ['a file that is not there', '/nowhere/at/all', 'no such file or directory'],
    ['a folder', folder.path, 'not a regular file'],
  ])('in %s fail without a request, and the message names it', async (_, file, why) => {
    const server = await start();
    const specs: readonly CredentialSpec[] = [
      { kind: 'basic', username: inline('CANARY'), password: { file } },
      { kind: 'basic', username: { file }, password: inline('CANARY') },
      { kind: 'authorization', scheme: 'CANARY', credentials: { file } },
    ];
    for (const spec of specs) {
      const { code, text } = await readFailure(openClient({ credential: spec }).ask(server.url));
      expect(code).toBe('config');
      expect(text).toContain(`the file ${file} cannot be read: ${why}`);
      expect(text).not.toContain('CANARY');
    }
    expect(server.accepted).toBe(0);
  });

  test.each([
    ['inline', inline('CANARY\nX-Evil: 1'), 'the value of authorization'],
    ['in a file', { file: folder.write('broken', 'CANARY\r\nX-Evil: 1\n') }, 'the file '],
  ])('with a line break in the middle fail without a request: %s', async (_, credentials, name) => {
    const server = await start();
    const client = openClient({ credential: { kind: 'authorization', scheme: 'Bearer', credentials } });
    const { code, text } = await readFailure(client.ask(server.url));
    expect(code).toBe('config');
    expect(text).toContain(name);
    expect(text).not.toContain('CANARY');
    expect(server.accepted).toBe(0);
  });
});
