import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { watchFiles } from '../../src/files/file-watcher.js';
import { eventually } from '../support/eventually.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

/** A watch that looks when the test says so. */
function start(listFiles: () => readonly string[]) {
  let looks: (() => void)[] = [];
  let changes = 0;
  const watch = watchFiles({
    listFiles,
    onChange: async () => {
      changes++;
    },
    wait: (callback) => {
      looks.push(callback);
      return () => {
        looks = [];
      };
    },
  });
  forThisTest(watch);
  /** One look, and all that comes of it. */
  const look = async () => {
    await eventually('the next look is due', () => looks.length === 1);
    const [due] = looks.splice(0);
    due?.();
    await eventually('the look is over', () => looks.length === 1);
  };
  return { watch, look, changes: () => changes, due: () => looks.length };
}

async function startKnown(listFiles: () => readonly string[]) {
  const started = start(listFiles);
  await started.look();
  await started.look();
  expect(started.changes()).toBe(1);
  return started;
}

describe('files that are watched', () => {
  test('are taken for changed once at the beginning, and not again while they stay', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const path = folder.write('a', 'one');
    const { look, changes } = await startKnown(() => [path, join(folder.path, 'absent')]);
    for (let i = 0; i < 3; i++) await look();
    expect(changes()).toBe(1);
  });

  test('have changed when two looks after one another saw the same', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const path = folder.write('a', 'one');
    const { look, changes } = await startKnown(() => [path]);
    for (let i = 0; i < 3; i++) {
      folder.write('a', 'two '.repeat(i + 2));
      await look();
      expect(changes()).toBe(1);
    }
    await look();
    expect(changes()).toBe(2);
    await look();
    expect(changes()).toBe(2);
  });

  test('that were changed and are as before have not changed', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const real = folder.write('real', 'one');
    const path = join(folder.path, 'a');
    const { look, changes } = await startKnown(() => [path, real]);
    symlinkSync(real, path);
    await look();
    rmSync(path);
    await look();
    await look();
    expect(changes()).toBe(1);
  });

  test.each([
    [
      'replaced by another of the same size and time',
      (folder: string) => {
        const path = join(folder, 'a');
        const next = `${path}.next`;
        makeFile(folder, 'a.next', 'two');
        utimesSync(next, 1000, 1000);
        renameSync(next, path);
      },
    ],
    [
      'written over, and given its old time',
      (folder: string) => {
        makeFile(folder, 'a', 'two');
        utimesSync(join(folder, 'a'), 1000, 1000);
      },
    ],
    ['removed', (folder: string) => rmSync(join(folder, 'a'))],
  ])('have changed when one is %s', async (_what, change) => {
    const folder = forThisTest(makeTemporaryFolder());
    const path = folder.write('a', 'one');
    utimesSync(path, 1000, 1000);
    const { look, changes } = await startKnown(() => [path]);
    change(folder.path);
    await look();
    await look();
    expect(changes()).toBe(2);
  });

  test('have changed when a mounted secret is swapped: a link to a link to a folder', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const inside = (name: string) => join(folder.path, name);
    for (const state of ['..1', '..2']) {
      mkdirSync(inside(state));
      makeFile(inside(state), 'a', state);
    }
    symlinkSync('..1', inside('..data'));
    symlinkSync('..data/a', inside('a'));
    const { look, changes } = await startKnown(() => [inside('a')]);
    symlinkSync('..2', inside('..data_tmp'));
    renameSync(inside('..data_tmp'), inside('..data'));
    await look();
    await look();
    expect(changes()).toBe(2);
  });

  test('have changed when there are others', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const files = [folder.write('a', 'one')];
    const { look, changes } = await startKnown(() => files);
    files.push(folder.write('b', 'one'));
    await look();
    await look();
    expect(changes()).toBe(2);
  });

  test('are not looked at any more once the watch is closed', async () => {
    const { watch, due } = await startKnown(() => []);
    watch.close();
    expect(due()).toBe(0);
  });
});

function makeFile(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
