import { BlockList, isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { parseUrl } from '../model/url.js';

/**
 * Where nothing may be scraped: link-local networks (RFC 3927; RFC 4291, 2.5.6), in which clouds serve the secrets of
 * their machines, and addresses elsewhere that do the same, each with its source. Loopback is not among them, so
 * `0.0.0.0` and `::`, which lead there, are not either.
 */
const BLOCKED = {
  ipv4: [
    // AWS, Google, Azure, Oracle, IBM, DigitalOcean, Hetzner, OpenStack, Scaleway (.42.42), Tencent (.0.23), AWS ECS (.170.2).
    '169.254.0.0/16',
    // Alibaba Cloud: "View instance metadata" of its ECS documentation.
    '100.100.100.200/32',
    // Oracle Cloud at Customer and Classic: "Retrieving Instance Metadata" of its documentation.
    '192.0.0.192/32',
    // Azure's platform: "What is IP address 168.63.129.16" of its documentation.
    '168.63.129.16/32',
  ],
  ipv6: [
    // OpenStack's fe80::a9fe:a9fe is in here (nova, metadata over IPv6).
    'fe80::/10',
    // AWS: metadata at ::254, pod identities at ::23; all of it is for services of the machine ("IPv6 addressing", EC2).
    'fd00:ec2::/32',
    // Google Cloud, machines with IPv6 only: "About VM metadata" of its Compute Engine documentation.
    'fd20:ce::254/128',
    // Oracle Cloud: the IPv6 endpoint of cloud-init's Oracle data source and of Oracle's SDKs.
    'fd00:c1::a9fe:a9fe/128',
    // Scaleway: cloud-init's Scaleway data source.
    'fd00:42::42/128',
    // Akamai, formerly Linode: "Metadata API" of its documentation, cloud-init's Akamai data source.
    'fd00:a9fe:a9fe::1/128',
    // Alibaba Cloud: "View instance metadata" of its ECS documentation, for IPv6.
    'fd00:100::100:200/128',
  ],
} as const;

/**
 * Names under which clouds serve metadata. Where zxp looks a name up, its address decides; behind a proxy zxp sees no
 * address, and in some clouds the address is an ordinary one.
 */
const BLOCKED_NAMES: ReadonlySet<string> = new Set([
  // Google Cloud; the short form is completed by the machine's search domain.
  'metadata.google.internal',
  'metadata.goog',
  'metadata',
  // AWS: the name that EC2's own resolver has.
  'instance-data.ec2.internal',
  'instance-data',
  // Tencent Cloud.
  'metadata.tencentyun.com',
  // Equinix Metal, formerly Packet.
  'metadata.platformequinix.com',
  'metadata.packet.net',
  // UpCloud, Exoscale and others: the names of Apache CloudStack's virtual router and of OpenNebula.
  'data-server',
  'metadata.azure.internal',
  'metadata.oraclecloud.com',
]);

const blocked = new BlockList();
for (const [family, ranges] of [
  ['ipv4', BLOCKED.ipv4],
  ['ipv6', BLOCKED.ipv6],
] as const) {
  for (const range of ranges) {
    const [address = '', bits = ''] = range.split('/');
    blocked.addSubnet(address, Number(bits), family);
  }
}

/**
 * Whether an address is link-local or a cloud's for metadata, also as an IPv6 address that carries it: IPv4-mapped,
 * IPv4-compatible, translated (RFC 6052, RFC 7915, RFC 8215), 6to4, Teredo. A zone (`%eth0`) makes no difference. What
 * is no address is refused.
 */
export function isRefusedAddress(address: string): boolean {
  const plain = dropZone(address);
  if (isIPv4(plain)) return blocked.check(plain, 'ipv4');
  if (!isIPv6(plain)) return true;
  return blocked.check(plain, 'ipv6') || listCarried(plain).some((carried) => blocked.check(carried, 'ipv4'));
}

/**
 * The same for the host of a URL in any spelling: in brackets, with a zone, with dots at its end, and, where no URL has
 * brought it into its usual form yet, decimal, octal, hexadecimal or in full-width digits. Of names only those are refused
 * that clouds serve metadata under: where others lead is known when they are connected to.
 */
export function isRefusedHost(hostname: string): boolean {
  const address = toAddress(hostname);
  return address === undefined ? BLOCKED_NAMES.has(toName(hostname)) : isRefusedAddress(address);
}

/** The address that a host is, without brackets and zone; undefined for a name. */
export function toAddress(hostname: string): string | undefined {
  const bare = hostname.startsWith('[') && hostname.endsWith(']') ? hostname.slice(1, -1) : hostname;
  const withoutZone = dropZone(bare);
  // What has no colon is none: asking Node 20 takes it 5 ms at the start, to compile the pattern.
  if (withoutZone.includes(':') && isIPv6(withoutZone)) return withoutZone;
  const normal = toName(bare);
  return isIPv4(normal) ? normal : undefined;
}

/** A host as URLs have it, without dots at its end; empty for what can be none. */
function toName(host: string): string {
  // No name or address is longer (RFC 1035, 2.3.4), however it is spelled.
  if (host.length > MAX_HOST_CHARACTERS) return '';
  return dropDots(parseUrl(`http://${dropDots(host)}/`)?.hostname ?? '');
}

const MAX_HOST_CHARACTERS = 1024;

function dropDots(host: string): string {
  let end = host.length;
  while (host[end - 1] === '.') end--;
  return host.slice(0, end);
}

function dropZone(address: string): string {
  const place = address.indexOf('%');
  return place < 0 ? address : address.slice(0, place);
}

/** The IPv4 addresses that an IPv6 address may stand for, by its prefix. */
function listCarried(address: string): readonly string[] {
  const groups = ipaddr.IPv6.parse(address).parts;
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
