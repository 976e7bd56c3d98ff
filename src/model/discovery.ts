import type { ZxpError } from './errors.js';
import type { ScrapeLimits } from './limits.js';
import type { ResponseFacts, Steps } from './ports.js';
import type { Work } from './work.js';

/** A target that a document names, in Prometheus' terms. */
export interface DiscoveredElement {
  readonly target: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
}

/** The targets that a document names. */
export interface Discovery {
  readonly elements: readonly DiscoveredElement[];
  /** Elements without a target, which are left out. */
  readonly leftOut: number;
  /** Which was the first of them, and why; without any text of the document. */
  readonly example: string | undefined;
}

/** Finds the targets in a document. Throws `decode`, `schema`, `content` or `limit` where it is none to go by. */
export type DiscoveryReader = (
  body: Uint8Array,
  context: {
    readonly limits: ScrapeLimits;
    readonly heapBytes?: number | undefined;
    readonly response: ResponseFacts;
    readonly work: Work;
  },
) => Steps<Discovery>;

/** One request for `/discover` that is over, with the targets or why there are none. */
export interface DiscoveryEvent {
  readonly id: string | undefined;
  /** As in the event of a scrape. */
  readonly target: string;
  readonly isConfigured: boolean;
  readonly module: string;
  readonly url: URL;
  readonly result: Discovery | ZxpError;
}

/** Told of every discovery but those whose caller has left. */
export type DiscoveryObserver = (event: DiscoveryEvent) => void;
