import express, { type Response } from 'express';
import { describe, expect, test, vi } from 'vitest';
import { hasZstd } from '../../src/exposition/compress.js';
import { negotiateCompression } from '../../src/exposition/negotiate.js';
import { ScrapeRegistry } from '../../src/exposition/scrape-registry.js';
import { DropTally } from '../../src/model/drops.js';
import { sendExposition } from '../../src/server/send-exposition.js';
import { codings, decode } from '../exposition/codings.js';
import { forThisTest } from '../support/for-this-test.js';
import { startListening } from '../support/listening.js';
import { openRawConnection } from '../support/raw-connection.js';

const WAIT = { timeout: 10_000, interval: 10 };
/** Two chunks of the exposition, one of them as gzip, and what Node itself takes in beside them. */
const FEW_BYTES = 512 * 1024;

/** A registry whose exposition has about this many bytes. */
async function gatherBytes(bytes: number): Promise<ScrapeRegistry> {
  const rows = Math.ceil(bytes / 1020);
  const labelNames = ['row', 'padding'];
  const labelValues = Array.from({ length: rows }, (_, i) => [String(i), noise(i, 1000)]);
  const family = {
    type: 'gauge',
    name: 'padded',
    help: 'Much.',
    labelNames: labelValues.map(() => labelNames),
    labelValues,
    values: labelValues.map((_, i) => i),
  } as const;
  const outcome = { up: true, statusCode: 200, durationSeconds: 0, samples: rows, drops: new DropTally() };
  const registry = new ScrapeRegistry({ collect: async () => ({ families: [family], outcome }) });
  await registry.gather({});
  return registry;
}

/** Text that gzip cannot make much of: a small linear congruential generator from `seed`. */
function noise(seed: number, length: number): string {
  let state = seed + 1;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += state.toString(36);
  }
  return text.slice(0, length);
}

/** More than the system takes for a reader who does not read. */
const large = gatherBytes(20_000_000);

/** A server that sends this registry to the client, and the response that it last made. */
async function serve(registry: ScrapeRegistry, writeTimeoutMs = 60_000) {
  const seen: { response?: Response; isSent?: boolean } = {};
  const app = express().use(async (request, response) => {
    seen.response = response;
    const compression = negotiateCompression(String(request.headers['accept-encoding']), hasZstd);
    await sendExposition(response, registry, { status: 200, format: 'text', compression, writeTimeoutMs });
    seen.isSent = true;
  });
  const { url } = await startListening(app);
  return { url, seen };
}

/** The head and the body of a reply, as they come over the wire. */
async function receive(url: string, coding: string): Promise<{ readonly head: string; readonly body: Buffer }> {
  const connection = forThisTest(await openRawConnection(url));
  connection.send(`GET / HTTP/1.1\r\nHost: zxp\r\nConnection: close\r\nAccept-Encoding: ${coding}\r\n\r\n`);
  await connection.untilEnded();
  const end = connection.received.indexOf('\r\n\r\n');
  return {
    head: connection.received.slice(0, end),
    body: Buffer.from(connection.received.slice(end + '\r\n\r\n'.length), 'latin1'),
  };
}

/** Undoes the chunked transfer coding. */
function joinChunks(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const start = body.indexOf('\r\n', at) + 2;
    const length = Number.parseInt(body.toString('latin1', at, start), 16);
    chunks.push(body.subarray(start, start + length));
    at = start + length + 2;
  }
  return Buffer.concat(chunks);
}

describe('an exposition of one chunk', () => {
  test('has its length, and is the same in every coding', async () => {
    const registry = await gatherBytes(2000);
    const { url } = await serve(registry);
    const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
    const text = await plain.text();
    expect(text).toBe(await registry.metrics());
    expect(plain.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(plain.headers.get('vary')).toBe('Accept, Accept-Encoding');
    for (const coding of codings.filter((each) => each !== 'identity')) {
      const { head, body } = await receive(url, coding);
      expect(head).toMatch(new RegExp(`content-encoding: ${coding}`, 'i'));
      expect(head).toMatch(new RegExp(`content-length: ${body.length}\\b`, 'i'));
      expect(decode(body, coding).toString()).toBe(text);
    }
  });
});

describe('an exposition of many chunks', () => {
  test.each(codings)('arrives whole as %s', async (coding) => {
    const registry = await gatherBytes(1_000_000);
    const { url } = await serve(registry);
    const { head, body } = await receive(url, coding);
    if (coding === 'identity') expect(head).not.toMatch(/content-encoding/i);
    else expect(head).toMatch(new RegExp(`content-encoding: ${coding}`, 'i'));
    expect(decode(joinChunks(body), coding).toString()).toBe(await registry.metrics());
  });

  test.each(codings)('HEAD has the headers of %s and no body', async (coding) => {
    const { url, seen } = await serve(await gatherBytes(1_000_000));
    const response = await fetch(url, { method: 'HEAD', headers: { 'accept-encoding': coding } });
    expect(response.headers.get('content-encoding')).toBe(coding === 'identity' ? null : coding);
    expect(await response.text()).toBe('');
    await vi.waitUntil(() => seen.isSent, WAIT);
  });

  test.each(codings)('waits for a reader who pauses, with little of it in memory, as %s', async (coding) => {
    const { url, seen } = await serve(await large);
    const connection = forThisTest(await openRawConnection(url, { isReading: false }));
    connection.send(`GET / HTTP/1.1\r\nHost: zxp\r\nConnection: close\r\nAccept-Encoding: ${coding}\r\n\r\n`);
    // Full is when the system takes no more: what has been handed over stands still while some is left.
    let handedOver = -1;
    await vi.waitUntil(
      () => {
        const before = handedOver;
        handedOver = (seen.response?.socket?.bytesWritten ?? 0) - (seen.response?.writableLength ?? 0);
        return seen.response?.writableNeedDrain === true && handedOver === before;
      },
      { timeout: 10_000, interval: 100 },
    );
    expect(seen.isSent).toBeUndefined();
    expect(seen.response?.writableLength).toBeGreaterThan(0);
    expect(seen.response?.writableLength).toBeLessThan(FEW_BYTES);
    connection.read();
    await connection.untilEnded();
    expect(seen.isSent).toBe(true);
    // The last chunk of the transfer coding is there, so the whole of it is.
    expect(connection.received.endsWith('\r\n0\r\n\r\n')).toBe(true);
  });

  test.each(codings)('is given up when its reader goes away, as %s', async (coding) => {
    const { url, seen } = await serve(await large);
    const connection = forThisTest(await openRawConnection(url, { isReading: false }));
    connection.send(`GET / HTTP/1.1\r\nHost: zxp\r\nAccept-Encoding: ${coding}\r\n\r\n`);
    await vi.waitUntil(() => seen.response?.writableNeedDrain, WAIT);
    connection.close();
    await vi.waitUntil(() => seen.isSent, WAIT);
  });

  test.each(codings)('is cut off when it takes longer than the write timeout, as %s', async (coding) => {
    const { url, seen } = await serve(await large, 200);
    const connection = forThisTest(await openRawConnection(url, { isReading: false }));
    connection.send(`GET / HTTP/1.1\r\nHost: zxp\r\nAccept-Encoding: ${coding}\r\n\r\n`);
    await vi.waitUntil(() => seen.isSent, WAIT);
    connection.read();
    await connection.untilEnded();
    expect(connection.received).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(connection.received.endsWith('\r\n0\r\n\r\n')).toBe(false);
  });
});
