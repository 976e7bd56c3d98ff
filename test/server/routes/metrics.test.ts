import { describe, expect, test, vi } from 'vitest';
import { startDaemon } from '../../support/daemon.js';
import { answerGauges, createHold, describeManyBytes, startStubUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';
import { exchangeRaw, openRawConnection } from '../../support/raw-connection.js';
import { findSample } from '../../support/samples.js';

const WAIT = { timeout: 10_000, interval: 10 };

/** An upstream that answers only when it is let, and the daemon in front of it. */
async function startHeld(flags: Readonly<Record<string, string>>) {
  const hold = createHold();
  const upstream = forThisTest(
    await startStubUpstream(async (_request, response) => {
      await hold.pass();
      answerGauges(response, { moon: 1 });
    }),
  );
  const zxp = await startDaemon({ flags: { upstream: upstream.url, ...flags } });
  forThisTest({ close: hold.release });
  return { hold, upstream, zxp };
}

/** The same with an upstream that answers at once. */
async function start(flags: Readonly<Record<string, string>> = {}) {
  const started = await startHeld(flags);
  started.hold.release();
  return started;
}

async function inFlight(zxp: { ownMetrics(): Promise<string> }): Promise<number | undefined> {
  return findSample(await zxp.ownMetrics(), 'zxp_scrapes_in_flight');
}

describe('a request that is not one caller with one credential', () => {
  const canary = 'Y2FuYXJ5OmNhbmFyeQ==';

  test.each([
    ['two Authorization headers', `Authorization: Basic ${canary}\r\nAuthorization: Basic ${canary}\r\n`],
    ['two in different letter case', `AUTHORIZATION: Basic ${canary}\r\nauthorization: Bearer ${canary}\r\n`],
    ['an Authorization with a control character', `Authorization: Basic ${canary}\x01\r\n`],
    ['an Authorization with a bare line feed', `Authorization: Basic\n ${canary}\r\n`],
    ['an Authorization over 8 KiB', `Authorization: Basic ${canary.repeat(500)}\r\n`],
  ])('with %s gets 400, hears none of it again, and reaches no upstream', async (_what, headers) => {
    const { upstream, zxp } = await start();
    const answer = await exchangeRaw(
      zxp.url,
      `GET /metrics HTTP/1.1\r\nHost: zxp\r\nConnection: close\r\n${headers}\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).not.toContain(canary);
    expect(upstream.arrived).toBe(0);
    expect(await inFlight(zxp)).toBe(0);
    expect(zxp.logged.join('\n')).not.toContain(canary);
  });

  test('leaves nothing behind: the next one is served', async () => {
    const { zxp } = await start({ 'web.max-requests': '1' });
    const twice = 'GET /metrics HTTP/1.1\r\nHost: zxp\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n';
    const connection = forThisTest(await openRawConnection(zxp.url));
    connection.send(twice.repeat(10));
    await vi.waitUntil(() => connection.received.split('HTTP/1.1 400').length === 11, WAIT);
    connection.send('GET /metrics HTTP/1.1\r\nHost: zxp\r\nAuthorization: a\r\n\r\n');
    await connection.untilReceived('target_up 1\n');
    const own = await zxp.ownMetrics();
    expect(findSample(own, 'zxp_scrapes_refused_total{cause="request"}')).toBe(10);
    expect(findSample(own, 'zxp_scrapes_in_flight')).toBe(0);
  });

  test('with a scrape timeout that is no number gets 400 and a hint', async () => {
    const { upstream, zxp } = await start();
    const headers = { 'x-prometheus-scrape-timeout-seconds': 'soon' };
    const response = await fetch(`${zxp.url}/metrics`, { headers });
    expect(response.status).toBe(400);
    expect(await response.text()).toBe(
      'error: X-Prometheus-Scrape-Timeout-Seconds is not a positive number of seconds\nhint: leave it out\n',
    );
    expect(upstream.arrived).toBe(0);
  });
});

describe('scrapes above web.max-requests', () => {
  test('wait, and are answered when there is room', async () => {
    const { hold, upstream, zxp } = await startHeld({ 'web.max-requests': '2' });
    const bodies = Array.from({ length: 4 }, async () => (await fetch(`${zxp.url}/metrics`)).text());
    await vi.waitUntil(() => hold.held === 2, WAIT);
    expect(await inFlight(zxp)).toBe(2);
    expect(upstream.arrived).toBe(2);
    hold.release();
    for (const body of await Promise.all(bodies)) expect(body).toContain('\ntarget_up 1\n');
    expect(await inFlight(zxp)).toBe(0);
  });

  test('get 503 with Retry-After and a hint when they have waited, or at once when too many wait', async () => {
    const { hold, zxp } = await startHeld({ 'web.max-requests': '1' });
    const inside = fetch(`${zxp.url}/metrics`);
    await vi.waitUntil(() => hold.held === 1, WAIT);
    const refused = await Promise.all([fetch(`${zxp.url}/metrics`), fetch(`${zxp.url}/metrics`)]);
    for (const response of refused) {
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await response.text()).toBe(
        'error: 1 scrape is under way already\nhint: try again, or raise --web.max-requests\n',
      );
    }
    hold.release();
    expect(await (await inside).text()).toContain('\ntarget_up 1\n');
    const own = await zxp.ownMetrics();
    expect(findSample(own, 'zxp_scrapes_refused_total{cause="busy"}')).toBe(2);
    expect(findSample(own, 'zxp_scrapes_in_flight')).toBe(0);
  });

  test('do not keep health, readiness and the other pages from answering', async () => {
    const { hold, zxp } = await startHeld({ 'web.max-requests': '1' });
    const inside = fetch(`${zxp.url}/metrics`);
    await vi.waitUntil(() => hold.held === 1, WAIT);
    for (const path of ['/-/healthy', '/-/ready', '/', '/-/metrics', '/-/config']) {
      const response = await fetch(zxp.url + path);
      expect([path, response.status]).toEqual([path, 200]);
      await response.text();
    }
    hold.release();
    await (await inside).text();
  });
});

describe('a caller who goes away', () => {
  test('cancels the request upstream, leaves the gate, and is counted', async () => {
    let isCancelled = false;
    const upstream = forThisTest(
      await startStubUpstream((request) => {
        request.once('close', () => {
          isCancelled = true;
        });
      }),
    );
    const zxp = await startDaemon({ flags: { upstream: upstream.url } });
    const connection = forThisTest(await openRawConnection(zxp.url));
    connection.send('GET /metrics HTTP/1.1\r\nHost: zxp\r\n\r\n');
    await vi.waitUntil(() => upstream.arrived === 1, WAIT);
    expect(await inFlight(zxp)).toBe(1);
    connection.close();
    await vi.waitUntil(() => isCancelled, WAIT);
    await vi.waitFor(async () => expect(await inFlight(zxp)).toBe(0), WAIT);
    expect(findSample(await zxp.ownMetrics(), 'zxp_scrapes_refused_total{cause="cancelled"}')).toBe(1);
    expect(findSample(await zxp.ownMetrics(), 'zxp_scrapes_total{reason=""}')).toBe(0);
  });

  test('while waiting at the gate gives up the place in the queue', async () => {
    const { hold, upstream, zxp } = await startHeld({ 'web.max-requests': '1' });
    const inside = fetch(`${zxp.url}/metrics`);
    await vi.waitUntil(() => hold.held === 1, WAIT);
    const waiting = forThisTest(await openRawConnection(zxp.url));
    waiting.send('GET /metrics HTTP/1.1\r\nHost: zxp\r\n\r\n');
    waiting.close();
    const isLeft = async () => findSample(await zxp.ownMetrics(), 'zxp_scrapes_refused_total{cause="cancelled"}') === 1;
    await vi.waitUntil(isLeft, WAIT);
    hold.release();
    expect(await (await inside).text()).toContain('\ntarget_up 1\n');
    expect(upstream.arrived).toBe(1);
    expect(await inFlight(zxp)).toBe(0);
  });
});

describe('a reader who never reads', () => {
  test('a large answer is cut off after web.write-timeout, and the gate is left', async () => {
    const body = describeManyBytes(20_000_000);
    const upstream = forThisTest(await startStubUpstream((_request, response) => response.end(body)));
    const zxp = await startDaemon({ flags: { upstream: upstream.url, 'web.write-timeout': '300ms' } });
    const connection = forThisTest(await openRawConnection(zxp.url, { isReading: false }));
    connection.send('GET /metrics HTTP/1.1\r\nHost: zxp\r\n\r\n');
    const isCounted = async () => findSample(await zxp.ownMetrics(), 'zxp_scrapes_total{reason=""}') === 1;
    await vi.waitUntil(isCounted, WAIT);
    await vi.waitFor(async () => expect(await inFlight(zxp)).toBe(0), WAIT);
    connection.read();
    await connection.untilEnded();
    expect(connection.received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(connection.received).not.toContain('target_up 1');
  });
});

describe('with --scrape.fail-status', () => {
  test.each([
    [401, 401],
    [403, 403],
    [500, 502],
    [204, 502],
  ])('an upstream that says %i is a %i with the same families', async (upstreamStatus, status) => {
    const upstream = forThisTest(
      await startStubUpstream((_request, response) => {
        response.writeHead(upstreamStatus).end();
      }),
    );
    const zxp = await startDaemon({ flags: { upstream: upstream.url, 'scrape.fail-status': 'true' } });
    const response = await fetch(`${zxp.url}/metrics`);
    expect(response.status).toBe(status);
    expect(response.headers.has('www-authenticate')).toBe(status === 401);
    expect(await response.text()).toContain('target_up 0\n');
  });
});
