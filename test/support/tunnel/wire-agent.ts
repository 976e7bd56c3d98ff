import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { splitIntoChunks } from '../../../src/tunnel/protocol/chunks.js';
import type { ClientStreamCall } from '../../../src/tunnel/protocol/client.js';
import { openRpcConnection, type RpcConnection, type ServerStreamCall } from '../../../src/tunnel/protocol/client.js';
import {
  type ChunkedScrapeResponse,
  type Empty,
  registerAgentRequest,
  registerPathRequest,
  type ScrapeRequest,
  type ScrapeResponse,
  scrapeResponse,
} from '../../../src/tunnel/protocol/messages.js';
import { AGENT_ID_KEY, AGENT_TOKEN_KEY, proxyService } from '../../../src/tunnel/protocol/methods.js';

/** What a test agent does with a request; nothing comes back unless it sends it. */
export type OnRequest = (request: ScrapeRequest, agent: WireAgent) => void | Promise<void>;

export interface WireAgentOptions {
  readonly port: number;
  readonly host?: string;
  readonly name?: string;
  readonly token?: string;
  readonly tls?: ConnectionOptions;
  readonly consolidated?: boolean;
  readonly shared?: boolean;
  readonly paths?: readonly string[];
  readonly onRequest?: OnRequest;
}

/** An agent that does as it is told, on the client of the protocol. */
export interface WireAgent {
  readonly id: string;
  readonly connection: RpcConnection;
  readonly socket: Socket;
  /** Every request that came. */
  readonly requests: readonly ScrapeRequest[];
  readonly reader: ServerStreamCall<ScrapeRequest>;
  readonly writer: ClientStreamCall<ScrapeResponse, Empty>;
  readonly chunkWriter: ClientStreamCall<ChunkedScrapeResponse, Empty>;
  register(path: string, labels?: string): Promise<{ readonly valid: boolean; readonly reason: string }>;
  /** Sends a text as the response to a request. */
  respond(request: ScrapeRequest, text: string, more?: Partial<ScrapeResponse>): Promise<boolean>;
  respondInChunks(request: ScrapeRequest, gzip: Uint8Array, chunkBytes?: number): Promise<void>;
  close(): void;
}

/** Opens a connection to a proxy without any call on it. */
export async function dialProxy(options: WireAgentOptions): Promise<{ connection: RpcConnection; socket: Socket }> {
  const { port, host = '127.0.0.1', tls, token } = options;
  const socket =
    tls === undefined
      ? connectTcp(port, host)
      : connectTls({ port, host, servername: 'localhost', ALPNProtocols: ['h2'], ...tls });
  await once(socket, tls === undefined ? 'connect' : 'secureConnect');
  const connection = await openRpcConnection(socket, {
    authority: `localhost:${port}`,
    scheme: tls === undefined ? 'http' : 'https',
    userAgent: 'test-agent',
    metadata: token === undefined ? {} : { [AGENT_TOKEN_KEY]: token },
    handshakeTimeoutMs: 5000,
  });
  return { connection, socket };
}

/** Connects, registers and begins to read requests. Rejects where the proxy refuses any of it. */
export async function startWireAgent(options: WireAgentOptions): Promise<WireAgent> {
  const { connection, socket } = await dialProxy(options);
  try {
    return await register({ connection, socket }, options);
  } catch (thrown) {
    connection.destroy();
    throw thrown;
  }
}

async function register(
  { connection, socket }: { connection: RpcConnection; socket: Socket },
  options: WireAgentOptions,
): Promise<WireAgent> {
  const id = await connectAgent(connection, options.shared ?? false);
  const registered = await connection.unary(
    proxyService.registerAgent,
    registerAgentRequest.create({
      agentId: id,
      launchId: 'launch',
      agentName: options.name ?? 'agent',
      hostName: 'agent-host',
      consolidated: options.consolidated ?? false,
      proxyEndpoints: ['proxy:50051'],
    }),
    { timeoutMs: 5000 },
  );
  if (!registered.ok || !registered.message.valid) throw new Error(`registerAgent: ${JSON.stringify(registered)}`);

  const registerPath = async (path: string, labels = '{}') => {
    const response = await connection.unary(
      proxyService.registerPath,
      registerPathRequest.create({
        agentId: id,
        path,
        labels,
        targetUrl: 'http://user:pass@target:9100/metrics?key=secret',
        pathSource: 'STATIC',
      }),
      { timeoutMs: 5000 },
    );
    return response.ok ? response.message : { valid: false, reason: response.status.message };
  };
  for (const path of options.paths ?? []) {
    const { valid, reason } = await registerPath(path);
    if (!valid) throw new Error(`registerPath ${path}: ${reason}`);
  }

  const requests: ScrapeRequest[] = [];
  const reader = connection.serverStream(proxyService.readRequestsFromProxy, { agentId: id });
  const writer = connection.clientStream(proxyService.writeResponsesToProxy);
  const chunkWriter = connection.clientStream(proxyService.writeChunkedResponsesToProxy);
  const agent: WireAgent = {
    id,
    connection,
    socket,
    requests,
    reader,
    writer,
    chunkWriter,
    register: registerPath,
    respond: (request, text, more = {}) =>
      writer.send(
        scrapeResponse.create({
          validResponse: true,
          agentId: request.agentId,
          scrapeId: request.scrapeId,
          statusCode: 200,
          contentType: 'text/plain; version=0.0.4; charset=utf-8',
          content: { form: 'text', bytes: Buffer.from(text) },
          ...more,
        }),
      ),
    respondInChunks: async (request, gzip, chunkBytes) => {
      const head = {
        validResponse: true,
        agentId: request.agentId,
        scrapeId: request.scrapeId,
        statusCode: 200,
        failureReason: '',
        url: '',
        contentType: 'text/plain; version=0.0.4; charset=utf-8',
        zipped: true,
      };
      for (const part of splitIntoChunks(head, gzip, chunkBytes)) if (!(await chunkWriter.send({ part }))) return;
    },
    close: () => connection.destroy(),
  };
  void (async () => {
    for await (const request of reader.messages) {
      requests.push(request);
      void options.onRequest?.(request, agent);
    }
  })();
  return agent;
}

async function connectAgent(connection: RpcConnection, isShared: boolean): Promise<string> {
  if (isShared) {
    const response = await connection.unary(
      proxyService.connectAgentWithTransportFilterDisabled,
      {},
      { timeoutMs: 5000 },
    );
    if (!response.ok) throw new Error(`connectAgent: ${response.status.code}`);
    return response.message.agentId;
  }
  const response = await connection.unary(proxyService.connectAgent, {}, { timeoutMs: 5000 });
  const id = response.metadata?.[AGENT_ID_KEY];
  if (!response.ok || typeof id !== 'string') {
    throw new Error(`connectAgent: ${response.ok ? 'no id' : response.status.code}`);
  }
  return id;
}
