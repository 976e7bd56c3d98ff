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
import { AGENT_TOKEN_KEY } from '../protocol/methods.js';
import { createRpcServer, type RpcServer, type RpcServerEvent, type RpcServerTls } from '../protocol/server.js';
import type { ServerCall } from '../protocol/server-call.js';
import type { RpcStatus } from '../protocol/status.js';
import type { Agent } from './agent.js';
import type { AgentIdentity, TokenTable } from './agent-identity.js';
import { AgentRegistry } from './agent-registry.js';
import { createAgentService } from './agent-service.js';
import { refuseCredentials } from './credentials.js';
import { describePaths } from './discovery.js';
import { type PathEntry, PathTable } from './path-table.js';
import { describeProxy, nameOf } from './report.js';
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
  const { spec, observer, logger, now } = options;
  const { limits } = spec;
  const isShared = spec.transportFilterDisabled;
  const startedMs = now();
  const identities = new WeakMap<ServerCall, AgentIdentity>();
  let tokens = options.tokens;
  let lastRegistrationMs: number | undefined;
  let lastId = 0;

  const broker = new ScrapeBroker({
    maxCompressedBytes: limits.compressedBytes,
    maxBufferedBytes: BUFFERED_RESPONSES * limits.compressedBytes,
    onDropped: (why) => {
      observer.responseDropped(why);
      logger.debug('response of an agent dropped', { reason: why });
    },
  });

  const paths = new PathTable({
    maxPaths: limits.paths,
    maxPathsPerAgent: limits.pathsPerAgent,
    isReserved: options.isReserved,
    onDisplaced: (displaced, path, by) => {
      observer.displaced();
      const hint =
        by.identity === undefined ? 'give agents tokens, so that none can take the path of another' : undefined;
      logger.warn('path taken over by another agent', { path, agent: nameOf(by), previous: nameOf(displaced), hint });
      if (displaced.paths.size === 0) registry.remove(displaced, 'displaced');
    },
  });

  const registry: AgentRegistry = new AgentRegistry({
    paths,
    maxAgents: limits.agents,
    now,
    nextId: () => (isShared ? options.randomId() : String(++lastId)),
    isConnectionShared: isShared,
    onEnd: (agent, end) => {
      observer.ended(end);
      logger.info('agent gone', { agent: nameOf(agent), reason: end, address: agent.connection.remoteAddress });
    },
  });

  const routes = createAgentService({
    registry,
    paths,
    broker,
    isConnectionShared: isShared,
    maxLabelBytes: limits.labelBytes,
    identify: (call) => identities.get(call),
    now,
    onRegistered: (agent) => {
      lastRegistrationMs = now();
      observer.connected();
      logger.info('agent connected', {
        agent: nameOf(agent),
        identity: agent.identity?.name,
        address: agent.connection.remoteAddress,
      });
    },
    onPathRegistered: (_agent, _path, droppedLabels) => {
      lastRegistrationMs = now();
      if (droppedLabels > 0) observer.labelsDropped(droppedLabels);
    },
    onPathRefused: (agent, path, { kind, reason }) => {
      observer.pathRefused(kind);
      logger.warn('path refused', { agent: nameOf(agent), path: path.slice(0, 100), reason });
    },
  });

  /** Each call shows a token, or comes on a connection with a certificate, or no agent needs either. */
  const authorize = (call: ServerCall): RpcStatus | undefined => {
    const certificate = call.connection.certificate;
    if (tokens === undefined) {
      const name = certificate === undefined ? undefined : options.nameCertificate(certificate);
      if (name !== undefined) identities.set(call, { name, mayRegister: () => true });
      return undefined;
    }
    const token = call.metadata[AGENT_TOKEN_KEY];
    const identity = typeof token === 'string' ? tokens.find(token) : undefined;
    if (identity === undefined) {
      observer.authenticationFailed();
      logger.debug('agent rejected', { reason: 'token', address: call.connection.remoteAddress });
      return { code: 'unauthenticated', message: 'Missing or invalid agent token' };
    }
    identities.set(call, identity);
    return undefined;
  };

  const renewIdentity = (agent: Agent, table: TokenTable | undefined): void => {
    if (table === undefined) return;
    const renewed = agent.identity === undefined ? undefined : table.renew(agent.identity);
    if (renewed === undefined) {
      registry.remove(agent, 'revoked');
      return;
    }
    agent.identity = renewed;
    for (const path of agent.paths) {
      if (renewed.mayRegister(path)) continue;
      paths.unregister(agent, path);
      logger.warn('path no longer allowed', { agent: nameOf(agent), path });
    }
  };

  const onEvent = (event: RpcServerEvent): void => {
    const { remoteAddress } = event;
    if (event.kind === 'flood') {
      observer.flooded();
      logger.warn('connection of an agent closed', {
        reason: `too many ${event.frames} frames`,
        address: remoteAddress,
      });
    } else {
      observer.authenticationFailed();
      logger.debug('TLS handshake with an agent failed', { reason: event.message, address: remoteAddress });
    }
  };

  let isWarned = false;
  const warnOfFirstCredentials = (agent: Agent): void => {
    if (isWarned) return;
    isWarned = true;
    const hint = 'this is logged once';
    const address = agent.connection.remoteAddress;
    logger.warn('first credentials forwarded over plaintext or to an unknown agent', {
      agent: nameOf(agent),
      address,
      hint,
    });
  };

  const createServer = (): RpcServer =>
    createRpcServer({
      routes,
      tls: options.tls,
      authorize,
      maxConnections: limits.agents + SPARE_CONNECTIONS,
      maxStreamsPerConnection: isShared ? STREAMS_PER_SHARED_CONNECTION : STREAMS_PER_CONNECTION,
      idleTimeoutMs: Math.max(spec.evictionAfterMs + MAX_EVICTION_CHECK_MS, IDLE_CONNECTION_MS),
      now,
      onEvent,
    });
  let servers: readonly RpcServer[] = [];

  const scrapePath = createPathScraper({
    broker,
    maxTimeoutMs: spec.scrapeTimeoutMs,
    maxBodyBytes: limits.bodyBytes,
    now,
    refuseCredentials: (agent) => {
      const refusal = refuseCredentials(agent);
      if (!spec.allowPlaintextCredentials) return refusal;
      if (refusal !== undefined) warnOfFirstCredentials(agent);
      return undefined;
    },
    onDuplicates: (count) => observer.duplicateSeriesDropped(count),
  });

  const evictionTimer = setInterval(
    () => registry.evict(spec.evictionAfterMs),
    Math.min(MAX_EVICTION_CHECK_MS, spec.evictionAfterMs / 2),
  );
  evictionTimer.unref();

  return {
    listen: async () => {
      const addresses: AddressInfo[] = [];
      try {
        for (const { host, port } of spec.listenAddresses) {
          const server = createServer();
          servers = [...servers, server];
          addresses.push(await server.listen(host, port));
        }
      } catch (thrown) {
        await Promise.all(servers.map((server) => server.close(0)));
        clearInterval(evictionTimer);
        throw thrown;
      }
      return addresses;
    },
    scrape: async (path, request) => {
      const beganMs = now();
      const entry = paths.find(path);
      const answer = entry === undefined ? pathNotFound : await scrapePath(entry, request);
      const durationMs = now() - beganMs;
      observer.scraped(answer.outcome, durationMs / 1000);
      if (answer.outcome === 'credentials_refused') observer.credentialsRefused();
      if (entry !== undefined) remember(entry, { answer, endedMs: now(), durationMs });
      return answer;
    },
    discover: (host) => (spec.discovery === undefined ? undefined : describePaths(paths.list(), spec.discovery, host)),
    report: () => describeProxy(registry.list(), paths.list(), now()),
    get load() {
      return {
        agents: registry.size,
        paths: paths.size,
        connections: servers.reduce((sum, server) => sum + server.openConnections, 0),
        streams: servers.reduce((sum, server) => sum + server.openStreams, 0),
        pendingScrapes: broker.pending,
        queuedRequests: registry.list().reduce((sum, agent) => sum + agent.queued, 0),
        bufferedBytes: broker.bufferedBytes,
      };
    },
    isSettled: () => {
      const nowMs = now();
      if (nowMs - startedMs > MAX_SETTLE_MS) return true;
      const isQuiet = lastRegistrationMs === undefined || nowMs - lastRegistrationMs > QUIET_MS;
      return isQuiet && (lastRegistrationMs !== undefined || nowMs - startedMs > SETTLE_MS);
    },
    setTokens: (table) => {
      tokens = table;
      for (const agent of registry.list()) renewIdentity(agent, table);
    },
    setTls: (tls) => {
      for (const server of servers) server.setTls(tls);
    },
    close: async (drainMs) => {
      clearInterval(evictionTimer);
      for (const agent of registry.list()) registry.remove(agent, 'stopping');
      await Promise.all(servers.map((server) => server.close(Math.max(drainMs, GOODBYE_MS))));
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
