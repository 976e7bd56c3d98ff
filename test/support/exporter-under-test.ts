import { type IncomingHttpHeaders, request } from 'node:http';
import { toConfigFile } from './config-file.js';
import { type Flags, startDaemon } from './daemon.js';
import { makeTemporaryFolder } from './temporary-folder.js';

export type { Flags };

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The lines that are samples. */
  readonly samples: readonly string[];
}

/** The daemon in front of one upstream, on a port of its own. */
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
  const folder = makeTemporaryFolder();
  const write = (place: string, all: Flags) => folder.write('zxp.yml', toConfigFile({ upstream: place, ...all }));
  const daemon = await startDaemon({
    flags: { 'web.listen-address': '127.0.0.1:0', 'config.file': write(upstream, flags) },
  }).catch((thrown: unknown) => {
    folder.close();
    throw thrown;
  });
  const [url = ''] = daemon.urls;
  const get: ExporterUnderTest['get'] = (path, headers = {}) => getOnce(`${url}${path}`, headers);
  return {
    url,
    port: Number(new URL(url).port),
    get logged() {
      return daemon.logged;
    },
    scrape: (headers) => get('/metrics', headers),
    get,
    reloadWith: async (nextUpstream, nextFlags = {}) => {
      write(nextUpstream, nextFlags);
      await daemon.reload();
    },
    close: async () => {
      await daemon.close();
      folder.close();
    },
  };
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
