import { isIPv4, isIPv6 } from 'node:net';

/** A range of addresses in canonical CIDR form, or what is wrong with it. */
export type RangeReading = { readonly range: string } | { readonly problem: string; readonly hint?: string };

/**
 * Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone. A range of IPv4 in IPv6's clothes (`::ffff:10.0.0.0/104`)
 * is one of IPv4. Bits behind the prefix are refused: one of the two is a mistake.
 */
export function parseRange(text: string): RangeReading {
  const [, address = '', prefix] = /^([^/%]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const width = isIPv4(address) ? 32 : isIPv6(address) ? 128 : 0;
  const length = Number(prefix ?? width);
  if (width === 0) return { problem: 'must be a range of addresses such as 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32' };
  if (length > width) return { problem: `has a prefix of more than ${width} bits` };
  const bits = width === 32 ? bitsOfIpv4(address) : bitsOfIpv6(address);
  const rest = BigInt(width - length);
  const first = (bits >> rest) << rest;
  // A prefix of less than 96 bits would have left zeros among these ones.
  const isMapped = width === 128 && first >> 32n === 0xffffn;
  const range = isMapped ? formatIpv4(first & 0xffffffffn, length - 96) : format(first, width, length);
  if (first === bits) return { range };
  return { problem: `has bits set behind its prefix of ${length}`, hint: `did you mean ${range}?` };
}

function bitsOfIpv4(address: string): bigint {
  return address.split('.').reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
}

/** The parser of URLs turns every spelling into groups of hex digits with at most one `::`. */
function bitsOfIpv6(address: string): bigint {
  const [front = '', back = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const toGroups = (text: string) => (text === '' ? [] : text.split(':'));
  const [left, right] = [toGroups(front), toGroups(back)];
  const middle = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...middle, ...right].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

function format(bits: bigint, width: number, length: number): string {
  return width === 32 ? formatIpv4(bits, length) : formatIpv6(bits, length);
}

function formatIpv4(bits: bigint, length: number): string {
  return `${[24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.')}/${length}`;
}

function formatIpv6(bits: bigint, length: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  return `${new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)}/${length}`;
}
