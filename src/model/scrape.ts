import type { DropTally } from './drops.js';
import type { FailureReason } from './errors.js';
import type { FetchRecord } from './fetch-record.js';
import type { MetricDetail, MetricFamily } from './metrics.js';
import type { HeaderList } from './ports.js';

/** One caller's scrape: what it sends along, how long it may take, and the signal that its caller has left. */
export interface ScrapeRequest {
  /** The caller's headers that go upstream, untouched. */
  readonly headers: HeaderList;
  /** Milliseconds; undefined leaves the module's own timeout. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a scrape ended. `reason` and `message`, and perhaps `hint`, are there when, and only when, the target is down. */
export interface ScrapeOutcome {
  readonly up: boolean;
  readonly reason?: FailureReason;
  readonly message?: string;
  readonly hint?: string | undefined;
  /** 0 when no reply came. */
  readonly statusCode: number;
  readonly durationSeconds: number;
  readonly samples: number;
  readonly drops: DropTally;
  /** Where the time went, and what the connection and the reply's head told. */
  readonly fetched?: FetchRecord;
  /** Gives what the scrape did. */
  readonly trace?: () => ScrapeTrace;
}

/** What a scrape did, step by step, for the debug view of its own caller. Secrets are masked in it. */
export interface ScrapeTrace {
  readonly request: { readonly method: string; readonly url: string; readonly headers: HeaderList } | undefined;
  /** The kind of the module's own credentials; undefined where the caller's go along. */
  readonly credential?: string | undefined;
  readonly response: { readonly statusCode: number; readonly headers: HeaderList; readonly bytes: number } | undefined;
  readonly details: readonly MetricDetail[];
}

export interface Scrape {
  /** The upstream's families, if it is up, and the facts of the scrape. */
  readonly families: readonly MetricFamily[];
  readonly outcome: ScrapeOutcome;
}

/** Something that a registry can ask for metrics: never rejects but with `cancelled`. */
export interface Collector {
  collect(request: Omit<ScrapeRequest, 'headers'>): Promise<Scrape>;
}
