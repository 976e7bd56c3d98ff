import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { runBuilt, startBuiltDaemon } from '../support/built-program.js';
import { answerGauges, createHold, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { openRawConnection } from '../support/raw-connection.js';
import { findSample } from '../support/samples.js';

const WAIT = { timeout: 10_000, interval: 20 };
const getMetrics = 'GET /metrics HTTP/1.1\r\nHost: zxp\r\n\r\n';
const getHealth = 'GET /-/healthy HTTP/1.1\r\nHost: zxp\r\n\r\n';

/** A zxp process with a scrape under way that ends when the hold is released. */
async function startWithScrapeUnderWay() {
  const hold = createHold();
  const upstream = forThisTest(
    await startStubUpstream(async (_request, response) => {
      await hold.pass();
      answerGauges(response, { moon: 1 });
    }),
  );
  const drainTimeout = ['--web.drain-timeout', '10m', '--scrape.timeout', '10m'];
  const zxp = forThisTest(await startBuiltDaemon('--upstream', upstream.url, ...drainTimeout));
  const scrape = forThisTest(await openRawConnection(zxp.url));
  scrape.send(getMetrics);
  await vi.waitUntil(() => hold.held === 1, WAIT);
  return { hold, zxp, scrape };
}

describe.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s', (signal, codeOfSecond) => {
  test('answers the scrape under way, refuses new connections meanwhile, and exits with 0', async () => {
    const { hold, zxp, scrape } = await startWithScrapeUnderWay();
    zxp.signal(signal);
    await zxp.untilSaid('shutting down, draining in-flight scrapes');
    await vi.waitFor(() => expect(openRawConnection(zxp.url)).rejects.toThrow('ECONNREFUSED'), WAIT);
    expect(zxp.exitCode).toBeUndefined();
    expect(scrape.received).toBe('');
    hold.release();
    expect((await zxp.untilEnd()).exitCode).toBe(0);
    await scrape.untilEnded();
    expect(scrape.received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(scrape.received).toContain('\nmoon 1\n');
    expect(scrape.received).toContain('\ntarget_up 1\n');
    expect(zxp.stderr).toMatch(/msg="server stopped"\n$/);
  });

  test('is not held up by an idle connection or one that never said anything', async () => {
    const upstream = forThisTest(await startStubUpstream((_request, response) => answerGauges(response, { moon: 1 })));
    // Far longer than the test may take.
    const zxp = forThisTest(await startBuiltDaemon('--upstream', upstream.url, '--web.drain-timeout', '10m'));
    const idle = forThisTest(await openRawConnection(zxp.url));
    const idleAfterScrape = forThisTest(await openRawConnection(zxp.url));
    forThisTest(await openRawConnection(zxp.url));
    idle.send(getHealth);
    idleAfterScrape.send(getMetrics);
    await idle.untilReceived('\r\n\r\nok\n');
    await idleAfterScrape.untilReceived('target_up 1\n');
    zxp.signal(signal);
    expect((await zxp.untilEnd()).exitCode).toBe(0);
  });

  test('a second time ends it at once, scrape or no scrape', async () => {
    const { zxp, scrape } = await startWithScrapeUnderWay();
    zxp.signal(signal);
    await zxp.untilSaid('shutting down');
    zxp.signal(signal);
    expect((await zxp.untilEnd()).exitCode).toBe(codeOfSecond);
    await scrape.untilEnded();
    expect(scrape.received).toBe('');
  });
});

describe('SIGHUP', () => {
  async function startWithFile() {
    const folder = await mkdtemp(join(tmpdir(), 'zxp-'));
    forThisTest({ close: () => rm(folder, { recursive: true }) });
    const [first, second] = await Promise.all(
      ['first', 'second'].map(async (name) =>
        forThisTest(await startStubUpstream((_request, response) => answerGauges(response, { [name]: 1 }))),
      ),
    );
    const path = join(folder, 'zxp.yml');
    await writeFile(path, `upstream: ${first?.url}\n`);
    const zxp = forThisTest(await startBuiltDaemon('--config.file', path));
    const get = async (page: string) => (await fetch(zxp.url + page)).text();
    return { zxp, path, get, secondUrl: second?.url ?? '' };
  }

  test('applies the changed file, the level of the log too', async () => {
    const { zxp, path, get, secondUrl } = await startWithFile();
    expect(await get('/metrics')).toContain('\nfirst 1\n');
    await writeFile(path, `upstream: ${secondUrl}\nlog: { level: debug, format: json }\n`);
    zxp.signal('SIGHUP');
    await zxp.untilSaid('configuration reloaded');
    expect(await get('/metrics')).toContain('\nsecond 1\n');
    await zxp.untilSaid('"level":"debug","msg":"scrape finished"');
  });

  test('with a file that cannot be read keeps the previous one active, and names the line', async () => {
    const { zxp, path, get } = await startWithFile();
    await writeFile(path, 'upstream: http://127.0.0.1:1\nmodul: zot\n');
    zxp.signal('SIGHUP');
    await zxp.untilSaid('msg="unknown key"');
    expect(zxp.stderr).toContain('msg="configuration not reloaded, keeping the previous configuration"');
    expect(zxp.stderr).toContain(`where="${path}:2:1: modul" hint="did you mean module?"`);
    expect(await get('/metrics')).toContain('\nfirst 1\n');
    expect(findSample(await get('/-/metrics'), 'zxp_config_last_reload_successful')).toBe(0);
    expect(zxp.exitCode).toBeUndefined();
  });
});

describe('the start', () => {
  test('says where it listens, on every address', async () => {
    const addresses = ['--web.listen-address', '127.0.0.1:0', '--web.listen-address', '127.0.0.2:0'];
    const zxp = forThisTest(await startBuiltDaemon('--upstream', 'http://127.0.0.1:1', ...addresses));
    expect(zxp.urls).toHaveLength(2);
    for (const url of zxp.urls) expect((await fetch(`${url}/-/ready`)).status).toBe(200);
  });

  test('on a port in use is one line, a hint, and exit 1', async () => {
    const taken = forThisTest(await startBuiltDaemon('--upstream', 'http://127.0.0.1:1'));
    const { host } = new URL(taken.url);
    const { exitCode, stderr } = await runBuilt(['--upstream', 'http://127.0.0.1:1', '--web.listen-address', host]);
    expect(stderr.split('\n')).toEqual([
      `zxp: error: cannot listen on ${host}: the address is in use`,
      'zxp: hint: stop what listens there, or choose another with --web.listen-address',
      '',
    ]);
    expect(exitCode).toBe(1);
  });
});
