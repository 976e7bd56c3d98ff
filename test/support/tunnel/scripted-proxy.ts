import type { MessageWriter } from '../../../src/tunnel/protocol/message-stream.js';
import {
  type ChunkPart,
  type ResponseHead,
  type registerPathResponse,
  type ScrapeRequest,
  type ScrapeResponse,
  scrapeRequest,
} from '../../../src/tunnel/protocol/messages.js';
import { AGENT_ID_KEY, proxyService } from '../../../src/tunnel/protocol/methods.js';
import { type RpcReply, reply } from '../../../src/tunnel/protocol/reply.js';
import {
  clientStreamRoute,
  createRpcServer,
  type RpcServerTls,
  serverStreamRoute,
  unaryRoute,
} from '../../../src/tunnel/protocol/server.js';
import type { ServerCall } from '../../../src/tunnel/protocol/server-call.js';
import type { ServerConnection } from '../../../src/tunnel/protocol/server-connection.js';
import type { RpcStatus } from '../../../src/tunnel/protocol/status.js';
import { OK } from '../../../src/tunnel/protocol/status.js';
import type { Fields } from './session.js';

type UnaryReply = RpcReply<object>;

/** A unary call that waits for the script to answer it. */
export interface ReceivedCall {
  readonly rpc: string;
  readonly message: Fields;
  readonly token: string | undefined;
  /** With the id of the agent in the headers, where there is one. */
  answer(reply: UnaryReply, agentId?: string): void;
}

/** One connection of an agent to a proxy that does what a script says. */
export class ScriptedConnection {
  readonly connection: ServerConnection;
  readonly calls: ReceivedCall[] = [];
  readonly responses = new Map<bigint, ResponseHead>();
  /** Each stream that the agent opened, and how the script ends it. */
  readonly streams = new Map<string, { readonly call: ServerCall; readonly end: (status: RpcStatus) => void }>();
  readonly ended = new Set<string>();
  readers: { readonly agentId: string; readonly writer: MessageWriter<ScrapeRequest> }[] = [];

  constructor(connection: ServerConnection) {
    this.connection = connection;
  }

  /** Takes a call out of those that came. */
  take(rpc: string, isIt: (message: Fields) => boolean): ReceivedCall | undefined {
    const index = this.calls.findIndex((call) => call.rpc === rpc && isIt(call.message));
    return index < 0 ? undefined : this.calls.splice(index, 1)[0];
  }

  request(fields: Partial<ScrapeRequest>): void {
    void this.readers[0]?.writer.send({ ...scrapeRequest.create(), ...fields });
  }
}

export interface ScriptedProxy {
  readonly port: number;
  readonly connections: readonly ScriptedConnection[];
  close(): Promise<void>;
}

/** A proxy whose every answer comes from a script. */
export async function startScriptedProxy(tls?: RpcServerTls): Promise<ScriptedProxy> {
  const connections: ScriptedConnection[] = [];
  const of = (call: ServerCall) => connections.find(({ connection }) => connection === call.connection);
  const receive = (rpc: string, message: object, call: ServerCall) =>
    new Promise<UnaryReply>((resolve) => {
      const token = call.metadata['agent-token'];
      of(call)?.calls.push({
        rpc,
        message: message as Fields,
        token: typeof token === 'string' ? token : undefined,
        answer: (answer, agentId) => {
          if (agentId !== undefined) call.setInitialMetadata({ [AGENT_ID_KEY]: agentId });
          resolve(answer);
        },
      });
    });
  const unary = <Name extends UnaryName>(name: Name) =>
    unaryRoute(
      proxyService[name] as typeof proxyService.registerPath,
      (request, call) =>
        receive(name, request, call) as Promise<RpcReply<ReturnType<typeof registerPathResponse.create>>>,
    );
  const untilEnded = (name: string, call: ServerCall) =>
    new Promise<RpcStatus>((resolve) => {
      of(call)?.streams.set(name, { call, end: resolve });
      call.signal.addEventListener('abort', () => {
        of(call)?.ended.add(name);
        resolve(OK);
      });
    });
  const writes = async (
    name: 'writeResponsesToProxy' | 'writeChunkedResponsesToProxy',
    call: ServerCall,
    read: () => Promise<void>,
  ) => {
    const ended = untilEnded(name, call);
    const reading = read()
      .catch(() => undefined)
      .then(() => of(call)?.ended.add(name));
    const status = await Promise.race([ended, reading.then(() => ended)]);
    return status.code === 'ok' ? reply({}) : ({ ok: false, status } as const);
  };
  const server = createRpcServer({
    routes: [
      ...unaryNames.map(unary),
      serverStreamRoute(proxyService.readRequestsFromProxy, async ({ agentId }, call, open) => {
        of(call)?.readers.push({ agentId, writer: open() });
        return untilEnded('readRequestsFromProxy', call);
      }),
      clientStreamRoute(proxyService.writeResponsesToProxy, (messages, call) =>
        writes('writeResponsesToProxy', call, async () => {
          for await (const message of messages) of(call)?.responses.set(message.scrapeId, toHead(message));
        }),
      ),
      clientStreamRoute(proxyService.writeChunkedResponsesToProxy, (messages, call) =>
        writes('writeChunkedResponsesToProxy', call, async () => {
          let header: ResponseHead | undefined;
          for await (const { part } of messages) {
            header = part?.kind === 'header' ? part.header : header;
            if (isSummary(part) && header !== undefined) of(call)?.responses.set(header.scrapeId, header);
          }
        }),
      ),
    ],
    tls,
    authorize: () => undefined,
    maxConnections: 100,
    maxStreamsPerConnection: 1000,
    idleTimeoutMs: 60_000,
    now: () => performance.now(),
    onConnection: (connection) => connections.push(new ScriptedConnection(connection)),
  });
  const { port } = await server.listen('127.0.0.1', 0);
  return { port, connections, close: () => server.close(0) };
}

const unaryNames = [
  'connectAgent',
  'connectAgentWithTransportFilterDisabled',
  'registerAgent',
  'registerPath',
  'unregisterPath',
  'pathMapSize',
  'sendHeartBeat',
] as const;

type UnaryName = (typeof unaryNames)[number];

function toHead({ content, ...head }: ScrapeResponse): ResponseHead & { readonly text: string | undefined } {
  return { ...head, text: content?.form === 'text' ? Buffer.from(content.bytes).toString() : undefined };
}

function isSummary(part: ChunkPart | undefined): boolean {
  return part?.kind === 'summary';
}
