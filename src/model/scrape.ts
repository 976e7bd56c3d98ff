import type { CancellationSignal } from './cancellation.js';
import type { DropTally } from './drops.js';
import type { AuthRequest, FailureReason } from './errors.js';
import type { FetchRecord } from './fetch-record.js';
import type { ExpositionFormat, MetricDetail, MetricFamily } from './metrics.js';
import type { HeaderList } from './ports.js';

/** One caller's scrape: what it sends along, how long it may take, and the signal that its caller has left. */
export interface ScrapeRequest {
  /** Its id in the log, where somebody may look for it. */
  readonly id?: string | undefined;
  /** The caller's headers that go upstream, untouched. */
  readonly headers: HeaderList;
  /** Milliseconds; undefined leaves the module's own timeout. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: CancellationSignal | undefined;
  /** Whether a failure may repeat old families; they may where it is not given. */
  readonly allowsStale?: boolean | undefined;
  /** What the caller reads. Without one the scrape gives families, with one it may give what is written already. */
  readonly format?: ExpositionFormat | undefined;
}

/** How a scrape ended. `reason` and `message`, and perhaps `hint`, are there when, and only when, the target is down. */
export interface ScrapeOutcome {
  readonly up: boolean;
  readonly reason?: FailureReason | undefined;
  readonly message?: string | undefined;
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

/** A scrape that is over, for those who observe scrapes. */
export interface ScrapeEvent {
  readonly id: string | undefined;
  /** The name of a configured target, `upstream`, or the URL that the caller named; without a query. */
  readonly target: string;
  /** Whether the configuration names the target: there are only so many of those. */
  readonly isConfigured: boolean;
  readonly module: string;
  readonly url: URL;
  /** Whether headers of the caller went to the target: what came of it is for that caller alone. */
  readonly isPassThrough: boolean;
  readonly outcome: ScrapeOutcome;
}

/** Told of every scrape that is over. Must not throw, and must not take long. */
export type ScrapeObserver = (event: ScrapeEvent) => void;

/** What a scrape did, step by step, for the debug view of its own caller. Secrets are masked in it. */
export interface ScrapeTrace {
  readonly request: { readonly method: string; readonly url: string; readonly headers: HeaderList } | undefined;
  /** The kind of the module's own credentials; undefined where the caller's go along. */
  readonly credential?: string | undefined;
  /** Parameters of the scrape that nothing reads. */
  readonly unusedParams?: readonly string[];
  readonly response: { readonly statusCode: number; readonly headers: HeaderList; readonly bytes: number } | undefined;
  /** Where redirects led that were followed. */
  readonly redirectedTo?: string | undefined;
  /** Every request of a fetch plan in its order, where there is one. */
  readonly requests?:
    | readonly {
        readonly method: string;
        readonly url: string;
        readonly statusCode: number;
        readonly bytes: number;
        readonly headers: HeaderList;
      }[]
    | undefined;
  readonly details: readonly MetricDetail[];
  /** The request for credentials that failed: the target was not requested with them. */
  readonly authRequest?: AuthRequest | undefined;
  /** What of the reply shows why the scrape failed, cut. */
  readonly evidence?: string | undefined;
}

export interface Scrape {
  /** The upstream's families, if it is up and they are not in `written`, and the facts of the scrape. */
  readonly families: readonly MetricFamily[];
  /**
   * The upstream's families in the format that was asked for, as chunks, each in memory of its own: they go in front of
   * `families`, which may be written behind the last one, in the same memory.
   */
  readonly written?: readonly Uint8Array[];
  /** Names of facts, those that are not in this scrape too: no counter may get one where its name is shortened. */
  readonly factNames?: readonly string[];
  readonly outcome: ScrapeOutcome;
}

/** Something that a registry can ask for metrics: never rejects but with `cancelled`. */
export interface Collector {
  collect(request: Omit<ScrapeRequest, 'headers'>): Promise<Scrape>;
}

/** A module's own part of the request. */
export interface PreparedRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: HeaderList;
  readonly body?: string | undefined;
  /** Statuses whose reply is decoded; empty for 2xx. */
  readonly validStatusCodes: readonly number[];
  /** Query parameters whose values are not shown to anybody. */
  readonly secretParams?: readonly string[];
  /** The identity that requests, as the file calls it, where it is not the caller. */
  readonly credential?: string | undefined;
  /** Whether the caller's `Authorization` goes along: not where the module has credentials of its own. */
  readonly passesAuthorization: boolean;
}
