import { Counter, Gauge, type Registry } from 'prom-client';
import { type DoorCause, doorCauses } from '../model/auth-decision.js';

/** When what guards zxp comes to its end, in Unix seconds. */
export interface DoorFacts {
  readonly certificateExpiry: number | undefined;
  /** Of the one that ends first. */
  readonly clientCaExpiry: number | undefined;
  readonly tokenExpiries: readonly { readonly name: string; readonly expiry: number }[];
}

export interface DoorMetrics {
  observeRefusal(cause: DoorCause): void;
  observeReload(successful: boolean, unixSeconds: number): void;
  /** What is in force now. */
  observeDoor(facts: DoorFacts): void;
}

/** zxp's metrics about its front door. */
export function createDoorMetrics(registry: Registry): DoorMetrics {
  const registers = [registry];
  const createGauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    // All processes have the same files; one that lags behind is the one to know of.
    new Gauge({ name, help, labelNames, aggregator: 'min', registers });
  const reloadSuccessful = createGauge(
    'zxp_web_config_last_reload_successful',
    'Whether the last attempt to load the web configuration succeeded: 1 if so, 0 if not.',
  );
  const reloadTime = createGauge(
    'zxp_web_config_last_reload_success_timestamp_seconds',
    'When the web configuration in force was loaded.',
  );
  const certificate = createGauge(
    'zxp_web_certificate_expiry_timestamp_seconds',
    "When zxp's own certificate expires.",
  );
  const clientCa = createGauge(
    'zxp_web_client_ca_expiry_timestamp_seconds',
    'When the first of the certificates of client_ca expires.',
  );
  const tokens = createGauge('zxp_web_token_expiry_timestamp_seconds', 'When a bearer token expires.', ['name']);
  const refusals = new Counter({
    name: 'zxp_web_requests_refused_total',
    help: 'Callers who were turned away at the door, by cause.',
    labelNames: ['cause'],
    registers,
  });
  for (const cause of doorCauses) refusals.inc({ cause }, 0);
  const setOrRemove = (gauge: Gauge, value: number | undefined) => {
    if (value === undefined) gauge.remove();
    else gauge.set(value);
  };
  const observeDoor = ({ certificateExpiry, clientCaExpiry, tokenExpiries }: DoorFacts) => {
    setOrRemove(certificate, certificateExpiry);
    setOrRemove(clientCa, clientCaExpiry);
    tokens.reset();
    for (const { name, expiry } of tokenExpiries) tokens.set({ name }, expiry);
  };
  observeDoor({ certificateExpiry: undefined, clientCaExpiry: undefined, tokenExpiries: [] });
  return {
    observeRefusal: (cause) => refusals.inc({ cause }),
    observeReload: (successful, unixSeconds) => {
      reloadSuccessful.set(successful ? 1 : 0);
      if (successful) reloadTime.set(unixSeconds);
    },
    observeDoor,
  };
}
