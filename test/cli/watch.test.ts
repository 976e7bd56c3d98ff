import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../../src/cli/program.js';
import { createContext } from '../support/cli-context.js';
import { runCommandLine } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { MemoryStream } from '../support/memory-stream.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

/** Watches an upstream that gives these documents in turn, undefined for a 500, until all of them were requested. */
async function watch(documents: readonly (string | undefined)[], ...flags: readonly string[]) {
  let count = 0;
  let stop = () => {};
  const upstream = forThisTest(
    await startStubUpstream((_request, response) => {
      const body = documents[count++];
      if (body === undefined) response.statusCode = 500;
      response.end(body);
      // The one after the last is asked when all of the others are printed.
      if (count > documents.length) stop();
    }),
  );
  const stdout = new MemoryStream();
  const stderr = new MemoryStream();
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const context = { ...createContext(), stdout, stderr, stopped: () => stopped };
  const exitCode = await runProgram(['scrape', `${upstream.url}/metrics`, '--watch', '1s', ...flags], context);
  const lines = stdout.lines.map((line) => line.replace(/\S+Z /, 'TIME ').replace(/, \d+\.\d+ s/, ''));
  return { exitCode, lines, stderr: stderr.text.replaceAll(upstream.url, 'http://upstream') };
}

const gauges = (values: Readonly<Record<string, number>>) =>
  JSON.stringify({ Gauges: Object.entries(values).map(([Name, Value]) => ({ Name, Value })) });

describe('zxp scrape --watch', () => {
  test('prints the first scrape, then what changed, a failure too, and ends with 0 when it is told to stop', async () => {
    const documents = [
      gauges({ a: 1, b: 2, c: 0.1 }),
      undefined,
      gauges({ a: 1, c: 0.3, d: 4 }),
      gauges({ a: 1, c: 0.3, d: 4 }),
    ];
    const { exitCode, lines, stderr } = await watch(documents, '--format', 'table');
    expect(exitCode).toBe(0);
    expect(lines).toEqual([
      'METRIC  VALUE  LABELS',
      'a           1',
      'b           2',
      'c         0.1',
      'zot_up      1',
      '',
      'up, HTTP 200, 3 samples',
      '--- TIME down (status), HTTP 500, 0 samples',
      '--- TIME up, HTTP 200, 3 samples, 3 changed',
      '~ c 0.1 -> 0.3 (+0.2)',
      '+ d 4',
      '- b',
      '--- TIME up, HTTP 200, 3 samples, nothing changed',
    ]);
    expect(stderr).toBe('zxp: error: http://upstream/metrics: the upstream answered 500\n');
  }, 30_000);

  test('shows at most 50 changes of a scrape', async () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`m${i}`, i]));
    const { lines } = await watch([gauges({}), gauges(many)]);
    expect(lines.filter((line) => line.startsWith('+ '))).toHaveLength(50);
    expect(lines).toContain('and 10 more');
  }, 30_000);

  test.each([
    [['http://a', '--watch', '0s'], '--watch: must be a duration of at least 1s such as 5s or 1m30s, not "0s"'],
    [['http://a', '--watch', '5'], '--watch: must be a duration of at least 1s such as 5s or 1m30s, not "5"'],
    [['-', '--watch', '5s'], '--watch: cannot be combined with standard input, which is read once'],
    [['http://a', '--watch', '5s', '--format', 'json'], '--watch: cannot be combined with --format json'],
    [['http://a', '--watch', '5s', '--strict'], '--watch: cannot be combined with --strict'],
    [['http://a', '--watch', '5s', '--debug'], '--watch: cannot be combined with --debug'],
  ])('%j is a wrong command line', async (argv, message) => {
    const { exitCode, stderr } = await runCommandLine(['scrape', ...argv]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`zxp: error: ${message}\n`);
  });
});

describe('a scrape that takes long', () => {
  test('shows a terminal on standard error what it waits for, and takes it back', async () => {
    const stderr = Object.assign(new MemoryStream(), { isTTY: true });
    const upstream = forThisTest(
      await startStubUpstream((_request, response) => {
        const isShown = () => stderr.text.includes('scraping');
        void eventually('progress is shown', isShown, 20_000).then(() => response.end('{"Gauges": []}'));
      }),
    );
    const context = { ...createContext(), stderr };
    expect(await runProgram(['scrape', `${upstream.url}/metrics`], context)).toBe(0);
    const [first, ...shown] = stderr.text.split('\r\u001b[K');
    expect(first).toBe('');
    expect(shown.pop()).toBe('');
    expect(shown[0]).toMatch(/^scraping http:\/\/127\.0\.0\.1:\d+\/metrics \.\.\. \d+ s$/);
  }, 30_000);
});

test('a file that vanishes is a failure that says so, and the next scrape finds it again', async () => {
  const folder = forThisTest(makeTemporaryFolder());
  const path = folder.write('doc.json', gauges({ a: 1 }));
  const stderr = new MemoryStream();
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const stdout = new MemoryStream();
  const context = { ...createContext(), stdout, stderr, stopped: () => stopped };
  const running = runProgram(['scrape', path, '--watch', '1s'], context);
  await eventually('the first scrape', () => stdout.text.includes('target_up 1'), 20_000);
  rmSync(path);
  await eventually('the failure', () => stderr.text !== '', 20_000);
  folder.write('doc.json', gauges({ a: 2 }));
  await eventually('the next good scrape', () => stdout.text.includes('~ a '), 20_000);
  stop();
  expect(await running).toBe(0);
  expect(stderr.lines[0]).toBe(`zxp: error: ${path}: cannot be read: no such file or directory`);
}, 60_000);
