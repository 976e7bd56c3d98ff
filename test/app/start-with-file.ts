import { type IncomingHttpHeaders, request } from 'node:http';
import { type Exporter, startExporter } from '../../src/app/exporter.js';
import type { CliContext } from '../../src/cli/context.js';
import { loadSettings } from '../../src/cli/settings-source.js';
import type { LogFields, Logger } from '../../src/model/ports.js';
import { forThisTest } from '../support/for-this-test.js';
import { MemoryStream } from '../support/memory-stream.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The daemon of `zxp --config.file FILE` in this process, on a port of its own, until the test is over. */
export interface DaemonWithFile {
  readonly exporter: Exporter;
  readonly url: string;
  readonly folder: TemporaryFolder;
  /** Messages with their fields as JSON, each behind its level. */
  readonly logged: readonly string[];
  /** Writes the config file anew. */
  write(text: string): void;
  ask(path: string, options?: { readonly method?: string; readonly headers?: Record<string, string> }): Promise<Reply>;
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
  const ask: DaemonWithFile['ask'] = (target, asked = {}) => exchange(`${url}${target}`, asked);
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
  return loadSettings(contextWith(environment), { values, problems: [], words: [] });
}

function contextWith(environment: Readonly<Record<string, string>>): CliContext {
  return {
    environment,
    stdin: process.stdin,
    stdout: new MemoryStream(),
    stderr: new MemoryStream(),
    version: '0.0.0-test',
    nodeVersion: process.version,
    stopped: () => new Promise<void>(() => undefined),
    onHangup: () => undefined,
  };
}

function recordTo(logged: string[]): Logger {
  const record = (level: string) => (message: string, fields?: LogFields) => {
    logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  };
  return { error: record('error'), warn: record('warn'), info: record('info'), debug: record('debug') };
}

function toQuery(parameters: Readonly<Record<string, string | readonly string[]>>): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().map((each): [string, string] => [name, each]),
  );
  return new URLSearchParams(pairs).toString();
}

/** One request on a connection of its own. */
function exchange(url: string, options: NonNullable<Parameters<DaemonWithFile['ask']>[1]>): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    asked.once('error', reject);
    asked.end();
  });
}

/** The lines that are samples of the target, without zxp's facts. */
export function samplesOf({ text }: Reply): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('target_'));
}
