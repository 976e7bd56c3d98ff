import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRange } from '../../src/net/address-range.js';

/** The range, or the problem and the hint. */
function describeRange(text: string): string {
  const reading = parseRange(text);
  return 'range' in reading ? reading.range : [reading.problem, reading.hint].filter(Boolean).join('; ');
}

const EXPECTED = 'must be a range of addresses such as 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32';

describe('a range of addresses', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['192.0.2.7', '192.0.2.7/32'],
    ['255.255.255.255/32', '255.255.255.255/32'],
    ['::1', '::1/128'],
    ['::/0', '::/0'],
    ['FE80::/10', 'fe80::/10'],
    ['2001:0db8:0:0:0:0:0:0/32', '2001:db8::/32'],
    ['2001:db8::192.0.2.7', '2001:db8::c000:207/128'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::ffff:192.0.2.7', '192.0.2.7/32'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
  ])('%s is %s', (text, range) => {
    expect(parseRange(text)).toEqual({ range });
  });

  test.each([
    '',
    ' 10.0.0.0/8',
    '10.0.0.0/8 ',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/+8',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/255.0.0.0',
    '010.0.0.0/8',
    '0x0a.0.0.0/8',
    '10.0.0.256',
    'localhost',
    '[::1]',
    'fe80::1%eth0',
    '1::2::3',
    '::1/1000',
    '*',
  ])('%j is none', (text) => {
    expect(describeRange(text)).toBe(EXPECTED);
  });

  test.each([
    ['10.0.0.0/33', 'has a prefix of more than 32 bits'],
    ['::1/129', 'has a prefix of more than 128 bits'],
    ['10.0.0.1/8', 'has bits set behind its prefix of 8; did you mean 10.0.0.0/8?'],
    ['2001:db8::1/32', 'has bits set behind its prefix of 32; did you mean 2001:db8::/32?'],
    ['::ffff:10.0.0.1/104', 'has bits set behind its prefix of 104; did you mean 10.0.0.0/8?'],
  ])('%s %s', (text, problem) => {
    expect(describeRange(text)).toBe(problem);
  });
});

const ipv4 = fc.tuple(fc.ipV4(), fc.nat(32)).map(([address, length]) => ({ address, length, family: 'ipv4' as const }));
const ipv6 = fc
  .tuple(fc.ipV6(), fc.nat(128))
  .map(([address, length]) => ({ address, length, family: 'ipv6' as const }));

/** The range that an address is in, by the hint where bits are set behind the prefix. */
function rangeOf(address: string, length: number): string {
  const reading = parseRange(`${address}/${length}`);
  if ('range' in reading) return reading.range;
  return /^did you mean (.*)\?$/.exec(reading.hint ?? '')?.[1] ?? reading.problem;
}

describe('of any address and prefix', () => {
  test('the range that is meant is canonical: it reads as itself', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), ({ address, length }) => {
        const range = rangeOf(address, length);
        expect(parseRange(range)).toEqual({ range });
      }),
    );
  });

  test('the range has the address in it, as Node sees it', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), ({ address, length, family }) => {
        const [network = '', prefix] = rangeOf(address, length).split('/');
        const list = new BlockList();
        list.addSubnet(network, Number(prefix), network.includes(':') ? 'ipv6' : 'ipv4');
        expect(list.check(address, family)).toBe(true);
      }),
    );
  });

  test('the address that differs in the last bit of the prefix is not in it', () => {
    fc.assert(
      fc.property(
        ipv4.filter(({ length }) => length > 0),
        ({ address, length }) => {
          const [network = '', prefix] = rangeOf(address, length).split('/');
          const list = new BlockList();
          list.addSubnet(network, Number(prefix), 'ipv4');
          const bits = network.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
          const outside = (bits ^ (1 << (32 - length))) >>> 0;
          const text = [24, 16, 8, 0].map((shift) => (outside >>> shift) & 255).join('.');
          expect(list.check(text, 'ipv4')).toBe(false);
        },
      ),
    );
  });

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:./%]{0,30}$/)), (text) => {
        const reading = parseRange(text);
        if ('range' in reading) expect(parseRange(reading.range)).toEqual(reading);
        else expect(reading.problem).not.toBe('');
      }),
    );
  });
});
