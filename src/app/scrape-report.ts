import type { Logger } from '../model/ports.js';
import type { ScrapeOutcome } from '../model/scrape.js';
import type { FailureLog } from '../telemetry/failure-log.js';

/** A line for a failed scrape, and for what one drops, held back where the same was said within the minute. */
export function createScrapeReporter(logger: Logger, failures: FailureLog) {
  return (url: URL, outcome: ScrapeOutcome): void => {
    const upstream = url.href.replace(/[?#].*$/s, '');
    const { reason, message, statusCode, drops, durationSeconds } = outcome;
    if (reason !== undefined) {
      const fields = { upstream, reason, cause: message, status: statusCode };
      failures.report(`${upstream} ${reason} ${statusCode}`, 'scrape failed', fields);
    }
    const [example] = drops.examples;
    if (example !== undefined) {
      const fields = { upstream, samples: drops.total, where: example.where, cause: example.message };
      failures.report(`${upstream} dropped ${example.cause}`, 'samples dropped', fields);
    }
    const { up, samples } = outcome;
    logger.debug('scrape', { upstream, up, samples, duration_s: durationSeconds, status: statusCode });
  };
}
