import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket, type TlsOptions } from 'node:tls';

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** Every value of every header, in order, by name in lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
  /** What TLS said: of the client's certificate the subject's name, the name that was asked for, the version. */
  readonly tls:
    | { readonly client: string | undefined; readonly sni: string | false; readonly version: string }
    | undefined;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

export type Respond = (request: SeenRequest, count: number) => Answer | undefined | Promise<Answer | undefined>;

/** A server on a free port of the loopback that keeps book. */
export interface RecordingServer {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly SeenRequest[];
  /** Connections accepted so far. */
  readonly accepted: number;
  readonly open: number;
  /** Answers differently from now on; no answer at all for undefined. */
  respond(next: Respond): void;
  setCertificate(options: TlsOptions): void;
  close(): Promise<void>;
}

export const JSON_BODY = '{"n":1}';

export async function startServer(respond: Respond = () => ({}), tls?: TlsOptions): Promise<RecordingServer> {
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  let current = respond;
  const listener: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: listHeaders(request.rawHeaders),
      body: Buffer.concat(chunks).toString('utf8'),
      tls: request.socket instanceof TLSSocket ? describeTls(request.socket) : undefined,
    };
    requests.push(seen);
    const answer = await current(seen, requests.length);
    if (answer === undefined) return;
    const { status = 200, headers = {}, body = JSON_BODY } = answer;
    response.writeHead(status, headers).end(body);
  };
  const secure = tls === undefined ? undefined : createTlsServer(tls, listener);
  const server: Server = secure ?? createServer(listener);
  server.on('connection', (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  secure?.on('tlsClientError', () => undefined);
  const port = await listen(server);
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    respond: (next) => {
      current = next;
    },
    setCertificate: (options) => secure?.setSecureContext(options),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export function listen(server: Server | import('node:net').Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'));
      else resolve(address.port);
    });
  });
}

function listHeaders(rawHeaders: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), rawHeaders[i + 1] ?? '']);
  }
  return headers;
}

function describeTls(socket: TLSSocket): SeenRequest['tls'] {
  const { subject } = socket.getPeerCertificate();
  return {
    client: subject === undefined ? undefined : String(subject.CN),
    sni: Reflect.get(socket, 'servername') || false,
    version: socket.getProtocol() ?? '',
  };
}
