import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { KeyPair } from './certificate-authority.js';

/** Answers one request, given its head as it came over the wire, in latin1. */
export type Answer = (socket: Socket, head: string) => void;

/** What an upstream does from now on; what is not said is done as a healthy one does it. */
export interface Behaviour {
  readonly answer?: Answer | undefined;
  /** Takes a connection before TLS or HTTP see it. */
  readonly accept?: ((socket: Socket) => void) | undefined;
  readonly certificate?: KeyPair | undefined;
}

/** A server on raw sockets that does what it is told to, and keeps book. */
export interface HostileUpstream {
  readonly url: string;
  readonly port: number;
  /** Every request head so far, in latin1. */
  readonly heads: readonly string[];
  /** Connections accepted so far. */
  readonly accepted: number;
  readonly open: number;
  behave(behaviour: Behaviour): void;
  /** Makes the upstream healthy. */
  heal(): void;
  /** Sends bytes on every connection, asked or not. */
  push(bytes: Uint8Array): void;
  /** Closes its side of every connection. */
  hangUp(): void;
  close(): Promise<void>;
}

/** One gauge, as zot reports it; `healthySample` is the line that it gives. */
export const healthyDocument = JSON.stringify({
  Gauges: [{ Name: 'zot.info', LabelNames: ['version'], LabelValues: ['2.1.0'], Value: 1 }],
});
export const healthySample = 'zot_info{version="2.1.0"} 1';

/** A whole reply of `body`, framed by Content-Length, with more header lines before it. */
export function reply(body: string | Uint8Array, headerLines: readonly string[] = [], status = '200 OK'): Buffer {
  const bytes = Buffer.from(body);
  const head = [`HTTP/1.1 ${status}`, ...headerLines, `Content-Length: ${bytes.length}`, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

export const answerHealthy: Answer = (socket) => socket.write(reply(healthyDocument));

/** Listens on a port of 127.0.0.1; with TLS where `tls` has the key pair of its healthy state. */
export async function startHostileUpstream(options: { readonly tls?: KeyPair } = {}): Promise<HostileUpstream> {
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  let behaviour: Behaviour = {};
  let accepted = 0;
  const serve = (socket: Socket) => {
    socket.on('error', ignoreError);
    onEachHead(socket, (head) => {
      heads.push(head);
      (behaviour.answer ?? answerHealthy)(socket, head);
    });
  };
  const tlsServer = options.tls === undefined ? undefined : startTls(options.tls, serve);
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    accepted++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', ignoreError);
    if (behaviour.accept !== undefined) behaviour.accept(socket);
    else if (tlsServer !== undefined) tlsServer.emit('connection', socket);
    else serve(socket);
  });
  const port = await listenOnLoopback(server);
  const behave = (next: Behaviour) => {
    behaviour = next;
    if (options.tls !== undefined) tlsServer?.setSecureContext(next.certificate ?? options.tls);
  };
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    heads,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    behave,
    heal: () => behave({}),
    push: (bytes) => {
      for (const socket of sockets) socket.write(bytes);
    },
    hangUp: () => {
      for (const socket of sockets) socket.end();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A port of 127.0.0.1 on which nobody listens. */
export async function findClosedPort(): Promise<number> {
  const server = createServer();
  const port = await listenOnLoopback(server);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

function startTls(keyPair: KeyPair, serve: (socket: Socket) => void): TlsServer {
  createSecureContext(keyPair);
  const server = createTlsServer(keyPair, serve);
  server.on('tlsClientError', ignoreError);
  return server;
}

function listenOnLoopback(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'));
      else resolve(address.port);
    });
  });
}

function onEachHead(socket: Socket, take: (head: string) => void): void {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      const head = text.slice(0, end);
      text = text.slice(end + 4);
      take(head);
    }
  });
}

function ignoreError(): void {
  // Connections that break are what these servers are for.
}
