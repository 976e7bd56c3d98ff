import type { PathRefusalKind, PathReport } from '../../model/proxy.js';
import type { Agent } from './agent.js';

/** One path that Prometheus can scrape. */
export interface PathEntry {
  readonly path: string;
  /** Whether several agents may serve it. */
  readonly consolidated: boolean;
  /** In the order in which they registered it; never empty. */
  readonly agents: readonly Agent[];
  /** Of the agent that came first, even after it has gone. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly targetUrl: string;
  readonly source: string;
  readonly scrapes: PathScrapes;
}

/** What is known of a path's scrapes. */
export interface PathScrapes {
  total: number;
  errors: number;
  last: (Omit<NonNullable<PathReport['last']>, 'agoMs'> & { readonly endedMs: number }) | undefined;
}

/** Why a path was not registered. */
export interface PathRefusal {
  readonly kind: PathRefusalKind;
  readonly reason: string;
}

export interface PathTableOptions {
  readonly maxPaths: number;
  readonly maxPathsPerAgent: number;
  /** Whether zxp itself answers there. */
  readonly isReserved: (path: string) => boolean;
  /** An agent lost a path to another one. */
  readonly onDisplaced: (displaced: Agent, path: string, by: Agent) => void;
}

export interface PathRegistration {
  readonly path: string;
  readonly labels: PathEntry['labels'];
  readonly targetUrl: string;
  readonly source: string;
}

/** Longer names of paths are refused. */
const MAX_PATH_LENGTH = 1024;

/**
 * Which agents serve which path. A path belongs to the identity that registered it for as long as one of its agents is
 * there. Without identities the last registration wins.
 */
export class PathTable {
  readonly #options: PathTableOptions;
  readonly #entries = new Map<string, PathEntry>();
  #nextId = 0n;

  constructor(options: PathTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(path: string): PathEntry | undefined {
    return this.#entries.get(path);
  }

  list(): readonly PathEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Gives the id of the registration. A leading slash is not part of the path. */
  register(agent: Agent, registration: PathRegistration): { readonly id: bigint } | { readonly refusal: PathRefusal } {
    const path = registration.path.replace(/^\//, '');
    const refusal = this.#judgePath(path) ?? this.#judgeAgent(agent, path) ?? this.#judgeLimits(agent, path);
    if (refusal !== undefined) return { refusal };
    const entry = this.#entries.get(path);
    const others = entry?.agents.filter((other) => other !== agent) ?? [];
    const isShared = agent.facts.consolidated && others.length > 0;
    this.#entries.set(path, {
      ...(isShared && entry !== undefined ? entry : registration),
      path,
      consolidated: agent.facts.consolidated,
      agents: agent.facts.consolidated ? [...others, agent] : [agent],
      scrapes: entry?.scrapes ?? { total: 0, errors: 0, last: undefined },
    });
    agent.paths.add(path);
    if (!agent.facts.consolidated) {
      for (const other of others) {
        other.paths.delete(path);
        this.#options.onDisplaced(other, path, agent);
      }
    }
    return { id: this.#nextId++ };
  }

  /** Gives whether the agent served the path. */
  unregister(agent: Agent, registered: string): boolean {
    const path = registered.replace(/^\//, '');
    const entry = this.#entries.get(path);
    if (!agent.paths.delete(path) || entry === undefined) return false;
    const agents = entry.agents.filter((other) => other !== agent);
    if (agents.length === 0) this.#entries.delete(path);
    else this.#entries.set(path, { ...entry, agents });
    return true;
  }

  removeAgent(agent: Agent): void {
    for (const path of agent.paths) this.unregister(agent, path);
  }

  #judgePath(path: string): PathRefusal | undefined {
    if (path === '') return { kind: 'path', reason: 'the path is empty' };
    if (path.length > MAX_PATH_LENGTH) return { kind: 'path', reason: `the path is longer than ${MAX_PATH_LENGTH}` };
    if (path.includes('/')) return { kind: 'path', reason: `/${path} has several segments: a path is one segment` };
    if (/[\s?#\p{Cc}]/u.test(path)) return { kind: 'path', reason: 'the path has a character that no URL path has' };
    if (this.#options.isReserved(path)) return { kind: 'path', reason: `/${path} belongs to the proxy itself` };
    return undefined;
  }

  #judgeAgent(agent: Agent, path: string): PathRefusal | undefined {
    const { identity, facts } = agent;
    if (identity?.mayRegister(path) === false) {
      return { kind: 'identity', reason: `agent ${identity.name} is not authorized to register /${path}` };
    }
    const entry = this.#entries.get(path);
    const others = entry?.agents.filter((other) => other !== agent) ?? [];
    if (entry === undefined || others.length === 0) return undefined;
    if (others.some((other) => other.identity?.name !== identity?.name)) {
      return { kind: 'owner', reason: `/${path} is registered by another agent identity` };
    }
    if (entry.consolidated !== facts.consolidated) {
      const kind = entry.consolidated ? 'consolidated' : 'not consolidated';
      return { kind: 'consolidation', reason: `/${path} is already registered by an agent that is ${kind}` };
    }
    return undefined;
  }

  #judgeLimits(agent: Agent, path: string): PathRefusal | undefined {
    const { maxPaths, maxPathsPerAgent } = this.#options;
    if (!this.#entries.has(path) && this.#entries.size >= maxPaths) {
      return { kind: 'limit', reason: `the proxy has its maximum of ${maxPaths} paths` };
    }
    if (!agent.paths.has(path) && agent.paths.size >= maxPathsPerAgent) {
      return { kind: 'limit', reason: `the agent has its maximum of ${maxPathsPerAgent} paths` };
    }
    return undefined;
  }
}
