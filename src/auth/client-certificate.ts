import type { X509Certificate } from 'node:crypto';
import type { ClientAuthType } from '../model/access-policy.js';
import { listAltNames, normalizeAltName } from './subject-alt-names.js';

/** The CAs that client certificates must come from; undefined for the system's roots. One object is one state. */
export interface ClientTrust {
  readonly authorities: readonly X509Certificate[] | undefined;
}

/** What a TLS connection presented in its handshake, or resumed from an earlier one. */
export interface ClientConnection {
  readonly certificate: X509Certificate | undefined;
  /** Whether it was verified; without a certificate it means nothing. */
  readonly isVerified: boolean;
  /** What was active when the handshake began. */
  readonly trust: ClientTrust;
}

export interface ClientPolicy {
  readonly type: ClientAuthType;
  /** A certificate must have one of these; empty for any. */
  readonly allowedSans: readonly string[];
  readonly trust: ClientTrust;
}

/** What is wrong with the certificate of a connection; undefined where it is allowed. */
export type CertificateCheck = (connection: ClientConnection) => string | undefined;

/**
 * Checks a connection on each of its requests: a certificate that expires, or whose CA or name is no longer accepted, is
 * rejected on a connection that is still open. `now` is Unix milliseconds.
 */
export function createCertificateCheck(policy: ClientPolicy, now: () => number): CertificateCheck {
  const known = new WeakMap<ClientConnection, Verification>();
  return (connection) => {
    let verification = known.get(connection);
    if (verification === undefined) {
      verification = verify(connection, policy);
      known.set(connection, verification);
    }
    return verification.problem ?? (now() < verification.untilMs ? undefined : 'the client certificate has expired');
  };
}

interface Verification {
  readonly problem: string | undefined;
  readonly untilMs: number;
}

function verify(connection: ClientConnection, { type, allowedSans, trust }: ClientPolicy): Verification {
  const { certificate } = connection;
  const forEver = { problem: undefined, untilMs: Number.POSITIVE_INFINITY };
  const refuse = (problem: string): Verification => ({ ...forEver, problem });
  if (certificate === undefined) {
    const isNeeded = type === 'RequireAnyClientCert' || type === 'RequireAndVerifyClientCert' || allowedSans.length > 0;
    return isNeeded ? refuse('client certificate required') : forEver;
  }
  const isVerifying = type === 'VerifyClientCertIfGiven' || type === 'RequireAndVerifyClientCert';
  if (isVerifying && !(connection.isVerified && isStillTrusted(certificate, connection.trust, trust))) {
    return refuse('the client certificate is not from a trusted CA');
  }
  if (allowedSans.length > 0 && !hasOneOf(certificate, allowedSans)) {
    return refuse('the client certificate has none of the allowed names');
  }
  return isVerifying ? { problem: undefined, untilMs: Date.parse(certificate.validTo) } : forEver;
}

function hasOneOf(certificate: X509Certificate, allowedSans: readonly string[]): boolean {
  const allowed = new Set(allowedSans.map(normalizeAltName));
  return listAltNames(certificate).some((name) => allowed.has(name));
}

const MAX_CHAIN = 10;

/** What one set of CAs has verified holds for another if a certificate of the chain is in it, or issued by one in it. */
function isStillTrusted(certificate: X509Certificate, before: ClientTrust, trust: ClientTrust): boolean {
  if (before === trust) return true;
  const { authorities } = trust;
  if (authorities === undefined) return before.authorities === undefined;
  let link: X509Certificate | undefined = certificate;
  for (let i = 0; i < MAX_CHAIN && link !== undefined; i++) {
    const current: X509Certificate = link;
    const isKnown = authorities.some((each) => each.raw.equals(current.raw) || isIssuedBy(current, each));
    if (isKnown) return true;
    const issuer: X509Certificate | undefined = current.issuerCertificate;
    link = issuer !== undefined && isIssuedBy(current, issuer) ? issuer : undefined;
  }
  return false;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
