import { gunzipSync } from 'node:zlib';
import { ChunkAssembler } from '../../../src/tunnel/protocol/chunks.js';
import type { MessageWriter } from '../../../src/tunnel/protocol/message-stream.js';
import type {
  RegisterAgentRequest,
  RegisterPathRequest,
  ResponseHead,
  ScrapeRequest,
  ScrapeResponse,
} from '../../../src/tunnel/protocol/messages.js';
import { scrapeRequest } from '../../../src/tunnel/protocol/messages.js';
import { proxyService } from '../../../src/tunnel/protocol/methods.js';
import { type RpcReply, refuse, reply } from '../../../src/tunnel/protocol/reply.js';
import {
  clientStreamRoute,
  createRpcServer,
  type RpcServerTls,
  serverStreamRoute,
  unaryRoute,
} from '../../../src/tunnel/protocol/server.js';
import type { ServerCall } from '../../../src/tunnel/protocol/server-call.js';
import type { ServerConnection } from '../../../src/tunnel/protocol/server-connection.js';
import { OK, type RpcStatus } from '../../../src/tunnel/protocol/status.js';

/** One response of an agent, put together and unzipped. */
export interface ReceivedResponse extends ResponseHead {
  readonly form: 'text' | 'gzip' | 'chunked' | 'none';
  readonly body: Buffer;
  /** Sizes of chunks, where it came in some. */
  readonly chunks: readonly number[];
}

/** One connection of an agent. */
export interface FakeConnection {
  readonly id: string;
  readonly connection: ServerConnection;
  readonly introduced: RegisterAgentRequest[];
  /** What was registered and is still. */
  readonly paths: Map<string, RegisterPathRequest>;
  /** `register a`, `unregister a`, in order. */
  readonly calls: string[];
  readonly tokens: (string | undefined)[];
  readonly responses: ReceivedResponse[];
  heartbeats: number;
  isReading: boolean;
  /** Sends a request; resolves with the response. */
  scrape(request: Partial<ScrapeRequest> & { path: string }): Promise<ReceivedResponse>;
  /** Sends a request and waits for nothing. */
  request(request: Partial<ScrapeRequest> & { path: string }): bigint;
  /** Ends the stream of requests. */
  endReading(status?: RpcStatus): void;
  endWriting(): void;
}

export interface FakeProxyOptions {
  readonly host?: string;
  readonly port?: number;
  readonly tls?: RpcServerTls;
  readonly transportFilterDisabled?: boolean;
  readonly sendsAgentId?: boolean;
  /** The id of the first connection; others, and it where this is absent, are counted. */
  readonly agentId?: string;
  readonly token?: () => string;
  readonly refusesAgent?: boolean;
  /** Why a path is refused. */
  readonly refusePath?: (path: string) => string | undefined;
  /** Holds up the answer. */
  readonly onRegisterPath?: () => Promise<void>;
  readonly onHeartbeat?: (count: number) => Promise<RpcReply<{ valid: boolean; reason: string }>>;
  readonly maxResponses?: number;
}

export interface FakeProxy {
  readonly port: number;
  readonly connections: readonly FakeConnection[];
  /** The last one. */
  readonly current: FakeConnection | undefined;
  readonly openConnections: number;
  readonly openStreams: number;
  setTls(tls: RpcServerTls): void;
  close(drainMs?: number): Promise<void>;
}

/** The proxy's side of the protocol, recorded and steered by a test. */
export async function startFakeProxy(options: FakeProxyOptions = {}): Promise<FakeProxy> {
  const connections: FakeConnection[] = [];
  const byConnection = new Map<ServerConnection, FakeConnection>();
  const byId = (id: string, call: ServerCall) =>
    connections.find((each) => each.id === id && each.connection === call.connection);
  const identify = (call: ServerCall) => {
    const found = byConnection.get(call.connection);
    if (found !== undefined && options.transportFilterDisabled !== true && options.sendsAgentId !== false) {
      call.setInitialMetadata({ 'agent-id': found.id });
    }
    const token = call.metadata['agent-token'];
    found?.tokens.push(typeof token === 'string' ? token : undefined);
    return found;
  };
  const server = createRpcServer({
    routes: [
      unaryRoute(proxyService.connectAgent, (_, call) => {
        identify(call);
        return options.transportFilterDisabled === true ? refuse('failedPrecondition', 'mismatch') : reply({});
      }),
      unaryRoute(proxyService.connectAgentWithTransportFilterDisabled, (_, call) => {
        const agentId = identify(call)?.id ?? '';
        return options.transportFilterDisabled === true ? reply({ agentId }) : refuse('failedPrecondition', 'mismatch');
      }),
      unaryRoute(proxyService.registerAgent, (request, call) => {
        identify(call)?.introduced.push(request);
        if (options.refusesAgent === true) return reply({ valid: false, reason: 'not today', agentId: '' });
        return reply({ valid: true, reason: '', agentId: request.agentId });
      }),
      unaryRoute(proxyService.registerPath, async (request, call) => {
        const found = identify(call);
        found?.calls.push(`register ${request.path}`);
        const reason = options.refusePath?.(request.path);
        await options.onRegisterPath?.();
        if (reason !== undefined) return reply({ valid: false, reason, pathCount: 0, pathId: -1n });
        found?.paths.set(request.path, request);
        return reply({ valid: true, reason: '', pathCount: found?.paths.size ?? 0, pathId: 0n });
      }),
      unaryRoute(proxyService.unregisterPath, (request, call) => {
        const found = identify(call);
        found?.calls.push(`unregister ${request.path}`);
        found?.paths.delete(request.path);
        return reply({ valid: true, reason: '' });
      }),
      unaryRoute(proxyService.sendHeartBeat, async ({ agentId }, call) => {
        identify(call);
        const found = byId(agentId, call);
        if (found === undefined) return reply({ valid: false, reason: 'unknown' });
        found.heartbeats++;
        return (await options.onHeartbeat?.(found.heartbeats)) ?? reply({ valid: true, reason: '' });
      }),
      serverStreamRoute(proxyService.readRequestsFromProxy, async ({ agentId }, call, open) => {
        identify(call);
        const found = byId(agentId, call);
        if (found === undefined) return { code: 'notFound', message: 'unknown agent' };
        return readingOf.get(found)?.(call, open) ?? OK;
      }),
      clientStreamRoute(proxyService.writeResponsesToProxy, async (messages, call) => {
        const found = identify(call);
        writingOf.get(found)?.(call);
        for await (const message of messages) receivedOf.get(found)?.(toResponse(message));
        return reply({});
      }),
      clientStreamRoute(proxyService.writeChunkedResponsesToProxy, async (messages, call) => {
        const found = identify(call);
        let assembler: ChunkAssembler | undefined;
        let chunks: number[] = [];
        for await (const { part } of messages) {
          if (part?.kind === 'header') {
            assembler = new ChunkAssembler(part.header, 64 * 1024 * 1024);
            chunks = [];
          } else if (part?.kind === 'chunk') {
            const fault = assembler?.add(part.chunk);
            if (fault !== undefined) throw new Error(`bad chunk: ${fault}`);
            chunks.push(part.chunk.byteCount);
          } else if (part?.kind === 'summary' && assembler !== undefined) {
            const whole = assembler.finish(part.summary);
            if ('fault' in whole) throw new Error('bad summary');
            const { head } = assembler;
            receivedOf.get(found)?.({ ...head, form: 'chunked', body: gunzipSync(whole.bytes), chunks });
          }
        }
        return reply({});
      }),
    ],
    tls: options.tls,
    authorize: (call) =>
      options.token !== undefined && call.metadata['agent-token'] !== options.token()
        ? { code: 'unauthenticated', message: 'Missing or invalid agent token' }
        : undefined,
    maxConnections: 100,
    maxStreamsPerConnection: 1000,
    idleTimeoutMs: 60_000,
    now: () => performance.now(),
    onConnection: (connection) => {
      const number = connections.length + 1;
      const found = createConnection(number === 1 ? (options.agentId ?? '1') : String(number), connection);
      connections.push(found);
      byConnection.set(connection, found);
    },
  });
  const { port } = await server.listen(options.host ?? '127.0.0.1', options.port ?? 0);
  return {
    port,
    connections,
    get current() {
      return connections.at(-1);
    },
    get openConnections() {
      return server.openConnections;
    },
    get openStreams() {
      return server.openStreams;
    },
    setTls: (tls) => server.setTls(tls),
    close: (drainMs = 0) => server.close(drainMs),
  };
}

type OpenWriter = () => MessageWriter<ScrapeRequest>;
const readingOf = new WeakMap<FakeConnection, (call: ServerCall, open: OpenWriter) => Promise<RpcStatus>>();
const receivedOf = new Map<FakeConnection | undefined, (response: ReceivedResponse) => void>();
const writingOf = new Map<FakeConnection | undefined, (call: ServerCall) => void>();

function createConnection(id: string, connection: ServerConnection): FakeConnection {
  const waiting = new Map<bigint, (response: ReceivedResponse) => void>();
  const queue: ScrapeRequest[] = [];
  let writer: MessageWriter<ScrapeRequest> | undefined;
  let end: ((status: RpcStatus) => void) | undefined;
  let writeCall: ServerCall | undefined;
  let nextId = 0n;
  const send = (request: ScrapeRequest) => {
    if (writer === undefined) queue.push(request);
    else void writer.send(request);
  };
  const found: FakeConnection = {
    id,
    connection,
    introduced: [],
    paths: new Map(),
    calls: [],
    tokens: [],
    responses: [],
    heartbeats: 0,
    isReading: false,
    request: (fields) => {
      const request = { ...scrapeRequest.create(), agentId: id, scrapeId: nextId++, ...fields };
      send(request);
      return request.scrapeId;
    },
    scrape: (fields) =>
      new Promise((resolve, reject) => {
        const scrapeId = fields.scrapeId ?? nextId;
        waiting.set(scrapeId, resolve);
        connection.signal.addEventListener('abort', () => reject(new Error('the agent disconnected')));
        found.request(fields);
      }),
    endReading: (status = OK) => end?.(status),
    endWriting: () => writeCall?.end(OK),
  };
  readingOf.set(found, (call, open) => {
    writer = open();
    found.isReading = true;
    for (const request of queue.splice(0)) send(request);
    return new Promise((resolve) => {
      end = resolve;
      call.signal.addEventListener('abort', () => {
        found.isReading = false;
        resolve(OK);
      });
    });
  });
  receivedOf.set(found, (response) => {
    found.responses.push(response);
    waiting.get(response.scrapeId)?.(response);
  });
  writingOf.set(found, (call) => {
    writeCall = call;
  });
  return found;
}

function toResponse({ content, ...head }: ScrapeResponse): ReceivedResponse {
  const bytes = content?.bytes ?? new Uint8Array();
  const body = content?.form === 'gzip' ? gunzipSync(bytes) : Buffer.from(bytes);
  return { ...head, form: content?.form ?? 'none', body, chunks: [] };
}
