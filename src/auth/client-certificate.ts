import type { X509Certificate } from 'node:crypto';
import type { ClientAuthType } from '../model/access-policy.js';
import { listAltNames, normalizeAltName } from './subject-alt-names.js';

/** Whom certificates must come from: the system's roots where there are no authorities. One object is one state. */
export interface ClientTrust {
  readonly authorities: readonly X509Certificate[] | undefined;
}

/** What a TLS connection showed in its handshake, or brought from the one that its session is of. */
export interface ClientConnection {
  readonly certificate: X509Certificate | undefined;
  /** Whether it was verified; of no meaning without a certificate. */
  readonly isVerified: boolean;
  /** What was in force when the handshake began. */
  readonly trust: ClientTrust;
}

export interface ClientPolicy {
  readonly type: ClientAuthType;
  /** A certificate must have one of these; empty for any. */
  readonly allowedSans: readonly string[];
  readonly trust: ClientTrust;
}

/** What is wrong with the certificate of a connection; undefined where it may come in. */
export type CertificateCheck = (connection: ClientConnection) => string | undefined;

/**
 * Judges connections, as often as they ask: a certificate that expires, or whose authority or name is no longer
 * accepted, does not come in by a connection that is open from before. `now` is Unix milliseconds.
 */
export function createCertificateCheck(policy: ClientPolicy, now: () => number): CertificateCheck {
  const known = new WeakMap<ClientConnection, Judgement>();
  return (connection) => {
    let judgement = known.get(connection);
    if (judgement === undefined) {
      judgement = judge(connection, policy);
      known.set(connection, judgement);
    }
    return judgement.problem ?? (now() < judgement.untilMs ? undefined : 'the client certificate has expired');
  };
}

interface Judgement {
  readonly problem: string | undefined;
  readonly untilMs: number;
}

function judge(connection: ClientConnection, { type, allowedSans, trust }: ClientPolicy): Judgement {
  const { certificate } = connection;
  const forEver = { problem: undefined, untilMs: Number.POSITIVE_INFINITY };
  const refuse = (problem: string): Judgement => ({ ...forEver, problem });
  if (certificate === undefined) {
    const isNeeded = type === 'RequireAnyClientCert' || type === 'RequireAndVerifyClientCert' || allowedSans.length > 0;
    return isNeeded ? refuse('there is no client certificate') : forEver;
  }
  const isVerifying = type === 'VerifyClientCertIfGiven' || type === 'RequireAndVerifyClientCert';
  if (isVerifying && !(connection.isVerified && isStillTrusted(certificate, connection.trust, trust))) {
    return refuse('the client certificate is not one of an authority that is trusted here');
  }
  if (allowedSans.length > 0 && !hasOneOf(certificate, allowedSans)) {
    return refuse('the client certificate has none of the names that may come in');
  }
  return isVerifying ? { problem: undefined, untilMs: Date.parse(certificate.validTo) } : forEver;
}

function hasOneOf(certificate: X509Certificate, allowedSans: readonly string[]): boolean {
  const allowed = new Set(allowedSans.map(normalizeAltName));
  return listAltNames(certificate).some((name) => allowed.has(name));
}

const MAX_CHAIN = 10;

/** What one trust has verified holds for another if some certificate of its chain is that one's, or issued by it. */
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
