import type { ListenerTls } from '../auth/listener-tls.js';
import type { Configuration } from '../config/load.js';
import { type Listener, listen } from '../server/listener.js';

type App = Parameters<typeof listen>[0];

export interface Listeners {
  /** Of everything there is. */
  readonly main: readonly Listener[];
  /** Of health alone, over plain HTTP; undefined where health is not apart. */
  readonly health: Listener | undefined;
  /** As `Listener.drain`, for all of them. */
  drain(timeoutMs: number): Promise<void>;
}

/** Listens on every address of the configuration. Throws `listen`, and leaves none open. */
export async function listenOnAll(
  apps: { readonly main: App; readonly health: () => App },
  web: Configuration['web'],
  tls: ListenerTls | undefined,
): Promise<Listeners> {
  const { maxConnections, readTimeoutMs, writeTimeoutMs, healthListenAddress } = web;
  const limits = { maxConnections, readTimeoutMs, writeTimeoutMs };
  const opened: Listener[] = [];
  const open = async (app: App, options: Parameters<typeof listen>[1]) => {
    const listener = await listen(app, options);
    opened.push(listener);
    return listener;
  };
  const drain = async (timeoutMs: number) => {
    await Promise.all(opened.map((listener) => listener.drain(timeoutMs)));
  };
  try {
    const main: Listener[] = [];
    for (const address of web.listenAddresses) main.push(await open(apps.main, { ...address, ...limits, tls }));
    const health =
      healthListenAddress === undefined ? undefined : await open(apps.health(), { ...healthListenAddress, ...limits });
    return { main, health, drain };
  } catch (thrown) {
    await drain(0);
    throw thrown;
  }
}
