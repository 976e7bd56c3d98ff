import type { Socket } from 'node:net';
import type { Bytes } from './bytes.js';
import type { CancellationSignal } from './cancellation.js';
import type { DropTally } from './drops.js';
import type { FetchRecord } from './fetch-record.js';
import type { ScrapeLimits } from './limits.js';
import type { ExpositionFormat, MetricDetail, Translation } from './metrics.js';
import type { RowSink } from './row-sink.js';
import type { Work } from './work.js';

/** Header names and values in their order, as they go over the wire. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface UpstreamRequest {
  readonly url: URL;
  /** GET where it is not said. */
  readonly method?: 'GET' | 'POST';
  /** Sent as they are; they replace those that the client sends by itself (`Accept`, `User-Agent`). */
  readonly headers: HeaderList;
  readonly body?: string | undefined;
  /** The statuses whose body is wanted; 2xx where there is none. */
  readonly validStatusCodes?: readonly number[];
  /** Ends the request; its reason is what the returned promise rejects with. */
  readonly signal: CancellationSignal;
  /** Bytes of the body after decompression; of a gzip that is kept, before it. */
  readonly maxBodyBytes: number;
  /** Leaves a body that is a gzip as it is, for somebody who passes it on; its headers name the coding. */
  readonly keepsGzip?: boolean;
  /** Milliseconds of the whole scrape, from the start of its record on, for work that no signal interrupts. */
  readonly limitMs?: number;
  /** Filled in on the way. */
  readonly record?: FetchRecord;
}

export interface UpstreamResponse {
  readonly statusCode: number;
  /** Gives those of the reply that the body is from, for the debug view. */
  readonly headers?: () => HeaderList;
  /** The decompressed body. Empty unless the status is wanted: what else a server says is nobody's metrics. */
  readonly body: Bytes;
  /** Gives the memory of the body back that all scrapes share; to be called once nobody reads it any more. */
  readonly release?: () => void;
}

/** What makes two requests the same. */
export type RequestIdentity = Pick<UpstreamRequest, 'url' | 'method' | 'headers' | 'body'>;

/** The last good responses of one module, by their requests with all of their headers. */
export interface StaleResponses {
  /** Keeps a copy of a response that became metrics; `ageSeconds` is how old it was by then. */
  keep(request: RequestIdentity, response: UpstreamResponse, ageSeconds: number): void;
  /** Nothing of it is repeated any more: its credentials were refused. */
  forget(request: RequestIdentity): void;
  /** What may be repeated in place of a failure. */
  find(request: RequestIdentity): { readonly response: UpstreamResponse; readonly ageSeconds: number } | undefined;
}

/** Asks an upstream. Rejects with a ZxpError whose code is a FailureReason or `cancelled`. */
export type UpstreamClient = (request: UpstreamRequest) => Promise<UpstreamResponse>;

/** Makes metric families of one JSON format. */
export interface Translator {
  readonly name: string;
  /** Whether `translate` wants to be told of the response: none of it is made up for a translator that does not. */
  readonly usesResponse?: boolean;
  /**
   * Throws a ZxpError of code `decode`, `schema` or `limit` where the document as a whole is not this format's, and
   * `content` where the module says that it is a failure.
   */
  readonly translate: (body: Bytes, context: TranslationContext) => Steps<Translation>;
  /** Arrays, by the keys that lead to them from the root, whose elements it reads one by one. */
  readonly arrays?: readonly (readonly string[])[];
  /** From how many bytes on a sink is worth its while for a document that is read in one go; none where it is not given. */
  readonly sinkBytes?: number | undefined;
  /** A gauge of the format's own beside `target_up`, with the same value. */
  readonly upMetric?: { readonly name: string; readonly help: string };
}

/** What a translation goes by. */
export interface TranslationContext {
  readonly limits: ScrapeLimits;
  /** For a translator that uses it. */
  readonly response?: ResponseFacts | undefined;
  /** What a document that is parsed as a whole may take of the heap; any where it is not given. */
  readonly heapBytes?: number | undefined;
  /**
   * Elements of a large array that are parsed together, in bytes, and what a document has to have to be large; 64 KiB and
   * 256 KiB where it is not given.
   */
  readonly chunkBytes?: number | undefined;
  /** Whether nobody reads the body afterwards, so that its memory is given back while it is read. */
  readonly freesBody?: boolean | undefined;
  /** Where errors count from, the line and the column of the first byte; from 1 where it is not given. */
  readonly textStart?: { readonly line: number; readonly column: number } | undefined;
  /** Changes the document once it is parsed, as a whole. */
  readonly prepare?: ((document: unknown) => void) | undefined;
  /** Counts what the translation costs. Throws where that is too much. */
  readonly work: Work;
  /** Takes rows of a document that is read in chunks; none where the families are wanted with all of them. */
  readonly sink?: RowSink | undefined;
}

/** Work in steps: between two of them the event loop may have its turn. */
export type Steps<T> = Generator<undefined, T>;

/** What expressions and conditions see beside the document, as plain data. */
export interface ResponseFacts {
  readonly statusCode: number;
  readonly headers: HeaderList;
  /** Parameters of `/probe`, by their names. */
  readonly params: Readonly<Record<string, readonly string[]>>;
  /** Milliseconds that the scrape has left. */
  readonly timeLeftMs: number;
  /** Milliseconds since 1970 at which the upstream gave the response; undefined where there is no clock. */
  readonly receivedMs?: number | undefined;
}

/** A document that is to be translated and written. */
export interface RenderTask {
  readonly body: Bytes;
  /** For a translator that uses it. */
  readonly response?: ResponseFacts | undefined;
  readonly limits: ScrapeLimits;
  readonly format: ExpositionFormat;
  /** Names of the families that zxp adds itself. */
  readonly factNames: readonly string[];
}

/** A document's metrics in the format that was asked for, without those of zxp's own and without the format's end. */
export interface RenderedDocument {
  /** The last one is not full. */
  readonly chunks: readonly Uint8Array[];
  readonly samples: number;
  readonly drops: DropTally;
  readonly details: readonly MetricDetail[];
}

/**
 * Translates and writes a document out of this thread's way; its body may be gone afterwards. Rejects with a ZxpError as
 * a translator throws it, with `limit` where the memory does not do, with `internal`, or with the signal's reason.
 */
export type DocumentRenderer = (task: RenderTask, signal: CancellationSignal) => Promise<RenderedDocument>;

/** Milliseconds since an arbitrary start, never going back. */
export type MonotonicClock = () => number;

export type LogFields = Readonly<Record<string, unknown>>;
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Writes one line. Fields are redacted by the logger itself. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  /** Most of these lines are never written: fields that cost something are made where one is. */
  debug(message: string, fields?: LogFields | (() => LogFields)): void;
}

/** An upstream client that owns its connections. */
export interface Upstream {
  readonly fetch: UpstreamClient;
  /** Lets requests under way end, then closes every connection. */
  close(): Promise<void>;
}

/** A channel to another process of zxp's, for values that the structured clone algorithm takes, and for sockets. */
export interface Channel {
  /** The socket stays open here; the other process gets a copy. */
  send(message: object, socket?: Socket): void;
  onMessage(listener: (message: unknown, socket?: Socket) => void): void;
}
