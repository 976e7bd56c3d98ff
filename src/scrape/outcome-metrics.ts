import { dropCauses } from '../model/drops.js';
import { type FetchRecord, scrapePhases } from '../model/fetch-record.js';
import type { MetricFamily, ScalarFamily } from '../model/metrics.js';
import type { ScrapeOutcome } from '../model/scrape.js';

/** The gauge of a format's own that goes with `target_up`, such as `zot_up`. */
export interface UpMetric {
  readonly name: string;
  readonly help: string;
}

/** The names of the families that zxp adds to every scrape; no family of an upstream may have one of them. */
export function listFactNames(upMetric: UpMetric | undefined): readonly string[] {
  const names = [
    'target_up',
    'target_scrape_duration_seconds',
    'target_scrape_http_status_code',
    'target_scrape_samples',
    'target_scrape_samples_dropped',
    'target_scrape_error',
    'target_scrape_phase_duration_seconds',
    'target_scrape_age_seconds',
    'target_scrape_retry_after_seconds',
    'target_scrape_requests',
    'target_scrape_requests_failed',
    'target_tls_version_info',
    'target_tls_certificate_expiry_timestamp_seconds',
  ];
  return upMetric === undefined ? names : [...names, upMetric.name];
}

/** What zxp says of a scrape, beside the upstream's families. */
export function describeOutcome(outcome: ScrapeOutcome, upMetric: UpMetric | undefined): readonly MetricFamily[] {
  const up = outcome.up ? 1 : 0;
  const families: ScalarFamily[] = [
    gauge('target_up', 'Whether the upstream answered with metrics: 1 if so, 0 if not.', up),
    gauge('target_scrape_duration_seconds', 'How long asking and translating took.', outcome.durationSeconds),
    gauge('target_scrape_http_status_code', "The upstream's HTTP status, 0 if none came.", outcome.statusCode),
    gauge('target_scrape_samples', "Samples of the upstream's that this scrape exposes.", outcome.samples),
    labelledGauge({
      name: 'target_scrape_samples_dropped',
      help: "Samples of the upstream's that this scrape leaves out, by cause.",
      columns: causeColumns,
      values: dropCauses.map((cause) => outcome.drops.count(cause)),
    }),
  ];
  if (outcome.reason !== undefined) {
    families.push(
      labelledGauge({
        name: 'target_scrape_error',
        help: 'Why the upstream is down, by reason; absent while it is up.',
        columns: labelColumns('reason', [outcome.reason]),
        values: [1],
      }),
    );
  }
  if (outcome.fetched !== undefined) describeFetch(outcome.fetched, families);
  if (upMetric !== undefined) families.push(gauge(upMetric.name, upMetric.help, up));
  return families;
}

const causeColumns = labelColumns('cause', dropCauses);
const phaseColumns = labelColumns('phase', scrapePhases);

function describeFetch(record: FetchRecord, families: ScalarFamily[]): void {
  const { phases, ageSeconds, retryAfterSeconds, requests, tls } = record;
  families.push(
    labelledGauge({
      name: 'target_scrape_phase_duration_seconds',
      help: 'Where the time of the scrape went; a connection that is used again costs none.',
      columns: phaseColumns,
      values: scrapePhases.map((phase) => phases.seconds(phase)),
    }),
  );
  if (ageSeconds !== undefined) {
    const help = 'How long ago the upstream sent this response: 0 unless it is repeated, as min_interval wants it.';
    families.push(gauge('target_scrape_age_seconds', help, ageSeconds));
  }
  if (retryAfterSeconds !== undefined) {
    const help = 'Seconds for which the upstream wants no further request (Retry-After); absent without one.';
    families.push(gauge('target_scrape_retry_after_seconds', help, retryAfterSeconds));
  }
  if (requests !== undefined) {
    const { made, failed } = requests;
    const help = 'Requests to the upstream that made the document: pages and follow-up requests.';
    families.push(gauge('target_scrape_requests', help, made));
    const failedHelp = 'Follow-up requests that failed and were skipped.';
    families.push(gauge('target_scrape_requests_failed', failedHelp, failed));
  }
  if (tls === undefined) return;
  families.push(
    labelledGauge({
      name: 'target_tls_version_info',
      help: 'A constant 1 with the TLS version of the connection to the upstream.',
      columns: labelColumns('version', [formatTlsVersion(tls.version)]),
      values: [1],
    }),
  );
  if (tls.expirySeconds === undefined) return;
  const help = 'When the first certificate of those that the upstream shows expires, in seconds since 1970.';
  families.push(gauge('target_tls_certificate_expiry_timestamp_seconds', help, tls.expirySeconds));
}

/** `TLS 1.3`, as people write it, for `TLSv1.3`. */
function formatTlsVersion(version: string): string {
  return version.replace(/^TLSv(\d)$/, 'TLS $1.0').replace('TLSv', 'TLS ');
}

function gauge(name: string, help: string, value: number): ScalarFamily {
  return { type: 'gauge', name, help, labelNames: [[]], labelValues: [[]], values: [value] };
}

type LabelColumns = Pick<ScalarFamily, 'labelNames' | 'labelValues'>;

function labelledGauge(input: {
  name: string;
  help: string;
  columns: LabelColumns;
  values: readonly number[];
}): ScalarFamily {
  const { name, help, columns, values } = input;
  return { type: 'gauge', name, help, labelNames: columns.labelNames, labelValues: columns.labelValues, values };
}

/** A row for each value of one label. */
function labelColumns(label: string, values: readonly string[]): LabelColumns {
  const names = [label];
  return { labelNames: values.map(() => names), labelValues: values.map((value) => [value]) };
}
