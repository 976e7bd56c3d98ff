import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openRpcConnection, type RpcConnection } from '../../../src/tunnel/protocol/client.js';
import { agentInfo, scrapeRequest, scrapeResponse } from '../../../src/tunnel/protocol/messages.js';
import { proxyService } from '../../../src/tunnel/protocol/methods.js';
import { refuse, reply } from '../../../src/tunnel/protocol/reply.js';
import {
  clientStreamRoute,
  createRpcServer,
  type RpcRoute,
  type RpcServer,
  type RpcServerEvent,
  type RpcServerOptions,
  serverStreamRoute,
  unaryRoute,
} from '../../../src/tunnel/protocol/server.js';
import type { ServerCall } from '../../../src/tunnel/protocol/server-call.js';
import { OK } from '../../../src/tunnel/protocol/status.js';

const { sendHeartBeat, readRequestsFromProxy, writeResponsesToProxy } = proxyService;

const until = (holds: () => void) => vi.waitFor(holds, { timeout: 5000, interval: 10 });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(routes: readonly RpcRoute[], options: Partial<RpcServerOptions> = {}) {
  const events: RpcServerEvent[] = [];
  const server = createRpcServer({
    routes,
    authorize: () => undefined,
    maxConnections: 10,
    maxStreamsPerConnection: 100,
    idleTimeoutMs: 60_000,
    now: () => performance.now(),
    onEvent: (event) => events.push(event),
    ...options,
  });
  const { port } = await server.listen('127.0.0.1', 0);
  cleanups.push(() => server.close(0));
  return { server, port, events };
}

async function dial(port: number, options: { maxMessageBytes?: number } = {}): Promise<RpcConnection> {
  const connection = await openRpcConnection(await connectTo(port), {
    authority: `localhost:${port}`,
    scheme: 'http',
    userAgent: 'test',
    metadata: { 'agent-token': 't' },
    handshakeTimeoutMs: 5000,
    ...options,
  });
  cleanups.push(() => connection.destroy());
  return connection;
}

function connectTo(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

async function settled(server: RpcServer, connection: RpcConnection): Promise<void> {
  await until(() => expect([server.openStreams, connection.openStreams]).toEqual([0, 0]));
}

const beat = unaryRoute(sendHeartBeat, ({ agentId }, call) => {
  call.setInitialMetadata({ 'agent-id': 'seven' });
  return agentId === '7'
    ? reply({ valid: true, reason: String(call.metadata['agent-token']) })
    : refuse('notFound', 'no such agent: é %');
});

describe('a unary call', () => {
  test('gives the message, with the headers of the response', async () => {
    const { server, port } = await serve([beat]);
    const connection = await dial(port);
    const response = await connection.unary(sendHeartBeat, { agentId: '7' }, { timeoutMs: 5000 });
    expect(response).toMatchObject({ ok: true, message: { valid: true, reason: 't' } });
    expect(response.metadata?.['agent-id']).toBe('seven');
    await settled(server, connection);
  });

  test('gives the status of a refusal, whatever its message holds', async () => {
    const { server, port } = await serve([beat]);
    const connection = await dial(port);
    expect(await connection.unary(sendHeartBeat, { agentId: '8' }, { timeoutMs: 5000 })).toMatchObject({
      ok: false,
      status: { code: 'notFound', message: 'no such agent: é %' },
    });
    await settled(server, connection);
  });

  test('of a method that is not served is unimplemented', async () => {
    const { port } = await serve([]);
    const connection = await dial(port);
    expect(await connection.unary(sendHeartBeat, { agentId: '7' }, {})).toMatchObject({
      ok: false,
      status: { code: 'unimplemented' },
    });
  });

  test('that is not authorized reaches no route', async () => {
    let reached = 0;
    const route: RpcRoute = { path: sendHeartBeat.path, serve: async () => void reached++ };
    const { port } = await serve([route], { authorize: () => ({ code: 'unauthenticated', message: 'no' }) });
    const connection = await dial(port);
    expect(await connection.unary(sendHeartBeat, { agentId: '7' }, {})).toMatchObject({
      ok: false,
      status: { code: 'unauthenticated', message: 'no' },
    });
    expect(reached).toBe(0);
  });

  test('that is never answered ends with its deadline, on both sides', async () => {
    const calls: ServerCall[] = [];
    const stuck = unaryRoute(sendHeartBeat, (_request, call) => {
      calls.push(call);
      return new Promise<never>(() => undefined);
    });
    const { server, port } = await serve([stuck]);
    const connection = await dial(port);
    expect(await connection.unary(sendHeartBeat, { agentId: '7' }, { timeoutMs: 50 })).toMatchObject({
      ok: false,
      status: { code: 'deadlineExceeded' },
    });
    await settled(server, connection);
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true]);
  });

  test('with a message above the limit fails with resource_exhausted, on either side', async () => {
    const long = 'x'.repeat(5 * 1024 * 1024);
    const { server, port } = await serve([
      unaryRoute(sendHeartBeat, ({ agentId }) => reply({ valid: true, reason: agentId === '1' ? long : '' })),
    ]);
    const connection = await dial(port);
    for (const agentId of ['1', long, 'x'.repeat(300 * 1024)]) {
      expect(await connection.unary(sendHeartBeat, { agentId }, { timeoutMs: 5000 })).toMatchObject({
        ok: false,
        status: { code: 'resourceExhausted' },
      });
    }
    await settled(server, connection);
  });

  test('after the connection has gone is unavailable, and so is one under way', async () => {
    const stuck = unaryRoute(sendHeartBeat, () => new Promise<never>(() => undefined));
    const { server, port } = await serve([stuck]);
    const connection = await dial(port);
    const underWay = connection.unary(sendHeartBeat, { agentId: '7' }, {});
    await until(() => expect(server.openStreams).toBe(1));
    await server.close(0);
    const unavailable = { ok: false, status: { code: 'unavailable' } };
    expect(await underWay).toMatchObject(unavailable);
    expect(await connection.unary(sendHeartBeat, { agentId: '7' }, {})).toMatchObject(unavailable);
    expect(connection.signal.aborted).toBe(true);
  });
});

describe('a stream of the server', () => {
  const scrapes = (count: number) =>
    serverStreamRoute(readRequestsFromProxy, async (_request, _call, open) => {
      const writer = open();
      for (let i = 0; i < count; i++) await writer.send(scrapeRequest.create({ scrapeId: BigInt(i) }));
      return OK;
    });

  test('gives its messages in order and then its status', async () => {
    const { server, port } = await serve([scrapes(500)]);
    const connection = await dial(port);
    const call = connection.serverStream(readRequestsFromProxy, { agentId: '1' });
    const ids: bigint[] = [];
    for await (const { scrapeId } of call.messages) ids.push(scrapeId);
    expect(ids).toEqual(Array.from({ length: 500 }, (_, i) => BigInt(i)));
    expect(await call.status).toEqual(OK);
    await settled(server, connection);
  });

  test('that is refused gives no message and the reason', async () => {
    const route = serverStreamRoute(
      readRequestsFromProxy,
      async () => ({ code: 'notFound', message: 'gone' }) as const,
    );
    const { port } = await serve([route]);
    const call = (await dial(port)).serverStream(readRequestsFromProxy, { agentId: '1' });
    for await (const _ of call.messages) expect.unreachable();
    expect(await call.status).toEqual({ code: 'notFound', message: 'gone' });
  });

  test('that the client cancels ends for the server as well', async () => {
    const aborted: boolean[] = [];
    const route = serverStreamRoute(readRequestsFromProxy, (_request, call, open) => {
      open();
      return new Promise((resolve) => {
        call.signal.addEventListener('abort', () => {
          aborted.push(true);
          resolve(OK);
        });
      });
    });
    const { server, port } = await serve([route]);
    const connection = await dial(port);
    const call = connection.serverStream(readRequestsFromProxy, { agentId: '1' });
    await until(() => expect(server.openStreams).toBe(1));
    call.cancel();
    expect(await call.status).toMatchObject({ code: 'cancelled' });
    await settled(server, connection);
    expect(aborted).toEqual([true]);
  });

  test('holds its sender back while nobody reads', async () => {
    let sent = 0;
    const route = serverStreamRoute(readRequestsFromProxy, async (_request, _call, open) => {
      const writer = open();
      const message = scrapeRequest.create({ path: 'x'.repeat(10_000) });
      while (sent < 10_000 && (await writer.send(message))) sent++;
      return OK;
    });
    const { port } = await serve([route]);
    const connection = await dial(port);
    const call = connection.serverStream(readRequestsFromProxy, { agentId: '1' });
    let last = -1;
    await until(() => {
      const isStill = sent > 0 && sent === last;
      last = sent;
      expect(isStill).toBe(true);
    });
    expect(sent * 10_000).toBeLessThan(3 * 1024 * 1024);
    call.cancel();
  });
});

describe('a stream of the client', () => {
  const collect = (into: string[]) =>
    clientStreamRoute(writeResponsesToProxy, async (messages) => {
      for await (const { agentId } of messages) into.push(agentId);
      return reply({});
    });

  test('arrives in order, and its reply comes after its end', async () => {
    const received: string[] = [];
    const { server, port } = await serve([collect(received)]);
    const connection = await dial(port);
    const call = connection.clientStream(writeResponsesToProxy);
    for (const agentId of ['a', 'b', 'c']) expect(await call.send(scrapeResponse.create({ agentId }))).toBe(true);
    call.end();
    expect(await call.reply).toMatchObject({ ok: true });
    expect(received).toEqual(['a', 'b', 'c']);
    await settled(server, connection);
  });

  test('that the server ends early takes no more messages', async () => {
    const route = clientStreamRoute(writeResponsesToProxy, async () => refuse('permissionDenied', 'not yours'));
    const { server, port } = await serve([route]);
    const connection = await dial(port);
    const call = connection.clientStream(writeResponsesToProxy);
    await call.send(scrapeResponse.create());
    expect(await call.reply).toMatchObject({ ok: false, status: { code: 'permissionDenied', message: 'not yours' } });
    expect(await call.send(scrapeResponse.create())).toBe(false);
    await settled(server, connection);
  });

  test('holds the client back while the server does not read', async () => {
    const route = clientStreamRoute(writeResponsesToProxy, (_messages, call) => {
      return new Promise((resolve) => call.signal.addEventListener('abort', () => resolve(reply({}))));
    });
    const { port } = await serve([route]);
    const call = (await dial(port)).clientStream(writeResponsesToProxy);
    const bytes = Buffer.alloc(100_000);
    let sent = 0;
    const sending = (async () => {
      while (sent < 1000 && (await call.send(scrapeResponse.create({ content: { form: 'gzip', bytes } })))) sent++;
    })();
    let last = -1;
    await until(() => {
      const isStill = sent > 0 && sent === last;
      last = sent;
      expect(isStill).toBe(true);
    });
    expect(sent).toBeLessThan(40);
    call.cancel();
    await sending;
  });
});

describe('a hostile client', () => {
  const open = async (port: number) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    session.on('error', () => undefined);
    cleanups.push(() => session.destroy());
    await new Promise((resolve) => session.once('remoteSettings', resolve));
    return session;
  };
  const grpc = { ':method': 'POST', ':path': sendHeartBeat.path, 'content-type': 'application/grpc' };

  test('that speaks plain HTTP gets an HTTP status', async () => {
    const { port } = await serve([beat]);
    const session = await open(port);
    const statusOf = (headers: Record<string, string>) =>
      new Promise((resolve) => {
        const stream = session.request(headers, { endStream: true });
        stream.on('error', () => undefined);
        stream.once('response', (response) => resolve(response[':status']));
      });
    expect(await statusOf({ ':method': 'GET', ':path': '/' })).toBe(405);
    expect(await statusOf({ ':method': 'POST', ':path': '/', 'content-type': 'text/plain' })).toBe(415);
    expect(await statusOf({ ':method': 'POST', ':path': '/', 'content-type': 'application/grpc-web' })).toBe(415);
  });

  test('that sends a unary call without a message or with two gets a status', async () => {
    const { server, port } = await serve([beat]);
    const session = await open(port);
    const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, 3]), agentInfo.encode({ agentId: '7' })]);
    const statusOf = (body: Buffer) =>
      new Promise((resolve) => {
        const stream = session.request(grpc);
        stream.on('error', () => undefined);
        stream.once('response', (response) => resolve(response['grpc-status']));
        stream.end(body);
      });
    expect(await statusOf(Buffer.alloc(0))).toBe('13');
    expect(await statusOf(Buffer.concat([frame, frame]))).toBe('13');
    await until(() => expect(server.openStreams).toBe(0));
  });

  test('that never finishes its message is ended by its deadline', async () => {
    const { server, port } = await serve([beat]);
    const session = await open(port);
    const stream = session.request({ ...grpc, 'grpc-timeout': '50m' });
    stream.on('error', () => undefined);
    stream.write(Buffer.from([0, 0, 0]));
    const headers = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
    expect(headers['grpc-status']).toBe('4');
    await until(() => expect(server.openStreams).toBe(0));
  });

  test('that sends headers above 8 KiB gets no route to see them', async () => {
    let seen = 0;
    const { port } = await serve([beat], { authorize: () => void seen++ });
    const session = await open(port);
    const stream = session.request({ ...grpc, 'agent-token': 'x'.repeat(20_000) });
    stream.on('error', () => undefined);
    await new Promise((resolve) => stream.once('close', resolve));
    expect(seen).toBe(0);
  });

  test.each([
    ['PING', Buffer.from(`000008060000000000${'00'.repeat(8)}`, 'hex')],
    ['SETTINGS', Buffer.from('000006040000000000000300000064', 'hex')],
  ])('that floods with %s frames is disconnected', async (frames, frame) => {
    const { server, port, events } = await serve([beat]);
    const socket = await connectTo(port);
    socket.on('error', () => undefined).resume();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(Buffer.from('000000040000000000', 'hex'));
    const pump = () => {
      socket.write(Buffer.concat(Array.from({ length: 50 }, () => frame)));
      if (!socket.destroyed) setImmediate(pump);
    };
    pump();
    await closed;
    await until(() => expect(server.openConnections).toBe(0));
    expect(events).toEqual([{ kind: 'flood', frames, remoteAddress: '127.0.0.1' }]);
  });

  test('that says nothing any more is disconnected after the idle time', async () => {
    const { server, port } = await serve([beat], { idleTimeoutMs: 50 });
    await open(port);
    await until(() => expect(server.openConnections).toBe(0));
  });

  test('that opens and resets streams as fast as it can is disconnected', async () => {
    const { server, port, events } = await serve([beat]);
    const session = await open(port);
    const closed = new Promise((resolve) => session.once('close', resolve));
    let opened = 0;
    const pump = () => {
      for (let i = 0; i < 50 && !session.destroyed && !session.closed; i++) {
        const stream = session.request(grpc);
        stream.on('error', () => undefined);
        stream.close(8);
        opened++;
      }
      if (!session.destroyed && opened < 20_000) setImmediate(pump);
    };
    pump();
    await closed;
    expect(events).toMatchObject([{ kind: 'flood', frames: 'RST_STREAM' }]);
    expect(opened).toBeLessThan(20_000);
    await until(() => expect([server.openConnections, server.openStreams]).toEqual([0, 0]));
  });

  test('that says nothing after connecting holds no session beyond the handshake', async () => {
    const { server, port } = await serve([beat], { maxConnections: 2 });
    const sockets = await Promise.all([connectTo(port), connectTo(port)]);
    const third = await connectTo(port);
    await new Promise((resolve) => third.once('close', resolve));
    expect(server.openConnections).toBeLessThanOrEqual(2);
    for (const socket of sockets) socket.destroy();
    await until(() => expect(server.openConnections).toBe(0));
  });
});

test('a ping is answered, and one to a server that has gone is not', async () => {
  const { server, port } = await serve([beat]);
  const connection = await dial(port);
  expect(await connection.ping(5000)).toBe(true);
  await server.close(0);
  await until(() => expect(connection.signal.aborted).toBe(true));
  expect(await connection.ping(100)).toBe(false);
});

test('what does not speak HTTP/2 is not connected to', async () => {
  const { createServer } = await import('node:net');
  const deaf = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await new Promise((resolve) => deaf.once('listening', resolve));
  const { port } = deaf.address() as { port: number };
  const socket = await connectTo(port);
  await expect(
    openRpcConnection(socket, { authority: 'x', scheme: 'http', userAgent: 't', handshakeTimeoutMs: 50 }),
  ).rejects.toThrow(/did not begin to speak HTTP\/2/);
  deaf.close();
});
