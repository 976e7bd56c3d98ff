import type { CancellationSignal } from './cancellation.js';

/** How a scrape through a proxy ends, as `zxp_proxy_scrapes_total` counts it. */
export const proxyScrapeOutcomes = [
  'success',
  'down',
  'path_not_found',
  'upstream_error',
  'upstream_timed_out',
  'content_too_large',
  'timed_out',
  'agent_disconnected',
  'proxy_stopped',
  'payload_too_large',
  'invalid_gzip',
  'invalid_chunks',
  'invalid_response',
  'invalid_status',
  'credentials_refused',
  'invalid_request',
  'busy',
  'cancelled',
] as const;

export type ProxyScrapeOutcome = (typeof proxyScrapeOutcomes)[number];

/** Why an agent is no longer served. */
export const agentEnds = ['disconnected', 'evicted', 'displaced', 'revoked', 'stopping'] as const;

export type AgentEnd = (typeof agentEnds)[number];

/** Why a path was not registered. */
export const pathRefusals = ['path', 'identity', 'owner', 'consolidation', 'limit', 'labels'] as const;

export type PathRefusalKind = (typeof pathRefusals)[number];

/** Why something that an agent sent was dropped. */
export const droppedResponses = ['unknown_scrape', 'foreign_scrape', 'foreign_agent_id', 'no_header'] as const;

export type DroppedResponse = (typeof droppedResponses)[number];

/** One scrape of a proxy, as Prometheus makes it. */
export interface ProxyScrapeRequest {
  readonly accept: string;
  /** Without the question mark, as it was written. */
  readonly query: string;
  /** The caller's whole Authorization, or empty. */
  readonly authorization: string;
  readonly acceptsGzip: boolean;
  /** Undefined leaves it to the proxy's own limit. */
  readonly timeoutMs: number | undefined;
  /** Aborts when the scraper has gone. */
  readonly signal: CancellationSignal;
}

/** The body of an answer as it is at hand: plain, or a gzip that was checked. */
export type AnswerBody =
  | { readonly form: 'plain'; readonly chunks: readonly Uint8Array[]; readonly bytes: number }
  | { readonly form: 'gzip'; readonly gzip: Uint8Array };

/** What Prometheus gets for a scrape. */
export interface ProxyScrapeAnswer {
  readonly outcome: ProxyScrapeOutcome;
  readonly status: number;
  /** Undefined where there is no body. */
  readonly contentType: string | undefined;
  readonly body: AnswerBody;
  /** Why it failed, for log and page; without credentials. */
  readonly reason?: string | undefined;
}

/** What a proxy counts. */
export interface ProxyObserver {
  scraped(outcome: ProxyScrapeOutcome, durationSeconds: number): void;
  connected(): void;
  ended(end: AgentEnd): void;
  displaced(): void;
  pathRefused(kind: PathRefusalKind): void;
  labelsDropped(count: number): void;
  responseDropped(why: DroppedResponse): void;
  credentialsRefused(): void;
  duplicateSeriesDropped(count: number): void;
  authenticationFailed(): void;
  flooded(): void;
}

/** How much of everything a proxy holds at one moment. */
export interface ProxyLoad {
  readonly agents: number;
  readonly paths: number;
  /** HTTP/2 connections, of agents or not. */
  readonly connections: number;
  readonly streams: number;
  readonly pendingScrapes: number;
  /** Requests that wait for an agent to read them. */
  readonly queuedRequests: number;
  /** Bytes of responses in chunks that have not ended. */
  readonly bufferedBytes: number;
}

/** One target of Prometheus' HTTP service discovery. */
export interface DiscoveredPath {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** What a page shows of one agent. Times are ages in milliseconds. */
export interface AgentReport {
  readonly name: string;
  readonly host: string;
  readonly identity: string | undefined;
  readonly address: string;
  readonly isEncrypted: boolean;
  readonly connectedForMs: number;
  readonly silentForMs: number;
  readonly paths: number;
}

/** What a page shows of one path. Times are ages in milliseconds. */
export interface PathReport {
  readonly path: string;
  readonly agents: readonly string[];
  /** Without user, password and values of its query. */
  readonly targetUrl: string;
  readonly source: string;
  readonly consolidated: boolean;
  readonly scrapes: number;
  readonly errors: number;
  readonly last:
    | {
        readonly agoMs: number;
        readonly durationMs: number;
        readonly status: number;
        readonly outcome: ProxyScrapeOutcome;
        readonly reason: string | undefined;
      }
    | undefined;
}

export interface ProxyReport {
  readonly agents: readonly AgentReport[];
  readonly paths: readonly PathReport[];
}
