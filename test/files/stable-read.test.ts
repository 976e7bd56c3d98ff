import { describe, expect, test } from 'vitest';
import { readWhole } from '../../src/files/stable-read.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

describe('files that are read', () => {
  /** Changes the file during the first `changes` attempts. */
  function start(changes: number, fail = false) {
    const folder = forThisTest(makeTemporaryFolder());
    const path = folder.write('a', 'first');
    let attempts = 0;
    const read = async () => {
      attempts++;
      if (attempts <= changes) folder.write('a', 'x'.repeat(attempts));
      if (fail && attempts <= changes) throw new Error('half of it');
      return attempts;
    };
    return readWhole(() => [path], read);
  }

  test('are read once where nothing changes', async () => {
    expect(await start(0)).toBe(1);
  });

  test('are read again where one was written meanwhile, be it without success', async () => {
    expect(await start(2)).toBe(3);
    expect(await start(2, true)).toBe(3);
  });

  test('that do not keep still are given up', async () => {
    const message = 'the files change while they are read';
    await expect(start(100)).rejects.toMatchObject({ code: 'config', message });
    await expect(start(100, true)).rejects.toMatchObject({ code: 'config', message });
  });

  test('are read once where that fails and nothing changes', async () => {
    await expect(
      readWhole(
        () => [],
        () => Promise.reject(new Error('no')),
      ),
    ).rejects.toThrow('no');
  });
});
