import { startExporter } from '../../src/app/exporter.js';
import { loadSettings } from '../../src/cli/settings-source.js';
import type { Exporter } from '../../src/model/exporter.js';
import { ask as askOnce, type Question, type Reply } from '../support/ask.js';
import { createContext } from '../support/cli-context.js';
import { forThisTest } from '../support/for-this-test.js';
import { recordTo } from '../support/recording-logger.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

/** The daemon of `zxp --config.file FILE` in this process, on a port of its own, until the test is over. */
export interface DaemonWithFile {
  readonly exporter: Exporter;
  readonly url: string;
  readonly folder: TemporaryFolder;
  /** Messages with their fields as JSON, each behind its level. */
  readonly logged: readonly string[];
  /** Writes the config file anew. */
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
  const path = folder.write('zxp.yml', config);
  const logged: string[] = [];
  const load = () => loadFile(path, options);
  const exporter = await startExporter({
    configuration: await load(),
    load,
    logger: recordTo(logged),
    version: '0.0.0-test',
    nodeVersion: process.version,
    environment: {},
  });
  forThisTest(exporter);
  const [url = ''] = exporter.urls;
  const ask: DaemonWithFile['ask'] = (target, question) => askOnce(`${url}${target}`, question);
  return {
    exporter,
    url,
    folder,
    logged,
    ask,
    write: (text) => {
      folder.write('zxp.yml', text);
    },
    probe: (parameters, headers = {}) => ask(`/probe?${toQuery(parameters)}`, { headers }),
  };
}

function loadFile(path: string, { flags = {}, environment = {} }: StartOptions) {
  const all = { 'config.file': path, 'web.listen-address': '127.0.0.1:0', 'web.drain-timeout': '2s', ...flags };
  const values = new Map(Object.entries(all).map(([name, value]) => [name, [value]]));
  return loadSettings(createContext(environment), { values, problems: [], words: [] });
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
