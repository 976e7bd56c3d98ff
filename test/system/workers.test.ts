import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { type BuiltProgram, runBuilt, startBuiltDaemon } from '../support/built-program.js';
import { answerGauges, createHold, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { openRawConnection } from '../support/raw-connection.js';
import { findSample } from '../support/samples.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const WAIT = { timeout: 15_000, interval: 20 };
const getMetrics = 'GET /metrics HTTP/1.1\r\nHost: zxp\r\n\r\n';

async function startTwo(...args: readonly string[]): Promise<BuiltProgram> {
  return forThisTest(await startBuiltDaemon('--web.workers', '2', ...args));
}

async function startUpstream() {
  return forThisTest(await startStubUpstream((_request, response) => answerGauges(response, { moon: 1 })));
}

/** Over a connection of its own, which may lead to either worker. */
async function get(zxp: BuiltProgram, path: string, method = 'GET'): Promise<string> {
  return (await fetch(`${zxp.url}${path}`, { method, headers: { connection: 'close' } })).text();
}

/** The processes that a process has started and that are still there; from /proc, as Linux has it. */
function listChildren(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('zxp --web.workers 2', () => {
  test('listens on one port by two processes, and says so once', async () => {
    const zxp = await startTwo('--upstream', 'http://127.0.0.1:9');
    expect(listChildren(zxp.pid)).toHaveLength(2);
    expect(zxp.stderr.match(/server started/g)).toHaveLength(1);
    expect(zxp.stderr).toContain(' workers=2 ');
    expect(await get(zxp, '/-/ready')).toBe('ok\n');
  });

  test('sums over both what each of them counts', async () => {
    const upstream = await startUpstream();
    const zxp = await startTwo('--upstream', upstream.url);
    for (let i = 0; i < 8; i++) expect(await get(zxp, '/metrics')).toContain('\ntarget_up 1\n');
    for (let i = 0; i < 4; i++) {
      const own = await get(zxp, '/-/metrics');
      expect(findSample(own, 'zxp_scrapes_total{reason=""}')).toBe(8);
      expect(findSample(own, 'zxp_scrape_duration_seconds_count')).toBe(8);
      expect(findSample(own, 'zxp_workers')).toBe(2);
    }
  });

  test('shows on the status page what both of them scraped', async () => {
    const upstream = await startUpstream();
    const zxp = await startTwo('--upstream', upstream.url);
    for (let i = 0; i < 6; i++) await get(zxp, '/metrics');
    for (let i = 0; i < 4; i++) expect(await get(zxp, '/')).toContain('aria-label="6 scrapes, 6 up"');
  });

  test('loads the configuration again in both, by SIGHUP and by /-/reload', async () => {
    const upstream = await startUpstream();
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write('zxp.yml', `upstream: ${upstream.url}\nlimits: { series: 1 }\n`);
    const zxp = await startTwo('--config.file', file, '--web.enable-lifecycle');
    const readLimits = async () => {
      const shown = await Promise.all([1, 2, 3, 4].map(() => get(zxp, '/-/config')));
      return shown.map((text) => /^ {2}series: (\d+)$/m.exec(text)?.[1]);
    };
    expect(await readLimits()).toEqual(['1', '1', '1', '1']);
    folder.write('zxp.yml', `upstream: ${upstream.url}\nlimits: { series: 2 }\n`);
    expect(await get(zxp, '/-/reload', 'POST')).toBe('configuration reloaded\n');
    expect(await readLimits()).toEqual(['2', '2', '2', '2']);
    folder.write('zxp.yml', `upstream: ${upstream.url}\nlimits: { series: 3 }\nlog: { format: json }\n`);
    zxp.signal('SIGHUP');
    await vi.waitFor(async () => expect(await readLimits()).toEqual(['3', '3', '3', '3']), WAIT);
    folder.write('zxp.yml', 'limits: { serious: 3 }\n');
    expect(await get(zxp, '/-/reload', 'POST')).toMatch(
      /^error: the configuration has .*; keeping the previous configuration/,
    );
    expect(findSample(await get(zxp, '/-/metrics'), 'zxp_config_last_reload_successful')).toBe(0);
    expect(zxp.stderr.match(/configuration not reloaded/g)).toHaveLength(1);
    zxp.signal('SIGTERM');
    await zxp.untilEnd();
    expect(zxp.stderr).toMatch(/"msg":"server stopped"\}\n$/);
  });

  test('answers what is under way in each before it ends, with 0', async () => {
    const hold = createHold();
    const upstream = forThisTest(
      await startStubUpstream(async (_request, response) => {
        await hold.pass();
        answerGauges(response, { moon: 1 });
      }),
    );
    const zxp = await startTwo('--upstream', upstream.url, '--web.drain-timeout', '10m', '--scrape.timeout', '10m');
    const scrapes = [1, 2, 3, 4].map(async () => {
      const scrape = forThisTest(await openRawConnection(zxp.url));
      scrape.send(getMetrics);
      return scrape;
    });
    await vi.waitUntil(() => hold.held === 4, WAIT);
    zxp.signal('SIGTERM');
    await zxp.untilSaid('shutting down, draining in-flight scrapes');
    await vi.waitFor(() => expect(openRawConnection(zxp.url)).rejects.toThrow('ECONNREFUSED'), WAIT);
    hold.release();
    expect((await zxp.untilEnd()).exitCode).toBe(0);
    for (const scrape of await Promise.all(scrapes)) {
      await scrape.untilEnded();
      expect(scrape.received).toContain('\nmoon 1\n');
    }
  });

  test('leaves signals that come to all processes to the first one', async () => {
    const zxp = await startTwo('--upstream', 'http://127.0.0.1:9');
    for (const pid of listChildren(zxp.pid))
      for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.kill(pid, name);
    expect(await get(zxp, '/-/ready')).toBe('ok\n');
    expect(listChildren(zxp.pid)).toHaveLength(2);
    zxp.signal('SIGINT');
    expect((await zxp.untilEnd()).exitCode).toBe(0);
  });

  test('starts one that was killed again, and answers meanwhile', async () => {
    const upstream = await startUpstream();
    const zxp = await startTwo('--upstream', upstream.url);
    const before = listChildren(zxp.pid);
    process.kill(before[0] ?? 0, 'SIGKILL');
    await zxp.untilSaid('worker ended, restarting it');
    expect(await get(zxp, '/metrics')).toContain('\ntarget_up 1\n');
    await vi.waitFor(async () => {
      const own = await get(zxp, '/-/metrics');
      expect(findSample(own, 'zxp_workers')).toBe(2);
      expect(findSample(own, 'zxp_worker_restarts_total')).toBe(1);
    }, WAIT);
    const after = listChildren(zxp.pid);
    expect(after).toHaveLength(2);
    expect(after).not.toContain(before[0]);
  });

  test('leaves none behind when the first process is killed', async () => {
    const zxp = await startTwo('--upstream', 'http://127.0.0.1:9');
    const workers = listChildren(zxp.pid);
    expect(workers).toHaveLength(2);
    zxp.signal('SIGKILL');
    await vi.waitUntil(() => !workers.some(isRunning), WAIT);
  });

  test('on an address in use is one error, and exit code 1', async () => {
    const upstream = await startUpstream();
    const address = upstream.url.replace('http://', '');
    const given = ['--upstream', upstream.url, '--web.workers', '3', '--web.listen-address', address];
    const { exitCode, stderr } = await runBuilt(given);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      `zxp: error: cannot listen on ${address}: the address is in use\n` +
        'zxp: hint: stop what listens there, or choose another with --web.listen-address\n',
    );
  });
});
