import { afterEach, describe, expect, test, vi } from 'vitest';
import type { RpcConnection } from '../../../src/tunnel/protocol/client.js';
import { type ChunkPart, chunkedScrapeResponse, scrapeResponse } from '../../../src/tunnel/protocol/messages.js';
import { proxyService } from '../../../src/tunnel/protocol/methods.js';
import { ask } from '../../support/ask.js';
import { type ProxyUnderTest, startProxyUnderTest } from '../../support/tunnel/proxy-under-test.js';
import { readRecording } from '../../support/tunnel/recordings.js';
import { startWireAgent, type WireAgent } from '../../support/tunnel/wire-agent.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** What the scraper of a case got. */
interface RecordedReply {
  readonly status: number;
  readonly body?: string;
  readonly len: number;
  readonly content_type: string;
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
  recorded: RecordedReply,
): void {
  expect(got.status).toBe(recorded.status);
  if (recorded.status < 300 && recorded.body !== undefined) expect(got.text).toBe(recorded.body);
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
/** Cases that are about more than one scrape of one agent; session-replay.test.ts has them. */
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
    const http = events.find((event) => event.http !== undefined) as unknown as RecordedReply;
    const asked = ask(`${proxy.url}/${scrape.path}`);
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
