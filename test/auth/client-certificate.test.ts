import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type ClientTrust, createCertificateCheck } from '../../src/auth/client-certificate.js';
import type { ClientAuthType } from '../../src/model/access-policy.js';
import { makeAuthority } from '../support/certificate-authority.js';

const authority = makeAuthority('old');
const other = makeAuthority('new');
/** Of the same name as the old one, with a key of its own. */
const namesake = makeAuthority('old');
const below = authority.delegate('below');

const parse = (pem: string) => new X509Certificate(pem);
const trustIn = (...authorities: readonly { readonly cert: string }[]): ClientTrust => ({
  authorities: authorities.map(({ cert }) => parse(cert)),
});
const OLD = trustIn(authority);
const certificate = parse(authority.issue('client', { altNames: 'DNS:prometheus.example,IP:2001:db8::1' }).cert);
const verified = { certificate, isVerified: true, trust: OLD };
const unverified = { certificate, isVerified: false, trust: OLD };
const without = { certificate: undefined, isVerified: false, trust: OLD };
/** What Node says of a resumed session of TLS 1.3 that never had a certificate. */
const resumedWithout = { certificate: undefined, isVerified: true, trust: OLD };

const NOW = Date.parse(certificate.validFrom) + 1000;

function judge(
  type: ClientAuthType,
  connection: typeof verified | typeof without,
  allowedSans: readonly string[] = [],
) {
  return createCertificateCheck({ type, allowedSans, trust: OLD }, () => NOW)(connection);
}

const NONE = 'client certificate required';
const UNTRUSTED = 'the client certificate is not from a trusted CA';

describe('the type of client authentication', () => {
  test.each([
    ['NoClientCert', undefined, undefined, undefined],
    ['RequestClientCert', undefined, undefined, undefined],
    ['RequireAnyClientCert', NONE, undefined, undefined],
    ['VerifyClientCertIfGiven', undefined, UNTRUSTED, undefined],
    ['RequireAndVerifyClientCert', NONE, UNTRUSTED, undefined],
  ] as const)('%s judges no certificate, an unverified one, a verified one', (type, none, wrong, right) => {
    expect(judge(type, without)).toBe(none);
    expect(judge(type, resumedWithout)).toBe(none);
    expect(judge(type, unverified)).toBe(wrong);
    expect(judge(type, verified)).toBe(right);
  });
});

describe('allowed names', () => {
  test.each([['prometheus.example'], ['2001:db8::1'], ['2001:DB8:0:0::1']])('%s lets its certificate in', (name) => {
    expect(judge('RequireAndVerifyClientCert', verified, ['nobody', name])).toBeUndefined();
  });

  test.each([['client'], ['prometheus'], ['*.example'], ['PROMETHEUS.example'], ['']])('%j does not', (name) => {
    const problem = 'the client certificate has none of the allowed names';
    expect(judge('RequireAndVerifyClientCert', verified, [name])).toBe(problem);
  });

  test('need a certificate, even where the type does not', () => {
    expect(judge('RequestClientCert', without, ['prometheus.example'])).toBe(NONE);
  });
});

test('a certificate that expires on an open connection does not come in any more', () => {
  let now = Date.parse(certificate.validTo) - 1;
  const check = createCertificateCheck({ type: 'RequireAndVerifyClientCert', allowedSans: [], trust: OLD }, () => now);
  expect(check(verified)).toBeUndefined();
  now++;
  expect(check(verified)).toBe('the client certificate has expired');
});

describe('a connection from before a change of authorities', () => {
  const check = (trust: ClientTrust, connection: typeof verified = verified) =>
    createCertificateCheck({ type: 'RequireAndVerifyClientCert', allowedSans: [], trust }, () => NOW)(connection);

  test('comes in where its authority is still trusted', () => {
    expect(check(trustIn(other, authority))).toBeUndefined();
  });

  test('does not come in where it is not', () => {
    expect(check(trustIn(other))).toBe(UNTRUSTED);
    expect(check({ authorities: [] })).toBe(UNTRUSTED);
    expect(check({ authorities: undefined })).toBe(UNTRUSTED);
  });

  test('does not come in by another authority of the same name', () => {
    expect(check(trustIn(namesake))).toBe(UNTRUSTED);
  });

  test('comes in by an authority between it and the root', () => {
    const ofBelow = { ...verified, certificate: parse(below.issue('client').cert) };
    expect(check(trustIn(below), ofBelow)).toBeUndefined();
    // Nothing shows the way from the certificate to the root.
    expect(check(trustIn(other), ofBelow)).toBe(UNTRUSTED);
  });

  test('comes in where the certificate itself is trusted', () => {
    expect(check({ authorities: [certificate] })).toBeUndefined();
  });

  test("of the system's roots comes in while those are trusted", () => {
    const ofSystem = { ...verified, trust: { authorities: undefined } };
    expect(check({ authorities: undefined }, ofSystem)).toBeUndefined();
    expect(check(trustIn(other), ofSystem)).toBe(UNTRUSTED);
  });
});
