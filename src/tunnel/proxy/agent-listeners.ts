import type { AddressInfo } from 'node:net';
import type { ProxySpec } from '../../model/tunnel.js';
import type { RpcServer, RpcServerTls } from '../protocol/server.js';

/** The servers that agents connect to, one for each address. */
export class AgentListeners {
  readonly #createServer: () => RpcServer;
  #servers: readonly RpcServer[] = [];

  constructor(createServer: () => RpcServer) {
    this.#createServer = createServer;
  }

  get openConnections(): number {
    return this.#servers.reduce((sum, server) => sum + server.openConnections, 0);
  }

  get openStreams(): number {
    return this.#servers.reduce((sum, server) => sum + server.openStreams, 0);
  }

  /** Listens on every address. Throws `listen`, and leaves none open. */
  async listen(addresses: ProxySpec['listenAddresses']): Promise<readonly AddressInfo[]> {
    const bound: AddressInfo[] = [];
    try {
      for (const { host, port } of addresses) {
        const server = this.#createServer();
        this.#servers = [...this.#servers, server];
        bound.push(await server.listen(host, port));
      }
    } catch (thrown) {
      await this.close(0);
      throw thrown;
    }
    return bound;
  }

  setTls(tls: RpcServerTls): void {
    for (const server of this.#servers) server.setTls(tls);
  }

  /** Lets calls end for so long. */
  async close(drainMs: number): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close(drainMs)));
  }
}
