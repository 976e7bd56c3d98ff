import { shareQueued } from '../async/queue.js';
import { type Configuration, toConfigError } from '../config/load.js';
import { listRestartSettings } from '../config/restart.js';
import { readWhole } from '../files/stable-read.js';
import { type Problem, toZxpError, ZxpError } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import type { Access } from './access.js';
import { createRuntime, type Runtime, type RuntimeOptions } from './runtime.js';

export interface ReloadOptions {
  /** Reads the configuration again. Throws `config` with every problem. */
  readonly load: () => Promise<Configuration>;
  /** Where reloads are logged. */
  readonly logger: Logger;
  /** Told of each configuration that becomes active, for what it does not govern itself. */
  readonly onReload?: (configuration: Configuration) => void;
}

/** What is active: settings, modules and their secrets, and access control with its files. */
export interface ActiveState {
  runtime: Runtime;
}

/** Where attempts to reload are counted. */
export interface ReloadMetrics {
  observeReload(isSuccessful: boolean, unixSeconds: number): void;
  readonly access: { observeReload(isSuccessful: boolean, unixSeconds: number): void };
}

/** A start does with a file of a module that cannot be read; a reload keeps what works. */
const RELOADED = { hasAccessControl: true, refusesUnreadableFiles: true };

const KEPT = 'keeping the previous configuration';

/**
 * Makes what reads everything again. It becomes active as a whole or not at all: then it throws what was wrong. Requests
 * that come while one is under way share the next.
 */
export function createReload(
  options: ReloadOptions & { readonly runtimeOptions: RuntimeOptions },
  { state, access, metrics }: { readonly state: ActiveState; readonly access: Access; readonly metrics: ReloadMetrics },
): () => Promise<void> {
  const { logger } = options;
  const nowSeconds = () => Date.now() / 1000;
  const reloadNow = async () => {
    try {
      const next = await readSnapshot(options, access);
      const previous = state.runtime;
      state.runtime = next;
      if (next.access !== undefined) access.controller.activate(next.access);
      void previous.close();
      logWarnings(logger, next.warnings);
      warnOfRestart(logger, previous.configuration, next.configuration);
      options.onReload?.(next.configuration);
      metrics.observeReload(true, nowSeconds());
      metrics.access.observeReload(true, nowSeconds());
      logger.info('configuration reloaded');
    } catch (thrown) {
      metrics.observeReload(false, nowSeconds());
      const error = toZxpError(thrown);
      logger.error(`configuration not reloaded, ${KEPT}`, { cause: error });
      for (const { where, message, hint } of error.problems) logger.error(message, { where, hint });
      const { code, message, problems, hint } = error;
      throw new ZxpError(code, `${message}; ${KEPT}`, { cause: error, problems, hint });
    }
  };
  return shareQueued(access.enqueue, reloadNow);
}

/** Reads settings, modules and access control as they are at one moment. Throws `config`, and leaves nothing open then. */
async function readSnapshot(
  options: ReloadOptions & { readonly runtimeOptions: RuntimeOptions },
  { controller, listFiles, noteRead }: Access,
): Promise<Runtime> {
  const built: Runtime[] = [];
  const build = async () => {
    const configuration = await options.load();
    noteRead(configuration.access);
    const runtime = await createRuntime({ ...options.runtimeOptions, configuration, ...RELOADED });
    built.push(runtime);
    const problems = runtime.access === undefined ? [] : controller.findProblems(runtime.access);
    if (problems.length > 0) throw toConfigError(problems);
    return runtime;
  };
  let chosen: Runtime | undefined;
  try {
    chosen = await readWhole(listFiles, build);
    return chosen;
  } finally {
    for (const runtime of built) if (runtime !== chosen) void runtime.close();
  }
}

/** Writes a line for each. */
export function logWarnings(logger: Logger, warnings: readonly Problem[]): void {
  for (const { where, message, hint } of warnings) logger.warn(message, { where, hint });
}

function warnOfRestart(logger: Logger, before: Configuration, after: Configuration): void {
  const settings = listRestartSettings(before, after);
  if (settings.length > 0) logger.warn('changed settings need a restart', { settings: settings.join(' ') });
}
