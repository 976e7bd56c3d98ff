import type { CancellationSignal } from '../../model/cancellation.js';

/** What a proxy's scrape is for one target, credentials of the caller included. */
export interface TargetRequest {
  /** The caller's `Accept`, or empty. */
  readonly accept: string;
  /** The caller's query in its encoded form, without a question mark, or empty. */
  readonly query: string;
  /** The caller's whole `Authorization`, or empty. */
  readonly authorization: string;
  /** Aborts when nobody waits for the response any more. */
  readonly signal: CancellationSignal;
}

/** What a target responded, or the status that stands for why it did not. */
export interface TargetResponse {
  readonly statusCode: number;
  /** The target's own; empty where it sent none. */
  readonly contentType: string;
  readonly body: Uint8Array;
  /** `gzip` where the body is compressed already. */
  readonly coding: 'identity' | 'gzip';
  readonly outcome: AgentScrapeOutcome;
  /** Gives the memory of the body back; called once the response was sent. */
  readonly release?: (() => void) | undefined;
  /** Why there is no response of the target, or none that is up; without any secret, as a proxy may show it to everybody. */
  readonly reason?: string | undefined;
}

/** Requests the target of one path. Never rejects. */
export type FetchTarget = (request: TargetRequest) => Promise<TargetResponse>;

/** One path as an agent serves it. */
export interface ServedPath {
  readonly path: string;
  /** The text of a JSON object. */
  readonly labels: string;
  /** What proxies show: without userinfo and query values. */
  readonly targetUrl: string;
  /** For debugging proxies: where a request with this query goes, with everything that may be secret masked. */
  readonly describeUrl: (query: string) => string;
  readonly source: 'STATIC' | 'DISCOVERED';
  readonly fetch: FetchTarget;
}

/** How scrapes end, for metrics. */
export const scrapeOutcomes = [
  'success',
  'down',
  'status',
  'timed_out',
  'unreachable',
  'too_large',
  'unknown_path',
  'invalid_request',
  'shutting_down',
  'undelivered',
] as const;

export type AgentScrapeOutcome = (typeof scrapeOutcomes)[number];

const MASK = '***';

/** A target's URL for a proxy's pages: without user and password, and with the names of its parameters only. */
export function maskTargetUrl(url: URL): string {
  const masked = new URL(url);
  masked.username = '';
  masked.password = '';
  masked.hash = '';
  return maskQuery(masked.href);
}

/** The URL of one request, as a proxy that debugs may see it. */
export function describeTargetUrl(url: URL, query: string, hasUserinfo: boolean): string {
  const text = maskTargetUrl(appendQuery(url, query));
  return hasUserinfo ? text.replace('://', `://${MASK}@`) : text;
}

/** Masks the values alone: the names identify the request. */
function maskQuery(href: string): string {
  const [head = '', ...rest] = href.split('?');
  if (rest.length === 0) return href;
  return `${head}?${rest.join('?').replace(/=[^&]*/g, `=${MASK}`)}`;
}

/** A URL with a query behind its own, neither decoded nor encoded again. */
export function appendQuery(url: URL, query: string): URL {
  if (query === '') return url;
  const extended = new URL(url);
  extended.search = url.search === '' ? query : `${url.search}&${query}`;
  return extended;
}
