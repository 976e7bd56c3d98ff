import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, renameSync, symlinkSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toZxpError, ZxpError } from '../../../src/model/errors.js';
import { FetchRecord } from '../../../src/model/fetch-record.js';
import type { LocalFiles } from '../../../src/upstream/file/local-file.js';
import { eventually } from '../../support/eventually.js';
import { forThisTest } from '../../support/for-this-test.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { openClient } from '../open-client.js';

/** A folder that may be read, one beside it that may not, and a client that knows the former. */
function start(more: Partial<LocalFiles> = {}) {
  const root = forThisTest(makeTemporaryFolder());
  for (const name of ['open', 'closed']) mkdirSync(join(root.path, name));
  const at = (...names: string[]) => join(root.path, ...names);
  const client = openClient({}, { localFiles: { named: new Set(), folders: [`${at('open')}/`], ...more } });
  const read = (...names: string[]) => client.text(`file://${at(...names)}`);
  return { root, at, client, read };
}

describe('a file', () => {
  test('is read as it is at each scrape, sends nothing, and takes its time as a transfer', async () => {
    const { root, read, client, at } = start();
    root.write('open/a.json', '{"n": 1}');
    expect(await read('open', 'a.json')).toBe('{"n": 1}');
    root.write('open/a.json', '{"n": 22}');
    expect(await read('open', 'a.json')).toBe('{"n": 22}');
    const record = new FetchRecord(() => performance.now());
    const headers = [['authorization', 'Bearer x']] as const;
    const reply = await client.ask(`file://${at('open', 'a.json')}`, { record, headers });
    expect(reply.statusCode).toBe(200);
    expect(record.sent).toEqual([]);
    record.phases.stop();
    expect(record.phases.seconds('transfer')).toBeGreaterThan(0);
  });

  test('has the status that the module takes for good', async () => {
    const { root, client, at } = start();
    root.write('open/a.json', '{}');
    const reply = await client.ask(`file://${at('open', 'a.json')}`, { validStatusCodes: [503] });
    expect(reply.statusCode).toBe(503);
  });

  test('of more bytes than there may be fails for too_large, one of as many does not', async () => {
    const { root, client, at } = start();
    const path = root.write('open/a.json', '');
    const ask = () => client.ask(`file://${at('open', 'a.json')}`, { maxBodyBytes: 1_000_000 });
    truncateSync(path, 1_000_000);
    expect((await ask()).body).toHaveLength(1_000_000);
    truncateSync(path, 1_000_001);
    await expect(ask()).rejects.toMatchObject({ code: 'too_large' });
    truncateSync(path, 2 ** 40);
    await expect(ask()).rejects.toMatchObject({ code: 'too_large' });
  });

  test('that never ends is held to the bytes as well', async () => {
    const { client } = start();
    await expect(client.ask('file:///proc/self/pagemap', { maxBodyBytes: 100_000 })).rejects.toMatchObject({
      code: 'too_large',
    });
  });

  test('that is not there fails for connect, and so does one behind what is no folder', async () => {
    const { root, read } = start();
    root.write('open/a', '');
    for (const names of [
      ['open', 'no'],
      ['no', 'a'],
      ['open', 'a', 'b'],
    ]) {
      await expect(read(...names)).rejects.toMatchObject({
        code: 'connect',
        message: expect.stringMatching(/^the file cannot be read: (no such file or|not a) directory$/),
      });
    }
  });

  test('that may not be read fails for forbidden, but for root, who may read all', async () => {
    const { root, read } = start();
    chmodSync(root.write('open/a', 'read'), 0o000);
    const outcome = await read('open', 'a').catch((thrown) => thrown.code);
    expect(outcome).toBe(process.getuid?.() === 0 ? 'read' : 'forbidden');
  });

  test('is given up with the signal', async () => {
    const { root, client, at } = start();
    root.write('open/a', '{}');
    const reason = new Error('left');
    await expect(client.ask(`file://${at('open', 'a')}`, { signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
      cause: reason,
    });
  });
});

describe('what is no regular file fails for blocked, at once', () => {
  test('a pipe, which nobody writes to', async () => {
    const { read, at } = start();
    execFileSync('mkfifo', [at('open', 'pipe')]);
    await expect(read('open', 'pipe')).rejects.toMatchObject({ code: 'blocked' });
    symlinkSync(at('open', 'pipe'), at('open', 'link'));
    await expect(read('open', 'link')).rejects.toMatchObject({ code: 'blocked' });
  });

  test.each(['/dev/zero', '/dev/random', '/dev/null', '/proc/self', '/tmp'])('%s', async (path) => {
    const { client } = start();
    await expect(client.ask(`file://${path}`)).rejects.toMatchObject({ code: 'blocked' });
  });

  test('a socket', async () => {
    const { read, at } = start();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('open', 'socket'), resolve));
    forThisTest({ close: () => void server.close() });
    await expect(read('open', 'socket')).rejects.toMatchObject({ code: 'blocked' });
  });
});

describe('a link', () => {
  test('to a place outside of the folder is blocked, however it leads there', async () => {
    const { root, read, at } = start();
    root.write('closed/secret', 'canary');
    mkdirSync(at('open', 'below'));
    symlinkSync(at('closed', 'secret'), at('open', 'absolute'));
    symlinkSync('../closed/secret', at('open', 'relative'));
    symlinkSync(at('closed'), at('open', 'folder'));
    symlinkSync('../../closed', at('open', 'below', 'folder'));
    symlinkSync(at('open', 'absolute'), at('open', 'twice'));
    const ways = [['absolute'], ['relative'], ['folder', 'secret'], ['below', 'folder', 'secret'], ['twice']];
    for (const way of ways) await expect(read('open', ...way)).rejects.toMatchObject({ code: 'blocked' });
  });

  test('to a folder whose name begins the same is blocked', async () => {
    const { root, read, at } = start();
    mkdirSync(at('open-not'));
    root.write('open-not/secret', 'canary');
    symlinkSync('../open-not/secret', at('open', 'link'));
    await expect(read('open', 'link')).rejects.toMatchObject({ code: 'blocked' });
  });

  test('within the folder is read, as the double links of Kubernetes are, and where the folder is a link itself', async () => {
    const { root, at } = start();
    mkdirSync(at('open', '..2026'));
    root.write('open/..2026/a.json', '{"n": 1}');
    symlinkSync('..2026', at('open', '..data'));
    symlinkSync('..data/a.json', at('open', 'a.json'));
    symlinkSync(at('open'), at('alias'));
    const folders = [`${at('open')}/`, `${at('alias')}/`];
    const client = openClient({}, { localFiles: { named: new Set(), folders } });
    for (const name of ['open', 'alias']) expect(await client.text(`file://${at(name, 'a.json')}`)).toBe('{"n": 1}');
  });

  test('that the configuration names leads where it likes', async () => {
    const { root, at } = start();
    root.write('closed/a', '{}');
    symlinkSync(at('closed', 'a'), at('open', 'link'));
    const named = new Set([at('open', 'link')]);
    const client = openClient({}, { localFiles: { named, folders: [`${at('open')}/`] } });
    expect(await client.text(`file://${at('open', 'link')}`)).toBe('{}');
  });

  test('that is turned while it is read never gives what is outside', async () => {
    const { root, read, at } = start();
    root.write('closed/secret', 'canary');
    root.write('open/good', 'good');
    const turn = (i: number) => {
      symlinkSync(i % 2 === 0 ? at('closed', 'secret') : at('open', 'good'), at(`next`));
      renameSync(at('next'), at('open', 'link'));
    };
    const seen = new Set<unknown>();
    for (let i = 0; i < 300; i++) {
      turn(i);
      const reading = read('open', 'link').catch((thrown) => thrown.code);
      turn(i + 1);
      seen.add(await reading);
    }
    expect(seen).not.toContain('canary');
    expect([...seen].filter((each) => each !== 'good' && each !== 'blocked')).toEqual([]);
  });

  test('that is a hard one is a file like any other', async () => {
    const { root, read, at } = start();
    root.write('closed/a', '{}');
    linkSync(at('closed', 'a'), at('open', 'hard'));
    expect(await read('open', 'hard')).toBe('{}');
  });
});

test('of a file system that does not respond ends with the scrape, and the next one fails at once', async () => {
  let release: (error: Error) => void = () => undefined;
  let opened = 0;
  const open = () => {
    opened++;
    return new Promise<never>((_, reject) => {
      release = reject;
    });
  };
  const { at, client } = start({ open });
  const url = `file://${at('open', 'a.json')}`;
  const late = new ZxpError('timeout', 'too late');
  await expect(client.ask(url, { signal: AbortSignal.abort(late) })).rejects.toBe(late);
  const controller = new AbortController();
  const asked = client.ask(url, { signal: controller.signal });
  controller.abort(late);
  await expect(asked).rejects.toBe(late);
  const readAgain = () => client.ask(url, { signal: AbortSignal.timeout(20) }).catch((thrown: unknown) => thrown);
  await eventually('no more reads begin', async () => {
    const before = opened;
    const { code } = toZxpError(await readAgain());
    return code === 'connect' && opened === before;
  });
  release(new Error('the server is back'));
});
