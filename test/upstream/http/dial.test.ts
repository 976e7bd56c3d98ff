import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { CancellationSource } from '../../../src/async/cancellation.js';
import { dialAddresses } from '../../../src/upstream/http/dial.js';
import { JSON_BODY, listen, startFakeUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';
import { findClosedPort } from '../../support/hostile-upstream.js';
import { openClient } from '../open-client.js';

const v4 = (address: string) => ({ address, family: 4 });
const v6 = (address: string) => ({ address, family: 6 });

/** Addresses of documentation: packets to them are lost, or refused where there is no route. */
const LOST = [v6('2001:db8::1'), v4('192.0.2.1')];

async function startListener(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  const port = await listen(server);
  forThisTest({ close: () => void server.close() });
  return port;
}

describe('addresses', () => {
  test('are tried one after the other until one accepts, with a quarter of a second between them', async () => {
    const port = await startListener();
    const startMs = performance.now();
    const socket = await dialAddresses([...LOST, v4('127.0.0.1')], { port, signal: new CancellationSource() });
    expect(socket.remoteAddress).toBe('127.0.0.1');
    expect(performance.now() - startMs).toBeLessThan(2000);
    socket.destroy();
  });

  test('that refuse are followed by the next at once, and the failure of the only one is its own', async () => {
    const port = await findClosedPort();
    const signal = new CancellationSource();
    await expect(dialAddresses([v4('127.0.0.1')], { port, signal })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(dialAddresses([v6('::1'), v4('127.0.0.1')], { port, signal })).rejects.toBeInstanceOf(AggregateError);
  });

  test('are given up with the signal, for its reason', async () => {
    const signal = new CancellationSource();
    const dialed = dialAddresses([v4('192.0.2.1')], { port: 9, signal });
    signal.abort('enough');
    await expect(dialed).rejects.toBe('enough');
    await expect(dialAddresses([v4('127.0.0.1')], { port: 9, signal })).rejects.toBe('enough');
  });
});

test('a name with IPv6 first, to which there is no route, is connected to by IPv4 however slow', async () => {
  const server = forThisTest(await startFakeUpstream());
  const lookup = async () => [v6('2001:db8::1'), v4('127.0.0.1')];
  expect(await openClient({}, { lookup }).text(`http://both.example:${server.port}/`)).toBe(JSON_BODY);
});

test('an address that is silent has the whole connect timeout, and not a quarter of a second', async () => {
  const lookup = async () => LOST;
  const client = openClient({}, { lookup, connectTimeoutMs: 1200 });
  const startMs = performance.now();
  const failure: unknown = await client.ask('http://both.example/').catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({ code: 'connect' });
  const isSilent = failure instanceof Error && failure.message.includes('within 1.2 s');
  // Where a sandbox refuses packets there is nothing to wait for.
  if (isSilent) expect(performance.now() - startMs).toBeGreaterThan(1000);
});
