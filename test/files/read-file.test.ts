import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explainFileError, readRegularFile, readTextFile, readTextOnce } from '../../src/files/read-file.js';
import { readSecret } from '../../src/files/secret-file.js';
import { describeFiles } from '../../src/files/stable-read.js';
import { eventually } from '../support/eventually.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

function makeFolder() {
  const folder = forThisTest(makeTemporaryFolder());
  const makePipe = (name: string) => {
    const path = join(folder.path, name);
    execFileSync('mkfifo', [path]);
    return path;
  };
  return { ...folder, makePipe };
}

/** What a read was refused for, and within which time. */
async function explain(read: Promise<unknown>): Promise<string> {
  const startMs = performance.now();
  const thrown: unknown = await read.then(
    () => new Error('it was read'),
    (reason: unknown) => reason,
  );
  expect(performance.now() - startMs).toBeLessThan(3000);
  return explainFileError(thrown);
}

describe('a regular file', () => {
  test('is read whole, through links, and as UTF-8 without its byte order mark', async () => {
    const folder = makeFolder();
    const path = folder.write('file', '\ufeffh\u00e4');
    execFileSync('ln', ['-s', path, join(folder.path, 'link')]);
    expect(await readTextFile(join(folder.path, 'link'))).toBe('h\u00e4');
    expect(await readTextOnce(path)).toBe('h\u00e4');
    expect(await readRegularFile(path)).toEqual(Buffer.from('\ufeffh\u00e4'));
    expect(await readTextFile(folder.write('empty', ''))).toBe('');
  });

  test('is read up to its limit, and no further', async () => {
    const path = makeFolder().write('file', 'x'.repeat(200_000));
    expect((await readRegularFile(path, { maxBytes: 200_000 })).length).toBe(200_000);
    expect(await explain(readRegularFile(path, { maxBytes: 199_999 }))).toBe('larger than 199999 bytes');
  });

  test('that does not exist, or is no UTF-8, is explained in a few words', async () => {
    const folder = makeFolder();
    expect(await explain(readTextFile(join(folder.path, 'gone')))).toBe('no such file or directory');
    const path = join(folder.path, 'binary');
    execFileSync('sh', ['-c', `printf '\\377' > "${path}"`]);
    expect(await explain(readTextFile(path))).toBe('not UTF-8 text');
  });
});

describe('a named pipe', () => {
  test('that nobody writes into is refused at once as a secret, and by every reader of regular files', async () => {
    const path = makeFolder().makePipe('pipe');
    expect(await explain(readTextFile(path))).toBe('not a regular file');
    await expect(readSecret({ file: path })).rejects.toMatchObject({
      code: 'config',
      message: `the file ${path} cannot be read: not a regular file`,
    });
  });

  test('of the command line is read once to its end', async () => {
    const path = makeFolder().makePipe('pipe');
    const read = readTextOnce(path);
    const writer = createWriteStream(path);
    writer.write('first, ');
    setTimeout(() => writer.end('then the rest'), 50);
    expect(await read).toBe('first, then the rest');
  });

  test('of the command line that nobody writes into, or that never ends, fails in time', async () => {
    const folder = makeFolder();
    expect(await explain(readTextOnce(folder.makePipe('silent'), { timeoutMs: 100 }))).toBe(
      'a pipe, not read within 0.1 s',
    );
    const path = folder.makePipe('endless');
    const read = readTextOnce(path, { timeoutMs: 200 });
    const writer = createWriteStream(path).on('error', () => undefined);
    writer.write('x');
    expect(await explain(read)).toBe('a pipe, not read within 0.2 s');
    writer.destroy();
  });
});

test.each(['/dev/zero', '/', '/dev/null'])('%s is not a regular file', async (path) => {
  expect(await explain(readTextFile(path))).toBe('not a regular file');
  expect(await explain(readTextOnce(path))).toBe('not a regular file');
});

describe('a file system that does not respond', () => {
  test('ends a read in time while the event loop goes on, and keeps no more threads than the reads that wait already', async () => {
    const folder = makeFolder();
    const path = folder.write('file', 'text');
    let release: (error: Error) => void = () => undefined;
    const open = () =>
      new Promise<never>((_, reject) => {
        release = reject;
      });
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    expect(await explain(readRegularFile(path, { open, timeoutMs: 100 }))).toBe('not read within 0.1 s');
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
    await eventually(
      'no more reads begin',
      async () => (await explain(readTextFile(path))) === 'the file system does not respond',
    );
    expect(await describeFiles([path])).toBe(`${path} late`);
    expect(await readTextFile(makeFolder().write('elsewhere', 'text'))).toBe('text');
    release(new Error('the server is back'));
    await eventually('the folder is read again', () =>
      readTextFile(path)
        .then((text) => text === 'text')
        .catch(() => false),
    );
  });
});
