import { getEventListeners, setMaxListeners } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listen, startFakeUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { reply } from '../support/hostile-upstream.js';
import { countOpenResources, untilNoMoreThan } from '../support/open-resources.js';
import { runs } from '../support/runs.js';
import { type Authority, makeAuthority } from './authority.js';
import { inline, openClient, type TestClient, withTls } from './open-client.js';

const DOCUMENT = '{"Gauges":[{"Name":"a","Value":1234}]}';

/** How a connection ends: in order, or by a reset. */
type End = (socket: Socket) => void;
const ends: Readonly<Record<string, End>> = {
  'an orderly close': (socket) => socket.end(),
  'a reset': (socket) => socket.resetAndDestroy(),
};

async function listenFor(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  const port = await listen(server);
  forThisTest({
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
  return port;
}

/** Answers the n-th connection with so many bytes of a reply, as the path says, and ends it. */
async function startCutting(whole: Buffer, end: End): Promise<string> {
  const server = createServer((socket) => {
    let head = '';
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1');
      const length = /^GET \/(\d+) [\s\S]*\r\n\r\n$/.exec(head)?.[1];
      if (length === undefined) return;
      head = '';
      socket.write(whole.subarray(0, Number(length)), () => end(socket));
    });
  });
  return `http://127.0.0.1:${await listenFor(server)}`;
}

/** The document, or the code of the failure. */
async function ask(client: TestClient, url: string, more = {}): Promise<string> {
  return client
    .text(url, more)
    .catch((thrown) => (typeof thrown.code === 'string' ? `failed: ${thrown.code}` : thrown));
}

/** Runs a task for each number, some at once. */
async function forEach(numbers: readonly number[], atOnce: number, task: (n: number) => Promise<void>): Promise<void> {
  const left = [...numbers];
  const work = async () => {
    for (let n = left.pop(); n !== undefined; n = left.pop()) await task(n);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

const chunked = (body: Buffer, headers = '') =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\n${headers}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`),
    body,
    Buffer.from('\r\n0\r\n\r\n'),
  ]);

describe('a reply that ends after any of its bytes is the whole truth, or a failure', () => {
  const zipped = gzipSync(DOCUMENT);
  const framings: readonly (readonly [name: string, whole: Buffer])[] = [
    ['a length', reply(DOCUMENT)],
    ['a length, in gzip', reply(zipped, ['Content-Encoding: gzip'])],
    ['chunks', chunked(Buffer.from(DOCUMENT))],
    ['chunks, in gzip', chunked(zipped, 'Content-Encoding: gzip\r\n')],
  ];
  const cases = framings.flatMap(([name, whole]) =>
    Object.entries(ends).map(([how, end]) => ({ name, whole, how, end })),
  );

  test.each(cases)('framed by $name, ended by $how', async ({ whole, end }) => {
    const url = await startCutting(whole, end);
    const client = openClient({}, { maxConnections: 8 });
    await forEach([...Array(whole.length).keys()], 8, async (length) => {
      expect(await ask(client, `${url}/${length}`), `${length} bytes`).toMatch(/^failed: closed$/);
    });
    const last = await ask(client, `${url}/${whole.length}`);
    // A reset may overtake the last bytes.
    if (end === ends['an orderly close']) expect(last).toBe(DOCUMENT);
  });
});

describe('a reply over TLS', () => {
  let authority: Authority;
  beforeAll(() => {
    authority = makeAuthority();
  });
  afterAll(() => authority.close());

  /** Passes bytes on in both directions, of those to the client no more than it is told to. */
  async function startRelay(port: number) {
    const relay = { limit: Number.POSITIVE_INFINITY, passed: 0 };
    const server = createServer((socket) => {
      const { limit } = relay;
      let passed = 0;
      const onward = connect(port, '127.0.0.1');
      onward.on('error', () => undefined);
      socket.pipe(onward);
      onward.on('data', (chunk: Buffer) => {
        socket.write(chunk.subarray(0, limit - passed));
        passed += chunk.length;
        relay.passed = passed;
        if (passed >= limit) socket.end(() => onward.destroy());
      });
      socket.once('close', () => onward.destroy());
    });
    return { relay, url: `https://127.0.0.1:${await listenFor(server)}` };
  }

  test('that ends after any byte of the stream is the whole truth, or a failure', async () => {
    const respond = () => ({ body: DOCUMENT, headers: { connection: 'close' } });
    const server = forThisTest(await startFakeUpstream(respond, authority.issue('here')));
    const { relay, url } = await startRelay(server.port);
    const client = openClient({ tls: withTls({ ca: inline(authority.cert) }) }, { maxConnections: 1 });
    expect(await ask(client, url)).toBe(DOCUMENT);
    const whole = relay.passed;
    const seen = new Map<string, number>();
    // The certificate's signature differs in length by a byte or two, so no byte is known to be the last one.
    for (let limit = 1; limit <= whole; limit += limit < whole - 600 ? 40 : 1) {
      relay.limit = limit;
      const outcome = await ask(client, url);
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }
    expect([...seen.keys()].toSorted()).toEqual(expect.arrayContaining(['failed: closed', 'failed: tls']));
    expect([...seen.keys()].filter((each) => each !== DOCUMENT && !/^failed: (closed|tls)$/.test(each))).toEqual([]);
    expect(seen.get(DOCUMENT) ?? 0).toBeLessThan(60);
  });
});

const CUTS = runs(5000);

test(`${2 * CUTS} cuts leave no socket, no timer and no listener`, async () => {
  const whole = reply(DOCUMENT);
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const baseline = countOpenResources();
  for (const end of Object.values(ends)) {
    const url = await startCutting(whole, end);
    const client = openClient({}, { maxConnections: 32 });
    const numbers = Array.from({ length: CUTS }, (_, i) => i % whole.length);
    const codes = new Set<string>();
    await forEach(numbers, 32, async (length) => {
      codes.add(await ask(client, `${url}/${length}`, { signal }));
    });
    expect([...codes]).toEqual(['failed: closed']);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    // The server of this round listens still.
    await untilNoMoreThan(new Map(baseline).set('TCPServerWrap', (baseline.get('TCPServerWrap') ?? 0) + 2));
  }
}, 60_000);
