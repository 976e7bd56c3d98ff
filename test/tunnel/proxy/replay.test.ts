import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { RpcConnection } from '../../../src/tunnel/protocol/client.js';
import type { Codec } from '../../../src/tunnel/protocol/codec.js';
import {
  type ChunkPart,
  chunkedScrapeResponse,
  type ScrapeRequest,
  scrapeRequest,
  scrapeResponse,
} from '../../../src/tunnel/protocol/messages.js';
import { AGENT_ID_KEY, proxyService } from '../../../src/tunnel/protocol/methods.js';
import { ask } from '../../support/ask.js';
import { type ProxyUnderTest, startProxyUnderTest } from '../../support/tunnel/proxy-under-test.js';
import { type RecordedEvent, readRecording } from '../../support/tunnel/recordings.js';
import { dialProxy, startWireAgent, type WireAgent } from '../../support/tunnel/wire-agent.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** One scrape of a recording: what reached the agent, what it sent back, what the scraper got. */
interface RecordedScrape {
  readonly name: string;
  readonly request: Record<string, unknown> | undefined;
  readonly responses: readonly { readonly method: string; readonly hex: string }[];
  readonly url: string;
  readonly reply: { status: number; body?: string; len: number; sha256?: string; content_type: string };
}

/** The scrapes of a session that come one after another and whose bytes are all there. */
function listScrapes(events: readonly RecordedEvent[]): readonly RecordedScrape[] {
  const scrapes: RecordedScrape[] = [];
  let request: RecordedScrape['request'];
  let responses: { method: string; hex: string }[] = [];
  let isWhole = true;
  for (const event of events) {
    if (event['p>a'] === 'readRequestsFromProxy' && event.msg !== undefined) {
      request = event.msg as Record<string, unknown>;
    }
    const method = event['a>p'];
    if (method === 'writeResponsesToProxy' || method === 'writeChunkedResponsesToProxy') {
      if (typeof event.hex === 'string') responses.push({ method, hex: event.hex });
      else isWhole = false;
    }
    if (typeof event.http !== 'string') continue;
    const reply = event as unknown as RecordedScrape['reply'];
    if (isWhole && reply.status !== undefined) {
      scrapes.push({ name: event.http, request, responses, url: event.http, reply });
    }
    request = undefined;
    responses = [];
    isWhole = true;
  }
  return scrapes;
}

/** Registers what a recording registers, with its messages, and compares what comes back. */
async function register(connection: RpcConnection, events: readonly RecordedEvent[]): Promise<void> {
  const codecs = new Map<string, { request: Codec<object>; response: Codec<object> }>(
    Object.entries(proxyService) as never,
  );
  const connected = await connection.unary(proxyService.connectAgent, {}, {});
  expect(connected.metadata?.[AGENT_ID_KEY]).toBe('1');
  const setup = events.slice(
    0,
    events.findIndex((event) => event['a>p'] === 'readRequestsFromProxy'),
  );
  const registering = { agentId: '1', agentName: 'agent-a', hostName: 'agent-host', launchId: 'l' };
  const registered = await connection.unary(
    proxyService.registerAgent,
    { ...proxyService.registerAgent.request.create(), ...registering },
    {},
  );
  expect(registered).toMatchObject({ ok: true, message: { valid: true, agentId: '1' } });
  for (const [i, event] of setup.entries()) {
    if (event['a>p'] !== 'registerPath') continue;
    const { request, response } = codecs.get('registerPath')!;
    const got = await connection.unary(proxyService.registerPath, request.create(toFields(event.msg)) as never, {});
    const expected = setup.slice(i).find((later) => later['p>a'] === 'registerPath');
    expect(got).toMatchObject({ ok: true, message: response.create(toFields(expected?.msg)) });
  }
}

/** Keys of the wire as they are called in the code. */
function toFields(message: unknown): object {
  return Object.fromEntries(
    Object.entries(message as Record<string, unknown>).map(([key, value]) => [
      key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      key.endsWith('_id') && typeof value === 'number' ? BigInt(value) : value,
    ]),
  );
}

describe('sessions of the real agent', () => {
  test.each([
    ['03', 3],
    ['05', 15],
    ['07', 12],
    ['15', 5],
    ['17', 3],
  ])(
    'recording %s: the proxy sends the agent the same requests and the scraper the same replies',
    async (number, least) => {
      const events = readRecording(number).filter(({ note }) => note === undefined);
      const scrapes = listScrapes(events).filter(({ url }) => url !== '/' && url !== '/discovery');
      expect(scrapes.length).toBeGreaterThanOrEqual(least);
      const proxy = await startProxyUnderTest();
      cleanups.push(() => proxy.close());
      const { connection } = await dialProxy({ port: proxy.port });
      cleanups.push(() => connection.destroy());
      await register(connection, events);
      const reader = connection.serverStream(proxyService.readRequestsFromProxy, { agentId: '1' });
      const incoming = reader.messages[Symbol.asyncIterator]();
      const writers = openWriters(connection);
      for (const { request, responses, url, reply } of scrapes) {
        const path = (url.split('?')[0] ?? '').slice(1);
        // A path that is not there any more, or a request by another method than GET: other tests have both.
        if (request === undefined && ['d1', 'd2', 'app'].includes(path)) continue;
        if (number === '15' && (path === 'd1' || path === 'd2')) await registerLate(connection, path);
        const asked = ask(`${proxy.url}${url}`, {
          headers: {
            ...(request?.authHeader === undefined ? {} : { authorization: String(request.authHeader) }),
            ...(request?.accept === undefined ? {} : { accept: String(request.accept) }),
          },
        });
        if (request !== undefined) {
          const { value: received } = (await incoming.next()) as { value: ScrapeRequest };
          const expected = scrapeRequest.create(toFields(request));
          expect({ ...received, scrapeId: 0n, debugEnabled: false }).toEqual({
            ...expected,
            scrapeId: 0n,
            debugEnabled: false,
          });
          for (const { method, hex } of responses) await writers.send(method, hex, received.scrapeId);
        }
        expectSameReply(await asked, reply);
      }
    },
  );
});

async function registerLate(connection: RpcConnection, path: string): Promise<void> {
  const request = proxyService.registerPath.request.create({
    agentId: '1',
    path,
    labels: '{}',
    pathSource: 'DISCOVERED',
  });
  await connection.unary(proxyService.registerPath, request, {});
}

function openWriters(connection: RpcConnection) {
  const writer = connection.clientStream(proxyService.writeResponsesToProxy);
  const chunkWriter = connection.clientStream(proxyService.writeChunkedResponsesToProxy);
  return {
    chunkWriter,
    /** Recorded bytes, with the number of a scrape that is under way now. */
    send: async (method: string, hex: string, scrapeId: bigint, recorded?: bigint) => {
      const bytes = Buffer.from(hex, 'hex');
      if (method === 'writeResponsesToProxy') {
        const response = scrapeResponse.decode(bytes);
        const isIts = recorded === undefined || response.scrapeId === recorded;
        await writer.send(isIts ? { ...response, scrapeId } : response);
      } else {
        const { part } = chunkedScrapeResponse.decode(bytes);
        await chunkWriter.send({ part: part === undefined ? undefined : renumber(part, scrapeId) });
      }
    },
  };
}

function renumber(part: ChunkPart, scrapeId: bigint): ChunkPart {
  if (part.kind === 'header') return { ...part, header: { ...part.header, scrapeId } };
  if (part.kind === 'chunk') return { ...part, chunk: { ...part.chunk, scrapeId } };
  return { ...part, summary: { ...part.summary, scrapeId } };
}

/** Status, body and type; where the original sends a range for a type, or a reason is the proxy's own, zxp is better. */
function expectSameReply(
  got: { status: number; text: string; headers: Record<string, unknown> },
  recorded: RecordedScrape['reply'],
): void {
  expect(got.status).toBe(recorded.status);
  if (recorded.status < 300 && recorded.sha256 === undefined) expect(got.text).toBe(recorded.body);
  if (recorded.status < 300 && recorded.sha256 !== undefined && recorded.len === got.text.length) {
    expect(createHash('sha256').update(got.text).digest('hex').slice(0, 16)).toBe(recorded.sha256);
  }
  if (recorded.status === 404) expect(got.text).toBe('404 Not Found'.slice(0, recorded.len));
  if (recorded.status === 404 && recorded.len === 0) return;
  if (recorded.content_type === '*/*' || recorded.status >= 500) expect(got.headers['content-type']).not.toBe('*/*');
  else expect(String(got.headers['content-type']).toLowerCase()).toBe(recorded.content_type.toLowerCase());
}

/** Where the proxy is safer than the original, as the recording's README says. */
const SAFER: Readonly<Record<string, number>> = {
  'other agent_id in the body': 502,
  'status 0': 502,
  'status -1': 502,
  'status 999': 502,
};
/** Cases that are about more than one scrape of one agent; other tests have them. */
const ELSEWHERE = [
  'two scrapes, chunks interleaved',
  'another agent answers this agent’s scrape',
  'agent ids that are not the connection’s',
  'two read streams of one agent',
  'agent never answers',
  'agent goes away',
];

interface RecordedCase {
  readonly case: string;
  readonly events: readonly Record<string, never>[];
}

describe('an agent by hand, as the real proxy met it', () => {
  const cases = (readRecording('20') as unknown as RecordedCase[]).filter((each) => !ELSEWHERE.includes(each.case));

  test.each(cases)('$case', async (recorded) => {
    const proxy: ProxyUnderTest = await startProxyUnderTest();
    cleanups.push(() => proxy.close());
    const agent: WireAgent = await startWireAgent({ port: proxy.port, paths: ['app', 'other'] });
    cleanups.push(() => agent.close());
    const writers = openWriters(agent.connection);
    const events = recorded.events as unknown as Record<string, { id: number; path: string } & string>[];
    const scrape = events.find((event) => event.scrape !== undefined)!.scrape!;
    const http = events.find((event) => event.http !== undefined) as unknown as RecordedScrape['reply'];
    const asked = ask(`${proxy.url}/${scrape.path}`);
    const { vi } = await import('vitest');
    await vi.waitFor(() => expect(agent.requests).toHaveLength(1));
    const { scrapeId } = agent.requests[0]!;
    for (const event of events) {
      if (event.write !== undefined) {
        await writers.send('writeResponsesToProxy', event.write, scrapeId, BigInt(scrape.id));
      }
      if (event.chunk !== undefined) await writers.send('writeChunkedResponsesToProxy', event.chunk, scrapeId);
      if (String(event.ev) === 'half-close') writers.chunkWriter.end();
    }
    const reply = await asked;
    const safer = SAFER[recorded.case];
    if (safer !== undefined) expect(reply.status).toBe(safer);
    else expectSameReply(reply, http);
    expect(proxy.proxy.load).toMatchObject({ pendingScrapes: 0, bufferedBytes: 0 });
  });

  test('every case of the recording is replayed here or by another test', () => {
    expect(cases.length).toBeGreaterThan(35);
    expect(cases.length + ELSEWHERE.length).toBe(readRecording('20').length);
  });
});
