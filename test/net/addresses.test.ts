import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Address, createRanges, readAddress, readPeer, toClientKey } from '../../src/net/addresses.js';

function read(text: string): Address {
  const address = readAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
}

test.each([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  [undefined, undefined],
])('the peer of a socket with the address %s is %s', (remoteAddress, shown) => {
  expect(readPeer({ remoteAddress })).toBe(shown);
});

describe('an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    [' 192.0.2.1 ', '192.0.2.1'],
    ['192.0.2.1:4711', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:0201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['[::ffff:192.0.2.1]:4711', '192.0.2.1'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['"[2001:db8::1]:4711"', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('%s is read as %s', (text, expected) => {
    const family = isIPv4(expected) ? 'ipv4' : 'ipv6';
    expect(readAddress(text)).toEqual({ text: expected, family });
  });

  test.each([
    '',
    'unknown',
    '_hidden',
    '192.0.2',
    '192.0.2.256',
    '1.2.3.4.5',
    '2001:db8::1:4711:x',
    '0x7f.1',
    'a.b:80',
  ])('is not read from %j', (text) => {
    expect(readAddress(text)).toBeUndefined();
  });

  test('is the same however it is written', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const once = read(text);
        expect(readAddress(once.text)).toEqual(once);
        expect(readAddress(`[${text}]:80`)).toEqual(once);
      }),
    );
  });
});

describe('ranges', () => {
  test.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.0/8', '::ffff:10.1.1.1', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['::ffff:10.0.0.0/104', '10.1.1.1', true],
    ['::ffff:10.0.0.0/104', '11.1.1.1', false],
    ['2001:db8::/32', '2001:db8:1::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['::1', '::1', true],
    ['::/0', '2001:db8::1', true],
    ['::/0', '192.0.2.1', false],
    ['::/0', '::ffff:192.0.2.1', false],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['0.0.0.0/0', '::ffff:192.0.2.1', true],
  ])('%s has %s: %j', (range, address, expected) => {
    expect(createRanges([range])(read(address))).toBe(expected);
  });

  test('that are none have nobody', () => {
    expect(createRanges([])(read('127.0.0.1'))).toBe(false);
  });

  test.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/8/8', '::ffff:0:0/95'])(
    'are not made of %j',
    (text) => {
      expect(() => createRanges([text])).toThrow();
    },
  );
});

describe('the client that an address is counted as', () => {
  test('is the address itself for IPv4, and its /64 for IPv6', () => {
    expect(toClientKey(read('192.0.2.1'))).toBe('192.0.2.1');
    expect(toClientKey(read('2001:db8:1:2:3:4:5:6'))).toBe('2001:db8:1:2');
    expect(toClientKey(read('2001:db8::6'))).toBe('2001:db8:0:0');
    expect(toClientKey(read('::1'))).toBe('0:0:0:0');
  });

  test('is the same for two addresses that share 64 bits, and another for others', () => {
    const half = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 });
    const join = (...groups: readonly number[]) => groups.map((group) => group.toString(16)).join(':');
    fc.assert(
      fc.property(half, half, half, (network, host, other) => {
        // Mapped addresses are of IPv4.
        fc.pre(network.some((group) => group !== 0));
        const key = toClientKey(read(join(...network, ...host)));
        expect(toClientKey(read(join(...network, ...other)))).toBe(key);
        const [first = 0, ...rest] = network;
        fc.pre(rest.some((group) => group !== 0));
        expect(toClientKey(read(join(first ^ 1, ...rest, ...host)))).not.toBe(key);
      }),
    );
  });
});
