import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { findWeakenings } from '../config/web/weakened-policy.js';
import type { AccessPolicy } from '../model/access-policy.js';
import type { VerifyPassword } from '../model/auth-decision.js';
import type { AuthExpiries, AuthMetrics } from '../model/auth-metrics.js';
import type { Problem } from '../model/errors.js';
import { type AccessControl, type AccessControlDeps, createAccessControl } from './access-control.js';
import type { ClientConnection, ClientTrust } from './client-certificate.js';
import { createPasswordMemory } from './passwords.js';
import { type LoadedPolicy, needsRoot } from './policy-files.js';
import type { ListenerTls, TlsState } from './server-tls.js';

export interface AccessControllerOptions {
  /** The active policy at the start. */
  readonly loaded: LoadedPolicy;
  readonly metrics: AuthMetrics;
  /** Unix milliseconds. */
  readonly wallClock: () => number;
  /** Compares passwords with bcrypt hashes; closed with the controller. */
  readonly passwords: { readonly verify: VerifyPassword; close(): Promise<void> };
}

/** The access control that is active now, and the certificate that zxp presents. */
export interface AccessController {
  /** Read again for every request. */
  readonly access: () => AccessControl;
  /** What the active access control was made of. */
  readonly active: () => LoadedPolicy;
  /** What TLS connections presented in their handshakes. */
  readonly connections: WeakMap<Socket, ClientConnection>;
  /** How listeners speak TLS; undefined for plain HTTP. */
  readonly tls: ListenerTls | undefined;
  /** What forbids a policy in a process that runs: what only a restart can change, and checks that would be lost. */
  findProblems(next: LoadedPolicy): readonly Problem[];
  /** Makes a policy active for requests and handshakes from now on. */
  activate(next: LoadedPolicy): void;
  /** Calls back with the TLS of each policy that becomes active. */
  onTlsChange(listener: (state: TlsState) => void): void;
  close(): Promise<void>;
}

/** Makes the policy of the start active. */
export function createAccessController(options: AccessControllerOptions): AccessController {
  const { metrics, loaded: first } = options;
  const deps: AccessControlDeps = {
    passwords: createPasswordMemory(options.passwords.verify),
    now: () => performance.now(),
    wallClock: options.wallClock,
  };
  const connections = new WeakMap<Socket, ClientConnection>();
  const listeners: ((state: TlsState) => void)[] = [];
  let active = first;
  let access = createAccessControl(active, deps);
  metrics.observePolicy(findExpiries(active));
  return {
    access: () => access,
    active: () => active,
    connections,
    tls:
      toTlsState(first) === undefined
        ? undefined
        : {
            state: () => toTlsState(active),
            connections,
            checkCertificate: () => access.checkCertificate,
            requestsCertificate: first.spec.tls?.clientAuthType !== 'NoClientCert',
            needsRoot: needsRoot(first),
          },
    findProblems: (next) => [...findChangeProblems(active.spec, next.spec), ...findListenerProblems(first, next)],
    activate: (next) => {
      active = { ...next, trust: keepTrust(active.trust, next.trust) };
      access = createAccessControl(active, deps);
      const state = toTlsState(active);
      if (state !== undefined) for (const listener of listeners) listener(state);
      metrics.observePolicy(findExpiries(active));
    },
    onTlsChange: (listener) => void listeners.push(listener),
    close: options.passwords.close,
  };
}

function toTlsState({ tls, trust }: LoadedPolicy): TlsState | undefined {
  return tls === undefined ? undefined : { context: tls.context, trust };
}

/** When certificates and tokens expire. */
function findExpiries({ tls, tokens }: LoadedPolicy): AuthExpiries {
  const toSeconds = ({ validTo }: X509Certificate) => Date.parse(validTo) / 1000;
  return {
    certificateExpiry: tls === undefined ? undefined : toSeconds(tls.certificate),
    clientCaExpiry: tls?.authorities === undefined ? undefined : Math.min(...tls.authorities.map(toSeconds)),
    tokenExpiries: tokens.flatMap(({ name, where, expiresMs }) =>
      expiresMs === undefined ? [] : [{ name: name ?? where, expiry: expiresMs / 1000 }],
    ),
  };
}

/** What only a restart can change, and the checks that would be lost. */
function findChangeProblems(before: AccessPolicy, after: AccessPolicy): readonly Problem[] {
  const isAnotherType = after.tls !== undefined && before.tls?.clientAuthType !== after.tls.clientAuthType;
  return [
    ...needRestart(before.tls === undefined && after.tls !== undefined, 'TLS is added'),
    ...needRestart((before.mode === 'mtls') !== (after.mode === 'mtls'), 'the mode changes to or from mtls'),
    ...needRestart(before.tls !== undefined && isAnotherType, 'client_auth_type changes'),
    ...findWeakenings(before, after),
  ];
}

/** The same for what the files contain: OpenSSL, once it verifies up to a root, does so for good. */
function findListenerProblems(first: LoadedPolicy, after: LoadedPolicy): readonly Problem[] {
  return needRestart(needsRoot(first) && !needsRoot(after), 'client_ca gets a CA that is not a root');
}

function needRestart(isNeeded: boolean, what: string): readonly Problem[] {
  return isNeeded ? [{ where: '--web.config.file', message: `needs a restart: ${what}`, hint: 'restart zxp' }] : [];
}

/** The trust of before where both have the same certificates: connections that it has verified stay verified. */
function keepTrust(before: ClientTrust, after: ClientTrust): ClientTrust {
  const list = ({ authorities }: ClientTrust) => authorities?.map((each) => each.fingerprint256).join();
  return list(before) === list(after) ? before : after;
}
