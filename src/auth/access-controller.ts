import type { Socket } from 'node:net';
import { type FileWatch, watchFiles } from '../files/file-watcher.js';
import type { AccessPolicy } from '../model/access-policy.js';
import type { RejectionReason, VerifyPassword } from '../model/auth-decision.js';
import type { AuthMetrics } from '../model/auth-metrics.js';
import { type AccessControl, type AccessControlDeps, createAccessControl } from './access-control.js';
import type { ClientConnection } from './client-certificate.js';
import { findExpiries } from './expiries.js';
import type { ListenerTls, TlsState } from './listener-tls.js';
import { createPasswordMemory } from './passwords.js';
import { type LoadedPolicy, needsRoot } from './policy-files.js';
import { createPolicyReload, type PolicyReloadOptions } from './policy-reload.js';

export interface AccessControllerOptions
  extends Pick<PolicyReloadOptions, 'configFile' | 'read' | 'findConflicts' | 'logger'> {
  /** What is in force to begin with. */
  readonly loaded: LoadedPolicy;
  readonly metrics: AuthMetrics;
  /** Unix milliseconds. */
  readonly wallClock: () => number;
  /** Compares passwords with bcrypt hashes; closed with the controller. */
  readonly passwords: { readonly verify: VerifyPassword; close(): Promise<void> };
  /** Told of every handshake that failed. */
  readonly onRefused: (cause: RejectionReason, why: string) => void;
  /** How long between two looks at the files. */
  readonly watchIntervalMs: number;
}

/** Who may come in now, and by what certificate zxp shows itself. */
export interface AccessController {
  readonly access: () => AccessControl;
  /** What the door in force was made of; undefined where there is none. */
  readonly spec: () => AccessPolicy | undefined;
  /** What TLS connections showed in their handshakes. */
  readonly connections: WeakMap<Socket, ClientConnection>;
  /** How listeners speak TLS; undefined for plain HTTP. */
  readonly tls: ListenerTls | undefined;
  /** Has listeners follow each new state, of which files that change make one. */
  follow(listeners: readonly Renewable[]): void;
  /** Loads everything again. Throws what was wrong; what was in force stays in force then. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

interface Renewable {
  renewTls(state: TlsState): void;
}

/** The door of a configuration that says something of one, and what brings the next. */
export function createAccessController(options: AccessControllerOptions): AccessController {
  const { metrics } = options;
  const tools: AccessControlDeps = {
    passwords: createPasswordMemory(options.passwords.verify),
    now: () => performance.now(),
    wallClock: options.wallClock,
  };
  let active = options.loaded;
  let access = createAccessControl(active, tools);
  let listeners: readonly Renewable[] = [];
  let watch: FileWatch | undefined;
  metrics.observePolicy(findExpiries(active));
  const reloading = createPolicyReload({
    ...options,
    first: active,
    active: () => active,
    apply: (next) => {
      active = next;
      access = createAccessControl(next, tools);
      const state = toTlsState(next);
      if (state !== undefined) for (const listener of listeners) listener.renewTls(state);
      metrics.observePolicy(findExpiries(next));
    },
    observe: (isSuccessful) => metrics.observeReload(isSuccessful, options.wallClock() / 1000),
  });
  const connections = new WeakMap<Socket, ClientConnection>();
  return {
    access: () => access,
    spec: () => active.spec,
    connections,
    tls: toListenerTls(active, {
      connections,
      checkCertificate: () => access.checkCertificate,
      onRefused: options.onRefused,
    }),
    follow: (renewable) => {
      listeners = renewable;
      watch = watchFiles({
        listFiles: reloading.listFiles,
        // What goes wrong is in the log already.
        onChange: () => reloading.reload().catch(() => undefined),
        wait: (callback) => {
          const timer = setTimeout(callback, options.watchIntervalMs).unref();
          return () => clearTimeout(timer);
        },
      });
    },
    reload: reloading.reload,
    close: async () => {
      watch?.close();
      await options.passwords.close();
    },
  };
}

function toTlsState({ tls, trust }: LoadedPolicy): TlsState | undefined {
  return tls === undefined ? undefined : { context: tls.context, trust };
}

function toListenerTls(
  loaded: LoadedPolicy,
  means: Pick<ListenerTls, 'connections' | 'checkCertificate' | 'onRefused'>,
): ListenerTls | undefined {
  const state = toTlsState(loaded);
  if (state === undefined) return undefined;
  const asksForCertificate = loaded.spec.tls?.clientAuthType !== 'NoClientCert';
  return { ...means, state, asksForCertificate, needsRoot: needsRoot(loaded) };
}
