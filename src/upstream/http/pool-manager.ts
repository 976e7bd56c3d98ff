import { unlessAborted } from '../../async/abort.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import type { MonotonicClock } from '../../model/ports.js';
import { isRefusedHost, toAddress } from '../../net/blocked-addresses.js';
import { blocked, type LookupAddresses } from './guarded-lookup.js';
import type { OriginPool } from './origin-pool.js';
import type { HttpProxy, ProxyFinder } from './proxy.js';
import type { TlsMaterial, TlsSource } from './tls-context.js';

export interface PoolManagerOptions {
  readonly tls: TlsSource;
  readonly findProxy: ProxyFinder;
  /** Looks names up, and gives none that leads to a refused address. */
  readonly lookup: LookupAddresses;
  /** Hosts of URLs that may be requested although they are refused addresses. */
  readonly exemptHosts: readonly string[];
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  /** How messages call the servers. */
  readonly peer: string;
  readonly now: MonotonicClock;
}

interface Exchange {
  readonly url: URL;
  readonly socketPath?: string | undefined;
  readonly signal: CancellationSignal;
}

function nameTenant({ url, socketPath }: Exchange): string {
  return socketPath ?? url.origin;
}

/** Origins that are kept; beyond, the one whose last use is the longest time ago is given up. */
const MAX_ORIGINS = 512;

/** Connections are made again after so long, however busy they are: a name may lead elsewhere by then. */
const MAX_AGE_MS = 5 * 60_000;

interface PoolEntry {
  readonly origin: OriginPool;
  readonly tls: TlsMaterial | undefined;
  readonly openedMs: number;
  /** Exchanges under way. */
  users: number;
}

type OriginOpener = Pick<typeof import('./origin-pool.js'), 'openOriginPool'>;

interface Deps extends OriginOpener {
  readonly tls: TlsMaterial | undefined;
}

/**
 * Connections by origin. When certificates change, and every few minutes, an origin gets new ones; the old ones go when
 * nobody uses them.
 */
export class PoolManager {
  readonly #options: PoolManagerOptions;
  readonly #exempt: ReadonlySet<string>;
  /** The one that was used last comes last. */
  readonly #tenants = new Map<string, PoolEntry>();
  #latest: PoolEntry | undefined;
  readonly #retired = new Set<PoolEntry>();
  /** Loaded for the first exchange, as undici comes with it: zxp listens before. */
  #opening: Promise<OriginOpener> | undefined;
  #isClosed = false;

  constructor(options: PoolManagerOptions) {
    this.#options = options;
    this.#exempt = new Set(options.exemptHosts.flatMap((host) => toAddress(host) ?? []));
  }

  /** Runs an exchange on the connections of a URL's origin. Throws `blocked` for an address that may not be requested. */
  async use<T>(asked: Exchange, sendRequest: (origin: OriginPool) => Promise<T>): Promise<T> {
    const { url, signal } = asked;
    // The origins that are there were looked at when they came.
    if (!this.#tenants.has(nameTenant(asked))) this.#refuse(url);
    const isTls = url.protocol === 'https:' || this.#findProxy(asked)?.url.protocol === 'https:';
    const tls = isTls ? await unlessAborted(this.#options.tls(), signal) : undefined;
    this.#opening ??= import('./origin-pool.js');
    const { openOriginPool } = await this.#opening;
    const tenant = this.#enter(asked, { tls, openOriginPool });
    try {
      return await sendRequest(tenant.origin);
    } finally {
      tenant.users--;
      this.#closeUnused(tenant);
    }
  }

  #refuse({ hostname }: URL): void {
    if (isRefusedHost(hostname) && !this.#exempt.has(toAddress(hostname) ?? '')) throw blocked(hostname);
  }

  /** Closes every connection at once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#tenants.values(), ...this.#retired].map(({ origin }) => origin.close()));
  }

  #enter(asked: Exchange, means: Deps): PoolEntry {
    if (this.#isClosed) throw new ZxpError('closed', 'this client is closed');
    const name = nameTenant(asked);
    const known = this.#tenants.get(name);
    const isGood = known !== undefined && known.tls === means.tls && this.#options.now() - known.openedMs < MAX_AGE_MS;
    if (isGood && known === this.#latest) {
      known.users++;
      return known;
    }
    this.#tenants.delete(name);
    if (known !== undefined && !isGood) this.#retire(known);
    const tenant = isGood ? known : this.#open(asked, means);
    tenant.users++;
    this.#tenants.set(name, tenant);
    this.#latest = tenant;
    this.#evict();
    return tenant;
  }

  #open(asked: Exchange, { tls, openOriginPool }: Deps): PoolEntry {
    const { url, socketPath } = asked;
    const { lookup, maxConnections, connectTimeoutMs: timeoutMs, peer } = this.#options;
    const proxy = this.#findProxy(asked);
    const origin = openOriginPool({ url, socketPath, tls, proxy, lookup, maxConnections, timeoutMs, peer });
    return { origin, tls, openedMs: this.#options.now(), users: 0 };
  }

  /** A socket is on this machine: no proxy leads there. */
  #findProxy({ url, socketPath }: Exchange): HttpProxy | undefined {
    return socketPath === undefined ? this.#options.findProxy(url) : undefined;
  }

  #evict(): void {
    for (const [name, tenant] of this.#tenants) {
      if (this.#tenants.size <= MAX_ORIGINS) return;
      if (tenant.users > 0) continue;
      this.#tenants.delete(name);
      this.#retire(tenant);
    }
  }

  #retire(tenant: PoolEntry): void {
    this.#retired.add(tenant);
    this.#closeUnused(tenant);
  }

  #closeUnused(tenant: PoolEntry): void {
    if (tenant.users > 0 || !this.#retired.has(tenant)) return;
    tenant.origin.close().finally(() => this.#retired.delete(tenant));
  }
}
