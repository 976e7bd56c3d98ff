import { parseUrl } from '../../model/url.js';
import type {
  AgentInfo,
  Empty,
  RegisterAgentRequest,
  RegisterAgentResponse,
  RegisterPathRequest,
  RegisterPathResponse,
  UnregisterPathRequest,
  Verdict,
} from '../protocol/messages.js';
import { AGENT_ID_KEY, proxyService } from '../protocol/methods.js';
import { type RpcReply, refuse, reply } from '../protocol/reply.js';
import { clientStreamRoute, type RpcRoute, serverStreamRoute, unaryRoute } from '../protocol/server.js';
import type { ServerCall } from '../protocol/server-call.js';
import { OK, type RpcStatus } from '../protocol/status.js';
import type { Agent } from './agent.js';
import type { AgentIdentity } from './agent-identity.js';
import type { AgentRegistry } from './agent-registry.js';
import { readDiscoveryLabels } from './discovery.js';
import type { PathRefusal, PathTable } from './path-table.js';
import type { ResponseSender, ScrapeBroker } from './scrape-broker.js';

export interface AgentServiceOptions {
  readonly registry: AgentRegistry;
  readonly paths: PathTable;
  readonly broker: ScrapeBroker;
  /** Whether agents get their id in the body of a message, and several may share a connection. */
  readonly isConnectionShared: boolean;
  readonly maxLabelBytes: number;
  readonly identify: (call: ServerCall) => AgentIdentity | undefined;
  readonly now: () => number;
  readonly onRegistered: (agent: Agent) => void;
  readonly onPathRegistered: (agent: Agent, path: string, droppedLabels: number) => void;
  readonly onPathRefused: (agent: Agent, path: string, refusal: PathRefusal) => void;
}

/** Of texts that agents send about themselves, so much is kept. */
const MAX_FACT_LENGTH = 256;
const VALID: Verdict = { valid: true, reason: '' };

/**
 * The methods that agents call. A message that names an agent counts only where it comes from that agent's connection
 * (or, where connections are shared, from its identity), whichever method it is.
 */
export function createAgentService(options: AgentServiceOptions): readonly RpcRoute[] {
  const service = new AgentService(options);
  const routes = [
    unaryRoute(proxyService.connectAgent, (_request, call) => service.connect(call)),
    unaryRoute(proxyService.connectAgentWithTransportFilterDisabled, (_request, call) => service.connectShared(call)),
    unaryRoute(proxyService.registerAgent, (request, call) => service.registerAgent(request, call)),
    unaryRoute(proxyService.registerPath, (request, call) => service.registerPath(request, call)),
    unaryRoute(proxyService.unregisterPath, (request, call) => service.unregisterPath(request, call)),
    unaryRoute(proxyService.pathMapSize, () => reply({ pathCount: options.paths.size })),
    unaryRoute(proxyService.sendHeartBeat, (request, call) => service.heartBeat(request, call)),
    serverStreamRoute(proxyService.readRequestsFromProxy, async (request, call, open) => {
      const agent = service.findActive(request.agentId, call);
      return agent === undefined ? service.refuseReader(request, call) : service.sendRequests(agent, { call, open });
    }),
    clientStreamRoute(proxyService.writeResponsesToProxy, (messages, call) =>
      service.receive(call, async (sender) => {
        for await (const message of messages) options.broker.receive(sender, message);
      }),
    ),
    clientStreamRoute(proxyService.writeChunkedResponsesToProxy, (messages, call) =>
      service.receive(call, async (sender) => {
        for await (const { part } of messages) if (part !== undefined) options.broker.receivePart(sender, part);
      }),
    ),
  ];
  return routes.map(({ path, serve }) => ({
    path,
    serve: (call) => {
      service.setAgentId(call);
      return serve(call);
    },
  }));
}

class AgentService {
  readonly #options: AgentServiceOptions;

  constructor(options: AgentServiceOptions) {
    this.#options = options;
  }

  /** Each response names the agent of its connection. */
  setAgentId(call: ServerCall): void {
    const agent = this.#options.registry.ofConnection(call.connection);
    if (agent !== undefined) call.setInitialMetadata({ [AGENT_ID_KEY]: agent.id });
  }

  /** The agent that a message names, which is alive by that. */
  findActive(agentId: string, call: ServerCall): Agent | undefined {
    const { registry, identify, now } = this.#options;
    const agent = registry.find(agentId, call.connection, identify(call));
    if (agent !== undefined) agent.lastActiveMs = now();
    return agent;
  }

  connect(call: ServerCall): RpcReply<Empty> {
    const { registry, isConnectionShared, identify } = this.#options;
    if (isConnectionShared) {
      return refuse('failedPrecondition', 'transport_filter_disabled is set for the proxy and not for the agent');
    }
    const agent = registry.ofConnection(call.connection) ?? registry.add(call.connection, identify(call));
    if (agent === undefined) return refuse('resourceExhausted', 'the proxy has its maximum of agents');
    this.setAgentId(call);
    return reply({});
  }

  connectShared(call: ServerCall): RpcReply<AgentInfo> {
    const { registry, isConnectionShared, identify } = this.#options;
    if (!isConnectionShared) {
      return refuse('failedPrecondition', 'transport_filter_disabled is set for the agent and not for the proxy');
    }
    const agent = registry.add(call.connection, identify(call));
    if (agent === undefined) return refuse('resourceExhausted', 'the proxy has its maximum of agents');
    return reply({ agentId: agent.id });
  }

  registerAgent(request: RegisterAgentRequest, call: ServerCall): RpcReply<RegisterAgentResponse> {
    const { agentId } = request;
    const agent = this.findActive(agentId, call);
    if (agent === undefined) return reply({ ...refuseId(agentId, 'registerAgent'), agentId });
    agent.facts = {
      name: request.agentName.slice(0, MAX_FACT_LENGTH),
      host: request.hostName.slice(0, MAX_FACT_LENGTH),
      launchId: request.launchId.slice(0, MAX_FACT_LENGTH),
      consolidated: request.consolidated,
    };
    this.#options.onRegistered(agent);
    return reply({ ...VALID, agentId });
  }

  registerPath(request: RegisterPathRequest, call: ServerCall): RpcReply<RegisterPathResponse> {
    const { paths } = this.#options;
    const agent = this.findActive(request.agentId, call);
    const fail = (verdict: Verdict) => reply({ ...verdict, pathCount: paths.size, pathId: -1n });
    if (agent === undefined) return fail(refuseId(request.agentId, 'registerPath'));
    const registered = this.#register(agent, request);
    if ('refusal' in registered) {
      this.#options.onPathRefused(agent, request.path, registered.refusal);
      return fail({ valid: false, reason: registered.refusal.reason });
    }
    return reply({ ...VALID, pathCount: paths.size, pathId: registered.id });
  }

  #register(agent: Agent, request: RegisterPathRequest): ReturnType<PathTable['register']> {
    const { paths, maxLabelBytes } = this.#options;
    if (Buffer.byteLength(request.labels) > maxLabelBytes) {
      return { refusal: { kind: 'labels', reason: `the labels are larger than ${maxLabelBytes} bytes` } };
    }
    const { labels, dropped } = readDiscoveryLabels(request.labels);
    const registered = paths.register(agent, {
      path: request.path,
      labels,
      targetUrl: withoutSecrets(request.targetUrl),
      source: request.pathSource.slice(0, MAX_FACT_LENGTH),
    });
    if ('id' in registered) this.#options.onPathRegistered(agent, request.path, dropped);
    return registered;
  }

  unregisterPath(request: UnregisterPathRequest, call: ServerCall): RpcReply<Verdict> {
    const agent = this.findActive(request.agentId, call);
    if (agent === undefined) return reply(refuseId(request.agentId, 'unregisterPath'));
    const isKnown = this.#options.paths.unregister(agent, request.path);
    return reply(isKnown ? VALID : { valid: false, reason: 'the agent has not registered this path' });
  }

  heartBeat({ agentId }: AgentInfo, call: ServerCall): RpcReply<Verdict> {
    const agent = this.findActive(agentId, call);
    return reply(agent === undefined ? refuseId(agentId, 'sendHeartBeat') : VALID);
  }

  refuseReader({ agentId }: AgentInfo, call: ServerCall): RpcStatus {
    const isOther = this.#options.registry.ofConnection(call.connection) !== undefined;
    const { reason } = refuseId(agentId, 'readRequestsFromProxy');
    return { code: isOther ? 'permissionDenied' : 'notFound', message: reason };
  }

  /** Sends scrapes to an agent until it, or the call, has ended. */
  async sendRequests(
    agent: Agent,
    { call, open }: { call: ServerCall; open: () => Parameters<Agent['addReader']>[0] },
  ): Promise<RpcStatus> {
    const { registry, isConnectionShared } = this.#options;
    const reader = open();
    agent.connection = call.connection;
    agent.addReader(reader);
    await new Promise<void>((resolve) => {
      agent.signal.addEventListener('abort', resolve, { once: true });
      call.signal.addEventListener('abort', resolve, { once: true });
      if (agent.signal.aborted || call.signal.aborted) resolve();
    });
    agent.removeReader(reader);
    if (isConnectionShared && !agent.isReading) registry.remove(agent, 'disconnected');
    return OK;
  }

  /**
   * Takes what agents write until they end their stream. A stream that breaks takes its agent along: the original stops
   * to answer then, and connects again only when its stream of requests ends as well.
   */
  async receive(call: ServerCall, read: (sender: ResponseSender) => Promise<void>): Promise<RpcReply<Empty>> {
    const { registry, broker, identify, isConnectionShared } = this.#options;
    const identity = identify(call);
    const sender: ResponseSender = {
      stream: call,
      speaksFor: (agent) => registry.find(agent.id, call.connection, identity) === agent,
    };
    try {
      await read(sender);
    } catch (thrown) {
      const agent = isConnectionShared ? undefined : registry.ofConnection(call.connection);
      if (agent !== undefined) registry.remove(agent, 'disconnected');
      throw thrown;
    } finally {
      broker.endStream(call);
    }
    return reply({});
  }
}

function refuseId(agentId: string, method: string): Verdict {
  return { valid: false, reason: `agentId ${agentId.slice(0, 64)} is not of this connection (${method})` };
}

/** A target's URL without user, password, values of its query and fragment; empty where it is no URL. */
function withoutSecrets(text: string): string {
  const url = text.length > MAX_URL_LENGTH ? undefined : parseUrl(text);
  if (url === undefined) return '';
  const names = [...url.searchParams.keys()];
  return `${url.protocol}//${url.host}${url.pathname}${names.length === 0 ? '' : `?${names.map(encodeURIComponent).join('&')}`}`;
}

const MAX_URL_LENGTH = 2048;
