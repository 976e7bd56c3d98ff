import { type LookupAddress, lookup as lookupWithLibc } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces, platform } from 'node:os';
import { unlessAborted } from '../../async/abort.js';
import { type SingleFlight, startSingleFlight } from '../../async/single-flight.js';
import { readTextFile } from '../../files/read-file.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import type { MonotonicClock } from '../../model/ports.js';
import type { LookupAddresses } from './guarded-lookup.js';

export interface NameResolverOptions {
  readonly now: MonotonicClock;
  readonly hostsFile?: string;
  readonly resolvConf?: string;
  /** `address:port` of the name servers, in place of those that resolv.conf names. */
  readonly servers?: readonly string[];
}

/** Names that are looked up at the same time; beyond, a lookup fails at once. */
const MAX_LOOKUPS = 256;

/** How long what was read of the two files is used without looking at them again, as in Go's resolver. */
const FILES_FRESH_MS = 5000;

/** Of one query to one server, which is sent twice. The connect timeout of the request ends all of them. */
const QUERY = { timeout: 2000, tries: 2 };

/**
 * Looks names up as Go's resolver does: the hosts file, then the name servers of resolv.conf with its `search` and
 * `ndots`. Requests for the same name share one lookup. A lookup is nothing but a socket, so a name that never resolves
 * keeps no other name waiting and no process from exiting.
 *
 * libc's getaddrinfo takes one of the four threads of libuv's pool for as long as it waits, and no more than two of them
 * may: two dead names stopped every other lookup, and Node joins those threads before it exits (38 s). It is used where
 * resolv.conf does not tell the whole of it: on systems other than Linux.
 */
export function createNameResolver(options: NameResolverOptions): LookupAddresses {
  const underWay = new Map<string, SingleFlight<readonly LookupAddress[]>>();
  const resolve = platform() === 'linux' || options.servers !== undefined ? createResolve(options) : resolveWithLibc;
  return (hostname, signal) => {
    const known = underWay.get(hostname);
    if (known !== undefined && !known.isAbandoned) return known.join(signal);
    if (underWay.size >= MAX_LOOKUPS) {
      return Promise.reject(new ZxpError('dns', `${MAX_LOOKUPS} names are being looked up already`));
    }
    const shared = startSingleFlight((ownSignal) =>
      resolve(hostname, ownSignal).finally(() => {
        if (underWay.get(hostname) === shared) underWay.delete(hostname);
      }),
    );
    underWay.set(hostname, shared);
    return shared.join(signal);
  };
}

const resolveWithLibc: LookupAddresses = (hostname, signal) =>
  unlessAborted(
    new Promise((resolve, reject) => {
      lookupWithLibc(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
    }),
    signal,
  );

function createResolve({ now, servers, ...files }: NameResolverOptions): LookupAddresses {
  const { hostsFile = '/etc/hosts', resolvConf = '/etc/resolv.conf' } = files;
  const readHosts = createFreshFile(hostsFile, parseHosts, now);
  const readSearch = createFreshFile(resolvConf, parseResolvConf, now);
  return async (hostname, signal) => {
    const name = hostname.replace(/\.$/, '').toLowerCase();
    const listed = (await readHosts()).get(name);
    if (listed !== undefined) return listed;
    if (name === 'localhost' || name.endsWith('.localhost')) return [{ address: '127.0.0.1', family: 4 }];
    // Nobody has such a name (RFC 6761, 6.4).
    if (name.endsWith('.invalid')) throw notFound(name);
    const names = hostname.endsWith('.') ? [name] : listNames(name, await readSearch());
    return queryInTurn(names, { servers, signal });
  };
}

/** Asks for one name after the other until one has an address; a name that is not there is what they fail for last. */
async function queryInTurn(
  names: readonly string[],
  options: { readonly servers: readonly string[] | undefined; readonly signal: CancellationSignal },
): Promise<readonly LookupAddress[]> {
  let failure: unknown;
  for (const name of names) {
    options.signal.throwIfAborted();
    const { addresses, error } = await query(name, options);
    if (addresses.length > 0) return addresses;
    if (failure === undefined || isNotFound(failure)) failure = error;
  }
  throw failure;
}

async function query(
  name: string,
  { servers, signal }: { readonly servers: readonly string[] | undefined; readonly signal: CancellationSignal },
): Promise<{ readonly addresses: readonly LookupAddress[]; readonly error: unknown }> {
  const resolver = new Resolver(QUERY);
  if (servers !== undefined) resolver.setServers(servers);
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const found4 = v4.status === 'fulfilled' ? v4.value.map((address) => ({ address, family: 4 })) : [];
    const found6 = v6.status === 'fulfilled' ? v6.value.map((address) => ({ address, family: 6 })) : [];
    const errors = [v4, v6].flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    return {
      addresses: hasIpv6() ? [...found6, ...found4] : [...found4, ...found6],
      error: errors.find((error) => !isNotFound(error)) ?? errors[0] ?? notFound(name),
    };
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Whether this machine has an IPv6 address that leads anywhere: those of a name go first then (RFC 6724, 6). */
function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((list) =>
    list?.some(({ family, internal, address }) => family === 'IPv6' && !internal && !/^fe[89ab]/i.test(address)),
  );
}

function notFound(name: string): Error {
  return Object.assign(new Error(`the name ${name} does not exist`), { code: 'ENOTFOUND' });
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA');
}

/** The parsed text of a file, read again where it was read some time ago; an empty one where it cannot be read. */
function createFreshFile<T>(path: string, parse: (text: string) => T, now: MonotonicClock): () => Promise<T> {
  let kept: { readonly parsed: Promise<T>; readonly readMs: number } | undefined;
  return () => {
    if (kept === undefined || now() - kept.readMs >= FILES_FRESH_MS) {
      const text = readTextFile(path).catch(() => '');
      kept = { parsed: text.then(parse), readMs: now() };
    }
    return kept.parsed;
  };
}

/** The addresses of every name of a hosts file (hosts(5)), by the name in lower case. */
function parseHosts(text: string): ReadonlyMap<string, readonly LookupAddress[]> {
  const hosts = new Map<string, LookupAddress[]>();
  for (const fields of listFields(text)) {
    const [address = '', ...names] = fields;
    const family = isIP(address);
    if (family === 0) continue;
    for (const name of new Set(names.map((each) => each.toLowerCase().replace(/\.$/, '')))) {
      hosts.set(name, [...(hosts.get(name) ?? []), { address, family }]);
    }
  }
  return hosts;
}

/** How names are completed. */
interface SearchList {
  readonly domains: readonly string[];
  /** A name with so many dots is looked up as it is first. */
  readonly ndots: number;
}

/** `search`, `domain` and `options ndots` of resolv.conf(5); the last of each counts. */
function parseResolvConf(text: string): SearchList {
  let domains: readonly string[] = [];
  let ndots = 1;
  for (const [keyword, ...values] of listFields(text)) {
    if (keyword === 'search') domains = values;
    else if (keyword === 'domain') domains = values.slice(0, 1);
    else if (keyword === 'options') {
      const option = values.findLast((each) => each.startsWith('ndots:'))?.slice('ndots:'.length) ?? '';
      if (/^\d{1,2}$/.test(option)) ndots = Math.min(15, Number(option));
    }
  }
  return { domains: domains.map((each) => each.replace(/\.$/, '')).filter((each) => each !== ''), ndots };
}

/** The fields of each line, without comments. */
function listFields(text: string): readonly (readonly string[])[] {
  return text.split('\n').flatMap((line) => {
    const fields = (line.split(/[#;]/, 1)[0] ?? '').split(/[ \t\r]/).filter((field) => field !== '');
    return fields.length === 0 ? [] : [fields];
  });
}

function listNames(name: string, { domains, ndots }: SearchList): readonly string[] {
  const completed = domains.map((domain) => `${name}.${domain}`);
  return name.split('.').length - 1 >= ndots ? [name, ...completed] : [...completed, name];
}
