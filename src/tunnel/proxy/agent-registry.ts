import type { AgentEnd } from '../../model/proxy.js';
import type { ServerConnection } from '../protocol/server-connection.js';
import { Agent } from './agent.js';
import type { AgentIdentity } from './agent-identity.js';
import type { PathTable } from './path-table.js';

export interface AgentRegistryOptions {
  readonly paths: PathTable;
  readonly maxAgents: number;
  readonly now: () => number;
  /** Gives the id of the next agent. */
  readonly nextId: () => string;
  /** Several agents may share a connection: something between them and the proxy makes one of many. */
  readonly isConnectionShared: boolean;
  readonly onEnd: (agent: Agent, end: AgentEnd) => void;
}

/** The agents that are served. Without shared connections an agent is its connection. */
export class AgentRegistry {
  readonly #options: AgentRegistryOptions;
  readonly #byId = new Map<string, Agent>();
  readonly #byConnection = new Map<ServerConnection, Agent>();

  constructor(options: AgentRegistryOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byId.size;
  }

  list(): readonly Agent[] {
    return [...this.#byId.values()];
  }

  /** The agent of a connection that nobody shares. */
  ofConnection(connection: ServerConnection): Agent | undefined {
    return this.#byConnection.get(connection);
  }

  /** The agent that a message names, where the connection and the identity of its call may speak for it. */
  find(id: string, connection: ServerConnection, identity: AgentIdentity | undefined): Agent | undefined {
    const agent = this.#byId.get(id);
    if (agent === undefined || agent.identity?.name !== identity?.name) return undefined;
    return this.#options.isConnectionShared || agent.connection === connection ? agent : undefined;
  }

  /** Gives a new agent, or undefined where there are as many as there may be. */
  add(connection: ServerConnection, identity: AgentIdentity | undefined): Agent | undefined {
    const { maxAgents, now, nextId, isConnectionShared } = this.#options;
    if (this.#byId.size >= maxAgents) return undefined;
    const agent = new Agent({ id: nextId(), connection, identity, nowMs: now() });
    this.#byId.set(agent.id, agent);
    if (!isConnectionShared) this.#follow(agent);
    return agent;
  }

  /** Ends an agent: its paths, its scrapes and its streams. */
  remove(agent: Agent, end: AgentEnd): void {
    if (this.#byId.get(agent.id) !== agent) return;
    this.#byId.delete(agent.id);
    if (this.#byConnection.get(agent.connection) === agent) this.#byConnection.delete(agent.connection);
    this.#options.paths.removeAgent(agent);
    agent.finish(end);
    this.#options.onEnd(agent, end);
  }

  /** Removes the agents that have been silent for longer than this. */
  evict(idleMs: number): void {
    const nowMs = this.#options.now();
    for (const agent of this.list()) if (nowMs - agent.lastActiveMs > idleMs) this.remove(agent, 'evicted');
  }

  #follow(agent: Agent): void {
    const { connection } = agent;
    this.#byConnection.set(connection, agent);
    const disconnect = () => this.remove(agent, 'disconnected');
    connection.signal.addEventListener('abort', disconnect, { once: true });
    agent.signal.addEventListener('abort', () => connection.signal.removeEventListener('abort', disconnect));
    if (connection.signal.aborted) disconnect();
  }
}
