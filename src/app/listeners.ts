import type { Socket } from 'node:net';
import type { TlsState } from '../auth/server-tls.js';
import type { Configuration } from '../config/load.js';
import { ZxpError } from '../model/errors.js';
import type { Arrival, ClusterHandle } from '../model/exporter.js';
import type { InheritedSocket, ListenAddress } from '../model/listen-address.js';
import type { Logger } from '../model/ports.js';
import { type BoundAddress, bindAddress } from '../server/bind.js';
import { createListener, type Listener, type ListenerOptions } from '../server/listener.js';
import type { Access } from './access.js';

type App = Parameters<typeof createListener>[0];

/** What speaks HTTP on the connections of every address. */
export interface Listeners {
  accept(socket: Socket, arrival: Arrival): void;
  /** As `Listener.renewTls`, for all that speak TLS. */
  renewTls(state: TlsState): void;
  /** As `Listener.drain`, for all of them. */
  drain(timeoutMs: number): Promise<number>;
}

/**
 * Makes a listener for each address when its first connection comes, so that limits count on each; of health, without
 * TLS, where it has an address of its own.
 */
export function createListeners(
  apps: { readonly main: App; readonly health: () => App },
  web: Configuration['web'],
  options: Pick<ListenerOptions, 'tls' | 'onRejected' | 'unixClients'>,
): Listeners {
  const all = new Map<number, Listener>();
  let isDraining = false;
  const open = ({ listener, isHealth }: Arrival): Listener => {
    const opened = isHealth
      ? createListener(apps.health(), { ...web, ...options, tls: undefined })
      : createListener(apps.main, { ...web, ...options });
    all.set(listener, opened);
    return opened;
  };
  return {
    accept: (socket, arrival) => {
      if (isDraining) socket.destroy();
      else (all.get(arrival.listener) ?? open(arrival)).accept(socket, arrival);
    },
    renewTls: (state) => {
      for (const listener of all.values()) listener.renewTls(state);
    },
    drain: async (timeoutMs) => {
      isDraining = true;
      const cut = await Promise.all([...all.values()].map((listener) => listener.drain(timeoutMs)));
      return cut.reduce((sum, each) => sum + each, 0);
    },
  };
}

/** Where to listen. */
export interface ListenPlan {
  readonly web: Configuration['web'];
  /** The file descriptors that systemd passed. */
  readonly inherited: readonly number[];
}

/** The addresses that zxp has bound. */
export interface BoundAddresses {
  /** For the log: `http://*:8081`, `unix:/run/zxp.sock`. */
  readonly addresses: readonly string[];
  /** Where it can be reached from here; empty for a unix socket. */
  readonly urls: readonly string[];
  readonly healthUrl: string | undefined;
  /** Accepts no more connections. */
  close(): Promise<void>;
}

/** Binds every address, and hands each connection to `accept` with where it arrived. Throws `listen`, and leaves none bound. */
export async function bindAll(
  plan: ListenPlan & { readonly scheme: 'http' | 'https' },
  accept: (socket: Socket, arrival: Arrival) => void,
): Promise<BoundAddresses> {
  const { scheme, web } = plan;
  const main = listMainAddresses(plan);
  const addresses = web.healthListenAddress === undefined ? main : [...main, web.healthListenAddress];
  const bound: BoundAddress[] = [];
  const close = async () => {
    await Promise.all(bound.map((each) => each.close()));
  };
  try {
    for (const [listener, address] of addresses.entries()) {
      const one = await bindAddress(address, (socket) =>
        accept(socket, { listener, isUnix: one.isUnix, isHealth: listener >= main.length }),
      );
      bound.push(one);
    }
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const own = bound.slice(0, main.length);
  const health = bound[main.length];
  return {
    addresses: own.map(({ address, isUnix }) => (isUnix ? address : `${scheme}://${address}`)),
    urls: own.flatMap(({ reachableAt }) => (reachableAt === undefined ? [] : `${scheme}://${reachableAt}`)),
    healthUrl: health?.reachableAt === undefined ? undefined : `http://${health.reachableAt}`,
    close,
  };
}

function listMainAddresses({ web, inherited }: ListenPlan): readonly (ListenAddress | InheritedSocket)[] {
  if (!web.systemdSocket) return web.listenAddresses;
  if (inherited.length > 0) return inherited.map((fd) => ({ fd }));
  throw new ZxpError('listen', '--web.systemd-socket is set, and systemd passed no socket', {
    hint: 'start zxp by a socket unit: systemctl start zxp.socket',
  });
}

/** A server that accepts connections. */
export interface RunningServer extends Omit<BoundAddresses, 'close'> {
  /** Accepts no more connections, responds to the requests that came, at most for `timeoutMs`, and closes all. */
  close(timeoutMs: number): Promise<void>;
}

/** Serves apps on the addresses of the settings. Throws `listen`, and leaves nothing open. */
export async function startServer(
  apps: Parameters<typeof createListeners>[0],
  {
    access,
    cluster,
    logger,
    ...plan
  }: Omit<ListenPlan, 'inherited'> & {
    readonly logger: Logger;
    readonly inherited?: readonly number[] | undefined;
    readonly access: Access;
    /** The processes that share the addresses, where this is one of several: another binds them. */
    readonly cluster?: ClusterHandle | undefined;
  },
): Promise<RunningServer> {
  const listeners = createListeners(apps, plan.web, access.listener);
  access.controller.onTlsChange(listeners.renewTls);
  const scheme = access.controller.tls === undefined ? 'http' : 'https';
  cluster?.onConnection(listeners.accept);
  const bound =
    cluster === undefined
      ? await bindAll({ web: plan.web, inherited: plan.inherited ?? [], scheme }, listeners.accept)
      : undefined;
  return {
    addresses: bound?.addresses ?? [],
    urls: bound?.urls ?? [],
    healthUrl: bound?.healthUrl,
    close: async (timeoutMs) => {
      await bound?.close();
      const requests = await listeners.drain(timeoutMs);
      if (requests === 0) return;
      const hint = 'raise --web.drain-timeout, and the time that the service manager waits';
      logger.warn('in-flight requests aborted, the drain timeout is over', { requests, hint });
    },
  };
}
