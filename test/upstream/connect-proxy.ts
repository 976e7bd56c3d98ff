import { request as ask, createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { KeyPair } from '../support/certificate-authority.js';
import { listen } from '../support/fake-upstream.js';

/** What a proxy was asked: `CONNECT host:port`, `GET http://host/path`. */
export interface ProxyRequest {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
}

/** A forward proxy (RFC 9110, 7.6 and 9.3.6) on a free port of the loopback that keeps book. */
export interface ConnectProxy {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly ProxyRequest[];
  readonly open: number;
  /** Takes each CONNECT in the proxy's stead. */
  intercept(take: ((socket: Socket, request: ProxyRequest) => void) | undefined): void;
  close(): Promise<void>;
}

/** With `authorization` it wants this Proxy-Authorization; with `hosts` names lead to ports of the loopback. */
export async function startConnectProxy(
  options: {
    readonly tls?: KeyPair;
    readonly authorization?: string;
    readonly hosts?: Readonly<Record<string, number>>;
  } = {},
): Promise<ConnectProxy> {
  const requests: ProxyRequest[] = [];
  const sockets = new Set<Socket>();
  let intercepted: ((socket: Socket, request: ProxyRequest) => void) | undefined;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  };
  const note = (request: IncomingMessage): ProxyRequest => {
    const seen = { line: `${request.method} ${request.url}`, headers: request.headers };
    requests.push(seen);
    return seen;
  };
  const isWelcome = ({ headers }: IncomingMessage) =>
    options.authorization === undefined || headers['proxy-authorization'] === options.authorization;
  const findPort = (host: string, port: string) => options.hosts?.[host] ?? Number(port);

  const server: Server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  server.on('connection', keep);
  server.on('tlsClientError', () => undefined);
  server.on('request', (request, response) => {
    note(request);
    if (!isWelcome(request)) return void response.writeHead(407).end('who are you?');
    const { hostname, port, pathname, search } = new URL(request.url ?? '');
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const target = { host: '127.0.0.1', port: findPort(hostname, port), path: pathname + search, agent: false };
    const onward = ask({ ...target, method: request.method ?? 'GET', headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    });
    onward.once('error', () => response.writeHead(502).end());
    request.pipe(onward);
  });
  server.on('connect', (request, socket: Socket) => {
    const seen = note(request);
    socket.on('error', () => undefined);
    if (intercepted !== undefined) {
      // Who does not read does not see the other side go, and connections of node:http stay half open then.
      socket.resume().once('end', () => socket.end());
      return intercepted(socket, seen);
    }
    if (!isWelcome(request)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const onward = connect(findPort(host, port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    keep(onward);
    onward.once('close', () => socket.destroy());
    socket.once('close', () => onward.destroy());
  });
  const port = await listen(server);
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    get open() {
      return sockets.size;
    },
    intercept: (take) => {
      intercepted = take;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
