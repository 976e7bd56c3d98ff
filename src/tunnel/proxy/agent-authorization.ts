import type { X509Certificate } from 'node:crypto';
import { AGENT_TOKEN_KEY } from '../protocol/methods.js';
import type { ServerCall } from '../protocol/server-call.js';
import type { RpcStatus } from '../protocol/status.js';
import type { Agent } from './agent.js';
import type { AgentIdentity, TokenTable } from './agent-identity.js';
import type { AgentRegistry } from './agent-registry.js';
import type { PathTable } from './path-table.js';
import type { ProxyEvents } from './proxy-events.js';

export interface AgentAuthorizationOptions {
  /** Undefined where any agent may connect. */
  readonly tokens: TokenTable | undefined;
  /** Who a client certificate is about. */
  readonly nameCertificate: (certificate: X509Certificate) => string | undefined;
  readonly events: Pick<ProxyEvents, 'tokenRejected' | 'pathNoLongerAllowed'>;
}

/** Whether agents may connect, and as whom. */
export class AgentAuthorization {
  readonly #options: AgentAuthorizationOptions;
  readonly #identities = new WeakMap<ServerCall, AgentIdentity>();
  #tokens: TokenTable | undefined;

  constructor(options: AgentAuthorizationOptions) {
    this.#options = options;
    this.#tokens = options.tokens;
  }

  /** Each call shows a token, or comes on a connection with a certificate, or no agent needs either. */
  authorize(call: ServerCall): RpcStatus | undefined {
    const { nameCertificate, events } = this.#options;
    const { certificate, remoteAddress } = call.connection;
    if (this.#tokens === undefined) {
      const name = certificate === undefined ? undefined : nameCertificate(certificate);
      if (name !== undefined) this.#identities.set(call, { name, mayRegister: () => true });
      return undefined;
    }
    const token = call.metadata[AGENT_TOKEN_KEY];
    const identity = typeof token === 'string' ? this.#tokens.find(token) : undefined;
    if (identity === undefined) {
      events.tokenRejected(remoteAddress);
      return { code: 'unauthenticated', message: 'Missing or invalid agent token' };
    }
    this.#identities.set(call, identity);
    return undefined;
  }

  identify(call: ServerCall): AgentIdentity | undefined {
    return this.#identities.get(call);
  }

  /** From now on these tokens count: agents whose token is gone are disconnected. */
  setTokens(tokens: TokenTable | undefined, of: { readonly registry: AgentRegistry; readonly paths: PathTable }): void {
    this.#tokens = tokens;
    if (tokens === undefined) return;
    for (const agent of of.registry.list()) {
      const renewed = agent.identity === undefined ? undefined : tokens.renew(agent.identity);
      if (renewed === undefined) {
        of.registry.remove(agent, 'revoked');
        continue;
      }
      agent.identity = renewed;
      this.#unregisterForbidden(agent, of.paths);
    }
  }

  #unregisterForbidden(agent: Agent, paths: PathTable): void {
    for (const path of agent.paths) {
      if (agent.identity?.mayRegister(path) !== false) continue;
      paths.unregister(agent, path);
      this.#options.events.pathNoLongerAllowed(agent, path);
    }
  }
}
