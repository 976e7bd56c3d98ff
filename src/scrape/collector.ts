import { DropTally } from '../model/drops.js';
import { type FailureReason, failureReasons, toZxpError, ZxpError } from '../model/errors.js';
import type { ScrapeLimits } from '../model/limits.js';
import type { MetricFamily } from '../model/metrics.js';
import type { HeaderList, MonotonicClock, Translator, UpstreamClient, UpstreamResponse } from '../model/ports.js';
import type { Collector, Scrape, ScrapeOutcome, ScrapeRequest } from '../model/scrape.js';
import { admitFamilies } from './admit.js';
import { startDeadline } from './deadline.js';
import { describeOutcome, listFactNames } from './facts.js';

/** What a collector needs, the same for every caller. */
export interface CollectorSpec {
  readonly url: URL;
  readonly client: UpstreamClient;
  readonly translator: Translator;
  readonly limits: ScrapeLimits;
  /** Milliseconds for the whole of a scrape; a caller may ask for less. */
  readonly timeoutMs: number;
  readonly now: MonotonicClock;
}

/** What a scrape learned, filled in as it goes on, so that a failure can still say how far it came. */
interface Progress {
  statusCode: number;
  readonly startMs: number;
}

const NO_HEADERS: HeaderList = [];

/**
 * Asks one upstream on behalf of one caller. Immutable: `withHeaders` gives a clone for the caller of one request, and
 * nothing of one clone is in reach of another.
 */
export class UpstreamCollector implements Collector {
  readonly #spec: CollectorSpec;
  readonly #headers: HeaderList;

  constructor(spec: CollectorSpec, headers: HeaderList = NO_HEADERS) {
    this.#spec = spec;
    this.#headers = headers;
  }

  /** A collector of the same upstream that sends these headers of the caller's, byte for byte. */
  withHeaders(headers: HeaderList): UpstreamCollector {
    return new UpstreamCollector(this.#spec, headers);
  }

  /** One scrape. A failure is families that say so; rejects only with `cancelled`, when the caller has left. */
  async collect(request: Omit<ScrapeRequest, 'headers'>): Promise<Scrape> {
    const { now, timeoutMs } = this.#spec;
    const progress: Progress = { statusCode: 0, startMs: now() };
    const deadline = startDeadline(Math.min(request.timeoutMs ?? timeoutMs, timeoutMs), request.signal);
    try {
      const response = await this.#fetch(deadline.signal);
      progress.statusCode = response.statusCode;
      checkStatus(response);
      return this.#succeed(response, progress);
    } catch (thrown) {
      return this.#fail(toZxpError(thrown), progress);
    } finally {
      deadline.clear();
    }
  }

  #fetch(signal: AbortSignal): Promise<UpstreamResponse> {
    const { client, url, limits } = this.#spec;
    return client({ url, headers: this.#headers, signal, maxBodyBytes: limits.bodyBytes });
  }

  #succeed(response: UpstreamResponse, progress: Progress): Scrape {
    const { translator, limits } = this.#spec;
    const { families, drops } = translator.translate(response.body, limits);
    const takenNames = listFactNames(translator.upMetric);
    const admission = admitFamilies({ families, drops, limits, takenNames });
    const outcome = { up: true, samples: admission.samples, drops };
    return this.#finish(admission.families, outcome, progress);
  }

  #fail(error: ZxpError, progress: Progress): Scrape {
    if (error.code === 'cancelled') throw error;
    progress.statusCode = error.statusCode ?? progress.statusCode;
    const { message, hint } = error;
    const outcome = { up: false, reason: toReason(error), message, hint, samples: 0, drops: new DropTally() };
    return this.#finish([], outcome, progress);
  }

  #finish(
    families: readonly MetricFamily[],
    found: Omit<ScrapeOutcome, 'statusCode' | 'durationSeconds'>,
    progress: Progress,
  ): Scrape {
    const durationSeconds = Math.round((this.#spec.now() - progress.startMs) * 1000) / 1e6;
    const outcome = { ...found, statusCode: progress.statusCode, durationSeconds };
    return { families: [...families, ...describeOutcome(outcome, this.#spec.translator.upMetric)], outcome };
  }
}

/** Throws unless the status is 2xx: what else a server says is never decoded as metrics. */
function checkStatus({ statusCode }: UpstreamResponse): void {
  if (statusCode >= 200 && statusCode <= 299) return;
  const fail = (code: FailureReason, message: string, hint: string) => new ZxpError(code, message, { hint });
  switch (statusCode) {
    case 401:
      throw fail('unauthorized', 'the upstream answered 401', 'check the credentials that the scraper sends');
    case 403:
      throw fail('forbidden', 'the upstream answered 403', "check what the scraper's user may do");
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      throw fail('redirect', `the upstream answered ${statusCode}`, 'redirects are not followed: name the final URL');
    default:
      throw fail(
        'status',
        `the upstream answered ${statusCode}`,
        'ask the upstream with curl and look at what it says',
      );
  }
}

function toReason(error: ZxpError): FailureReason {
  return failureReasons.find((reason) => reason === error.code) ?? 'internal';
}
