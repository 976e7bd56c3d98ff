import type { Socket } from 'node:net';
import { createQueue, type Queue, shareQueued } from '../async/queue.js';
import { type AccessController, createAccessController } from '../auth/access-controller.js';
import { type LoadedPolicy, listPolicyFiles, loadPolicyFiles, openPolicy } from '../auth/policy-files.js';
import { toConfigError } from '../config/load.js';
import type { WebConfigReading, WebConfigSettings } from '../config/web/web-config-reading.js';
import { type FileWatch, watchFiles } from '../files/file-watcher.js';
import { readWhole } from '../files/stable-read.js';
import type { AccessPolicy } from '../model/access-policy.js';
import type { AuthMetrics } from '../model/auth-metrics.js';
import { type Problem, toZxpError, ZxpError } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import type { AuthMiddlewareOptions } from '../server/auth-middleware.js';
import type { ListenerOptions } from '../server/listener.js';
import { createRejectionLog, warnOfPlaintextCredentials } from '../telemetry/event-log.js';
import type { FailureLog } from '../telemetry/failure-log.js';
import { createPasswordWorker } from '../workers/password-worker.js';
import { findWorker } from '../workers/worker-url.js';
import { createWait } from './auto-reload.js';

/** What access control is read from. */
export interface AccessSource {
  /** Reads the web config file, and what the settings say beside it. Throws `config`. Without it nothing is read again. */
  readonly loadAccessPolicy?: (settings: WebConfigSettings) => Promise<Pick<WebConfigReading, 'access' | 'warnings'>>;
}

export interface AccessOptions extends AccessSource {
  /** The policy of the start, with its files. */
  readonly loaded: LoadedPolicy;
  /** The active settings, and the policy that they gave. */
  readonly active: () => { readonly web: WebConfigSettings; readonly access: AccessPolicy | undefined };
  /** Told of each policy that becomes active by a change of its files. */
  readonly onChange?: (access: AccessPolicy | undefined, loaded: LoadedPolicy) => void;
  /** What other settings have against a policy. */
  readonly findConflicts?: (access: AccessPolicy | undefined) => readonly Problem[];
  /** For rejected clients. */
  readonly logger: Logger;
  /** For reloads, where it is another than `logger`. */
  readonly announcer?: Logger;
  readonly failures: FailureLog;
  readonly metrics: AuthMetrics;
  /** How long between two looks at the files; 2 s by default. */
  readonly watchIntervalMs?: number | undefined;
}

/** Access control of a server: what its middleware and listeners need, and what refreshes it. */
export interface Access {
  readonly controller: AccessController;
  readonly auth: AuthMiddlewareOptions;
  readonly listener: Pick<ListenerOptions, 'tls' | 'onRejected' | 'unixClients'>;
  /** Reads the web config file and its files again, and no other setting. Throws what was wrong; the log has it too. */
  refresh(): Promise<void>;
  /** The files of the active policy, and of the one that was read last. */
  listFiles(): readonly string[];
  /** Notes what was read last: its files are watched although it is not active. */
  noteRead(access: AccessPolicy | undefined): void;
  /** Runs work of which one runs at a time, with `refresh`. */
  readonly enqueue: Queue;
  /** Refreshes when a file changes, until it is closed. */
  watch(): FileWatch;
  close(): Promise<void>;
}

/** Reads the files of the policy of a start. Throws `config` with every problem. */
export async function loadFirstPolicy(access: AccessPolicy | undefined): Promise<LoadedPolicy> {
  const problems: Problem[] = [];
  const loaded = await loadPolicyFiles(access ?? openPolicy, problems);
  if (loaded === undefined) throw toConfigError(problems);
  return loaded;
}

/** Makes a policy active, and what refreshes it. */
export function openAccess(options: AccessOptions): Access {
  const { loaded, metrics, logger } = options;
  const passwords = createPasswordWorker(findWorker('bcrypt'));
  const controller = createAccessController({ loaded, metrics, wallClock: () => Date.now(), passwords });
  metrics.observeReload(true, Date.now() / 1000);
  const logRejection = createRejectionLog(options.failures);
  const onRejected: ListenerOptions['onRejected'] = (reason, facts) => {
    metrics.observeRejection(reason);
    logRejection(reason, facts);
  };
  const unixClients = new WeakSet<Socket>();
  const enqueue = createQueue();
  let lastRead: AccessPolicy | undefined;
  const listFiles = () => {
    const { web } = options.active();
    const specs = [controller.active().spec, ...(lastRead === undefined ? [] : [lastRead])];
    const named = specs.flatMap(listPolicyFiles);
    return [...new Set(web.configFile === undefined ? named : [web.configFile, ...named])];
  };
  const noteRead = (access: AccessPolicy | undefined) => {
    lastRead = access;
  };
  const refresh = shareQueued(enqueue, createRefresh(options, { controller, listFiles, noteRead }));
  return {
    controller,
    auth: {
      access: controller.access,
      connections: controller.connections,
      unixClients,
      onRejected: (reason, client) => onRejected(reason, { client }),
      onPlaintextCredentials: (client) => warnOfPlaintextCredentials(logger, client),
    },
    listener: { tls: controller.tls, onRejected, unixClients },
    refresh,
    listFiles,
    noteRead,
    enqueue,
    watch: () =>
      watchFiles({
        listFiles,
        // What goes wrong is in the log already.
        onChange: () => refresh().catch(() => undefined),
        wait: createWait(options.watchIntervalMs),
      }),
    close: controller.close,
  };
}

/** Reads one state after another. The log has a line for each that is invalid, however often it is read. */
function createRefresh(
  options: AccessOptions,
  { controller, listFiles, noteRead }: Pick<Access, 'controller' | 'listFiles' | 'noteRead'>,
): () => Promise<void> {
  const { metrics, announcer = options.logger } = options;
  let loggedCause: string | undefined;
  const read = async () => {
    const active = options.active();
    const { access, warnings } = (await options.loadAccessPolicy?.(active.web)) ?? { ...active, warnings: [] };
    noteRead(access);
    const problems: Problem[] = [];
    const loaded = await loadPolicyFiles(access ?? openPolicy, problems);
    if (loaded !== undefined) problems.push(...controller.findProblems(loaded));
    problems.push(...(options.findConflicts?.(access) ?? []));
    if (loaded === undefined || problems.length > 0) throw toConfigError(problems);
    return { access, loaded, warnings };
  };
  return async () => {
    try {
      const { access, loaded, warnings } = await readWhole(listFiles, read);
      metrics.observeReload(true, Date.now() / 1000);
      loggedCause = undefined;
      if (loaded.fingerprint === controller.active().fingerprint) return;
      controller.activate(loaded);
      options.onChange?.(access, loaded);
      for (const { where, message, hint } of warnings) announcer.warn(message, { where, hint });
      announcer.info('web configuration reloaded');
    } catch (thrown) {
      metrics.observeReload(false, Date.now() / 1000);
      const { code, message, problems, hint } = toZxpError(thrown);
      const cause = problems.map((each) => `${each.where}: ${each.message}`).join('; ') || message;
      if (cause !== loggedCause) {
        announcer.error('web configuration not reloaded, keeping the previous one', {
          cause,
          hint: problems[0]?.hint ?? hint,
        });
      }
      loggedCause = cause;
      throw new ZxpError(code, `${message}; keeping the previous configuration`, { cause: thrown, problems, hint });
    }
  };
}
