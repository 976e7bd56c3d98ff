import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropCauses } from '../../src/model/drops.js';
import type { FailureReason } from '../../src/model/errors.js';
import { scrapePhases } from '../../src/model/fetch-record.js';
import type { Reply } from './ask.js';
import { toConfigFile } from './config-file.js';
import { type Daemon, type Flags, openDaemon } from './daemon.js';
import { eventually } from './eventually.js';
import {
  type Answer,
  type Behaviour,
  type HostileUpstream,
  healthySample,
  startHostileUpstream,
} from './hostile-upstream.js';
import { countOpenResources, untilNoMoreThan } from './open-resources.js';
import { makeThrowawayCertificates, type ThrowawayCertificates } from './throwaway-certificates.js';

/** One way for an upstream to fail, and what must become of it. */
export interface FailingScrape {
  /** What the upstream does: `a reset while the head is sent`. */
  readonly title: string;
  readonly reason: FailureReason;
  /** `target_scrape_http_status_code`: 0 where no whole head comes. */
  readonly statusCode: number;
  /** Further facts: `target_scrape_retry_after_seconds 1`. */
  readonly alsoSays?: readonly string[];
  readonly answer?: Answer;
  /** The upstream speaks TLS, and misbehaves like this. */
  readonly behaveWithTls?: (certificates: ThrowawayCertificates) => Behaviour;
  /** The URL of an upstream, where there is none of ours. */
  readonly elsewhere?: () => Promise<string>;
  readonly flags?: Flags;
  /** What the caller sends along. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The HTTP status of a failed scrape under `--scrape.fail-status`; 502 where it is not here. */
const failStatusOf: Partial<Record<FailureReason, number>> = { unauthorized: 401, forbidden: 403, timeout: 504 };

/** Declares two tests for each: as it is, and with `--scrape.fail-status`. */
export function testFailingScrapes(cases: readonly FailingScrape[]): void {
  let certificates: ThrowawayCertificates | undefined;
  beforeAll(() => {
    if (cases.some((each) => each.behaveWithTls !== undefined)) certificates = makeThrowawayCertificates();
  });
  afterAll(() => certificates?.remove());

  for (const failing of cases) {
    const status = failStatusOf[failing.reason] ?? 502;
    describe(failing.title, () => {
      test(`is target_up 0 for the reason ${failing.reason}, and the next scrape is good`, async () => {
        await withFailure(failing, {}, (answered) => expect(answered.status).toBe(200));
      });

      test(`is HTTP ${status} with --scrape.fail-status`, async () => {
        await withFailure(failing, { 'scrape.fail-status': 'true' }, (answered) => {
          expect(answered.status).toBe(status);
          expect(answered.headers['www-authenticate'] !== undefined).toBe(status === 401);
        });
      });
    });
  }

  async function withFailure(failing: FailingScrape, extra: Flags, check: (answered: Reply) => void): Promise<void> {
    const upstream = await startFor(failing, certificates);
    const baseline = countOpenResources();
    try {
      const flags = { ...failing.flags, ...extra, ...certificatesFlags(failing, certificates) };
      const exporter = await openDaemon({
        config: toConfigFile({ upstream: (await failing.elsewhere?.()) ?? upstream.url, ...flags }),
      });
      try {
        const answered = await exporter.scrape(failing.headers);
        check(answered);
        expectFailure(answered, failing);
        upstream.heal();
        if (failing.elsewhere !== undefined) exporter.write(toConfigFile({ upstream: upstream.url, ...flags }));
        await exporter.reload();
        await expectHealthyScrape(exporter);
      } finally {
        await exporter.close();
      }
      await eventually('the upstream has no connection left', () => upstream.open === 0);
      await untilNoMoreThan(baseline);
    } finally {
      await upstream.close();
    }
  }
}

/** Holds a reply to be a failed scrape and nothing else: no sample but the facts, and one reason. */
export function expectFailure(
  answered: Reply,
  expected: { readonly reason: FailureReason; readonly statusCode: number; readonly alsoSays?: readonly string[] },
): void {
  const duration = /^target_scrape_duration_seconds \d+(\.\d+)?(e-\d+)?$/;
  expect(answered.samples.filter((line) => duration.test(line))).toHaveLength(1);
  const phase = /^target_scrape_phase_duration_seconds\{phase="[a-z]+"\} [\d.e-]+$/;
  expect(answered.samples.filter((line) => phase.test(line))).toHaveLength(scrapePhases.length);
  expect(answered.samples.filter((line) => !duration.test(line) && !phase.test(line)).toSorted()).toEqual(
    [
      'target_up 0',
      'zot_up 0',
      'target_scrape_samples 0',
      `target_scrape_http_status_code ${expected.statusCode}`,
      `target_scrape_error{reason="${expected.reason}"} 1`,
      ...(expected.alsoSays ?? []),
      ...dropCauses.map((cause) => `target_scrape_samples_dropped{cause="${cause}"} 0`),
    ].toSorted(),
  );
}

/** Scrapes, and holds the reply to be that of a healthy upstream. */
export async function expectHealthyScrape(exporter: Daemon): Promise<void> {
  const { status, samples } = await exporter.scrape();
  expect(status).toBe(200);
  expect(samples).toEqual(
    expect.arrayContaining(['target_up 1', 'zot_up 1', 'target_scrape_http_status_code 200', healthySample]),
  );
  expect(samples.filter((line) => line.startsWith('target_scrape_error'))).toEqual([]);
}

async function startFor(
  { answer, behaveWithTls }: FailingScrape,
  certificates: ThrowawayCertificates | undefined,
): Promise<HostileUpstream> {
  if (behaveWithTls === undefined || certificates === undefined) {
    const upstream = await startHostileUpstream();
    upstream.behave({ answer });
    return upstream;
  }
  const upstream = await startHostileUpstream({ tls: certificates.good });
  upstream.behave(behaveWithTls(certificates));
  return upstream;
}

function certificatesFlags({ behaveWithTls }: FailingScrape, certificates: ThrowawayCertificates | undefined): Flags {
  return behaveWithTls === undefined || certificates === undefined ? {} : { 'upstream.ca-file': certificates.caFile };
}
