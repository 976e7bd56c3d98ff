import { ask, type Question, type Reply } from './ask.js';
import { startDaemon } from './daemon.js';
import { eventually } from './eventually.js';
import { forThisTest } from './for-this-test.js';
import { makeTemporaryFolder, type TemporaryFolder } from './temporary-folder.js';

export interface GuardedOptions {
  /** What the web config file says, `web.yml` in the folder; none where it is not said. */
  readonly web?: string;
  /** What the config file says, `zxp.yml` in the folder. */
  readonly config?: string;
  /** Further files of the folder: certificates, keys, tokens. */
  readonly files?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, string>>;
  /** Whatever else there has to be in the folder. */
  readonly prepare?: (folder: TemporaryFolder) => void;
  /** What questions are asked with, unless they say otherwise. */
  readonly tls?: Question['tls'];
}

/** The daemon with access control, until the test is over. */
export interface GuardedZxp {
  readonly url: string;
  readonly healthUrl: string | undefined;
  readonly folder: TemporaryFolder;
  /** Messages with their fields as JSON, each behind its level. */
  readonly logged: readonly string[];
  ask(path: string, question?: Question): Promise<Reply>;
  /** What SIGHUP does. Rejects with what is wrong. */
  reload(): Promise<void>;
  /** Waits until so many lines with this text are logged: files are looked at all the time. */
  untilLogged(text: string, count?: number): Promise<void>;
}

const LOADED = 'web configuration reloaded';
const NOT_LOADED = 'web configuration not reloaded, keeping the previous one';
export const webLog = { loaded: LOADED, notLoaded: NOT_LOADED };

/** Fast enough for a test; a change of files counts after two looks. */
const WATCH_INTERVAL_MS = 15;

/** Throws `config` where `zxp` would not start. */
export async function startGuardedZxp(options: GuardedOptions): Promise<GuardedZxp> {
  const folder = forThisTest(makeTemporaryFolder());
  for (const [name, text] of Object.entries(options.files ?? {})) folder.write(name, text);
  options.prepare?.(folder);
  const own = {
    'web.listen-address': '127.0.0.1:0',
    'web.drain-timeout': '2s',
    ...(options.config === undefined ? {} : { 'config.file': folder.write('zxp.yml', options.config) }),
    ...(options.web === undefined ? {} : { 'web.config.file': folder.write('web.yml', options.web) }),
  };
  const daemon = await startDaemon({ flags: { ...own, ...options.flags }, watchIntervalMs: WATCH_INTERVAL_MS });
  forThisTest(daemon);
  const { healthUrl } = daemon;
  const [url = ''] = daemon.urls;
  return {
    url,
    healthUrl,
    folder,
    get logged() {
      return daemon.logged;
    },
    ask: (path, question = {}) =>
      ask(`${url}${path}`, {
        ...question,
        ...(options.tls === undefined ? {} : { tls: { ...options.tls, ...question.tls } }),
      }),
    reload: daemon.reload,
    untilLogged: (text, count = 1) =>
      eventually(
        `"${text}" is logged ${count} times`,
        () => daemon.logged.filter((line) => line.includes(text)).length >= count,
      ),
  };
}
