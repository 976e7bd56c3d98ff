/** What a scrape's time goes to, in the order in which it does. `wait` is for tokens, a place in a pool, and retries. */
export const scrapePhases = ['wait', 'resolve', 'connect', 'tls', 'processing', 'transfer', 'translate'] as const;

export type ScrapePhase = (typeof scrapePhases)[number];

/** What TLS said of the server. */
export interface TlsFacts {
  /** As OpenSSL has it: `TLSv1.3`. */
  readonly version: string;
  /** Unix seconds at which the first certificate of the chain expires; undefined where none was shown. */
  readonly expirySeconds: number | undefined;
  /** Node's code for what is wrong with the certificate of a server that is not verified; undefined where it is good. */
  readonly defect?: string | undefined;
}

/** What the making of a connection showed, as far as it came. */
export interface ConnectionFacts {
  /** Host and port of the proxy that it goes through. */
  readonly proxy?: string;
  /** Those of the name that was looked up, the proxy's where there is one; absent where there was none to look up. */
  readonly addresses?: readonly string[];
  /** Address and port, or the socket, that is at the other end: the proxy's where there is one. */
  readonly remote?: string;
}

/** Adds up how long each phase takes. Time goes to the phase that was entered last; those of several requests add up. */
export class PhaseClock {
  readonly #now: () => number;
  readonly #spentMs: Record<ScrapePhase, number>;
  readonly #startMs: number;
  #current: ScrapePhase = 'wait';
  #isStopped = false;
  #sinceMs: number;

  /** `now` is a monotonic clock in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#startMs = now();
    this.#sinceMs = this.#startMs;
    this.#spentMs = { wait: 0, resolve: 0, connect: 0, tls: 0, processing: 0, transfer: 0, translate: 0 };
  }

  /** Begins a phase. Of no effect once the clock has stopped: a connection may come about after its request is over. */
  enter(phase: ScrapePhase): void {
    if (this.#isStopped) return;
    this.#settle(this.#current);
    this.#current = phase;
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#settle(this.#current);
    this.#isStopped = true;
  }

  /** The phase that was entered last. */
  get current(): ScrapePhase {
    return this.#current;
  }

  /** To the microsecond. */
  seconds(phase: ScrapePhase): number {
    return toSeconds(this.#spentMs[phase]);
  }

  /** From the beginning to the end of the phase before this one, or to the stop. */
  get totalSeconds(): number {
    return toSeconds(this.#sinceMs - this.#startMs);
  }

  #settle(phase: ScrapePhase): void {
    const nowMs = this.#now();
    this.#spentMs[phase] += nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
  }
}

function toSeconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1e6;
}

/** One request of a fetch plan. */
export interface PlanRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** Headers as they went over the wire. */
  sent: readonly (readonly [name: string, value: string])[];
  /** 0 until a response comes. */
  statusCode: number;
  /** Of the decoded body. */
  bytes: number;
}

/** The requests of a fetch plan, counted; and, of a document that is not repeated, one by one. */
export interface PlanRequests {
  made: number;
  /** Those whose failure the plan skips. */
  failed: number;
  readonly list: PlanRequest[];
}

/** What one fetch learns as it goes on, so that one that fails can still say how far it came. */
export class FetchRecord {
  readonly phases: PhaseClock;
  /** Headers as they went over the wire, those of the last request where there were several. */
  sent: readonly (readonly [name: string, value: string])[] | undefined;
  tls: TlsFacts | undefined;
  /** Undefined where a connection was there already, or none was tried. */
  connection: ConnectionFacts | undefined;
  /** Where redirects led; undefined where none was followed. */
  redirectedTo: URL | undefined;
  /** What the server asks for by `Retry-After`. */
  retryAfterSeconds: number | undefined;
  /** The requests of a fetch plan; undefined where one request makes the document. */
  requests: PlanRequests | undefined;
  /** How long ago the answer came; present where a module may repeat one. */
  ageSeconds: number | undefined;
  /** Why a request was not made, and an old answer given: of a request budget that is used up. */
  repeatedBecause: string | undefined;

  constructor(now: () => number) {
    this.phases = new PhaseClock(now);
  }
}
