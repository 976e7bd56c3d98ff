import type { Socket } from 'node:net';
import { type FileWatch, watchFiles } from '../files/file-watcher.js';
import type { DoorSpec } from '../model/access-policy.js';
import type { DoorCause } from '../model/auth-decision.js';
import type { ListenerTls, TlsState } from '../server/tls-handshake.js';
import type { DoorMetrics } from '../telemetry/auth-metrics.js';
import { createPasswordWorker } from '../workers/password-worker.js';
import { findWorker } from '../workers/worker-url.js';
import { createDoor, type Door, type DoorTools } from './access-control.js';
import type { ClientConnection } from './client-certificate.js';
import { createPasswordMemory } from './passwords.js';
import { describeDoor } from './policy-facts.js';
import { type LoadedDoor, needsRoot } from './policy-files.js';
import { createDoorReload, type DoorReloadOptions } from './policy-reload.js';

export interface FrontDoorOptions extends Pick<DoorReloadOptions, 'configFile' | 'read' | 'findConflicts' | 'logger'> {
  /** What is in force to begin with. */
  readonly loaded: LoadedDoor;
  readonly metrics: DoorMetrics;
  /** Told of every handshake that failed. */
  readonly onRefused: (cause: DoorCause, why: string) => void;
  /** How long between two looks at the files. */
  readonly watchIntervalMs: number;
}

/** Who may come in now, and by what certificate zxp shows itself. */
export interface FrontDoor {
  readonly door: () => Door;
  /** What the door in force was made of; undefined where there is none. */
  readonly spec: () => DoorSpec | undefined;
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
export function createFrontDoor(options: FrontDoorOptions): FrontDoor {
  const { metrics } = options;
  const worker = createPasswordWorker(findWorker('bcrypt'));
  const tools: DoorTools = {
    passwords: createPasswordMemory(worker.verify),
    now: () => performance.now(),
    wallClock: () => Date.now(),
  };
  let inForce = options.loaded;
  let door = createDoor(inForce, tools);
  let listeners: readonly Renewable[] = [];
  let watch: FileWatch | undefined;
  metrics.observeDoor(describeDoor(inForce));
  const reloading = createDoorReload({
    ...options,
    first: inForce,
    inForce: () => inForce,
    apply: (next) => {
      inForce = next;
      door = createDoor(next, tools);
      const state = toTlsState(next);
      if (state !== undefined) for (const listener of listeners) listener.renewTls(state);
      metrics.observeDoor(describeDoor(next));
    },
    observe: (isSuccessful) => metrics.observeReload(isSuccessful, Date.now() / 1000),
  });
  const connections = new WeakMap<Socket, ClientConnection>();
  return {
    door: () => door,
    spec: () => inForce.spec,
    connections,
    tls: toListenerTls(inForce, {
      connections,
      checkCertificate: () => door.checkCertificate,
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
      await worker.close();
    },
  };
}

function toTlsState({ tls, trust }: LoadedDoor): TlsState | undefined {
  return tls === undefined ? undefined : { context: tls.context, trust };
}

function toListenerTls(
  loaded: LoadedDoor,
  means: Pick<ListenerTls, 'connections' | 'checkCertificate' | 'onRefused'>,
): ListenerTls | undefined {
  const state = toTlsState(loaded);
  if (state === undefined) return undefined;
  const asksForCertificate = loaded.spec.tls?.clientAuthType !== 'NoClientCert';
  return { ...means, state, asksForCertificate, needsRoot: needsRoot(loaded) };
}
