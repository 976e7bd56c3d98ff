import type { RejectionReason } from '../model/auth-decision.js';
import type { AuthMetrics } from '../model/auth-metrics.js';
import type { Logger } from '../model/ports.js';
import type { FailureLog } from '../telemetry/failure-log.js';

/** Counts whoever is turned away, and logs a line a minute for each cause. */
export function createAuthReporter(failures: FailureLog, metrics: AuthMetrics) {
  return (cause: RejectionReason, why: string): void => {
    metrics.observeRejection(cause);
    failures.report(`access ${cause}`, 'a caller was turned away', { cause, why });
  };
}

/** Says once that a credential could be read on its way; `peer` is whom it came from. */
export function warnOfPlaintextCredential(logger: Logger, peer: string): void {
  const hint = 'give zxp a certificate: tls_server_config in --web.config.file; this is said once';
  logger.warn('a credential came over plain HTTP, which everybody on the way can read', { peer, hint });
}
