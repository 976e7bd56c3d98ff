import { vi } from 'vitest';
import type { AgentEvent, AgentSettings, TunnelAgent, TunnelAgentOptions } from '../../../src/tunnel/agent/agent.js';
import { startTunnelAgent } from '../../../src/tunnel/agent/agent.js';
import { failure } from '../../../src/tunnel/agent/scrape-handler.js';
import type { FetchTarget, ServedPath, TargetResponse } from '../../../src/tunnel/agent/target.js';
import { forThisTest } from '../../support/for-this-test.js';
import { type FakeConnection, type FakeProxy, type FakeProxyOptions, startFakeProxy } from './fake-proxy.js';

export interface AgentUnderTest {
  readonly agent: TunnelAgent;
  readonly events: AgentEvent[];
  readonly kinds: () => readonly string[];
}

/** An agent that gives up nothing to chance: no jitter, short pauses. */
export function runAgent(
  options: Partial<Omit<TunnelAgentOptions, 'settings'>> & { readonly settings: Partial<AgentSettings> },
): AgentUnderTest {
  const events: AgentEvent[] = [];
  const agent = startTunnelAgent({
    paths: [],
    hostName: 'agent-host',
    launchId: 'launch',
    userAgent: 'zxp/test',
    maxScrapes: 40,
    connectTimeoutMs: 2000,
    heartbeatTimeoutMs: 2000,
    lingerMs: 2000,
    lookup: async () => [{ address: '127.0.0.1', family: 4 }],
    now: () => performance.now(),
    random: () => 0,
    isLoopback: (address) => address.startsWith('127.'),
    onEvent: (event) => events.push(event),
    ...options,
    settings: toSettings(options.settings),
  });
  forThisTest({ close: () => agent.close(0) });
  return { agent, events, kinds: () => events.map(({ kind }) => kind) };
}

export function toSettings(settings: Partial<AgentSettings>): AgentSettings {
  return {
    proxies: [],
    mode: 'all',
    name: 'agent-a',
    consolidated: false,
    tls: undefined,
    token: undefined,
    transportFilterDisabled: false,
    callTimeoutMs: 2000,
    heartbeatAfterMs: undefined,
    reconnectAfterMs: 40,
    limits: { gzipAboveBytes: 512, chunkBytes: 32 * 1024 },
    ...settings,
  };
}

export async function runProxy(options: FakeProxyOptions = {}): Promise<FakeProxy> {
  const proxy = await startFakeProxy(options);
  forThisTest({ close: () => proxy.close() });
  return proxy;
}

export const local = (proxy: FakeProxy) => ({ host: 'localhost', port: proxy.port });

/** A path whose target always responds with this body, or as the function has it. */
export function serve(
  path: string,
  fetch: string | Buffer | FetchTarget = 'up 1\n',
  more: Partial<ServedPath> = {},
): ServedPath {
  return {
    path,
    labels: '{}',
    targetUrl: `http://target/${path}`,
    describeUrl: (query) => `http://target/${path}?${query}`,
    source: 'STATIC',
    fetch: typeof fetch === 'function' ? fetch : async () => ok(fetch),
    ...more,
  };
}

export function ok(body: string | Buffer): TargetResponse {
  return { ...failure(200, 'success'), contentType: 'text/plain; version=0.0.4', body: Buffer.from(body) };
}

export async function until(holds: () => void): Promise<void> {
  await vi.waitFor(holds, { timeout: 15_000, interval: 5 });
}

/** The connection that reads requests, the nth of the proxy. */
export async function connected(proxy: FakeProxy, count = 1): Promise<FakeConnection> {
  await vi.waitFor(
    () => {
      if (proxy.connections.length < count || proxy.connections[count - 1]?.isReading !== true)
        throw new Error('not yet');
    },
    { timeout: 15_000, interval: 5 },
  );
  const connection = proxy.connections[count - 1];
  if (connection === undefined) throw new Error('there is no connection');
  return connection;
}
