import type { ExporterOptions } from '../app/exporter.js';
import type { Log } from '../app/log.js';
import type { Configuration } from '../config/load.js';
import type { Logger } from '../model/ports.js';
import type { CliContext } from './context.js';
import { loadAccessPolicy } from './settings-source.js';

/** What a command needs to start a daemon. */
export interface Deps {
  readonly configuration: Configuration;
  /** Reads the configuration, now and at each reload. */
  readonly load: () => Promise<Configuration>;
  readonly log: Log;
  /** For what is logged of starts and reloads, where it is another than the log. */
  readonly announcer?: Logger;
}

/** What an exporter gets from the command line, in whichever process it runs. */
export function toExporterOptions(context: CliContext, means: Deps): ExporterOptions {
  const { configuration, load, log, announcer = log.logger } = means;
  return {
    configuration,
    load,
    loadAccessPolicy: (settings) => loadAccessPolicy(context, settings),
    logger: log.logger,
    announcer,
    onReload: (next) => log.adjust(next.log),
    version: context.version,
    nodeVersion: context.nodeVersion,
    environment: context.environment,
  };
}
