import type { AccessPolicy, TokenSpec } from '../model/access-policy.js';
import type { Rejection, RejectionReason } from '../model/auth-decision.js';
import type { MonotonicClock } from '../model/ports.js';
import { createRanges, toClientKey } from '../net/addresses.js';
import { readAuthorization, type Shown } from './authorization.js';
import { findCallerAddress } from './caller-address.js';
import {
  type CertificateCheck,
  type ClientConnection,
  type ClientTrust,
  createCertificateCheck,
} from './client-certificate.js';
import { createPasswordCheck, type PasswordMemory } from './passwords.js';
import { createRateLimit } from './rate-limit.js';
import { addressRefused, certificateRefused, credentialRefused, rateExceeded, type Ways } from './rejections.js';
import { createTokenCheck } from './tokens.js';

/** What one request shows at the door. */
export interface Caller {
  /** The address of the socket's other end. */
  readonly peer: string | undefined;
  readonly forwardedFor: string | undefined;
  /** The TLS connection; undefined over plain HTTP. */
  readonly connection: ClientConnection | undefined;
  /** Gives the one `Authorization`. Throws `request` where there are two, or one that is none. */
  readonly readAuthorization: () => string | undefined;
}

/** Whether a caller may come in: undefined, or why not. At once, unless a password is shown for the first time. */
export type Decision = Rejection | undefined | Promise<Rejection | undefined>;

export interface AccessControl {
  /** Whether `Authorization` is for zxp alone: it is checked here, and goes no further by itself. */
  readonly consumesAuthorization: boolean;
  /** Of every answer. */
  readonly headers: AccessPolicy['headers'];
  /** Judges a connection by its certificate alone; undefined where none is looked at. */
  readonly checkCertificate: CertificateCheck | undefined;
  /** Undefined where everybody may come in. */
  readonly admit: ((caller: Caller) => Decision) | undefined;
}

/** What a door is made of, its files read. */
export interface AccessMaterial {
  readonly spec: AccessPolicy;
  /** Those of the files with them. */
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

type Guard = (caller: Caller, client: string) => Decision;

/** The door of a configuration. Its guards, in their order: address, rate, certificate, credential. */
export function createAccessControl(material: AccessMaterial, tools: AccessControlDeps): AccessControl {
  const { spec, tokens } = material;
  const consumesAuthorization =
    spec.mode === 'basic' || spec.mode === 'bearer' || spec.users.length + tokens.length > 0;
  const checkCertificate = chooseCertificateCheck(material, tools);
  const guards: readonly Guard[] = [
    ...guardByRate(spec, tools),
    ...(checkCertificate === undefined ? [] : [guardByCertificate(checkCertificate, material)]),
    ...(consumesAuthorization ? [guardByCredential(material, tools)] : []),
  ];
  const isOpen = guards.length === 0 && spec.allowedClients === undefined;
  return {
    consumesAuthorization,
    headers: spec.headers,
    checkCertificate,
    admit: isOpen ? undefined : guardByAddress(spec, (caller, client) => askAll(guards, caller, client)),
  };
}

function askAll(guards: readonly Guard[], caller: Caller, client: string): Decision {
  for (const guard of guards) {
    const verdict = guard(caller, client);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

/** Finds out who asks; one whose address cannot be told is no allowed client, and is counted as its peer. */
function guardByAddress({ allowedClients, trustedProxies }: AccessPolicy, next: Guard): (caller: Caller) => Decision {
  const isTrusted = createRanges(trustedProxies);
  const isAllowed = allowedClients === undefined ? undefined : createRanges(allowedClients);
  return (caller) => {
    const address = findCallerAddress(caller, isTrusted);
    if (isAllowed !== undefined && (address === undefined || !isAllowed(address))) return addressRefused;
    return next(caller, address === undefined ? `${caller.peer}` : toClientKey(address));
  };
}

/** None where there is no limit. */
function guardByRate({ rateLimit }: AccessPolicy, { now }: AccessControlDeps): readonly Guard[] {
  if (rateLimit === undefined || rateLimit === 'none') return [];
  const take = createRateLimit(rateLimit, now);
  const guard: Guard = (_caller, client) => {
    const waitMs = take(client);
    return waitMs > 0 ? rateExceeded(waitMs) : undefined;
  };
  return [guard];
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

function guardByCertificate(check: CertificateCheck, { trust }: AccessMaterial): Guard {
  const withoutTls: ClientConnection = { certificate: undefined, isVerified: false, trust };
  return ({ connection }) => {
    const problem = check(connection ?? withoutTls);
    return problem === undefined ? undefined : certificateRefused(problem);
  };
}

/** The last one, as it may take its time. */
function guardByCredential({ spec, tokens }: AccessMaterial, { passwords, wallClock }: AccessControlDeps): Guard {
  const ways: Ways = { hasUsers: spec.users.length > 0, hasTokens: tokens.length > 0 };
  const checkToken = createTokenCheck(tokens, wallClock);
  const checkPassword = createPasswordCheck(spec.users, passwords);
  const judge = (shown: Shown, client: string): RejectionReason | undefined | Promise<RejectionReason | undefined> => {
    if (shown.kind === 'none') return 'no_credential';
    if (shown.kind === 'bearer' && ways.hasTokens) return checkToken(shown.token);
    if (shown.kind === 'basic' && ways.hasUsers) return checkPassword({ ...shown, client });
    return 'wrong_credential';
  };
  return (caller, client) => {
    const shown = readAuthorization(caller.readAuthorization());
    const refuse = (cause: RejectionReason | undefined) =>
      cause === undefined ? undefined : credentialRefused(cause, ways, shown.kind === 'bearer');
    const cause = judge(shown, client);
    return cause instanceof Promise ? cause.then(refuse) : refuse(cause);
  };
}
