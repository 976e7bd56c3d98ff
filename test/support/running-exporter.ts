import { startExporter } from '../../src/app/exporter.js';
import { type Configuration, loadConfiguration } from '../../src/config/load.js';
import type { Exporter } from '../../src/model/exporter.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { MemoryStream } from './memory-stream.js';

/** Settings by the names of their flags. */
export type Flags = Readonly<Record<string, string | readonly string[]>>;

export interface RunningExporter {
  readonly exporter: Exporter;
  readonly url: string;
  /** What was logged so far. */
  readonly log: MemoryStream;
  /** zxp's own metrics, as text. */
  ownMetrics(): Promise<string>;
  close(): Promise<void>;
}

/** On a free port of the loopback, and quick to give up on who does not let go. */
const testFlags: Flags = { 'web.listen-address': '127.0.0.1:0', 'web.drain-timeout': '2s' };

export function configure(flags: Flags): Configuration {
  const entries = Object.entries({ ...testFlags, ...flags });
  const lists = entries.map(([name, value]) => [name, typeof value === 'string' ? [value] : value] as const);
  return loadConfiguration({ flags: new Map(lists), environment: {} });
}

/** The daemon inside this process. `load` gives the configuration of each reload; without one it is the same again. */
export async function startRunningExporter(
  flags: Flags,
  load: () => Configuration = () => configure(flags),
): Promise<RunningExporter> {
  const configuration = configure(flags);
  const log = new MemoryStream();
  const { level, format } = configuration.log;
  const exporter = await startExporter({
    configuration,
    load: async () => load(),
    logger: createLogger({ level, format, stream: log, clock: () => new Date(0) }),
    version: '0.0.0-test',
    nodeVersion: process.version,
    environment: {},
  });
  const [url = ''] = exporter.urls;
  return {
    exporter,
    url,
    log,
    ownMetrics: async () => (await fetch(`${url}/-/metrics`)).text(),
    close: exporter.close,
  };
}
