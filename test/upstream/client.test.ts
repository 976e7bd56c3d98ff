import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ZxpError } from '../../src/model/errors.js';
import type { Upstream } from '../../src/model/ports.js';
import { createUpstream } from '../../src/upstream/client.js';
import { toConfigFile } from '../support/config-file.js';
import { type Daemon, daemonVersion, openDaemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { expectFailure, expectHealthyScrape } from '../support/failing-scrapes.js';
import {
  answerHealthy,
  type HostileUpstream,
  healthyDocument,
  healthySample,
  reply,
  startHostileUpstream,
} from '../support/hostile-upstream.js';
import { countOpenResources, untilNoMoreThan } from '../support/open-resources.js';
import { makeThrowawayCertificates } from '../support/throwaway-certificates.js';

let upstream: HostileUpstream;
let exporter: Daemon;

beforeEach(async () => {
  upstream = await startHostileUpstream();
  exporter = await openDaemon({ config: toConfigFile({ upstream: upstream.url }) });
});

afterEach(async () => {
  await exporter.close();
  await upstream.close();
});

const portOf = ({ url }: Daemon) => Number(new URL(url).port);
const lastHead = () => upstream.heads.at(-1) ?? '';
const headerLines = (head: string) => head.split('\r\n').slice(1);
const findHeaders = (head: string, name: string) =>
  headerLines(head).filter((line) => line.toLowerCase().startsWith(`${name}:`));

/** Sends bytes to the daemon on a connection of their own; the answer comes whole, as latin1. */
function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(text, 'latin1'));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('error', reject);
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

const request = (...lines: string[]) =>
  ['GET /metrics HTTP/1.1', 'Host: zxp', 'Connection: close', ...lines, '', ''].join('\r\n');

describe('what of a scrape goes upstream', () => {
  test.each([
    ['an ordinary one', 'Basic YWxpY2U6d29uZGVybGFuZA=='],
    ['a scheme in odd letter case', 'bAsIc YWxpY2U6d29uZGVybGFuZA=='],
    ['blanks inside', 'Basic   YWxp   Y2U6d29u'],
    ['a tab inside', 'Digest\tusername="a",  realm="b"'],
    ['bytes beyond ASCII', 'Basic \xe9\xff\x80\xa0x'],
    ['no scheme', 'x'],
    ['quotes and commas', 'Digest username="a, b", nonce="\\"c\\""'],
    ['8 KiB', `Bearer ${'a'.repeat(8192 - 7)}`],
  ])('the Authorization, byte for byte: %s', async (_, value) => {
    const answer = await sendRaw(portOf(exporter), request(`Authorization: ${value}`));
    expect(answer).toContain('\ntarget_up 1\n');
    expect(findHeaders(lastHead(), 'authorization').map((line) => line.replace(/^[^:]*: /, ''))).toEqual([value]);
  });

  test('no Authorization where the caller sends none, also after one who did', async () => {
    await exporter.scrape({ authorization: 'Basic YTpi' });
    expect(findHeaders(lastHead(), 'authorization')).toHaveLength(1);
    await exporter.scrape();
    expect(findHeaders(lastHead(), 'authorization')).toEqual([]);
    await sendRaw(portOf(exporter), request('Authorization:'));
    expect(findHeaders(lastHead(), 'authorization')).toEqual([]);
    // One connection for each of the two callers.
    expect(upstream.accepted).toBe(2);
  });

  test('nothing else of the request', async () => {
    const reply = await exporter.ask('/metrics?format=prometheus&secret=canary', {
      headers: {
        authorization: 'Bearer t',
        cookie: 'session=canary',
        'proxy-authorization': 'Basic canary',
        'user-agent': 'canary/1.0',
        accept: 'application/openmetrics-text',
        'accept-encoding': 'gzip;q=0.1',
        'accept-language': 'canary',
        'x-forwarded-for': '192.0.2.1',
        'x-canary': 'canary',
        'x-prometheus-scrape-timeout-seconds': '9',
        referer: 'http://canary.invalid/',
        range: 'bytes=0-1',
        'if-none-match': '"canary"',
        te: 'trailers',
      },
    });
    expect(reply.status).toBe(200);
    expect(lastHead().split('\r\n')[0]).toBe('GET /metrics HTTP/1.1');
    expect(headerLines(lastHead()).toSorted()).toEqual(
      [
        'accept: application/json',
        'accept-encoding: gzip, deflate, br',
        'authorization: Bearer t',
        'connection: keep-alive',
        `host: 127.0.0.1:${upstream.port}`,
        `user-agent: zxp/${daemonVersion}`,
      ].toSorted(),
    );
  });

  test('a GET, also for a HEAD', async () => {
    const answer = await sendRaw(portOf(exporter), request().replace('GET', 'HEAD'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(lastHead()).toMatch(/^GET \/metrics /);
  });

  test('nothing at all for two Authorization headers, or one over 8 KiB', async () => {
    const long = `Authorization: Bearer ${'a'.repeat(8192)}`;
    expect(await sendRaw(portOf(exporter), request('Authorization: A b', 'authorization: C d'))).toMatch(
      /^HTTP\/1\.1 400 /,
    );
    expect(await sendRaw(portOf(exporter), request(long))).toMatch(/^HTTP\/1\.1 400 /);
    expect(upstream.accepted).toBe(0);
  });

  test("the path behind the upstream's own", async () => {
    exporter.write(toConfigFile({ upstream: `${upstream.url}/base/`, 'upstream.path': '/a%20b/metrics' }));
    await exporter.reload();
    await expectHealthyScrape(exporter);
    expect(lastHead()).toMatch(/^GET \/base\/a%20b\/metrics HTTP/);
  });
});

describe('connections', () => {
  test('one is enough for scrapes that follow each other', async () => {
    for (let i = 0; i < 5; i++) await expectHealthyScrape(exporter);
    expect(upstream.heads).toHaveLength(5);
    expect(upstream.accepted).toBe(1);
  });

  test('scrapes at once have one each, up to upstream.max-connections, and all are answered', async () => {
    const held: (() => void)[] = [];
    upstream.behave({ answer: (socket, head) => held.push(() => answerHealthy(socket, head)) });
    exporter.write(toConfigFile({ upstream: upstream.url, 'upstream.max-connections': '3' }));
    await exporter.reload();
    const scrapes = Array.from({ length: 8 }, () => exporter.scrape());
    let answered = 0;
    while (answered < 8) {
      const wave = Math.min(3, 8 - answered);
      await eventually('a wave of requests is there', () => held.length === wave);
      for (const release of held.splice(0)) release();
      answered += wave;
    }
    for (const { samples } of await Promise.all(scrapes)) expect(samples).toContain('target_up 1');
    expect(upstream.accepted).toBe(3);
  });

  test('a scrape that waits for a connection keeps its deadline', async () => {
    upstream.behave({ answer: () => undefined });
    exporter.write(
      toConfigFile({
        upstream: upstream.url,

        'upstream.max-connections': '1',
        'scrape.timeout': '400ms',
        'scrape.timeout-offset': '100ms',
      }),
    );
    await exporter.reload();
    const scrapes = [exporter.scrape(), exporter.scrape(), exporter.scrape()];
    for (const answered of await Promise.all(scrapes)) expectFailure(answered, { reason: 'timeout', statusCode: 0 });
    upstream.heal();
    await expectHealthyScrape(exporter);
  });

  test('do not pile up when scrapes fail one after another', async () => {
    upstream.behave({ answer: () => undefined });
    for (let i = 0; i < 8; i++) {
      const answered = await exporter.scrape({ 'x-prometheus-scrape-timeout-seconds': '0.55' });
      expectFailure(answered, { reason: 'timeout', statusCode: 0 });
    }
    await eventually('at most one connection is left', () => upstream.open <= 1);
    upstream.heal();
    await expectHealthyScrape(exporter);
  });

  test('one that the upstream closes between scrapes is not used again', async () => {
    await expectHealthyScrape(exporter);
    upstream.hangUp();
    await eventually('the connection is gone', () => upstream.open === 0);
    await expectHealthyScrape(exporter);
    expect(upstream.accepted).toBe(2);
  });

  test('one that the upstream closes after each reply is made again', async () => {
    upstream.behave({ answer: (socket) => socket.end(reply(healthyDocument, ['Connection: close'])) });
    await expectHealthyScrape(exporter);
    await expectHealthyScrape(exporter);
    expect(upstream.accepted).toBe(2);
  });

  test('HTTP/1.0 and bodies that end with the connection are read', async () => {
    upstream.behave({ answer: (socket) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${healthyDocument}`) });
    await expectHealthyScrape(exporter);
    await expectHealthyScrape(exporter);
  });

  test('one on which a whole error page came is used again', async () => {
    upstream.behave({ answer: (socket) => socket.write(reply('no', [], '401 Unauthorized')) });
    for (let i = 0; i < 3; i++) expectFailure(await exporter.scrape(), { reason: 'unauthorized', statusCode: 401 });
    upstream.heal();
    await expectHealthyScrape(exporter);
    expect(upstream.accepted).toBe(1);
  });

  test('one on which an error page is still coming is closed', async () => {
    const asked: Socket[] = [];
    upstream.behave({
      answer: (socket) => {
        asked.push(socket);
        socket.write('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 100000\r\n\r\n<html>');
      },
    });
    expectFailure(await exporter.scrape(), { reason: 'status', statusCode: 503 });
    await eventually('the connection is gone', () => asked[0]?.closed === true);
  });

  test('what an upstream says unasked answers nobody', async () => {
    const planted = healthyDocument.replace('zot.info', 'planted');
    upstream.behave({ answer: (socket) => socket.write(Buffer.concat([reply(healthyDocument), reply(planted)])) });
    expect((await exporter.scrape()).samples).toContain(healthySample);
    upstream.heal();
    for (let i = 0; i < 3; i++) expect((await exporter.scrape()).text).not.toContain('planted');
    await expectHealthyScrape(exporter);
  });

  test('a second reply that comes late answers nobody else than the caller of the first', async () => {
    const timers = new Set<NodeJS.Timeout>();
    upstream.behave({
      answer: (socket, head) => {
        const token = /caller-\d+/.exec(head)?.[0] ?? 'nobody';
        const own = reply(healthyDocument.replace('zot.info', token.replace('-', '_')));
        socket.write(own);
        timers.add(setTimeout(() => socket.write(own), Math.random() * 12));
      },
    });
    const mixed: string[] = [];
    for (let i = 0; i < 60; i++) {
      const { text } = await exporter.scrape({ authorization: `Bearer caller-${i}` });
      mixed.push(...[...text.matchAll(/caller_(\d+)\{/g)].map(([, n]) => n ?? '').filter((n) => n !== String(i)));
    }
    for (const timer of timers) clearTimeout(timer);
    expect(mixed).toEqual([]);
  });

  test('what an upstream says while nobody asks answers nobody', async () => {
    await expectHealthyScrape(exporter);
    upstream.push(reply(healthyDocument.replace('zot.info', 'planted')));
    await eventually('the connection is gone', () => upstream.open === 0);
    await expectHealthyScrape(exporter);
    expect(upstream.accepted).toBe(2);
  });
});

describe('informational replies', () => {
  test.each([
    ['102 Processing', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['103 Early Hints', 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n'],
    ['several', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(5)],
  ])('before the reply do no harm: %s', async (_, text) => {
    upstream.behave({ answer: (socket) => socket.write(Buffer.concat([Buffer.from(text), reply(healthyDocument)])) });
    await expectHealthyScrape(exporter);
    await expectHealthyScrape(exporter);
    expect(upstream.accepted).toBe(1);
  });

  test.each([
    ['before the reply', ['HTTP/1.1 100 Continue\r\n\r\n']],
    [
      'twice, and early hints',
      ['HTTP/1.1 100 Continue\r\nA: b\r\n\r\n', 'HTTP/1.1 103 Hi\r\n\r\n', 'HTTP/1.1 100 \r\n\r\n'],
    ],
    ['in pieces', ['HT', 'TP/1.1 1', '00 Continue\r', '\n\r', '\nHTTP/1.1 100 Continue\r\n\r\n']],
  ])('a 100 Continue that nobody asked for is passed over: %s', async (_, pieces) => {
    upstream.behave({
      answer: async (socket) => {
        for (const piece of pieces) {
          socket.write(piece);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        socket.write(reply(healthyDocument));
      },
    });
    await expectHealthyScrape(exporter);
    await expectHealthyScrape(exporter);
    expect(upstream.accepted).toBe(1);
  });

  test('a 100 Continue without end fails by the deadline, and its head is bounded', async () => {
    upstream.behave({ answer: (socket) => socket.write(`HTTP/1.1 100 Continue\r\nA: ${'b'.repeat(70_000)}`) });
    expectFailure(await exporter.scrape(), { reason: 'protocol', statusCode: 0 });
    upstream.heal();
    await expectHealthyScrape(exporter);
  });
});

describe('a Content-Length that says less than there is', () => {
  test('cuts the document, and what is beyond it is no reply to the next scrape', async () => {
    const short = `HTTP/1.1 200 OK\r\nContent-Length: ${healthyDocument.length - 1}\r\n\r\n${healthyDocument}`;
    upstream.behave({ answer: (socket) => socket.write(short) });
    expectFailure(await exporter.scrape(), { reason: 'decode', statusCode: 200 });
    upstream.heal();
    await expectHealthyScrape(exporter);
  });

  test('after a whole document ends the connection', async () => {
    upstream.behave({ answer: (socket) => socket.write(Buffer.concat([reply(healthyDocument), Buffer.from('more')])) });
    await expectHealthyScrape(exporter);
    await eventually('the connection is gone', () => upstream.open === 0);
  });
});

describe('a caller who goes away', () => {
  const slowly = { 'scrape.timeout': '60s', 'upstream.connect-timeout': '60s' };

  async function leaveOnce(isReached: () => boolean | Promise<boolean>): Promise<void> {
    const socket = connect({ port: portOf(exporter), host: '127.0.0.1' }, () => socket.write(request()));
    socket.on('error', () => undefined);
    await eventually('the scrape is under way', isReached);
    socket.destroy();
  }

  const ownMetricsSay = async (line: string) => (await exporter.ask('/-/metrics')).samples.includes(line);

  test.each([
    ['before the head', ''],
    ['in the head', 'HTTP/1.1 200 OK\r\n'],
    ['in the body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{'],
  ])('cancels the request upstream: %s', async (_, text) => {
    exporter.write(toConfigFile({ upstream: upstream.url, ...slowly }));
    await exporter.reload();
    const asked: Socket[] = [];
    upstream.behave({
      answer: (socket) => {
        asked.push(socket);
        socket.write(text);
      },
    });
    await leaveOnce(() => asked.length === 1);
    await eventually('the request upstream is cancelled', () => asked[0]?.closed === true);
    upstream.heal();
    await expectHealthyScrape(exporter);
    expect(await ownMetricsSay('zxp_scrapes_refused_total{cause="cancelled"} 1')).toBe(true);
  });

  test('takes along the request that waits for a connection', async () => {
    exporter.write(toConfigFile({ upstream: upstream.url, ...slowly, 'upstream.max-connections': '1' }));
    await exporter.reload();
    const held: (() => void)[] = [];
    upstream.behave({ answer: (socket, head) => held.push(() => answerHealthy(socket, head)) });
    const first = exporter.scrape();
    await eventually('the first is under way', () => held.length === 1);
    await leaveOnce(() => ownMetricsSay('zxp_scrapes_in_flight 2'));
    await eventually('only the first is under way', () => ownMetricsSay('zxp_scrapes_in_flight 1'));
    held[0]?.();
    expect((await first).samples).toContain('target_up 1');
    expect(upstream.heads).toHaveLength(1);
  });
});

describe('X-Prometheus-Scrape-Timeout-Seconds', () => {
  test('shortens the deadline', async () => {
    upstream.behave({ answer: () => undefined });
    const start = performance.now();
    const answered = await exporter.scrape({ 'x-prometheus-scrape-timeout-seconds': '0.7' });
    expectFailure(answered, { reason: 'timeout', statusCode: 0 });
    expect(performance.now() - start).toBeLessThan(5000);
    expect(Number(/^target_scrape_duration_seconds (\S+)$/m.exec(answered.text)?.[1])).toBeGreaterThan(0.15);
  });

  test('does not lengthen it', async () => {
    upstream.behave({ answer: () => undefined });
    exporter.write(
      toConfigFile({ upstream: upstream.url, 'scrape.timeout': '300ms', 'scrape.timeout-offset': '100ms' }),
    );
    await exporter.reload();
    const start = performance.now();
    const answered = await exporter.scrape({ 'x-prometheus-scrape-timeout-seconds': '120' });
    expectFailure(answered, { reason: 'timeout', statusCode: 0 });
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('a reply cut after any of its bytes', () => {
  const document = '{"Gauges":[{"Name":"a","Value":1234}]}';
  const framings: readonly (readonly [name: string, whole: Buffer])[] = [
    ['a Content-Length', reply(document)],
    ['a Content-Length and no keep-alive', reply(document, ['Connection: close'])],
    ['chunks', Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n26\r\n${document}\r\n0\r\n\r\n`)],
    [
      'chunks and no keep-alive',
      Buffer.from(
        `HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n26\r\n${document}\r\n0\r\n\r\n`,
      ),
    ],
    ['nothing but the end of the connection', Buffer.from(`HTTP/1.1 200 OK\r\n\r\n${document}`)],
    [
      'the end of the connection, in gzip',
      Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n'), gzipSync(document)]),
    ],
  ];

  test.each(framings)('by an orderly close is never target_up 1: framed by %s', async (_, whole) => {
    for (let length = 0; length < whole.length; length++) {
      upstream.behave({ answer: (socket) => socket.end(whole.subarray(0, length)) });
      const { samples } = await exporter.scrape();
      expect(samples, `after ${length} bytes`).toContain('target_up 0');
      expect(
        samples.some((line) => line.startsWith('a ')),
        `after ${length} bytes`,
      ).toBe(false);
    }
    upstream.behave({ answer: (socket) => socket.end(whole) });
    expect((await exporter.scrape()).samples).toEqual(expect.arrayContaining(['target_up 1', 'a 1234']));
  });

  test.each(framings)('by a reset is never target_up 1: framed by %s', async (_, whole) => {
    for (let length = 1; length < whole.length; length += 3) {
      const part = whole.subarray(0, length);
      upstream.behave({ answer: (socket) => socket.write(part, () => socket.resetAndDestroy()) });
      const { samples } = await exporter.scrape();
      expect(samples, `after ${length} bytes`).toContain('target_up 0');
      expect(
        samples.some((line) => line.startsWith('a ')),
        `after ${length} bytes`,
      ).toBe(false);
    }
    upstream.heal();
    await expectHealthyScrape(exporter);
  });
});

describe('a reload', () => {
  test('lets scrapes under way end, and then closes the connections of before', async () => {
    const held: (() => void)[] = [];
    upstream.behave({ answer: (socket, head) => held.push(() => answerHealthy(socket, head)) });
    const before = exporter.scrape();
    await eventually('the scrape is under way', () => held.length === 1);
    const next = await startHostileUpstream();
    try {
      exporter.write(toConfigFile({ upstream: next.url }));
      await exporter.reload();
      await expectHealthyScrape(exporter);
      expect(upstream.open).toBe(1);
      held[0]?.();
      expect((await before).samples).toContain('target_up 1');
      await eventually('the connections of before are gone', () => upstream.open === 0);
      expect(next.open).toBe(1);
    } finally {
      await next.close();
    }
  });
});

describe('an upstream that is named, not numbered', () => {
  test('must have a certificate for its name', async () => {
    const certificates = makeThrowawayCertificates();
    const secure = await startHostileUpstream({ tls: certificates.good });
    try {
      exporter.write(
        toConfigFile({ upstream: `https://localhost:${secure.port}`, 'upstream.ca-file': certificates.caFile }),
      );
      await exporter.reload();
      secure.behave({ certificate: certificates.wrongHost });
      expectFailure(await exporter.scrape(), { reason: 'tls', statusCode: 0 });
      secure.heal();
      await expectHealthyScrape(exporter);
      expect(findHeaders(secure.heads.at(-1) ?? '', 'host')).toEqual([`host: localhost:${secure.port}`]);
    } finally {
      await secure.close();
      certificates.remove();
    }
  });
});

describe('createUpstream', () => {
  const open = (): Upstream =>
    createUpstream({
      maxConnections: 2,
      connectTimeoutMs: 60_000,
      userAgent: 'test',
      systemCa: [],
      clock: () => new Date(),
    });
  const ask = (signal = new AbortController().signal, url = upstream.url) => ({
    url: new URL(url),
    headers: [],
    signal,
    maxBodyBytes: 1000,
  });

  test('rejects with the reason of the signal, at any stage', async () => {
    const client = open();
    const gone = new ZxpError('cancelled', 'gone');
    await expect(client.fetch(ask(AbortSignal.abort(gone)))).rejects.toBe(gone);
    expect(upstream.accepted).toBe(0);

    upstream.behave({ answer: () => undefined });
    const controller = new AbortController();
    const asked = client.fetch(ask(controller.signal));
    await eventually('the request is there', () => upstream.heads.length === 1);
    controller.abort(gone);
    await expect(asked).rejects.toBe(gone);
    await client.close();
  });

  test('leaves no listener on the signal', async () => {
    const client = open();
    const controller = new AbortController();
    const { signal } = controller;
    const add = vi.spyOn(signal, 'addEventListener');
    const remove = vi.spyOn(signal, 'removeEventListener');
    await client.fetch(ask(signal));
    const listeners = (spy: { mock: { calls: readonly (readonly unknown[])[] } }) =>
      spy.mock.calls.map((call) => call[1]);
    await eventually('every listener is taken off', () =>
      listeners(add).every((listener) => listeners(remove).includes(listener)),
    );
    expect(listeners(add).length).toBeGreaterThan(0);
    await client.close();
  });

  test('asks nothing more once it is closed', async () => {
    const client = open();
    await client.fetch(ask());
    await client.close();
    await expect(client.fetch(ask())).rejects.toMatchObject({ code: 'closed' });
    expect(upstream.heads).toHaveLength(1);
  });

  test('lets requests under way end before it closes', async () => {
    const client = open();
    const held: (() => void)[] = [];
    upstream.behave({ answer: (socket, head) => held.push(() => answerHealthy(socket, head)) });
    const asked = client.fetch(ask());
    await eventually('the request is there', () => held.length === 1);
    const closed = client.close();
    held[0]?.();
    expect((await asked).statusCode).toBe(200);
    await closed;
    await eventually('the connection is gone', () => upstream.open === 0);
  });

  test('gives up a connection in the making when it closes, and waits for none', async () => {
    const certificates = makeThrowawayCertificates();
    const secure = await startHostileUpstream({ tls: certificates.good });
    const baseline = countOpenResources();
    try {
      secure.behave({ accept: (socket) => socket.resume() });
      const client = open();
      const controller = new AbortController();
      const asked = client.fetch(ask(controller.signal, secure.url));
      await eventually('the handshake has begun', () => secure.open === 1);
      controller.abort(new ZxpError('timeout', 'too late'));
      await expect(asked).rejects.toMatchObject({ code: 'timeout' });
      await client.close();
      await eventually('the connection is gone', () => secure.open === 0);
      await untilNoMoreThan(baseline);
    } finally {
      await secure.close();
      certificates.remove();
    }
  });

  test('says the status of a reply that breaks off', async () => {
    const client = open();
    upstream.behave({ answer: (socket) => socket.end('HTTP/1.1 206 OK\r\nContent-Length: 10\r\n\r\n{') });
    await expect(client.fetch(ask())).rejects.toMatchObject({ code: 'closed', statusCode: 206 });
    await client.close();
  });

  test('gives no body of an error status', async () => {
    const client = open();
    upstream.behave({ answer: (socket) => socket.write(reply('secret', [], '418 Teapot')) });
    expect(await client.fetch(ask())).toMatchObject({ statusCode: 418, body: new Uint8Array() });
    await client.close();
  });
});
