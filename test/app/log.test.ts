import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findLogProblems, openLog } from '../../src/app/log.js';
import { forThisTest } from '../support/for-this-test.js';
import { MemoryStream } from '../support/memory-stream.js';

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'zxp-'));
  forThisTest({ close: () => rm(folder, { recursive: true }) });
  return folder;
}

describe('the log', () => {
  test('goes to standard error, in the level and form of the configuration, and later of another', async () => {
    const stderr = new MemoryStream();
    const log = await openLog({ level: 'warn', format: 'logfmt', requests: false, output: undefined }, stderr);
    log.logger.info('not this');
    log.logger.warn('this');
    log.adjust({ level: 'info', format: 'json', requests: false, output: undefined });
    log.logger.info('and this');
    await log.close();
    expect(stderr.lines).toEqual([
      expect.stringMatching(/^ts=\d{4}-\d\d-\d\dT\S+Z level=warn msg=this$/),
      expect.stringMatching(/^\{"ts":"\d{4}-\d\d-\d\dT\S+Z","level":"info","msg":"and this"\}$/),
    ]);
  });

  test('is appended to a file in place of that, whole once it is closed', async () => {
    const output = join(await makeFolder(), 'zxp.log');
    await writeFile(output, 'from before\n');
    const stderr = new MemoryStream();
    const log = await openLog({ level: 'info', format: 'logfmt', requests: false, output }, stderr);
    for (let i = 0; i < 1000; i++) log.logger.info('line', { i });
    await log.close();
    const lines = (await readFile(output, 'utf8')).split('\n');
    expect(lines).toHaveLength(1002);
    expect(lines[0]).toBe('from before');
    expect(lines[1000]).toMatch(/ i=999$/);
    expect(stderr.text).toBe('');
  });

  test('that is a pipe or a folder is refused at once, by a start and by a check', async () => {
    const folder = await makeFolder();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const [output, what] of [
      [pipe, 'is a named pipe, not a regular file'],
      [folder, 'is a folder, not a regular file'],
      [join(folder, 'none', 'zxp.log'), 'is in a folder that does not exist'],
    ] as const) {
      const open = openLog({ level: 'info', format: 'logfmt', requests: false, output }, new MemoryStream());
      await expect(open).rejects.toMatchObject({ code: 'config', message: `the log file ${output} ${what}` });
      expect(await findLogProblems({ output })).toMatchObject([
        { where: '--log.output', message: `${output} ${what}` },
      ]);
    }
    expect(await findLogProblems({ output: '/dev/null' })).toEqual([]);
    expect(await findLogProblems({ output: join(folder, 'new.log') })).toEqual([]);
  });

  test('that cannot be opened refuses the start', async () => {
    const output = join(await makeFolder(), 'no', 'such', 'folder', 'zxp.log');
    const open = openLog({ level: 'info', format: 'logfmt', requests: false, output }, new MemoryStream());
    await expect(open).rejects.toMatchObject({ code: 'config', message: expect.stringContaining(output) });
  });
});
