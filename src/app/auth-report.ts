import type { DoorCause } from '../model/auth-decision.js';
import type { Logger } from '../model/ports.js';
import type { DoorMetrics } from '../telemetry/auth-metrics.js';
import type { FailureLog } from '../telemetry/failure-log.js';

/** Counts whoever is turned away, and logs a line a minute for each cause. */
export function createDoorReporter(failures: FailureLog, metrics: DoorMetrics) {
  return (cause: DoorCause, why: string): void => {
    metrics.observeRefusal(cause);
    failures.report(`door ${cause}`, 'a caller was turned away', { cause, why });
  };
}

/** Says once that a credential could be read on its way; `peer` is whom it came from. */
export function warnOfPlainCredential(logger: Logger, peer: string): void {
  const hint = 'give zxp a certificate: tls_server_config in --web.config.file; this is said once';
  logger.warn('a credential came over plain HTTP, which everybody on the way can read', { peer, hint });
}
