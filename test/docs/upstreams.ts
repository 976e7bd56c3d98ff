import { startDemoRegistry } from '../../src/app/demo-registry.js';
import {
  type Answer,
  type Behaviour,
  findClosedPort,
  reply,
  startHostileUpstream,
} from '../support/hostile-upstream.js';

import { startInventoryApi, startSessionApi, startTokenRegistry } from './guarded-upstreams.js';

/** What stands behind `registry:8080` in an example. */
export interface ExampleUpstream {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  close(): Promise<void>;
}

const html = '<!doctype html><title>Log in</title>';
const answering =
  (...parts: Parameters<typeof reply>): Answer =>
  (socket) =>
    socket.write(reply(...parts));

/** The words of `upstream=`: ways in which an upstream is not a healthy registry. */
const behaviours: Readonly<Record<string, Behaviour>> = {
  silent: { answer: () => undefined },
  cut: {
    answer: (socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"Counters":');
    },
  },
  'not-http': { accept: (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n') },
  moved: { answer: answering('', ['Location: https://registry.example/metrics'], '301 Moved Permanently') },
  forbidden: { answer: answering('{"errors":[]}', [], '403 Forbidden') },
  failing: { answer: answering('{"errors":[]}', [], '500 Internal Server Error') },
  'bad-gzip': { answer: answering('{}', ['Content-Encoding: gzip']) },
  html: { answer: answering(html, ['Content-Type: text/html']) },
};

/** Starts the upstream of a word; the registry of `zxp demo`, at a standstill, for none. */
export async function startExampleUpstream(word: string | undefined): Promise<ExampleUpstream> {
  if (word === undefined) {
    const registry = await startDemoRegistry(() => 0);
    return { address: new URL(registry.url).host, close: registry.close };
  }
  if (word === 'token') return startTokenRegistry();
  if (word === 'session') return startSessionApi();
  if (word === 'inventory') return startInventoryApi();
  if (word === 'closed') return { address: `127.0.0.1:${await findClosedPort()}`, close: async () => undefined };
  const behaviour = behaviours[word];
  if (behaviour === undefined)
    throw new Error(
      `no upstream is called ${word}: there is ${Object.keys(behaviours).join(', ')}, token, session, inventory, closed`,
    );
  const upstream = await startHostileUpstream();
  upstream.behave(behaviour);
  return { address: `127.0.0.1:${upstream.port}`, close: upstream.close };
}
