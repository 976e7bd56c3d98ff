import type { Socket } from 'node:net';
import type { RejectionReason } from '../../src/model/auth-decision.js';
import type { ListenAddress } from '../../src/model/listen-address.js';
import { bindAddress } from '../../src/server/bind.js';
import { createListener, type ListenerOptions } from '../../src/server/listener.js';
import { forThisTest } from './for-this-test.js';

export interface ListeningApp {
  /** `http://HOST:PORT`, or `https`; empty for a unix socket. */
  readonly url: string;
  /** The name in the log. */
  readonly address: string;
  /** Connections that were rejected, and why. */
  readonly rejected: readonly (readonly [
    reason: RejectionReason,
    client: string | undefined,
    why: string | undefined,
  ])[];
  /** The sockets of clients of a unix socket. */
  readonly unixClients: WeakSet<Socket>;
  drain(timeoutMs: number): Promise<void>;
}

/** An app on an address, until the test is over. */
export async function startListening(
  app: Parameters<typeof createListener>[0],
  changes: Partial<ListenerOptions> & { readonly address?: ListenAddress } = {},
): Promise<ListeningApp> {
  const rejected: (readonly [RejectionReason, string | undefined, string | undefined])[] = [];
  const unixClients = new WeakSet<Socket>();
  const listener = createListener(app, {
    maxConnections: 100,
    readTimeoutMs: 5000,
    writeTimeoutMs: 5000,
    onRejected: (reason, { client, why }) => rejected.push([reason, client, why]),
    unixClients,
    ...changes,
  });
  const { address = { host: '127.0.0.1', port: 0 } } = changes;
  const bound = await bindAddress(address, (socket) => listener.accept(socket, { isUnix: bound.isUnix }));
  const drain = async (timeoutMs: number) => {
    await bound.close();
    await listener.drain(timeoutMs);
  };
  forThisTest({ close: () => drain(0) });
  const scheme = changes.tls === undefined ? 'http' : 'https';
  return {
    url: bound.reachableAt === undefined ? '' : `${scheme}://${bound.reachableAt}`,
    address: bound.address,
    rejected,
    unixClients,
    drain,
  };
}
