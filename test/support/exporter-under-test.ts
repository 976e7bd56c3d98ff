import { type IncomingHttpHeaders, request } from 'node:http';
import { startExporter } from '../../src/app/exporter.js';
import { type Configuration, loadConfiguration } from '../../src/config/load.js';
import type { Exporter } from '../../src/model/exporter.js';
import type { LogFields, Logger } from '../../src/model/ports.js';

/** Flags by their names without dashes. */
export type Flags = Readonly<Record<string, string>>;

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The lines that are samples. */
  readonly samples: readonly string[];
}

/** The daemon in this process, on a port of its own. */
export interface ExporterUnderTest {
  readonly url: string;
  readonly port: number;
  /** Everything that was logged: message and fields. */
  readonly logged: readonly string[];
  scrape(headers?: Readonly<Record<string, string>>): Promise<Reply>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** Puts another upstream, with these flags, into force. */
  reloadWith(upstream: string, flags?: Flags): Promise<void>;
  close(): Promise<void>;
}

export async function startExporterInFront(upstream: string, flags: Flags = {}): Promise<ExporterUnderTest> {
  const logged: string[] = [];
  const logger = createRecordingLogger(logged);
  let configuration = configure(upstream, flags);
  const exporter: Exporter = await startExporter({
    configuration,
    load: async () => configuration,
    logger,
    version: '0.0.0-test',
    nodeVersion: process.version,
  });
  const [url = ''] = exporter.urls;
  const get: ExporterUnderTest['get'] = (path, headers = {}) => getOnce(`${url}${path}`, headers);
  return {
    url,
    port: Number(new URL(url).port),
    logged,
    scrape: (headers) => get('/metrics', headers),
    get,
    reloadWith: async (nextUpstream, nextFlags = {}) => {
      configuration = configure(nextUpstream, nextFlags);
      await exporter.reload();
    },
    close: () => exporter.close(),
  };
}

function configure(upstream: string, flags: Flags): Configuration {
  const all = { upstream, 'web.listen-address': '127.0.0.1:0', ...flags };
  return loadConfiguration({
    flags: new Map(Object.entries(all).map(([name, value]) => [name, [value]])),
    environment: {},
  });
}

/** One request on a connection of its own. */
function getOnce(url: string, headers: Readonly<Record<string, string>>): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, samples });
      });
    });
    asked.once('error', reject);
    asked.end();
  });
}

function createRecordingLogger(logged: string[]): Logger {
  const record = (message: string, fields?: LogFields) => {
    logged.push(`${message} ${JSON.stringify(fields ?? {})}`);
  };
  return { error: record, warn: record, info: record, debug: record };
}
