import { isIP } from 'node:net';
import { CancellationSource } from '../../async/cancellation.js';
import { toZxpError, ZxpError } from '../../model/errors.js';
import type { Endpoint } from '../../model/tunnel.js';
import type { LookupAll } from './dial.js';
import type { Link, LinkTarget } from './link.js';
import type { ReconnectDelay } from './reconnect-delay.js';

export interface EndpointLinksOptions {
  readonly endpoint: Endpoint;
  readonly proxy: string;
  readonly index: number;
  readonly lookup: LookupAll;
  readonly delay: ReconnectDelay;
  readonly openLink: (
    target: LinkTarget,
    options: { readonly startAfterMs: number; readonly onFailed: () => void },
  ) => Link;
  readonly onLookupFailed: (error: ZxpError) => void;
}

/** Names are looked up again after so long: proxies come and go. */
const REFRESH_MS = 30_000;

/**
 * A connection to every address of one name. A host with addresses of both families would be one proxy under two of
 * them, so only one family is used: the preferred one, or the other where none of it can be connected to.
 */
export class EndpointLinks {
  readonly #options: EndpointLinksOptions;
  readonly #links = new Map<string, Link>();
  readonly #closing = new Set<Promise<void>>();
  #known: Awaited<ReturnType<LookupAll>> = [];
  #family: number | undefined;
  #hasSwitched = false;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  readonly #end = new CancellationSource();

  constructor(options: EndpointLinksOptions) {
    this.#options = options;
    void this.#refresh();
  }

  get connections(): number {
    return [...this.#links.values()].filter((link) => link.isConnected).length;
  }

  async update(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.update()));
  }

  async close(drainMs: number): Promise<void> {
    this.#isStopped = true;
    this.#end.abort(new ZxpError('cancelled', 'the agent stops'));
    clearTimeout(this.#timer);
    for (const address of [...this.#links.keys()]) this.#closeLink(address, drainMs);
    await Promise.all(this.#closing);
  }

  async #refresh(): Promise<void> {
    const { host } = this.#options.endpoint;
    let waitMs = REFRESH_MS;
    try {
      const family = isIP(host);
      const addresses = family === 0 ? await this.#options.lookup(host, this.#end) : [{ address: host, family }];
      if (!this.#isStopped) this.#apply(addresses, 0);
    } catch (thrown) {
      // Those that are connected stay.
      if (this.#links.size === 0) waitMs = this.#options.delay.nextMs();
      if (!this.#isStopped) this.#options.onLookupFailed(toZxpError(thrown));
    }
    if (!this.#isStopped && isIP(host) === 0) this.#timer = setTimeout(() => void this.#refresh(), waitMs);
  }

  #apply(addresses: Awaited<ReturnType<LookupAll>>, startAfterMs: number): void {
    this.#known = addresses;
    if (addresses.every(({ family }) => family !== this.#family)) this.#family = addresses[0]?.family;
    const wanted = addresses.filter(({ family }) => family === this.#family).map(({ address }) => address);
    // An address that is gone is let go of only where it does not answer: a lookup may give a part of them.
    for (const [address, link] of this.#links) {
      if (!wanted.includes(address) && !link.isConnected) this.#closeLink(address, 0);
    }
    for (const address of wanted) if (!this.#links.has(address)) this.#openLink(address, startAfterMs);
  }

  #openLink(address: string, startAfterMs: number): void {
    const { endpoint, proxy, index, openLink } = this.#options;
    const target = { ...endpoint, address, proxy, index };
    this.#links.set(address, openLink(target, { startAfterMs, onFailed: () => this.#tryOtherFamily() }));
  }

  #closeLink(address: string, drainMs: number): void {
    const link = this.#links.get(address);
    if (link === undefined) return;
    this.#links.delete(address);
    const closing = link.close(drainMs).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #tryOtherFamily(): void {
    const isHopeless = [...this.#links.values()].every((link) => link.isFailing);
    const other = this.#known.find(({ family }) => family !== this.#family)?.family;
    if (!isHopeless || other === undefined || this.#isStopped) return;
    this.#family = other;
    // At once the first time; after both have failed as any other attempt.
    const startAfterMs = this.#hasSwitched ? this.#options.delay.nextMs() : 0;
    this.#hasSwitched = !this.#hasSwitched;
    this.#apply(this.#known, startAfterMs);
  }
}
