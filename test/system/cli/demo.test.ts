import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { demoUsers, startDemoRegistry } from '../../../src/app/demo-registry.js';
import { type BuiltProgram, startBuilt } from '../../support/built-program.js';
import { runCommandLine } from '../../support/command-line.js';
import { forThisTest } from '../../support/for-this-test.js';
import { testWith } from '../../support/programs.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const run = promisify(execFile);

/** The demo as a user sees it, once it waits for Ctrl-C. */
async function startDemoCommand(): Promise<BuiltProgram> {
  const demo = forThisTest(startBuilt(['demo']));
  await demo.untilSaid('Ctrl-C ends it.\n');
  return demo;
}

function findUrl({ stdout }: { readonly stdout: string }): string {
  return /zxp in front of it on (http:\/\/[\d.]+:\d+)\./.exec(stdout)?.[1] ?? '';
}

describe('zxp demo --once', () => {
  test('shows a scrape with the right and one with a wrong password, and exits with 0', async () => {
    const { exitCode, stdout, stderr } = await runCommandLine(['demo', '--once']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    // Ports and what grows as time passes.
    const neutral = stdout
      .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
      .replace(/^( {2}zot_\w+\{.*\}) \d+$/gm, '$1 N')
      .replace(/\d+ samples in all/, 'N samples in all');
    expect(neutral).toBe(`\
A made-up registry with two users listens on http://127.0.0.1:PORT,
and zxp in front of it on http://127.0.0.1:PORT.

$ curl -s -u alice:wonderland http://127.0.0.1:PORT/metrics     the right password
  zot_http_requests_total{method="GET",code="200"} N
  zot_http_requests_total{method="GET",code="401"} N
  zot_repo_downloads_total{repo="web/app"} N
  zot_repo_downloads_total{repo="web/base"} N
  zot_repo_downloads_total{repo="data/app"} N
  zot_repo_downloads_total{repo="data/base"} N
  target_up 1
  target_scrape_http_status_code 200
  target_scrape_samples 30
  zot_up 1
  ... N samples in all

$ curl -s -u alice:guess http://127.0.0.1:PORT/metrics          a wrong password
  target_up 0
  target_scrape_http_status_code 401
  target_scrape_samples 0
  target_scrape_error{reason="unauthorized"} 1
  zot_up 0
`);
  });
});

describe('zxp demo', () => {
  test('runs until SIGINT, and exits with 0', async () => {
    const demo = await startDemoCommand();
    expect((await fetch(`${findUrl(demo)}/-/healthy`)).status).toBe(200);
    demo.signal('SIGINT');
    expect(await demo.untilEnd()).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('uses another port where 8081 is taken', async () => {
    const occupant = createServer();
    // Where somebody else has it already, it is taken all the same.
    await new Promise<void>((resolve) => {
      occupant.once('error', () => resolve());
      occupant.listen(8081, '127.0.0.1', resolve);
    });
    forThisTest({ close: () => new Promise<void>((resolve) => occupant.close(() => resolve())) });
    const url = findUrl(await startDemoCommand());
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(new URL(url).port).not.toBe('8081');
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });

  testWith('curl', 'shows curl lines that work as they stand', async () => {
    const demo = await startDemoCommand();
    const lines = [...demo.stdout.matchAll(/^ {2}(curl .*)$/gm)].map((match) => match[1] ?? '');
    expect(lines).toHaveLength(3);
    const bodies = await Promise.all(lines.map(async (line) => (await run('sh', ['-c', line])).stdout));
    expect(bodies[0]).toContain('zot_repo_downloads_total{repo="web/app"}');
    expect(bodies[0]).toContain('\ntarget_up 1\n');
    expect(bodies[1]).toContain('zot_repo_downloads_total{repo="infra/app"}');
    expect(bodies[1]).not.toContain('repo="web/app"');
    expect(bodies[2]).toContain('zxp_scrapes_total{reason="unauthorized"} 1');
  });

  testWith('promtool', 'shows a prometheus.yml that promtool accepts', async () => {
    const demo = await startDemoCommand();
    const text = /^scrape_configs:\n(?:.+\n)+/m.exec(demo.stdout)?.[0] ?? '';
    expect(text).toContain(new URL(findUrl(demo)).host);
    const file = forThisTest(makeTemporaryFolder()).write('prometheus.yml', text);
    expect((await run('promtool', ['check', 'config', file])).stdout).toContain('SUCCESS');
  });

  testWith('promtool', 'exposes nothing that promtool check metrics complains of', async () => {
    const demo = await startDemoCommand();
    const authorization = `Basic ${Buffer.from('alice:wonderland').toString('base64')}`;
    const body = await (await fetch(`${findUrl(demo)}/metrics`, { headers: { authorization } })).text();
    const file = forThisTest(makeTemporaryFolder()).write('metrics', body);
    const { stdout, stderr } = await run('sh', ['-c', 'promtool check metrics < "$0"', file]);
    expect(stdout + stderr).toBe('');
  });
});

describe('the registry of the demo', () => {
  const ask = async (url: string, user: string) => {
    const authorization = `Basic ${Buffer.from(user).toString('base64')}`;
    const response = await fetch(url, { headers: { authorization } });
    return { status: response.status, text: await response.text() };
  };
  const alice = `alice:${demoUsers.get('alice')?.password}`;

  test('counts more as time passes, and never less', async () => {
    let nowMs = 1000;
    const registry = forThisTest(await startDemoRegistry(() => nowMs));
    const countAfter = async (milliseconds: number) => {
      nowMs += milliseconds;
      const { text } = await ask(`${registry.url}/metrics`, alice);
      const { Counters, Histograms, Gauges } = JSON.parse(text);
      return [...Counters, ...Histograms]
        .map(({ Count }) => Count)
        .concat(Gauges.map(({ Value }: { Value: number }) => Value));
    };
    const first = await countAfter(0);
    expect(await countAfter(0)).toEqual(first);
    const later = await countAfter(60_000);
    expect(later).toHaveLength(first.length);
    for (const [i, count] of later.entries()) expect(count).toBeGreaterThanOrEqual(first[i]);
    expect(later.filter((count, i) => count > first[i]).length).toBeGreaterThan(later.length / 2);
  });

  test('shows each user the repositories of their own teams', async () => {
    const registry = forThisTest(await startDemoRegistry(() => 0));
    const repositoriesOf = async (name: string) => {
      const { text } = await ask(`${registry.url}/metrics`, `${name}:${demoUsers.get(name)?.password}`);
      return new Set(text.match(/"\w+\/(app|base)"/g));
    };
    const [ofAlice, ofBob] = [await repositoriesOf('alice'), await repositoriesOf('bob')];
    expect(ofAlice.size).toBe(4);
    expect(ofBob.size).toBe(2);
    expect([...ofAlice].filter((each) => ofBob.has(each))).toEqual([]);
  });

  test('answers everybody else with zot’s 401, and other paths with 404', async () => {
    const registry = forThisTest(await startDemoRegistry(() => 0));
    for (const user of ['alice:guess', 'alice', 'carol:wonderland', '', 'alice:wonderland:x', 'constructor:']) {
      expect((await ask(`${registry.url}/metrics`, user)).status, user).toBe(401);
    }
    expect((await fetch(`${registry.url}/metrics`)).status).toBe(401);
    expect((await ask(`${registry.url}/v2/`, alice)).status).toBe(404);
  });
});
