import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * Where nothing may be scraped: link-local networks (RFC 3927, RFC 4291), in which clouds serve the secrets of their
 * machines, and the addresses of their own that do the same. Loopback is not among them, so `0.0.0.0` and `::`, which
 * lead there, are not either.
 */
const refused = new BlockList();
refused.addSubnet('169.254.0.0', 16, 'ipv4');
// Alibaba Cloud's metadata, Oracle Cloud's of old, Azure's platform (learn.microsoft.com, "What is IP address 168.63.129.16").
refused.addAddress('100.100.100.200', 'ipv4');
refused.addAddress('192.0.0.192', 'ipv4');
refused.addAddress('168.63.129.16', 'ipv4');
refused.addSubnet('fe80::', 10, 'ipv6');
// Amazon keeps all of fd00:ec2::/32 for services of a machine: metadata at ::254, pod identities at ::23. Google's ends in 254 too.
refused.addSubnet('fd00:ec2::', 32, 'ipv6');
refused.addAddress('fd20:ce::254', 'ipv6');

/**
 * Whether an address is link-local or a cloud's for metadata, also as an IPv6 address that carries it: IPv4-mapped,
 * IPv4-compatible, translated (RFC 6052, RFC 7915, RFC 8215), 6to4, Teredo. A zone (`%eth0`) makes no difference. What
 * is no address is refused.
 */
export function isRefusedAddress(address: string): boolean {
  const plain = address.replace(/%.*$/s, '');
  if (isIPv4(plain)) return refused.check(plain, 'ipv4');
  if (!isIPv6(plain)) return true;
  return refused.check(plain, 'ipv6') || listCarried(plain).some((carried) => refused.check(carried, 'ipv4'));
}

/**
 * The same for the host of a URL in any spelling: in brackets, with a zone, with dots at its end, and, where no URL has
 * brought it into its usual form yet, decimal, octal, hexadecimal or in full-width digits. False for names: where they
 * lead is known when they are connected to.
 */
export function isRefusedHost(hostname: string): boolean {
  const address = toAddress(hostname);
  return address !== undefined && isRefusedAddress(address);
}

/** The address that a host is, without brackets and zone; undefined for a name. */
export function toAddress(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[(.*)\]$/s, '$1');
  const withoutZone = bare.replace(/%.*$/s, '');
  // What has no colon is none: asking Node 20 takes it 5 ms at the start, to compile the pattern.
  if (withoutZone.includes(':') && isIPv6(withoutZone)) return withoutZone;
  const url = `http://${bare.replace(/\.+$/, '')}/`;
  const normal = URL.canParse(url) ? new URL(url).hostname : '';
  return isIPv4(normal) ? normal : undefined;
}

/** The IPv4 addresses that an IPv6 address may stand for, by its prefix. */
function listCarried(address: string): readonly string[] {
  const groups = toGroups(address);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const startsWith = (...prefix: readonly number[]) => prefix.every((group, i) => groups[i] === group);
  if (startsWith(0, 0, 0, 0, 0, 0xffff) || startsWith(0, 0, 0, 0, 0, 0)) return [toIPv4(g, h)];
  if (startsWith(0, 0, 0, 0, 0xffff, 0) || startsWith(0x64, 0xff9b, 0, 0, 0, 0)) return [toIPv4(g, h)];
  // A network of its own for translation: the address is at its end, or around bits 64 to 71 (RFC 6052, 2.2).
  if (startsWith(0x64, 0xff9b, 1)) return [toIPv4(g, h), toIPv4(d, ((e & 0xff) << 8) | (f >> 8))];
  if (a === 0x2002) return [toIPv4(b, c)];
  if (startsWith(0x2001, 0)) return [toIPv4(c, d), toIPv4(g ^ 0xffff, h ^ 0xffff)];
  return [];
}

function toIPv4(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/** The eight groups of a valid IPv6 address. */
function toGroups(address: string): readonly number[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: readonly string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = '', tail] = hex.split('::');
  const read = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const left = read(head);
  const right = read(tail ?? '');
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}
