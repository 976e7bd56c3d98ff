import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { ProxyLoad } from '../../../src/model/proxy.js';
import { startProxyUnderTest } from './proxy-under-test.js';
import { startWireAgent, type WireAgent } from './wire-agent.js';

export interface FlappingOptions {
  readonly agents: number;
  readonly pathsPerAgent: number;
  readonly durationMs: number;
  /** How long an agent lives at most before its connection is cut. */
  readonly maxLifeMs: number;
}

export interface FlappingReport {
  /** Replies by status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Replies of 200 whose body is that of another path, or broken. */
  readonly mixed: number;
  readonly cuts: number;
  /** What the proxy holds once every agent has gone. */
  readonly left: ProxyLoad;
  readonly heapGrowthBytes: number;
}

/**
 * Scrapes a proxy whose agents come and go, in the middle of responses too, and counts what is left in the end. Each body
 * names its path, so that a mixed-up one is seen.
 */
export async function runFlapping(options: FlappingOptions): Promise<FlappingReport> {
  const proxy = await startProxyUnderTest({ scrapeTimeoutMs: 2000 }, { flags: { 'web.max-requests': '500' } });
  const scraper = new Agent({ keepAlive: true, maxSockets: 32 });
  const statuses = new Map<number, number>();
  const endMs = performance.now() + options.durationMs;
  const isOver = () => performance.now() >= endMs;
  let mixed = 0;
  let cuts = 0;

  const flap = async (number: number): Promise<void> => {
    const paths = Array.from({ length: options.pathsPerAgent }, (_, i) => `path_${number}_${i}`);
    while (!isOver()) {
      const agent = await startWireAgent({
        port: proxy.port,
        name: `agent-${number}`,
        paths,
        onRequest: respond,
      }).catch(() => undefined);
      await wait(Math.random() * options.maxLifeMs);
      if (agent === undefined) continue;
      cuts++;
      if (Math.random() < 0.5) agent.socket.destroy();
      else agent.close();
    }
  };

  const scrape = async (): Promise<void> => {
    while (!isOver()) {
      const path = `path_${Math.floor(Math.random() * options.agents)}_${Math.floor(Math.random() * options.pathsPerAgent)}`;
      const { status, text } = await get(`${proxy.url}/${path}`, scraper);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 200 && !text.split('\n').every((line) => line === '' || line.includes(`"${path}"`))) mixed++;
      await wait(1);
    }
  };

  globalThis.gc?.();
  const heapBefore = process.memoryUsage().heapUsed;
  const agents = Array.from({ length: options.agents }, (_, number) => flap(number));
  const scrapers = Array.from({ length: 16 }, scrape);
  await Promise.all([...agents, ...scrapers]);
  scraper.destroy();
  const giveUpMs = performance.now() + 5000;
  const isEmpty = ({ agents: left, connections, streams, pendingScrapes }: ProxyLoad) =>
    left + connections + streams + pendingScrapes === 0;
  while (!isEmpty(proxy.proxy.load) && performance.now() < giveUpMs) await wait(20);
  const left = proxy.proxy.load;
  await proxy.close();
  globalThis.gc?.();
  return { statuses, mixed, cuts, left, heapGrowthBytes: process.memoryUsage().heapUsed - heapBefore };
}

/** A third of the responses each is text, a gzip in one message, a gzip in chunks; some are never finished. */
async function respond(scraped: Parameters<WireAgent['respond']>[0], agent: WireAgent): Promise<void> {
  const text = Array.from(
    { length: 500 },
    (_, i) => `up{path="${scraped.path}",number="${i}"} ${Math.random()}\n`,
  ).join('');
  const kind = Math.random();
  if (kind < 0.3) await agent.respond(scraped, text);
  else if (kind < 0.6) {
    await agent.respond(scraped, '', { zipped: true, content: { form: 'gzip', bytes: gzipSync(text) } });
  } else if (kind < 0.95) await agent.respondInChunks(scraped, gzipSync(text), 1000);
}

function get(url: string, agent: Agent): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    asked.once('error', reject);
    asked.end();
  });
}
