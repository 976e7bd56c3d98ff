import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import express, { type RequestHandler } from 'express';
import { describe, expect, test, vi } from 'vitest';
import { createHold } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { startListening } from '../support/listening.js';
import { exchangeRaw, openRawConnection, type RawConnection } from '../support/raw-connection.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

type Changes = Parameters<typeof startListening>[1];

async function start(handler: RequestHandler, changes: Changes = {}) {
  return startListening(express().use(handler), changes);
}

const sayHello: RequestHandler = (_request, response) => {
  response.end('hello');
};

const get = 'GET / HTTP/1.1\r\nHost: zxp\r\n\r\n';
const closingGet = 'GET / HTTP/1.1\r\nHost: zxp\r\nConnection: close\r\n\r\n';
/** Longer than a test may take. */
const LONG_MS = 600_000;
const WAIT = { timeout: 10_000, interval: 10 };

describe('an address', () => {
  test('of IPv4 is listened on, and named with the port that was given', async () => {
    const { url } = await start(sayHello);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect(await (await fetch(url)).text()).toBe('hello');
  });

  test.runIf(hasIpv6)('of IPv6 is listened on, and named in brackets', async () => {
    const { url } = await start(sayHello, { address: { host: '::1', port: 0 } });
    expect(url).toMatch(/^http:\/\/\[::1\]:[1-9]\d*$/);
    expect(await (await fetch(url)).text()).toBe('hello');
  });

  test('without a host is every one of the machine', async () => {
    const { url } = await start(sayHello, { address: { host: undefined, port: 0 } });
    expect(url).toMatch(/^http:\/\/localhost:[1-9]\d*$/);
    const { port } = new URL(url);
    const hosts = ['127.0.0.1', 'localhost', ...(hasIpv6 ? ['[::1]'] : [])];
    for (const host of hosts) expect(await (await fetch(`http://${host}:${port}`)).text()).toBe('hello');
  });

  test('of 0.0.0.0 is every one of IPv4', async () => {
    const { url } = await start(sayHello, { address: { host: '0.0.0.0', port: 0 } });
    const { port } = new URL(url);
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('hello');
  });

  test('in use is an error that says so and what to do', async () => {
    const { url } = await start(sayHello);
    const port = Number(new URL(url).port);
    await expect(start(sayHello, { address: { host: '127.0.0.1', port } })).rejects.toMatchObject({
      code: 'listen',
      message: `cannot listen on 127.0.0.1:${port}: the address is in use`,
      hint: 'stop what listens there, or choose another with --web.listen-address',
    });
  });

  test('of another machine is an error that says so', async () => {
    // TEST-NET-1 (RFC 5737) is nobody's address.
    await expect(start(sayHello, { address: { host: '192.0.2.1', port: 0 } })).rejects.toMatchObject({
      code: 'listen',
      message: 'cannot listen on 192.0.2.1:0: this machine has no such address',
    });
  });
});

describe('a slow client', () => {
  test('that drips its header byte by byte is cut off after the read timeout', async () => {
    const { url } = await start(sayHello, { readTimeoutMs: 300 });
    const connection = forThisTest(await openRawConnection(url));
    const drip = setInterval(() => connection.send('x'), 20);
    forThisTest({ close: () => clearInterval(drip) });
    connection.send('GET / HTTP/1.1\r\nHost: ');
    await connection.untilEnded();
    expect(connection.received).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  });

  test('that says nothing at all is cut off after the read timeout', async () => {
    const { url } = await start(sayHello, { readTimeoutMs: 300 });
    const connection = forThisTest(await openRawConnection(url));
    await connection.untilEnded();
    expect(connection.received).not.toContain('200');
  });

  test('that drips its body is cut off after the read timeout', async () => {
    const { url } = await start(sayHello, { readTimeoutMs: 300 });
    const connection = forThisTest(await openRawConnection(url));
    const drip = setInterval(() => connection.send('x'), 20);
    forThisTest({ close: () => clearInterval(drip) });
    connection.send('POST / HTTP/1.1\r\nHost: zxp\r\nContent-Length: 1000000\r\n\r\n');
    await connection.untilEnded();
    expect(connection.isEnded).toBe(true);
  });

  test('that never reads its many answers is cut off after the write timeout', async () => {
    const page = 'x'.repeat(100_000);
    let socket: Socket | undefined;
    const { url } = await start(
      (request, response) => {
        socket = request.socket;
        response.end(page);
      },
      { writeTimeoutMs: 300 },
    );
    const connection = forThisTest(await openRawConnection(url, { isReading: false }));
    connection.send(get.repeat(300));
    await vi.waitUntil(() => socket?.destroyed, WAIT);
    connection.read();
    await connection.untilEnded();
    expect(connection.received.length).toBeLessThan(300 * page.length);
  });

  test('that waits for a slow answer is not cut off, however short the write timeout', async () => {
    const hold = createHold();
    const { url } = await start(
      async (_request, response) => {
        await hold.pass();
        response.end('at last');
      },
      { writeTimeoutMs: 100, readTimeoutMs: LONG_MS },
    );
    const connection = forThisTest(await openRawConnection(url));
    connection.send(get);
    // Another client's time-out on the same listener shows that the time is over.
    const idle = forThisTest(await openRawConnection(url));
    await idle.untilEnded();
    expect(connection.isEnded).toBe(false);
    hold.release();
    await connection.untilReceived('at last');
  });
});

/** Sends a byte every few milliseconds, whatever comes back, until the test is over. */
function drip(connection: RawConnection, text: string): void {
  let i = 0;
  const timer = setInterval(() => {
    connection.send(text[i % text.length] ?? '');
    i++;
  }, 10);
  forThisTest({ close: () => clearInterval(timer) });
}

describe('a client that goes on sending after its time is over is disconnected', () => {
  test.each([
    ['its request line', '', 'G'],
    ['empty lines before a request', '', '\r\n'],
    ['its headers', 'GET / HTTP/1.1\r\nHost: ', 'x'],
    ['headers that end', 'GET / HTTP/1.1\r\n', 'a: b\r\n'],
    ['a body that nobody reads', 'POST / HTTP/1.1\r\nHost: zxp\r\nContent-Length: 1000000\r\n\r\n', 'x'],
    ['a chunked body', 'POST / HTTP/1.1\r\nHost: zxp\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'],
    ['empty lines between requests', get, '\r\n'],
    ['the headers of a second request', `${get}GET / HTTP/1.1\r\nA: `, 'x'],
    ['what is not HTTP', 'canary\r\n\r\n', 'x'],
  ])('in %s', async (_where, first, rest) => {
    const { url } = await start(sayHello, { readTimeoutMs: 200 });
    const connection = forThisTest(await openRawConnection(url));
    connection.send(first);
    drip(connection, rest);
    await connection.untilReset();
  });

  test('while a response to it is under way', async () => {
    const hold = createHold();
    forThisTest({ close: () => hold.release() });
    const { url } = await start(
      async (_request, response) => {
        await hold.pass();
        response.end();
      },
      { readTimeoutMs: 200 },
    );
    const connection = forThisTest(await openRawConnection(url));
    connection.send('POST / HTTP/1.1\r\nHost: zxp\r\nContent-Length: 1000000\r\n\r\n');
    drip(connection, 'x');
    await connection.untilReset();
    expect(connection.received).toBe('');
  });
});

describe('connections above the limit', () => {
  test('take the place of those that have waited longest without a request', async () => {
    const { url } = await start(sayHello, { maxConnections: 2, readTimeoutMs: LONG_MS });
    const dripping = forThisTest(await openRawConnection(url));
    dripping.send('GET / HTTP/1.1\r\nHost: ');
    const idle = forThisTest(await openRawConnection(url));
    idle.send(get);
    await idle.untilReceived('hello');
    expect(await exchangeRaw(url, closingGet)).toContain('hello');
    await dripping.untilEnded();
    expect([idle.isEnded, dripping.received]).toEqual([false, '']);
  });

  test('are closed without a response while all others wait for theirs, and there is room again when one has left', async () => {
    const hold = createHold();
    const { url } = await start(
      async (_request, response) => {
        await hold.pass();
        response.end('hello');
      },
      { maxConnections: 2 },
    );
    const first = forThisTest(await openRawConnection(url));
    const second = forThisTest(await openRawConnection(url));
    first.send(get);
    second.send(get);
    await vi.waitUntil(() => hold.held === 2, WAIT);
    const third = forThisTest(await openRawConnection(url));
    third.send(get);
    await third.untilEnded();
    expect(third.received).toBe('');
    hold.release();
    await Promise.all([first.untilReceived('hello'), second.untilReceived('hello')]);
    expect(await exchangeRaw(url, closingGet)).toContain('hello');
  });
});

describe('another protocol than HTTP', () => {
  test.each([
    ['the PROXY protocol 1', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\n\r\n', 'proxy_protocol'],
    [
      'the PROXY protocol 2',
      '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01\0\x50\x1f\x90',
      'proxy_protocol',
    ],
    ['TLS', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', 'tls'],
  ])('as %s is rejected with 400 and its name', async (_what, text, reason) => {
    const { url, rejected } = await start(sayHello);
    const response = await exchangeRaw(url, text);
    expect(response).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(response).toMatch(/\r\n\r\nerror: .*(PROXY protocol|TLS handshake)/);
    expect(rejected).toEqual([[reason, '127.0.0.1', expect.stringContaining('client')]]);
  });
});

describe('a unix socket', () => {
  const socketPath = () => join(forThisTest(makeTemporaryFolder()).path, 'zxp.sock');

  test('is listened on by its owner and group, and removed at the end', async () => {
    const path = socketPath();
    const { address, drain } = await start(sayHello, { address: { socketPath: path } });
    expect(address).toBe(`unix:${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o660);
    expect(await getOverSocket(path)).toBe('hello');
    await drain(1000);
    expect(existsSync(path)).toBe(false);
  });

  test('that a dead process has left behind is replaced', async () => {
    const path = socketPath();
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    expect(existsSync(path)).toBe(true);
    await start(sayHello, { address: { socketPath: path } });
    expect(await getOverSocket(path)).toBe('hello');
  });

  test('that is in use is an error, and stays', async () => {
    const path = socketPath();
    await start(sayHello, { address: { socketPath: path } });
    await expect(start(sayHello, { address: { socketPath: path } })).rejects.toMatchObject({
      code: 'listen',
      message: `cannot listen on unix:${path}: the address is in use`,
    });
    expect(await getOverSocket(path)).toBe('hello');
  });

  test('does not replace a file of another kind', async () => {
    const path = forThisTest(makeTemporaryFolder()).write('zxp.sock', 'mine');
    await expect(start(sayHello, { address: { socketPath: path } })).rejects.toMatchObject({
      message: `cannot listen on unix:${path}: the file exists and is not a socket`,
    });
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });
});

function getOverSocket(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path: '/', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => resolve(text));
    })
      .once('error', reject)
      .end();
  });
}

describe('draining', () => {
  test('answers what was asked, on a connection that it then closes', async () => {
    const hold = createHold();
    const listener = await start(async (_request, response) => {
      await hold.pass();
      response.end('at last');
    });
    const connection = forThisTest(await openRawConnection(listener.url));
    connection.send(get);
    await vi.waitUntil(() => hold.held === 1, WAIT);
    const drained = listener.drain(LONG_MS);
    hold.release();
    await drained;
    await connection.untilEnded();
    expect(connection.received).toContain('at last');
  });

  test('is not held up by clients that do not hang up: silent, in the middle of a header, or idle', async () => {
    const { url, drain } = await start(sayHello, { readTimeoutMs: LONG_MS, writeTimeoutMs: LONG_MS });
    const silent = forThisTest(await openRawConnection(url));
    const dripping = forThisTest(await openRawConnection(url));
    const idle = forThisTest(await openRawConnection(url));
    dripping.send('GET / HT');
    idle.send(get);
    await idle.untilReceived('hello');
    await drain(LONG_MS);
    await Promise.all([silent.untilEnded(), dripping.untilEnded(), idle.untilEnded()]);
  });

  test('tells a request that comes on an open connection meanwhile that it is the last', async () => {
    const hold = createHold();
    const listener = await start(async (request, response) => {
      if (request.path === '/slow') await hold.pass();
      response.end(`answer to ${request.path}`);
    });
    const connection = forThisTest(await openRawConnection(listener.url));
    connection.send(get.replace('/', '/slow'));
    await vi.waitUntil(() => hold.held === 1, WAIT);
    const drained = listener.drain(LONG_MS);
    connection.send(get.replace('/', '/late'));
    await vi.waitFor(() => expect(openRawConnection(listener.url)).rejects.toThrow('ECONNREFUSED'), WAIT);
    hold.release();
    await drained;
    await connection.untilEnded();
    const [, slow = '', late = ''] = connection.received.split('HTTP/1.1 200 OK');
    expect(slow).toContain('answer to /slow');
    expect(late).toContain('answer to /late');
    expect(late).toMatch(/connection: close/i);
  });

  test('is over when its time is, whatever is under way', async () => {
    const hold = createHold();
    const listener = await start(async (_request, response) => {
      await hold.pass();
      response.end();
    });
    const connection = forThisTest(await openRawConnection(listener.url));
    connection.send(get);
    await vi.waitUntil(() => hold.held === 1, WAIT);
    await listener.drain(50);
    await connection.untilEnded();
    expect(connection.received).toBe('');
    hold.release();
  });
});

describe('a request that cannot be read', () => {
  test.each([
    [
      'has a control character in a header',
      'GET / HTTP/1.1\r\nHost: zxp\r\nAuthorization: canary\x01\r\n\r\n',
      '400 Bad Request',
    ],
    ['is no HTTP', 'canary\r\n\r\n', '400 Bad Request'],
    ['has two lengths', `${get.trim()}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`, '400 Bad Request'],
    [
      'has over 32 KiB of headers',
      `${get.trim()}\r\nX-A: ${'canary'.repeat(6000)}\r\n\r\n`,
      '431 Request Header Fields Too Large',
    ],
  ])('because it %s is answered in one line, and not repeated', async (_why, text, status) => {
    const { url } = await start(sayHello);
    const answer = await exchangeRaw(url, text);
    expect(answer.split('\r\n')[0]).toBe(`HTTP/1.1 ${status}`);
    expect(answer).not.toContain('canary');
    expect(await (await fetch(url)).text()).toBe('hello');
  });
});
