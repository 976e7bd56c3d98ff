import type { CancellationSignal } from './cancellation.js';
import type { Discovery } from './discovery.js';
import type { ScrapeLimits } from './limits.js';
import type { HeaderList, ResponseFacts } from './ports.js';

/** What is to be read of a document, other than its metrics: plain data, for a thread as well. */
export type ReadTask =
  /** The list of a page, `number` from 1 on, which `url` requested. */
  | { readonly kind: 'page'; readonly number: number; readonly url: string; readonly headers: HeaderList }
  /** What `follow` requests, of the document that `url` requested. */
  | { readonly kind: 'follow'; readonly url: string }
  /** Whether it is JSON; `what` names it in errors. */
  | { readonly kind: 'check'; readonly what: string }
  /** The targets that it names. */
  | { readonly kind: 'targets'; readonly response: ResponseFacts };

export type ReadResult =
  | PageReading
  | FollowReading
  | { readonly kind: 'check' }
  | { readonly kind: 'targets'; readonly discovery: Discovery };

export interface PageReading {
  readonly kind: 'page';
  /** What is where the list should be. */
  readonly list: 'array' | 'null' | 'absent';
  /** The URL of the next page; undefined after the last. */
  readonly next: string | undefined;
  /** The elements as JSON, with commas between them; none of the only page, which stays as it came. */
  readonly elements: Uint8Array;
  /** Of the first of several pages: the JSON in front of the list, and behind it. */
  readonly around: { readonly before: Uint8Array; readonly after: Uint8Array } | undefined;
}

export interface FollowReading {
  readonly kind: 'follow';
  /** The elements as JSON. */
  readonly elements: readonly string[];
  /** The URL of the request for each of them. */
  readonly urls: readonly string[];
  /** What the document is. */
  readonly root: 'object' | 'empty object' | 'other';
}

/** A document and what is to be read of it. */
export interface ReadOrder {
  readonly body: Uint8Array;
  readonly task: ReadTask;
  readonly limits: ScrapeLimits;
}

/** The result, and the document, whose memory may have been elsewhere meanwhile. */
export interface ReadReply {
  readonly body: Uint8Array;
  readonly result: ReadResult;
}

/**
 * Reads a document out of this thread's way, which has the body meanwhile. Rejects with a ZxpError as a plan throws it,
 * with `limit` where the memory does not do, with `internal`, or with the signal's reason.
 */
export type ThreadReader = (order: ReadOrder, signal: CancellationSignal) => Promise<ReadReply>;

/** What was read of a document, and its body. */
export interface DocumentReading<Kind extends ReadTask['kind']> {
  readonly body: Uint8Array;
  readonly result: Extract<ReadResult, { readonly kind: Kind }>;
}

/** Reads a document; `body` is to be used no more. Rejects with a ZxpError that says why there is nothing to read. */
export type DocumentReader = <Kind extends ReadTask['kind']>(order: {
  readonly body: Uint8Array;
  readonly task: ReadTask & { readonly kind: Kind };
  readonly signal: CancellationSignal;
  /** Milliseconds that reading may take. */
  readonly timeLeftMs: number;
}) => Promise<DocumentReading<Kind>>;
