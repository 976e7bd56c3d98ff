import type { AccessPolicy, TokenSpec } from '../model/access-policy.js';
import type { Rejection, RejectionReason } from '../model/auth-decision.js';
import { consumesAuthorization } from '../model/credential-policy.js';
import type { MonotonicClock } from '../model/ports.js';
import { createRanges, toClientKey } from '../net/addresses.js';
import { type Presented, readAuthorization } from './authorization.js';
import { findClientAddress, UNIX_CLIENT } from './client-address.js';
import {
  type CertificateCheck,
  type ClientConnection,
  type ClientTrust,
  createCertificateCheck,
} from './client-certificate.js';
import { createPasswordCheck, type PasswordMemory } from './passwords.js';
import { createRateLimit } from './rate-limit.js';
import {
  type AcceptedSchemes,
  addressNotAllowed,
  certificateInvalid,
  credentialInvalid,
  rateExceeded,
} from './rejections.js';
import { createTokenCheck } from './tokens.js';

/** What one request presents. */
export interface Caller {
  /** The address of the socket's other end; `unix` for a client of a unix socket. */
  readonly peer: string | undefined;
  readonly forwardedFor: string | undefined;
  /** The TLS connection; undefined over plain HTTP. */
  readonly connection: ClientConnection | undefined;
  /** Gives the one `Authorization`. Throws `request` where there are two, or where it is invalid. */
  readonly readAuthorization: () => string | undefined;
}

/** Undefined where a caller is allowed, or why not. At once, unless a password is presented for the first time. */
export type Decision = Rejection | undefined | Promise<Rejection | undefined>;

/** The active access policy, applied to requests. */
export interface AccessControl {
  /** Whether `Authorization` is for zxp alone: it is checked here, and is not forwarded by itself. */
  readonly consumesAuthorization: boolean;
  /** Of every response. */
  readonly headers: AccessPolicy['headers'];
  /** Checks a connection by its certificate alone; undefined where none is required. */
  readonly checkCertificate: CertificateCheck | undefined;
  /** Undefined where every caller is allowed. */
  readonly authorize: ((caller: Caller) => Decision) | undefined;
}

/** An access policy with its files read. */
export interface AccessMaterial {
  readonly spec: AccessPolicy;
  /** Those of the files included. */
  readonly tokens: readonly TokenSpec[];
  readonly trust: ClientTrust;
}

export interface AccessControlDeps {
  readonly passwords: PasswordMemory;
  /** By which requests are counted. */
  readonly now: MonotonicClock;
  /** By which tokens and certificates expire: Unix milliseconds. */
  readonly wallClock: () => number;
}

type Check = (caller: Caller, client: string) => Decision;

/** Applies a policy. Its checks, in their order: address, rate, certificate, credential. */
export function createAccessControl(material: AccessMaterial, deps: AccessControlDeps): AccessControl {
  const { spec } = material;
  const isConsumed = consumesAuthorization(spec);
  const checkCertificate = chooseCertificateCheck(material, deps);
  const checks: readonly Check[] = [
    ...checkRate(spec, deps),
    ...(checkCertificate === undefined ? [] : [requireCertificate(checkCertificate, material)]),
    ...(isConsumed ? [checkCredential(material, deps)] : []),
  ];
  const isOpen = checks.length === 0 && spec.allowedClients === undefined;
  return {
    consumesAuthorization: isConsumed,
    headers: spec.headers,
    checkCertificate,
    authorize: isOpen ? undefined : checkAddress(spec, (caller, client) => runChecks(checks, caller, client)),
  };
}

function runChecks(checks: readonly Check[], caller: Caller, client: string): Decision {
  for (const check of checks) {
    const decision = check(caller, client);
    if (decision !== undefined) return decision;
  }
  return undefined;
}

/** Identifies the client; one whose address is unknown is not in `allowed_clients`, and is counted as its peer. */
function checkAddress({ allowedClients, trustedProxies }: AccessPolicy, next: Check): (caller: Caller) => Decision {
  const isTrusted = createRanges(trustedProxies);
  const isAllowed = allowedClients === undefined ? undefined : createRanges(allowedClients.filter(isRange));
  const allowsUnix = allowedClients?.includes(UNIX_CLIENT) !== false;
  return (caller) => {
    if (caller.peer === UNIX_CLIENT) return allowsUnix ? next(caller, UNIX_CLIENT) : addressNotAllowed;
    const address = findClientAddress(caller, isTrusted);
    if (isAllowed !== undefined && (address === undefined || !isAllowed(address))) return addressNotAllowed;
    return next(caller, address === undefined ? `${caller.peer}` : toClientKey(address));
  };
}

function isRange(client: string): boolean {
  return client !== UNIX_CLIENT;
}

/** None where there is no limit. */
function checkRate({ rateLimit }: AccessPolicy, { now }: AccessControlDeps): readonly Check[] {
  if (rateLimit === undefined || rateLimit === 'none') return [];
  const take = createRateLimit(rateLimit, now);
  const check: Check = (_caller, client) => {
    const waitMs = take(client);
    return waitMs > 0 ? rateExceeded(waitMs) : undefined;
  };
  return [check];
}

function chooseCertificateCheck(
  { spec, trust }: AccessMaterial,
  { wallClock }: AccessControlDeps,
): CertificateCheck | undefined {
  const type = spec.mode === 'mtls' ? 'RequireAndVerifyClientCert' : (spec.tls?.clientAuthType ?? 'NoClientCert');
  const allowedSans = spec.tls?.clientAllowedSans ?? [];
  if (type === 'NoClientCert' && allowedSans.length === 0) return undefined;
  return createCertificateCheck({ type, allowedSans, trust }, wallClock);
}

function requireCertificate(check: CertificateCheck, { trust }: AccessMaterial): Check {
  const withoutTls: ClientConnection = { certificate: undefined, isVerified: false, trust };
  return ({ connection }) => {
    const problem = check(connection ?? withoutTls);
    return problem === undefined ? undefined : certificateInvalid(problem);
  };
}

/** The last one, as it may take its time. */
function checkCredential({ spec, tokens }: AccessMaterial, { passwords, wallClock }: AccessControlDeps): Check {
  const schemes: AcceptedSchemes = { hasUsers: spec.users.length > 0, hasTokens: tokens.length > 0 };
  const checkToken = createTokenCheck(tokens, wallClock);
  const checkPassword = createPasswordCheck(spec.users, passwords);
  const check = (presented: Presented, client: string) => {
    if (presented.kind === 'none') return 'no_credential';
    if (presented.kind === 'bearer' && schemes.hasTokens) return checkToken(presented.token);
    if (presented.kind === 'basic' && schemes.hasUsers) return checkPassword({ ...presented, client });
    return 'wrong_credential';
  };
  return (caller, client) => {
    const presented = readAuthorization(caller.readAuthorization());
    const reject = (reason: RejectionReason | undefined) =>
      reason === undefined ? undefined : credentialInvalid(reason, schemes, presented.kind === 'bearer');
    const reason = check(presented, client);
    return reason instanceof Promise ? reason.then(reject) : reject(reason);
  };
}
