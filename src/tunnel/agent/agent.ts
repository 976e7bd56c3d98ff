import type { CancellationSignal } from '../../model/cancellation.js';
import { toZxpError, type ZxpError } from '../../model/errors.js';
import type { SecretSource } from '../../model/module.js';
import type { MonotonicClock } from '../../model/ports.js';
import type { AgentTlsSpec, Endpoint } from '../../model/tunnel.js';
import { AGENT_TOKEN_KEY } from '../protocol/methods.js';
import { EndpointLinks } from './addresses.js';
import { readToken } from './agent-secrets.js';
import { dial, type LookupAll } from './dial.js';
import { Link, type LinkTarget } from './link.js';
import { createReconnectDelay } from './reconnect-delay.js';
import { type AgentScrape, createScrapeHandler } from './scrape-handler.js';
import type { ReplyLimits } from './scrape-reply.js';
import { type AgentSession, openSession, type SessionEnd } from './session.js';
import { Slots } from './slots.js';
import type { ServedPath } from './target.js';

/** How an agent connects. A change of any of it means new connections. */
export interface AgentSettings {
  readonly proxies: readonly Endpoint[];
  /** A connection to every address of every proxy, or to the first proxy that accepts one. */
  readonly mode: 'all' | 'failover';
  readonly name: string;
  readonly consolidated: boolean;
  readonly tls: AgentTlsSpec | undefined;
  readonly token: SecretSource | undefined;
  readonly transportFilterDisabled: boolean;
  readonly callTimeoutMs: number | undefined;
  readonly heartbeatAfterMs: number | undefined;
  readonly reconnectAfterMs: number;
  readonly limits: ReplyLimits;
}

/** What happens to an agent, for logs and metrics. `proxy` is `host:port` of the configuration. */
export type AgentEvent =
  | { readonly kind: 'connected'; readonly proxy: string; readonly address: string; readonly agentId: string }
  | { readonly kind: 'disconnected'; readonly proxy: string; readonly address: string; readonly end: SessionEnd }
  | { readonly kind: 'connect_failed'; readonly proxy: string; readonly address: string; readonly error: ZxpError }
  | { readonly kind: 'path_refused'; readonly proxy: string; readonly path: string; readonly reason: string }
  | { readonly kind: 'token_unreadable'; readonly error: ZxpError }
  /** A caller's credentials crossed a tunnel in plaintext that leaves this machine. */
  | { readonly kind: 'plaintext_credentials'; readonly proxy: string }
  | { readonly kind: 'scrape'; readonly scrape: AgentScrape };

export interface TunnelAgentOptions {
  readonly settings: AgentSettings;
  readonly paths: readonly ServedPath[];
  readonly hostName: string;
  /** Random for each process. */
  readonly launchId: string;
  readonly userAgent: string;
  /** Scrapes at once, of all proxies. */
  readonly maxScrapes: number;
  readonly connectTimeoutMs: number;
  /** How long a proxy may take to answer a heartbeat. */
  readonly heartbeatTimeoutMs: number;
  /** How long a scrape may go on whose proxy has ended its connection in order. */
  readonly lingerMs: number;
  readonly lookup: LookupAll;
  readonly now: MonotonicClock;
  readonly random: () => number;
  readonly isLoopback: (address: string) => boolean;
  readonly onEvent: (event: AgentEvent) => void;
}

/** State of an agent towards one proxy. */
export interface ProxyState {
  readonly proxy: string;
  readonly connections: number;
  /** Whether it is one of several that are not connected because another one is: in the mode failover. */
  readonly isStandby: boolean;
  /** Paths that it refused. */
  readonly refusedPaths: number;
}

export interface TunnelAgent {
  proxies(): readonly ProxyState[];
  /** Serves these paths from now on; only what differs is registered. Resolves when it is. */
  updatePaths(paths: readonly ServedPath[]): Promise<void>;
  /** Reconnects what these settings change; scrapes under way end first. */
  updateSettings(settings: AgentSettings, drainMs: number): Promise<void>;
  /** Lets scrapes under way end, for at most so long, and closes every connection. */
  close(drainMs: number): Promise<void>;
}

/** Connects to proxies and answers their scrapes until it is closed. */
export function startTunnelAgent(options: TunnelAgentOptions): TunnelAgent {
  const slots = new Slots(options.maxScrapes);
  const refused = new Map<string, number>();
  let paths = byPath(options.paths);
  let { settings } = options;
  const connectors = new Map<string, Connector>();
  let isClosed = false;
  const openMissing = () => {
    for (const [key, endpoints] of planConnectors(settings)) {
      if (connectors.has(key) || isClosed) continue;
      const context = { ...options, settings, slots, currentPaths: () => paths, refused };
      const connectTo = settings.mode === 'all' ? connectToAll : connectToFirst;
      connectors.set(key, connectTo(endpoints, context));
    }
  };
  const forEach = (work: (connector: Connector) => Promise<void>) => Promise.all([...connectors.values()].map(work));
  openMissing();
  return {
    proxies: () => {
      const states = settings.proxies.map(formatEndpoint).map((proxy) => ({
        proxy,
        connections: [...connectors.values()].reduce((sum, connector) => sum + connector.connections(proxy), 0),
        refusedPaths: refused.get(proxy) ?? 0,
      }));
      const isAnyConnected = states.some(({ connections }) => connections > 0);
      const hasStandby = settings.mode === 'failover' && isAnyConnected;
      return states.map((state) => ({ ...state, isStandby: hasStandby && state.connections === 0 }));
    },
    updatePaths: async (next) => {
      paths = byPath(next);
      await forEach((connector) => connector.update());
    },
    updateSettings: async (next, drainMs) => {
      settings = next;
      const wanted = planConnectors(next);
      const gone = [...connectors].filter(([key]) => !wanted.has(key));
      for (const [key] of gone) connectors.delete(key);
      // Two connections of one agent to one proxy would take its paths from each other.
      await Promise.all(gone.map(([, connector]) => connector.close(drainMs)));
      openMissing();
    },
    close: async (drainMs) => {
      isClosed = true;
      await forEach((connector) => connector.close(drainMs));
    },
  };
}

/** What connects to one proxy, or to the first of several. */
interface Connector {
  connections(proxy: string): number;
  update(): Promise<void>;
  close(drainMs: number): Promise<void>;
}

interface ConnectContext extends TunnelAgentOptions {
  readonly slots: Slots;
  readonly currentPaths: () => ReadonlyMap<string, ServedPath>;
  /** How many paths each proxy refused. */
  readonly refused: Map<string, number>;
}

/** The connectors that settings amount to: each by a key that is another where it has to connect otherwise. */
function planConnectors(settings: AgentSettings): ReadonlyMap<string, readonly Endpoint[]> {
  const { proxies, token, ...rest } = settings;
  const groups = settings.mode === 'all' ? proxies.map((endpoint) => [endpoint]) : [proxies];
  const secret = token !== undefined && 'inline' in token ? token.inline.reveal() : token?.file;
  return new Map(groups.map((endpoints) => [JSON.stringify([endpoints, secret, rest]), endpoints]));
}

function connectToAll([endpoint]: readonly Endpoint[], context: ConnectContext): Connector {
  if (endpoint === undefined)
    return { connections: () => 0, update: async () => undefined, close: async () => undefined };
  const { lookup, onEvent } = context;
  const proxy = formatEndpoint(endpoint);
  const index = context.settings.proxies.findIndex((each) => formatEndpoint(each) === proxy);
  const links = new EndpointLinks({
    endpoint,
    proxy,
    index,
    lookup,
    delay: createDelay(context),
    openLink: (target, { startAfterMs, onFailed }) => openLink([target], context, { startAfterMs, onFailed }),
    onLookupFailed: (error) => onEvent({ kind: 'connect_failed', proxy, address: endpoint.host, error }),
  });
  return {
    connections: (name) => (name === proxy ? links.connections : 0),
    update: () => links.update(),
    close: (drainMs) => links.close(drainMs),
  };
}

function connectToFirst(endpoints: readonly Endpoint[], context: ConnectContext): Connector {
  let current: string | undefined;
  const targets = endpoints.map((endpoint, index) => ({
    ...endpoint,
    address: endpoint.host,
    proxy: formatEndpoint(endpoint),
    index,
  }));
  const link = openLink(targets, context, {
    startAfterMs: 0,
    onFailed: () => undefined,
    onConnected: (proxy) => {
      current = proxy;
    },
  });
  return {
    connections: (name) => (link.isConnected && name === current ? 1 : 0),
    update: () => link.update(),
    close: (drainMs) => link.close(drainMs),
  };
}

function createDelay({ settings, now, random }: ConnectContext) {
  return createReconnectDelay({ firstMs: settings.reconnectAfterMs, now, random });
}

function openLink(
  targets: readonly LinkTarget[],
  context: ConnectContext,
  options: {
    readonly startAfterMs: number;
    readonly onFailed: () => void;
    readonly onConnected?: (proxy: string) => void;
  },
): Link {
  const { onEvent } = context;
  return new Link({
    targets,
    delay: createDelay(context),
    startAfterMs: options.startAfterMs,
    connect: (target, signal) => connect(target, context, signal),
    onConnected: ({ proxy, address }, { agentId }) => {
      options.onConnected?.(proxy);
      onEvent({ kind: 'connected', proxy, address, agentId });
    },
    onEnded: ({ proxy, address }, end) => {
      context.refused.delete(proxy);
      onEvent({ kind: 'disconnected', proxy, address, end });
    },
    onFailed: ({ proxy, address }, error) => {
      onEvent({ kind: 'connect_failed', proxy, address, error });
      options.onFailed();
    },
  });
}

/** One attempt: dials, introduces the agent, registers its paths. */
async function connect(target: LinkTarget, context: ConnectContext, signal: CancellationSignal): Promise<AgentSession> {
  const { settings, onEvent, now } = context;
  const { proxy, index } = target;
  const token = await openToken(settings.token, (error) => onEvent({ kind: 'token_unreadable', error }));
  const { rpc, remoteAddress, isEncrypted } = await dial(target, {
    tls: settings.tls,
    metadata: token.metadata,
    userAgent: context.userAgent,
    connectTimeoutMs: context.connectTimeoutMs,
    lookup: context.lookup,
    signal,
  });
  const isExposed = !isEncrypted && !context.isLoopback(remoteAddress);
  const handle = createScrapeHandler({
    paths: context.currentPaths,
    limits: settings.limits,
    now,
    onScrape: (scrape) => onEvent({ kind: 'scrape', scrape }),
    onCredentials: () => {
      if (isExposed) onEvent({ kind: 'plaintext_credentials', proxy });
    },
  });
  // A stop does not wait for a proxy that does not answer.
  const stop = () => rpc.destroy();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const opening = openSession(rpc, {
    introduction: {
      launchId: context.launchId,
      agentName: settings.name,
      hostName: context.hostName,
      consolidated: settings.consolidated,
      endpoints: settings.proxies.map(formatEndpoint),
      endpointIndex: index,
    },
    transportFilterDisabled: settings.transportFilterDisabled,
    callTimeoutMs: settings.callTimeoutMs,
    heartbeatAfterMs: settings.heartbeatAfterMs,
    heartbeatTimeoutMs: context.heartbeatTimeoutMs,
    lingerMs: context.lingerMs,
    now,
    paths: context.currentPaths,
    beforeCall: token.refresh,
    enter: async () => {
      await context.slots.take();
      return () => context.slots.free();
    },
    answer: handle,
    onPathRefused: (path, reason) => onEvent({ kind: 'path_refused', proxy, path, reason }),
    onRefusedCount: (count) => context.refused.set(proxy, count),
  });
  return opening.finally(() => signal.removeEventListener('abort', stop));
}

/** What sends the token with each call: as the file has it now, or had it last where it cannot be read any more. */
async function openToken(source: SecretSource | undefined, onUnreadable: (error: ZxpError) => void) {
  if (source === undefined) return { metadata: {}, refresh: async () => undefined };
  let token = await readToken(source);
  return {
    // Copied for each call, so that each sends the current token.
    metadata: {
      get [AGENT_TOKEN_KEY]() {
        return token;
      },
    },
    refresh: async () => {
      try {
        token = await readToken(source);
      } catch (thrown) {
        onUnreadable(toZxpError(thrown));
      }
    },
  };
}

function byPath(paths: readonly ServedPath[]): ReadonlyMap<string, ServedPath> {
  return new Map(paths.map((path) => [path.path, path]));
}

/** `host:port`, as the configuration has it. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
