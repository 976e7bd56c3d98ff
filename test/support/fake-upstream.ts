import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket, type TlsOptions } from 'node:tls';
import { forThisTest } from './for-this-test.js';

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Every value of every header, in order, by name in lower case. */
  readonly allHeaders: ReadonlyMap<string, readonly string[]>;
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

/** An upstream on a free port of the loopback. */
export interface StubUpstream {
  readonly url: string;
  readonly port: number;
  /** Requests that arrived so far. */
  readonly arrived: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  readonly open: number;
  setCertificate(options: TlsOptions): void;
  close(): Promise<void>;
}

/** An upstream that keeps what it was requested. */
export interface FakeUpstream extends StubUpstream {
  readonly requests: readonly SeenRequest[];
  /** Answers differently from now on; no answer at all for undefined. */
  respond(next: Respond): void;
}

export const JSON_BODY = '{"n":1}';

/** Answers each request, whole, with what `respond` gives: 200 and `JSON_BODY`, but for what it says. */
export async function startFakeUpstream(respond: Respond = () => ({}), tls?: TlsOptions): Promise<FakeUpstream> {
  const requests: SeenRequest[] = [];
  let current = respond;
  const server = await startServer(async (request, response) => {
    const seen = await readRequest(request);
    requests.push(seen);
    const answer = await current(seen, requests.length);
    if (answer === undefined) return;
    const { status = 200, headers = {}, body = JSON_BODY } = answer;
    response.writeHead(status, headers).end(body);
  }, tls);
  return Object.assign(server, {
    requests,
    respond: (next: Respond) => {
      current = next;
    },
  });
}

/** Answers with this JSON, until the test is over. */
export async function startJsonUpstream(
  document: unknown = { n: 1 },
  { status = 200, headers = {} }: Omit<Answer, 'body'> = {},
): Promise<FakeUpstream> {
  const body = typeof document === 'string' ? document : JSON.stringify(document);
  const answer = { status, headers: { 'content-type': 'application/json', ...headers }, body };
  return forThisTest(await startFakeUpstream(() => answer));
}

/** Leaves the response to a listener, which may write slowly, break off or be silent. */
export const startStubUpstream = (answer: RequestListener): Promise<StubUpstream> => startServer(answer);

/** Answers well, says the caller's Authorization back, babbles, breaks off or says nothing, by turns. */
export function answerByTurns(): RequestListener {
  let turn = 0;
  return ({ headers: { authorization = '' } }, response) => {
    switch (turn++ % 5) {
      case 0:
        return response.end('{"Gauges":[],"n":1}');
      case 1:
        return response.writeHead(401, { 'www-authenticate': authorization }).end(authorization);
      case 2:
        return response.end(`{"${authorization}`);
      case 3:
        return response.destroy();
      default:
        return undefined;
    }
  };
}

/** Answers with zot's JSON: one gauge a name. */
export function answerGauges(response: ServerResponse, gauges: Readonly<Record<string, number>>): void {
  const Gauges = Object.entries(gauges).map(([Name, Value]) => ({ Name, Value, LabelNames: [], LabelValues: [] }));
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ Gauges }));
}

/** zot's JSON of `rows` gauges whose labels make about `bytes` bytes of exposition. */
export function describeManyBytes(bytes: number): string {
  const padding = 'x'.repeat(2000);
  const Gauges = Array.from({ length: Math.ceil(bytes / 2020) }, (_, i) => ({
    Name: 'padded',
    Value: i,
    LabelNames: ['row', 'padding'],
    LabelValues: [String(i), padding],
  }));
  return JSON.stringify({ Gauges });
}

/** Holds whoever passes until it is released. */
export interface Hold {
  /** How many are held now. */
  readonly held: number;
  pass(): Promise<void>;
  /** Lets everybody through, those who come later too. */
  release(): void;
}

export function createHold(): Hold {
  let held = 0;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    get held() {
      return held;
    },
    pass: async () => {
      held++;
      await released;
      held--;
    },
    release: () => release(),
  };
}

async function startServer(listener: RequestListener, tls?: TlsOptions): Promise<StubUpstream> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  let arrived = 0;
  const secure = tls === undefined ? undefined : createTlsServer(tls, listener);
  const server: Server = secure ?? createServer(listener);
  server.prependListener('request', () => arrived++);
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
    get arrived() {
      return arrived;
    },
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    setCertificate: (options) => secure?.setSecureContext(options),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    allHeaders: listHeaders(request.rawHeaders),
    body: Buffer.concat(chunks).toString('utf8'),
    tls: request.socket instanceof TLSSocket ? describeTls(request.socket) : undefined,
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
