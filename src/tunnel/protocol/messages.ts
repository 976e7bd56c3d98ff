import { bool, bytes, type Codec, defineMessage, int32, int64, oneOfCase, text, texts } from './codec.js';

/*
 * The messages of prometheus-proxy 4, field by field; docs/tunnel-wire.md explains them. A comment stands where a name
 * does not say enough.
 */

/** google.protobuf.Empty. */
export type Empty = Record<never, never>;

export const empty: Codec<Empty> = defineMessage<Empty>(() => ({}), []);

export interface RegisterAgentRequest {
  agentId: string;
  /** Random for each process. */
  launchId: string;
  agentName: string;
  hostName: string;
  /** Whether other agents may serve the same paths, and a scrape goes to all of them. */
  consolidated: boolean;
  proxyEndpoints: string[];
  currentEndpointIndex: number;
}

export const registerAgentRequest = defineMessage<RegisterAgentRequest>(
  () => ({
    agentId: '',
    launchId: '',
    agentName: '',
    hostName: '',
    consolidated: false,
    proxyEndpoints: [],
    currentEndpointIndex: 0,
  }),
  [
    text(1, 'agentId'),
    text(2, 'launchId'),
    text(3, 'agentName'),
    text(4, 'hostName'),
    bool(6, 'consolidated'),
    texts(7, 'proxyEndpoints'),
    int32(8, 'currentEndpointIndex'),
  ],
);

export interface RegisterAgentResponse {
  valid: boolean;
  reason: string;
  agentId: string;
}

export const registerAgentResponse = defineMessage<RegisterAgentResponse>(
  () => ({ valid: false, reason: '', agentId: '' }),
  [bool(1, 'valid'), text(2, 'reason'), text(3, 'agentId')],
);

export interface RegisterPathRequest {
  agentId: string;
  /** Without a slash. */
  path: string;
  /** The text of a JSON object. */
  labels: string;
  targetUrl: string;
  /** `STATIC`, `DISCOVERED` or anything that a later version invents. */
  pathSource: string;
}

export const registerPathRequest = defineMessage<RegisterPathRequest>(
  () => ({ agentId: '', path: '', labels: '', targetUrl: '', pathSource: '' }),
  [text(1, 'agentId'), text(2, 'path'), text(3, 'labels'), text(4, 'targetUrl'), text(5, 'pathSource')],
);

export interface RegisterPathResponse {
  valid: boolean;
  reason: string;
  /** Of all agents. */
  pathCount: number;
  /** From 0 upward; -1 where the path was refused. */
  pathId: bigint;
}

export const registerPathResponse = defineMessage<RegisterPathResponse>(
  () => ({ valid: false, reason: '', pathCount: 0, pathId: 0n }),
  [bool(1, 'valid'), text(2, 'reason'), int32(3, 'pathCount'), int64(4, 'pathId')],
);

export interface UnregisterPathRequest {
  agentId: string;
  path: string;
}

export const unregisterPathRequest = defineMessage<UnregisterPathRequest>(
  () => ({ agentId: '', path: '' }),
  [text(1, 'agentId'), text(2, 'path')],
);

export interface Verdict {
  valid: boolean;
  reason: string;
}

export const unregisterPathResponse = defineMessage<Verdict>(
  () => ({ valid: false, reason: '' }),
  [bool(1, 'valid'), text(2, 'reason')],
);

/** Carries nothing but the agent's id: PathMapSizeRequest, HeartBeatRequest and AgentInfo. */
export interface AgentInfo {
  agentId: string;
}

export const agentInfo = defineMessage<AgentInfo>(() => ({ agentId: '' }), [text(1, 'agentId')]);
export const pathMapSizeRequest = agentInfo;
export const heartBeatRequest = agentInfo;
export const heartBeatResponse = unregisterPathResponse;

export interface PathMapSizeResponse {
  pathCount: number;
}

export const pathMapSizeResponse = defineMessage<PathMapSizeResponse>(
  () => ({ pathCount: 0 }),
  [int32(1, 'pathCount')],
);

export interface ScrapeRequest {
  agentId: string;
  /** From 0 upward, so that the first one is not on the wire. */
  scrapeId: bigint;
  /** Without a slash. */
  path: string;
  accept: string;
  debugEnabled: boolean;
  encodedQueryParams: string;
  /** The caller's whole Authorization, or empty. */
  authHeader: string;
}

export const scrapeRequest = defineMessage<ScrapeRequest>(
  () => ({
    agentId: '',
    scrapeId: 0n,
    path: '',
    accept: '',
    debugEnabled: false,
    encodedQueryParams: '',
    authHeader: '',
  }),
  [
    text(1, 'agentId'),
    int64(2, 'scrapeId'),
    text(3, 'path'),
    text(4, 'accept'),
    bool(5, 'debugEnabled'),
    text(6, 'encodedQueryParams'),
    text(7, 'authHeader'),
  ],
);

/** What both forms of a response have in common. */
export interface ResponseHead {
  validResponse: boolean;
  agentId: string;
  scrapeId: bigint;
  statusCode: number;
  failureReason: string;
  url: string;
  contentType: string;
  zipped: boolean;
}

/**
 * A body as it is in the message. `text` is sent as a `string` and has to be UTF-8 (other implementations end the stream
 * over anything else); it is bytes here, so that a body is neither decoded nor encoded on its way.
 */
export interface ScrapeContent {
  readonly form: 'text' | 'gzip';
  readonly bytes: Uint8Array;
}

export interface ScrapeResponse extends ResponseHead {
  content: ScrapeContent | undefined;
}

function defaultHead(): ResponseHead {
  return {
    validResponse: false,
    agentId: '',
    scrapeId: 0n,
    statusCode: 0,
    failureReason: '',
    url: '',
    contentType: '',
    zipped: false,
  };
}

const headFields = [
  bool(1, 'validResponse'),
  text(2, 'agentId'),
  int64(3, 'scrapeId'),
  int32(4, 'statusCode'),
  text(5, 'failureReason'),
  text(6, 'url'),
  text(7, 'contentType'),
  bool(8, 'zipped'),
] as const;

export const scrapeResponse = defineMessage<ScrapeResponse>(
  () => ({ ...defaultHead(), content: undefined }),
  [...headFields, contentCase(9, 'text'), contentCase(10, 'gzip')],
);

function contentCase(number: number, form: ScrapeContent['form']) {
  return oneOfCase<{ content: ScrapeContent | undefined }>(
    number,
    ({ content }) => (content?.form === form ? content.bytes : undefined),
    (message, value) => {
      message.content = { form, bytes: value };
    },
  );
}

export interface ChunkData {
  scrapeId: bigint;
  /** Number of this chunk, from 1 upward. */
  count: number;
  /** How many of `bytes` count, from the first. */
  byteCount: number;
  /** CRC-32 of everything up to the end of this chunk. */
  checksum: bigint;
  bytes: Uint8Array;
}

export const chunkData = defineMessage<ChunkData>(
  () => ({ scrapeId: 0n, count: 0, byteCount: 0, checksum: 0n, bytes: new Uint8Array(0) }),
  [int64(1, 'scrapeId'), int32(2, 'count'), int32(3, 'byteCount'), int64(4, 'checksum'), bytes(5, 'bytes')],
);

export interface SummaryData {
  scrapeId: bigint;
  chunkCount: number;
  byteCount: number;
  checksum: bigint;
}

export const summaryData = defineMessage<SummaryData>(
  () => ({ scrapeId: 0n, chunkCount: 0, byteCount: 0, checksum: 0n }),
  [int64(1, 'scrapeId'), int32(2, 'chunkCount'), int32(3, 'byteCount'), int64(4, 'checksum')],
);

export const headerData = defineMessage<ResponseHead>(defaultHead, headFields);

/** One message of a response in chunks. */
export type ChunkPart =
  | { readonly kind: 'header'; readonly header: ResponseHead }
  | { readonly kind: 'chunk'; readonly chunk: ChunkData }
  | { readonly kind: 'summary'; readonly summary: SummaryData };

export interface ChunkedScrapeResponse {
  part: ChunkPart | undefined;
}

export const chunkedScrapeResponse = defineMessage<ChunkedScrapeResponse>(
  () => ({ part: undefined }),
  [
    oneOfCase(
      1,
      ({ part }) => (part?.kind === 'header' ? headerData.encode(part.header) : undefined),
      (message, value) => {
        message.part = { kind: 'header', header: headerData.decode(value) };
      },
    ),
    oneOfCase(
      2,
      ({ part }) => (part?.kind === 'chunk' ? chunkData.encode(part.chunk) : undefined),
      (message, value) => {
        message.part = { kind: 'chunk', chunk: chunkData.decode(value) };
      },
    ),
    oneOfCase(
      3,
      ({ part }) => (part?.kind === 'summary' ? summaryData.encode(part.summary) : undefined),
      (message, value) => {
        message.part = { kind: 'summary', summary: summaryData.decode(value) };
      },
    ),
  ],
);
