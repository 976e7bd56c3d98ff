import type { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Logger, MonotonicClock } from '../../model/ports.js';
import type {
  DiscoveredPath,
  ProxyLoad,
  ProxyObserver,
  ProxyReport,
  ProxyScrapeAnswer,
  ProxyScrapeRequest,
} from '../../model/proxy.js';
import type { ProxySpec } from '../../model/tunnel.js';
import { createRpcServer, type RpcRoute, type RpcServer, type RpcServerTls } from '../protocol/server.js';
import { AgentAuthorization } from './agent-authorization.js';
import type { TokenTable } from './agent-identity.js';
import { AgentListeners } from './agent-listeners.js';
import { AgentRegistry } from './agent-registry.js';
import { createAgentService } from './agent-service.js';
import { refuseCredentials } from './credentials.js';
import { describePaths } from './discovery.js';
import { type PathEntry, PathTable } from './path-table.js';
import { createProxyEvents, type ProxyEvents } from './proxy-events.js';
import { describeProxy } from './report.js';
import { pathNotFound } from './scrape-answer.js';
import { ScrapeBroker } from './scrape-broker.js';
import { createPathScraper } from './scraper.js';

export interface TunnelProxyOptions {
  readonly spec: ProxySpec;
  /** Undefined where any agent may connect. */
  readonly tokens: TokenTable | undefined;
  readonly tls: RpcServerTls | undefined;
  /** Who a client certificate is about. */
  readonly nameCertificate: (certificate: X509Certificate) => string | undefined;
  /** Paths that the proxy answers itself. */
  readonly isReserved: (path: string) => boolean;
  readonly observer: ProxyObserver;
  readonly logger: Logger;
  readonly now: MonotonicClock;
  /** A text that nobody can guess. */
  readonly randomId: () => string;
}

/** The side of a tunnel that Prometheus can reach. */
export interface TunnelProxy {
  /** Listens for agents on every address of the configuration. Throws `listen`, and leaves none open. */
  listen(): Promise<readonly AddressInfo[]>;
  /** Never rejects. */
  scrape(path: string, request: ProxyScrapeRequest): Promise<ProxyScrapeAnswer>;
  /** Every path for `http_sd_configs`; undefined where that is off. */
  discover(host: string): readonly DiscoveredPath[] | undefined;
  /** What a page shows. */
  report(): ProxyReport;
  readonly load: ProxyLoad;
  /** Whether the agents that there are have come (back), as far as that can be known. */
  isSettled(): boolean;
  /** From now on these tokens count: agents whose token is gone are disconnected. */
  setTokens(tokens: TokenTable | undefined): void;
  setTls(tls: RpcServerTls): void;
  /** Lets scrapes end for so long, then ends agents and connections. */
  close(drainMs: number): Promise<void>;
}

/** Agents are expected back within this after a start, and then for as long as more keep coming. */
const SETTLE_MS = 5000;
const QUIET_MS = 2000;
const MAX_SETTLE_MS = 60_000;
const MAX_EVICTION_CHECK_MS = 10_000;
/** Connections beyond the maximum of agents: those that have not said yet who they are. */
const SPARE_CONNECTIONS = 64;
/** An agent has three and one more for a call; each may hold an incomplete message. */
const STREAMS_PER_CONNECTION = 32;
const STREAMS_PER_SHARED_CONNECTION = 10_000;
/** A connection without an agent is ended after this, one with an agent some time after its eviction. */
const IDLE_CONNECTION_MS = 60_000;
const GOODBYE_MS = 500;
/** Of all chunked responses under way together. */
const BUFFERED_RESPONSES = 32;

/** Makes a proxy that does not listen yet. */
export function createTunnelProxy(options: TunnelProxyOptions): TunnelProxy {
  const { spec, observer, now } = options;
  const { limits } = spec;
  const events = createProxyEvents(observer, options.logger);
  const settling = createSettling(now);
  const broker = new ScrapeBroker({
    maxCompressedBytes: limits.compressedBytes,
    maxBufferedBytes: BUFFERED_RESPONSES * limits.compressedBytes,
    onDropped: events.responseDropped,
  });
  const { paths, registry } = createAgentTables(options, events);
  const authorization = new AgentAuthorization({ ...options, events });
  const routes = createAgentService({
    registry,
    paths,
    broker,
    isConnectionShared: spec.transportFilterDisabled,
    maxLabelBytes: limits.labelBytes,
    identify: (call) => authorization.identify(call),
    now,
    onRegistered: (agent) => {
      settling.noteRegistration();
      events.agentConnected(agent);
    },
    onPathRegistered: (_agent, _path, droppedLabels) => {
      settling.noteRegistration();
      if (droppedLabels > 0) events.labelsDropped(droppedLabels);
    },
    onPathRefused: events.pathRefused,
  });
  const listeners = new AgentListeners(() => createAgentServer(options, { routes, authorization, events }));
  const scrapePath = createPathScraper({
    broker,
    maxTimeoutMs: spec.scrapeTimeoutMs,
    maxBodyBytes: limits.bodyBytes,
    now,
    refuseCredentials: (agent) => {
      const refusal = refuseCredentials(agent);
      if (!spec.allowPlaintextCredentials) return refusal;
      if (refusal !== undefined) events.credentialsExposed(agent);
      return undefined;
    },
    onDuplicates: (count) => observer.duplicateSeriesDropped(count),
  });
  const evictionTimer = startEviction(registry, spec.evictionAfterMs);

  return {
    listen: () =>
      listeners.listen(spec.listenAddresses).catch((thrown) => {
        clearInterval(evictionTimer);
        throw thrown;
      }),
    scrape: async (path, request) => {
      const beganMs = now();
      const entry = paths.find(path);
      const answer = entry === undefined ? pathNotFound : await scrapePath(entry, request);
      const endedMs = now();
      const durationMs = endedMs - beganMs;
      observer.scraped(answer.outcome, durationMs / 1000);
      if (answer.outcome === 'credentials_refused') observer.credentialsRefused();
      if (entry !== undefined) remember(entry, { answer, endedMs, durationMs });
      return answer;
    },
    discover: (host) => (spec.discovery === undefined ? undefined : describePaths(paths.list(), spec.discovery, host)),
    report: () => describeProxy(registry.list(), paths.list(), now()),
    get load() {
      return {
        agents: registry.size,
        paths: paths.size,
        connections: listeners.openConnections,
        streams: listeners.openStreams,
        pendingScrapes: broker.pending,
        queuedRequests: registry.list().reduce((sum, agent) => sum + agent.queued, 0),
        bufferedBytes: broker.bufferedBytes,
      };
    },
    isSettled: settling.isSettled,
    setTokens: (tokens) => authorization.setTokens(tokens, { registry, paths }),
    setTls: (tls) => listeners.setTls(tls),
    close: async (drainMs) => {
      clearInterval(evictionTimer);
      for (const agent of registry.list()) registry.remove(agent, 'stopping');
      await listeners.close(Math.max(drainMs, GOODBYE_MS));
    },
  };
}

/** The agents that are connected, and the paths that they serve: an agent that loses its last path to another is gone. */
function createAgentTables({ spec, isReserved, randomId, now }: TunnelProxyOptions, events: ProxyEvents) {
  const { limits, transportFilterDisabled: isConnectionShared } = spec;
  let lastId = 0;
  const paths = new PathTable({
    maxPaths: limits.paths,
    maxPathsPerAgent: limits.pathsPerAgent,
    isReserved,
    onDisplaced: (previous, path, by) => {
      events.pathDisplaced(path, { previous, by });
      if (previous.paths.size === 0) registry.remove(previous, 'displaced');
    },
  });
  const registry: AgentRegistry = new AgentRegistry({
    paths,
    maxAgents: limits.agents,
    now,
    nextId: () => (isConnectionShared ? randomId() : String(++lastId)),
    isConnectionShared,
    onEnd: events.agentEnded,
  });
  return { paths, registry };
}

/** A server for one address. */
function createAgentServer(
  { spec, tls, now }: TunnelProxyOptions,
  parts: {
    readonly routes: readonly RpcRoute[];
    readonly authorization: AgentAuthorization;
    readonly events: ProxyEvents;
  },
): RpcServer {
  return createRpcServer({
    routes: parts.routes,
    tls,
    authorize: (call) => parts.authorization.authorize(call),
    maxConnections: spec.limits.agents + SPARE_CONNECTIONS,
    maxStreamsPerConnection: spec.transportFilterDisabled ? STREAMS_PER_SHARED_CONNECTION : STREAMS_PER_CONNECTION,
    idleTimeoutMs: Math.max(spec.evictionAfterMs + MAX_EVICTION_CHECK_MS, IDLE_CONNECTION_MS),
    now,
    onEvent: parts.events.ofServer,
  });
}

/** Looks for silent agents from time to time, without keeping the process alive. */
function startEviction(registry: AgentRegistry, evictionAfterMs: number): NodeJS.Timeout {
  const intervalMs = Math.min(MAX_EVICTION_CHECK_MS, evictionAfterMs / 2);
  return setInterval(() => registry.evict(evictionAfterMs), intervalMs).unref();
}

/** Whether the agents that there are have come (back), by when the last of them registered. */
function createSettling(now: MonotonicClock) {
  const startedMs = now();
  let lastRegistrationMs: number | undefined;
  return {
    noteRegistration: () => {
      lastRegistrationMs = now();
    },
    isSettled: () => {
      const nowMs = now();
      if (nowMs - startedMs > MAX_SETTLE_MS) return true;
      if (lastRegistrationMs === undefined) return nowMs - startedMs > SETTLE_MS;
      return nowMs - lastRegistrationMs > QUIET_MS;
    },
  };
}

function remember(
  { scrapes }: PathEntry,
  scrape: { readonly answer: ProxyScrapeAnswer; readonly endedMs: number; readonly durationMs: number },
): void {
  const { status, outcome, reason } = scrape.answer;
  scrapes.total++;
  if (outcome !== 'success') scrapes.errors++;
  scrapes.last = { endedMs: scrape.endedMs, durationMs: scrape.durationMs, status, outcome, reason };
}
