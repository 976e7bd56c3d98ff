import type { Codec } from './codec.js';
import {
  agentInfo,
  chunkedScrapeResponse,
  empty,
  heartBeatRequest,
  heartBeatResponse,
  pathMapSizeRequest,
  pathMapSizeResponse,
  registerAgentRequest,
  registerAgentResponse,
  registerPathRequest,
  registerPathResponse,
  scrapeRequest,
  scrapeResponse,
  unregisterPathRequest,
  unregisterPathResponse,
} from './messages.js';

export type MethodShape = 'unary' | 'server-stream' | 'client-stream';

/** One method of a gRPC service. */
export interface RpcMethod<Shape extends MethodShape, Request, Response> {
  readonly shape: Shape;
  /** `:path` of its calls. */
  readonly path: string;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
}

function method<Shape extends MethodShape, Request, Response>(
  shape: Shape,
  name: string,
  request: Codec<Request>,
  response: Codec<Response>,
): RpcMethod<Shape, Request, Response> {
  return { shape, path: `/ProxyService/${name}`, request, response };
}

/** The methods that a proxy serves; the service has no package. */
export const proxyService = {
  connectAgent: method('unary', 'connectAgent', empty, empty),
  connectAgentWithTransportFilterDisabled: method('unary', 'connectAgentWithTransportFilterDisabled', empty, agentInfo),
  registerAgent: method('unary', 'registerAgent', registerAgentRequest, registerAgentResponse),
  registerPath: method('unary', 'registerPath', registerPathRequest, registerPathResponse),
  unregisterPath: method('unary', 'unregisterPath', unregisterPathRequest, unregisterPathResponse),
  pathMapSize: method('unary', 'pathMapSize', pathMapSizeRequest, pathMapSizeResponse),
  readRequestsFromProxy: method('server-stream', 'readRequestsFromProxy', agentInfo, scrapeRequest),
  writeResponsesToProxy: method('client-stream', 'writeResponsesToProxy', scrapeResponse, empty),
  writeChunkedResponsesToProxy: method('client-stream', 'writeChunkedResponsesToProxy', chunkedScrapeResponse, empty),
  sendHeartBeat: method('unary', 'sendHeartBeat', heartBeatRequest, heartBeatResponse),
} as const;

/** Metadata of a response's headers: the id that the proxy gave to this connection. */
export const AGENT_ID_KEY = 'agent-id';

/** Metadata of a request: the agent's token. */
export const AGENT_TOKEN_KEY = 'agent-token';
