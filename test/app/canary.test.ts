import { describe, expect, test, vi } from 'vitest';
import { createLogger } from '../../src/telemetry/logger.js';
import { type Flags, startDaemon } from '../support/daemon.js';
import { answerGauges, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { MemoryStream } from '../support/memory-stream.js';
import { exchangeRaw, openRawConnection } from '../support/raw-connection.js';
import { configure } from '../support/read-config.js';

const USER = 'canary-user-7261';
const PASSWORD = 'canary-password-9053';
const PAIR = Buffer.from(`${USER}:${PASSWORD}`).toString('base64');
const credential = `Basic ${PAIR}`;
const WAIT = { timeout: 10_000, interval: 10 };

/** Everything that zxp says to others than the upstream, and to the caller in its metrics. */
async function collectAllThatIsSaid(zxp: Awaited<ReturnType<typeof start>>): Promise<string> {
  const pages = ['/', '/-/metrics', '/-/config', '/-/healthy', '/-/ready', '/nothing', '/-/reload'];
  const texts = await Promise.all(
    pages.map(async (page) => {
      const response = await fetch(zxp.url + page, { headers: { authorization: credential } });
      return `${[...response.headers].join('\n')}\n${await response.text()}`;
    }),
  );
  return [...texts, zxp.log.text].join('\n');
}

async function start(upstream: string, flags: Flags = {}) {
  const settings = { upstream, 'log.level': 'debug', ...flags };
  const log = new MemoryStream();
  const logger = createLogger({ ...configure(settings).log, stream: log, clock: () => new Date(0) });
  return { ...(await startDaemon({ flags: settings, logger })), log };
}

function expectNoCanary(text: string): void {
  expect(text).not.toContain('canary');
  expect(text).not.toContain(PAIR);
}

describe("a caller's credential is in no log line at level debug, no page and no own metric", () => {
  test.each(['logfmt', 'json'])('after a scrape that succeeds, logged as %s', async (format) => {
    let seen: string | undefined;
    const upstream = forThisTest(
      await startStubUpstream((request, response) => {
        seen = request.headers.authorization;
        answerGauges(response, { moon: 1 });
      }),
    );
    const zxp = await start(upstream.url, { 'log.format': format });
    const body = await (await fetch(`${zxp.url}/metrics`, { headers: { authorization: credential } })).text();
    expect(body).toContain('\ntarget_up 1\n');
    // The canary did come this far, so its absence says something.
    expect(seen).toBe(credential);
    expectNoCanary(body + (await collectAllThatIsSaid(zxp)));
    expect(zxp.log.lines.length).toBeGreaterThan(0);
  });

  test.each([
    ['says it back with 401', 401],
    ['says it back with 403', 403],
    ['says it back with 302', 302],
    ['says it back with 500', 500],
    ['says it back with 200 and no JSON', 200],
  ])('after an upstream that %s', async (_what, status) => {
    const upstream = forThisTest(
      await startStubUpstream((request, response) => {
        const { authorization = '' } = request.headers;
        const headers = { location: `http://${USER}:${PASSWORD}@elsewhere/`, 'www-authenticate': authorization };
        response.writeHead(status, authorization, headers).end(`${authorization} ${USER} ${PASSWORD}`);
      }),
    );
    for (const failStatus of ['false', 'true']) {
      const zxp = await start(upstream.url, { 'scrape.fail-status': failStatus });
      const response = await fetch(`${zxp.url}/metrics`, { headers: { authorization: credential } });
      const said = `${[...response.headers].join('\n')}\n${await response.text()}`;
      expect(said).toContain('target_up 0\n');
      expectNoCanary(said + (await collectAllThatIsSaid(zxp)));
    }
  });

  test('after an upstream that sends it back as JSON of another shape, or as rows that are dropped', async () => {
    const rows = [{ Name: '', Value: 1, LabelNames: ['a'], LabelValues: [PASSWORD] }, { Name: USER }, PASSWORD];
    for (const document of [{ Gauges: rows }, { [PASSWORD]: 1 }, [PASSWORD], { Gauges: { [USER]: PASSWORD } }]) {
      const upstream = forThisTest(
        await startStubUpstream((_request, response) => response.end(JSON.stringify(document))),
      );
      const zxp = await start(upstream.url);
      await (await fetch(`${zxp.url}/metrics`, { headers: { authorization: credential } })).text();
      expectNoCanary(await collectAllThatIsSaid(zxp));
    }
  });

  test('after an upstream that breaks off, is silent, does not speak HTTP, or is not there', async () => {
    const breaking = forThisTest(await startStubUpstream((_request, response) => response.destroy()));
    const silent = forThisTest(await startStubUpstream(() => undefined));
    const babbling = forThisTest(
      await startStubUpstream((request) => request.socket.end(`${request.headers.authorization}\r\n\r\n`)),
    );
    for (const url of [breaking.url, silent.url, babbling.url, await findClosedPort()]) {
      const zxp = await start(url, { 'scrape.timeout': '200ms', 'scrape.timeout-offset': '0' });
      const body = await (await fetch(`${zxp.url}/metrics`, { headers: { authorization: credential } })).text();
      expect(body).toContain('\ntarget_up 0\n');
      expectNoCanary(body + (await collectAllThatIsSaid(zxp)));
    }
  });

  test('after requests that are refused: bad headers, too many scrapes, another method, another path', async () => {
    const silent = forThisTest(await startStubUpstream(() => undefined));
    const zxp = await start(silent.url, { 'web.max-requests': '1' });
    const inside = forThisTest(await openRawConnection(zxp.url));
    inside.send(`GET /metrics HTTP/1.1\r\nHost: zxp\r\nAuthorization: ${credential}\r\n\r\n`);
    await vi.waitUntil(() => silent.arrived === 1, WAIT);
    const headers = `Host: zxp\r\nConnection: close\r\nAuthorization: ${credential}`;
    const answers = await Promise.all(
      [
        `GET /metrics HTTP/1.1\r\n${headers}\r\n\r\n`,
        `GET /metrics HTTP/1.1\r\n${headers}\r\nAuthorization: Bearer ${PASSWORD}\r\n\r\n`,
        `GET /metrics HTTP/1.1\r\n${headers}\x01\r\n\r\n`,
        `GET /metrics HTTP/1.1\r\n${headers}${PAIR.repeat(300)}\r\n\r\n`,
        `GET /metrics HTTP/1.1\r\n${headers}${PAIR.repeat(900)}\r\n\r\n`,
        `GET /metrics HTTP/1.1\r\n${headers}\r\nX-Prometheus-Scrape-Timeout-Seconds: ${PASSWORD}\r\n\r\n`,
        `POST /metrics HTTP/1.1\r\n${headers}\r\nContent-Length: 0\r\n\r\n`,
        `GET /${PASSWORD}?${USER} HTTP/1.1\r\n${headers}\r\n\r\n`,
        `${PASSWORD} / HTTP/1.1\r\n${headers}\r\n\r\n`,
      ].map((request) => exchangeRaw(zxp.url, request)),
    );
    const statuses = answers.map((answer) => answer.split(' ')[1]);
    expect(statuses).toEqual(['503', '400', '400', '400', '431', '400', '405', '404', '400']);
    expectNoCanary(answers.join('\n') + (await collectAllThatIsSaid(zxp)));
  });
});

/** An address that nobody listens on. */
async function findClosedPort(): Promise<string> {
  const upstream = await startStubUpstream(() => undefined);
  await upstream.close();
  return upstream.url;
}
