import { BlockList, isIP, isIPv4, SocketAddress } from 'node:net';

/** An address in its one form: no brackets, port or zone, an IPv4-mapped one as IPv4. */
export interface Address {
  readonly text: string;
  readonly family: 'ipv4' | 'ipv6';
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/**
 * The address of a socket's peer as logs, limits and rules have it: a client of IPv4 on a listener of both families is one
 * of IPv4. Undefined for a unix socket, and once the socket is closed.
 */
export function readPeer({ remoteAddress }: { readonly remoteAddress?: string | undefined }): string | undefined {
  return remoteAddress === undefined ? undefined : (MAPPED.exec(remoteAddress)?.[1] ?? remoteAddress);
}

/** Reads an address as sockets and `X-Forwarded-For` write it, a port perhaps with it. Undefined for what is none. */
export function readAddress(text: string | undefined): Address | undefined {
  const bare = stripPort(text?.trim() ?? '').replace(/%.*$/s, '');
  // The first call of `isIP` with what is no IPv4 takes 5 ms: it compiles a large expression.
  const family = bare.includes(':') ? isIP(bare) : isIPv4(bare) ? 4 : 0;
  if (family === 4) return { text: bare, family: 'ipv4' };
  if (family !== 6) return undefined;
  const canonical = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  const mapped = MAPPED.exec(canonical)?.[1];
  return mapped === undefined ? { text: canonical, family: 'ipv6' } : { text: mapped, family: 'ipv4' };
}

function stripPort(text: string): string {
  return /^"?\[([^\]]*)\](?::\d+)?"?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}

/** Tells whether an address lies in one of the ranges, which are in CIDR form. */
export type AddressRanges = (address: Address) => boolean;

/** Throws where a text is no range: who may come in must not depend on a guess. */
export function createRanges(ranges: readonly string[]): AddressRanges {
  // One list of both would have all of IPv4 in `::/0`.
  const lists: RangeLists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const range of ranges) addRange(lists, range);
  return ({ text, family }) => lists[family].check(text, family);
}

type RangeLists = Readonly<Record<Address['family'], BlockList>>;

function addRange(lists: RangeLists, range: string): void {
  const [, base = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(range) ?? [];
  const address = readAddress(base);
  if (address === undefined) throw new RangeError(`${JSON.stringify(range)} is no address range`);
  const { text, family } = address;
  const maxBits = isIP(base) === 6 ? 128 : 32;
  const prefix = bits === undefined ? maxBits : Number(bits);
  // A range of IPv4-mapped addresses is one of IPv4, 96 bits in.
  const isMapped = maxBits === 128 && family === 'ipv4';
  lists[family].addSubnet(text, isMapped ? prefix - 96 : prefix, family);
}

/** What one client is counted by: its address, of IPv6 the /64 that a single machine has all of. */
export function toClientKey({ text, family }: Address): string {
  if (family === 'ipv4') return text;
  const [head = '', tail = ''] = text.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === '' ? [] : tail.split(':');
  const groups = text.includes('::')
    ? [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last]
    : first;
  return groups.slice(0, 4).join(':');
}
