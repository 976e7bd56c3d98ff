import { Counter, Gauge, type Registry } from 'prom-client';
import { rejectionReasons } from '../model/auth-decision.js';
import type { AuthExpiries, AuthMetrics } from '../model/auth-metrics.js';
import { createReloadMetrics } from './process-metrics.js';

/** zxp's metrics about access control. */
export function createAuthMetrics(registry: Registry): AuthMetrics {
  const registers = [registry];
  const createGauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    // All processes have the same files; the one that lags behind is of interest.
    new Gauge({ name, help, labelNames, aggregator: 'min', registers });
  const observeReload = createReloadMetrics(registry, {
    successful: [
      'zxp_web_config_last_reload_successful',
      'Whether the last attempt to load the web configuration succeeded: 1 if so, 0 if not.',
    ],
    time: ['zxp_web_config_last_reload_success_timestamp_seconds', 'When the active web configuration was loaded.'],
  });
  const certificate = createGauge(
    'zxp_web_certificate_expiry_timestamp_seconds',
    "When zxp's own certificate expires.",
  );
  const clientCa = createGauge(
    'zxp_web_client_ca_expiry_timestamp_seconds',
    'When the first of the certificates of client_ca expires.',
  );
  const tokens = createGauge('zxp_web_token_expiry_timestamp_seconds', 'When a bearer token expires.', ['name']);
  const rejections = new Counter({
    name: 'zxp_web_requests_refused_total',
    help: 'Requests and connections rejected by access control, by cause.',
    labelNames: ['cause'],
    registers,
  });
  for (const cause of rejectionReasons) rejections.inc({ cause }, 0);
  const setOrRemove = (gauge: Gauge, value: number | undefined) => {
    if (value === undefined) gauge.remove();
    else gauge.set(value);
  };
  const observePolicy = ({ certificateExpiry, clientCaExpiry, tokenExpiries }: AuthExpiries) => {
    setOrRemove(certificate, certificateExpiry);
    setOrRemove(clientCa, clientCaExpiry);
    tokens.reset();
    for (const { name, expiry } of tokenExpiries) tokens.set({ name }, expiry);
  };
  observePolicy({ certificateExpiry: undefined, clientCaExpiry: undefined, tokenExpiries: [] });
  return {
    observeRejection: (cause) => rejections.inc({ cause }),
    observeReload,
    observePolicy,
  };
}
