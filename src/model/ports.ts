import type { FetchRecord } from './fetch-record.js';
import type { ScrapeLimits } from './limits.js';
import type { Translation } from './metrics.js';

/** Header names and values in their order, as they go over the wire. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface UpstreamRequest {
  readonly url: URL;
  /** GET where it is not said. */
  readonly method?: 'GET' | 'POST';
  /** Sent as they are; they replace those that the client sends by itself (`Accept`, `User-Agent`). */
  readonly headers: HeaderList;
  readonly body?: string;
  /** The statuses whose body is wanted; 2xx where there is none. */
  readonly validStatusCodes?: readonly number[];
  /** Ends the request; its reason is what the returned promise rejects with. */
  readonly signal: AbortSignal;
  /** Bytes of the body after decompression. */
  readonly maxBodyBytes: number;
  /** Filled in on the way. */
  readonly record?: FetchRecord;
}

export interface UpstreamResponse {
  readonly statusCode: number;
  /** Gives those of the reply that the body is from, for the debug view. */
  readonly headers?: () => HeaderList;
  /** The decompressed body. Empty unless the status is wanted: what else a server says is nobody's metrics. */
  readonly body: Uint8Array;
}

/** Asks an upstream. Rejects with a ZxpError whose code is a FailureReason or `cancelled`. */
export type UpstreamClient = (request: UpstreamRequest) => Promise<UpstreamResponse>;

/** Makes metric families of one JSON format. */
export interface Translator {
  readonly name: string;
  /** Throws a ZxpError of code `decode`, `schema` or `limit` where the document as a whole is not this format's. */
  readonly translate: (body: Uint8Array, limits: ScrapeLimits) => Translation;
  /** A gauge of the format's own beside `target_up`, with the same value. */
  readonly upMetric?: { readonly name: string; readonly help: string };
}

/** Milliseconds since an arbitrary start, never going back. */
export type MonotonicClock = () => number;

export type LogFields = Readonly<Record<string, unknown>>;
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Writes one line. Fields are redacted by the logger itself. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}
