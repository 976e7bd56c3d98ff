import type { Configuration } from '../config/load.js';
import { type Problem, toZxpError, ZxpError } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import { listWaiting } from './restart.js';
import { createRuntime, type Runtime, type RuntimeOptions } from './runtime.js';

export interface ReloadOptions {
  /** Reads the configuration anew, for a reload. Throws `config` with everything that is wrong. */
  readonly load: () => Promise<Configuration>;
  readonly logger: Logger;
  /** Told of the configuration that a reload brought into force, for what it does not govern itself. */
  readonly onReload?: (configuration: Configuration) => void;
}

/** Loads the configuration again and puts it in place of the one before, which stays where that cannot be. */
export function createReload(
  options: ReloadOptions & { readonly runtimeOptions: RuntimeOptions },
  state: { runtime: Runtime },
  observe: (successful: boolean, unixSeconds: number) => void,
): () => Promise<void> {
  const { logger } = options;
  let last: Promise<void> = Promise.resolve();
  const reloadNow = async () => {
    try {
      const configuration = await options.load();
      const next = await createRuntime({ ...options.runtimeOptions, configuration });
      logWarnings(logger, next.warnings);
      const previous = state.runtime;
      state.runtime = next;
      void previous.close();
      warnOfRestart(logger, previous.configuration, configuration);
      options.onReload?.(configuration);
      observe(true, Date.now() / 1000);
      logger.info('the configuration was loaded again');
    } catch (thrown) {
      observe(false, Date.now() / 1000);
      const error = toZxpError(thrown);
      logger.error('the configuration was not loaded; the one before stays in force', { cause: error });
      for (const { where, message, hint } of error.problems) logger.error(message, { where, hint });
      const { code, message, problems, hint } = error;
      throw new ZxpError(code, `${message}; the one before stays in force`, { cause: error, problems, hint });
    }
  };
  return () => {
    // One at a time: the last one asked for is the one that counts.
    last = last.catch(() => undefined).then(reloadNow);
    return last;
  };
}

/** One after the other, the second in any case. Throws what the first one of them threw. */
export function inTurn(first: () => Promise<void>, second: () => Promise<void>): () => Promise<void> {
  return async () => {
    const [one, other] = [await settle(first()), await settle(second())];
    for (const result of [one, other]) if (result !== undefined) throw result.thrown;
  };
}

async function settle(work: Promise<void>): Promise<{ readonly thrown: unknown } | undefined> {
  try {
    await work;
    return undefined;
  } catch (thrown) {
    return { thrown };
  }
}

/** Writes a line for each. */
export function logWarnings(logger: Logger, warnings: readonly Problem[]): void {
  for (const { where, message, hint } of warnings) logger.warn(message, { where, hint });
}

function warnOfRestart(logger: Logger, before: Configuration, after: Configuration): void {
  const waiting = listWaiting(before.web, after.web);
  if (waiting.length > 0)
    logger.warn('some settings take effect at the next start only', { settings: waiting.join(' ') });
}
