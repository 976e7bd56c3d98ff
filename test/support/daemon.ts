import packageJson from '../../package.json' with { type: 'json' };
import { startExporter } from '../../src/app/exporter.js';
import { loadAccessPolicy, loadSettings } from '../../src/cli/settings-source.js';
import type { Configuration } from '../../src/config/load.js';
import type { Logger } from '../../src/model/ports.js';
import { ask, type Question, type Reply } from './ask.js';
import { createContext } from './cli-context.js';
import { eventually } from './eventually.js';
import { forThisTest } from './for-this-test.js';
import { startProgramAsDaemon } from './program-as-daemon.js';
import { recordTo } from './recording-logger.js';
import { makeTemporaryFolder, type TemporaryFolder } from './temporary-folder.js';

/** Settings by the names of their flags. */
export type Flags = Readonly<Record<string, string | readonly string[]>>;

export interface DaemonOptions {
  /** What the config file says, `zxp.yml` in the folder; none where it is not said. */
  readonly config?: string;
  /** What the web config file says, `web.yml` in the folder; none where it is not said. */
  readonly web?: string;
  /** Further files of the folder: certificates, keys, tokens. */
  readonly files?: Readonly<Record<string, string>>;
  /** Whatever else there has to be in the folder. */
  readonly prepare?: (folder: TemporaryFolder) => void;
  readonly flags?: Flags;
  readonly environment?: Readonly<Record<string, string>>;
  /** What questions are asked with, unless they say otherwise. */
  readonly tls?: Question['tls'];
  /** Where it logs to, in place of `logged`. Such a daemon is always one in this process. */
  readonly logger?: Logger;
  /** Gives the configuration of each reload. Such a daemon is always one in this process. */
  readonly load?: () => Configuration;
}

/** What has started. */
export interface RunningDaemon {
  readonly urls: readonly string[];
  readonly healthUrl: string | undefined;
  /** Log lines as level, message and fields as JSON. */
  readonly logged: readonly string[];
  /** What SIGHUP does. Rejects with what is wrong. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** A daemon with real sockets: `startExporter` in this process, or the built program in a process of its own. */
export interface Daemon extends RunningDaemon {
  /** The first of its addresses. */
  readonly url: string;
  readonly folder: TemporaryFolder;
  /** Writes the config file again. */
  write(config: string): void;
  ask(path: string, question?: Question): Promise<Reply>;
  /** `/metrics` with these headers. */
  scrape(headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** `/probe` with these parameters. */
  probe(
    parameters: Readonly<Record<string, string | readonly string[]>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Reply>;
  /** zxp's own metrics, as text. */
  ownMetrics(): Promise<string>;
  /** Waits until so many lines with this text are logged: files are looked at all the time. */
  untilLogged(text: string, count?: number): Promise<void>;
}

/** Whether daemons are the built program: `test/system/` runs these test files a second time like that. */
export const runsBuiltProgram = process.env.TEST_PROGRAM === 'built';

/** What a daemon says that it is. */
export const daemonVersion = runsBuiltProgram ? packageJson.version : '0.0.0-test';

/** Of long tables, the rows for this daemon: a fifth for the built program, as a process for each row takes its time. */
export function sampleRows<Row>(rows: readonly Row[]): readonly Row[] {
  return runsBuiltProgram ? rows.filter((_, i) => i % 5 === 0) : rows;
}

/** On a free port of the loopback, and quick to give up on clients that do not let go. */
export const testFlags: Flags = { 'web.listen-address': '127.0.0.1:0', 'web.drain-timeout': '2s' };

/** What is logged of a change of the web config file or of its files. */
export const webLog = {
  loaded: 'web configuration reloaded',
  notLoaded: 'web configuration not reloaded, keeping the previous one',
};

/** Fast enough for a test; a change of files counts after two looks. */
const WATCH_INTERVAL_MS = 15;

/** Starts a daemon until the test is over. Throws `config` or `listen` where it does not start. */
export async function startDaemon(options: DaemonOptions = {}): Promise<Daemon> {
  return forThisTest(await openDaemon(options));
}

/** The same for those who close it themselves. */
export async function openDaemon(options: DaemonOptions = {}): Promise<Daemon> {
  const folder = makeTemporaryFolder();
  try {
    const running = await startIn(folder, options);
    const close = async () => {
      await running.close();
      folder.close();
    };
    return describeDaemon(running, { folder, tls: options.tls, close });
  } catch (thrown) {
    folder.close();
    throw thrown;
  }
}

function startIn(folder: TemporaryFolder, options: DaemonOptions): Promise<RunningDaemon> {
  const { config, web, files = {}, environment, logger, load } = options;
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  options.prepare?.(folder);
  const flags = {
    ...testFlags,
    ...(config === undefined ? {} : { 'config.file': folder.write('zxp.yml', config) }),
    ...(web === undefined ? {} : { 'web.config.file': folder.write('web.yml', web) }),
    ...options.flags,
  };
  const isHere = !runsBuiltProgram || logger !== undefined || load !== undefined;
  return isHere ? startInThisProcess(flags, options) : startProgramAsDaemon({ flags, environment });
}

async function startInThisProcess(
  flags: Flags,
  { environment = {}, logger, load }: DaemonOptions,
): Promise<RunningDaemon> {
  const logged: string[] = [];
  const context = createContext(environment);
  const values = new Map(Object.entries(flags).map(([name, value]) => [name, [value].flat()]));
  const loadAll = () => loadSettings(context, { values, problems: [], words: [] });
  const exporter = await startExporter({
    configuration: await loadAll(),
    load: load === undefined ? loadAll : async () => load(),
    loadAccessPolicy: (settings) => loadAccessPolicy(context, settings),
    logger: logger ?? recordTo(logged),
    version: daemonVersion,
    nodeVersion: process.version,
    environment,
    watchIntervalMs: WATCH_INTERVAL_MS,
  });
  const { urls, healthUrl, reload, close } = exporter;
  return { urls, healthUrl, logged, reload, close };
}

function describeDaemon(
  running: RunningDaemon,
  { folder, tls, close }: Pick<Daemon, 'folder' | 'close'> & { readonly tls: Question['tls'] | undefined },
): Daemon {
  const { urls, healthUrl, reload } = running;
  const [url = ''] = urls;
  const askDaemon: Daemon['ask'] = (path, question = {}) =>
    ask(`${url}${path}`, { ...question, ...(tls === undefined ? {} : { tls: { ...tls, ...question.tls } }) });
  return {
    urls,
    url,
    healthUrl,
    folder,
    get logged() {
      return running.logged;
    },
    write: (config) => {
      folder.write('zxp.yml', config);
    },
    ask: askDaemon,
    scrape: (headers = {}) => askDaemon('/metrics', { headers }),
    probe: (parameters, headers = {}) => askDaemon(`/probe?${toQuery(parameters)}`, { headers }),
    ownMetrics: async () => (await askDaemon('/-/metrics')).text,
    untilLogged: (text, count = 1) =>
      eventually(
        `"${text}" is logged ${count} times`,
        () => running.logged.filter((line) => line.includes(text)).length >= count,
      ),
    reload,
    close,
  };
}

function toQuery(parameters: Readonly<Record<string, string | readonly string[]>>): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().map((each): [string, string] => [name, each]),
  );
  return new URLSearchParams(pairs).toString();
}
