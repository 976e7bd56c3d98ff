import { ask as askOnce, type Question, type Reply } from '../support/ask.js';
import { type Daemon, startDaemon } from '../support/daemon.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

/** The daemon of `zxp --config.file FILE` on a port of its own, until the test is over. */
export interface DaemonWithFile {
  readonly exporter: Daemon;
  readonly url: string;
  readonly folder: TemporaryFolder;
  /** Messages with their fields as JSON, each behind its level. */
  readonly logged: readonly string[];
  /** Writes the config file again. */
  write(text: string): void;
  ask(path: string, question?: Question): Promise<Reply>;
  /** `/probe` with these parameters. */
  probe(
    parameters: Readonly<Record<string, string | readonly string[]>>,
    headers?: Record<string, string>,
  ): Promise<Reply>;
}

export interface StartOptions {
  readonly flags?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** Throws `config` where `zxp` would not start. */
export async function startWithFile(config: string, options: StartOptions = {}): Promise<DaemonWithFile> {
  const folder = forThisTest(makeTemporaryFolder());
  for (const [name, text] of Object.entries(options.files ?? {})) folder.write(name, text);
  const daemon = forThisTest(
    await startDaemon({
      flags: {
        'config.file': folder.write('zxp.yml', config),
        'web.listen-address': '127.0.0.1:0',
        'web.drain-timeout': '2s',
        ...options.flags,
      },
      ...(options.environment === undefined ? {} : { environment: options.environment }),
    }),
  );
  const [url = ''] = daemon.urls;
  const ask: DaemonWithFile['ask'] = (target, question) => askOnce(`${url}${target}`, question);
  return {
    exporter: daemon,
    url,
    folder,
    get logged() {
      return daemon.logged;
    },
    ask,
    write: (text) => {
      folder.write('zxp.yml', text);
    },
    probe: (parameters, headers = {}) => ask(`/probe?${toQuery(parameters)}`, { headers }),
  };
}

function toQuery(parameters: Readonly<Record<string, string | readonly string[]>>): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().map((each): [string, string] => [name, each]),
  );
  return new URLSearchParams(pairs).toString();
}

/** The lines that are samples of the target, without zxp's facts. */
export function samplesOf({ text }: Reply): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('target_'));
}
