import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findClientAddress } from '../../src/auth/client-address.js';
import { createRanges } from '../../src/net/addresses.js';

const PROXIES = createRanges(['10.1.0.0/16', 'fd00::/8']);

const find = (peer: string | undefined, forwardedFor?: string) =>
  findClientAddress({ peer, forwardedFor }, PROXIES)?.text;

describe('the address of a caller', () => {
  test.each([
    ['the peer, if it is no trusted proxy, whatever it says', '192.0.2.9', '10.0.0.1', '192.0.2.9'],
    ['the peer, if a trusted proxy asks for itself', '10.1.0.1', undefined, '10.1.0.1'],
    ['what the trusted proxy says', '10.1.0.1', '192.0.2.1', '192.0.2.1'],
    ['the right-most that is no trusted proxy', '10.1.0.1', '6.6.6.6, 192.0.2.1, 10.1.0.2', '192.0.2.1'],
    ['the same from a peer that is mapped to IPv6', '::ffff:10.1.0.1', '192.0.2.1', '192.0.2.1'],
    ['the same with brackets and ports', 'fd00::1', '[2001:db8::1]:80', '2001:db8::1'],
    ['the left-most, if all are trusted proxies', '10.1.0.1', '10.1.0.3,10.1.0.2', '10.1.0.3'],
    ['none, if the trusted proxy names none', '10.1.0.1', 'unknown', undefined],
    ['none, if the trusted proxy says nothing', '10.1.0.1', '', undefined],
    ['none, if what is next to a trusted proxy is no address', '10.1.0.1', '192.0.2.1, unknown, 10.1.0.2', undefined],
    ['none, if the socket has none any more', undefined, '192.0.2.1', undefined],
  ])('is %s', (_what, peer, forwardedFor, expected) => {
    expect(find(peer, forwardedFor)).toBe(expected);
  });

  test('cannot be chosen by the caller, whatever they put in front', () => {
    fc.assert(
      fc.property(fc.string(), (forged) => {
        expect(find('10.1.0.1', `${forged},192.0.2.1`)).toBe('192.0.2.1');
        expect(find('192.0.2.1', forged)).toBe('192.0.2.1');
      }),
    );
  });
});
