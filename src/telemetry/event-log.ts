import type { RejectionReason } from '../model/auth-decision.js';
import type { DiscoveryObserver } from '../model/discovery.js';
import { ZxpError } from '../model/errors.js';
import type { LogFields, Logger } from '../model/ports.js';
import type { ScrapeEvent, ScrapeObserver } from '../model/scrape.js';
import type { FailureLog } from './failure-log.js';

/**
 * A line for each failed scrape and for the first of the samples that one drops, throttled by target, reason and cause.
 * Targets that callers name share a few lines a minute: thousands of URLs do not flood the log.
 */
export function createScrapeLog(logger: Logger, failures: FailureLog): ScrapeObserver {
  return (event) => {
    const { id, target, isConfigured, module, outcome } = event;
    const { reason, message, statusCode, drops, durationSeconds, up, samples, fetched } = outcome;
    const toKey = (what: string, cause: string) => ({
      cause: `${target} ${module} ${what} ${cause}`,
      group: isConfigured ? undefined : what,
    });
    if (reason !== undefined) {
      const fields = { ...nameTarget(event), reason, cause: message, status: statusCode, scrape: id };
      failures.report(toKey(reason, `${statusCode} ${message}`), 'scrape failed', fields);
    }
    const [example] = drops.examples;
    if (example !== undefined) {
      const { where, message: cause } = example;
      const fields = { ...nameTarget(event), samples: drops.total, where, cause, scrape: id };
      failures.report(toKey(`drops ${example.cause}`, where), 'samples dropped', fields);
    }
    logger.debug('scrape finished', () => {
      const { ageSeconds: age_s, repeatedBecause: repeated } = fetched ?? {};
      const aged = age_s === undefined || age_s === 0 ? {} : { age_s, repeated };
      const fields = { up, samples, duration_s: durationSeconds, status: statusCode, ...aged, scrape: id };
      return { ...nameTarget(event), ...fields };
    });
  };
}

type Named = Pick<ScrapeEvent, 'target' | 'isConfigured' | 'url' | 'module'>;

function nameTarget({ target, isConfigured, url, module }: Named): LogFields {
  return { target: isConfigured ? target : undefined, url: url.href.replace(/[?#].*$/s, ''), module };
}

/** A line for each discovery that failed, and for the elements that one leaves out, throttled as those of scrapes. */
export function createDiscoveryLog(logger: Logger, failures: FailureLog): DiscoveryObserver {
  return (event) => {
    const { id, target, isConfigured, module, result } = event;
    const about = nameTarget(event);
    const toKey = (what: string) => ({
      cause: `${target} ${module} discovery ${what}`,
      group: isConfigured ? undefined : `discovery ${what}`,
    });
    if (result instanceof ZxpError) {
      const { code: reason, message: cause, statusCode: status } = result;
      failures.report(toKey(reason), 'discovery failed', { ...about, reason, cause, status, scrape: id });
      return;
    }
    const { elements, leftOut, example } = result;
    if (leftOut > 0) {
      const fields = { ...about, elements: leftOut, cause: example, scrape: id };
      failures.report(toKey('left out'), 'elements without a target left out of discovery', fields);
    }
    logger.debug('discovery finished', { ...about, targets: elements.length, left_out: leftOut, scrape: id });
  };
}

/** A line for each rejected client, throttled by client and reason. */
export function createRejectionLog(failures: FailureLog) {
  return (reason: RejectionReason, { client, why }: { readonly client: string | undefined; readonly why?: string }) => {
    const key = { cause: `rejected ${reason} ${client} ${why}`, group: `rejected ${reason}` };
    failures.report(key, 'request rejected', { reason, client, cause: why });
  };
}

/** Warns once of credentials that could be read on their way. */
export function warnOfPlaintextCredentials(logger: Logger, client: string): void {
  const hint = 'configure tls_server_config in --web.config.file; this is logged once';
  logger.warn('credentials received over plaintext HTTP', { client, hint });
}
