import { describe, expect, test } from 'vitest';
import { DropTally } from '../../src/model/drops.js';
import { failureReasons } from '../../src/model/errors.js';
import { FetchRecord } from '../../src/model/fetch-record.js';
import type { MetricFamily } from '../../src/model/metrics.js';
import type { ScrapeOutcome } from '../../src/model/scrape.js';
import { describeOutcome, listFactNames } from '../../src/scrape/outcome-metrics.js';

const upMetric = { name: 'zot_up', help: 'Whether zot is up.' };

const good = (): ScrapeOutcome => ({
  up: true,
  statusCode: 200,
  durationSeconds: 0.25,
  samples: 7,
  drops: new DropTally(),
});
const bad = (): ScrapeOutcome => ({ ...good(), up: false, reason: 'tls', message: 'no', statusCode: 0, samples: 0 });

/** `name{label="value"}` and its value, for each row. */
function list(families: readonly MetricFamily[]): Readonly<Record<string, number>> {
  const rows = families.flatMap((family) => {
    if (family.type !== 'gauge') throw new Error(`${family.name} is a ${family.type}`);
    return family.values.map((value, row): [string, number] => {
      const labels = (family.labelNames[row] ?? []).map((name, i) => `{${name}="${family.labelValues[row]?.[i]}"}`);
      return [family.name + labels.join(), value];
    });
  });
  return Object.fromEntries(rows);
}

describe('the facts of a scrape', () => {
  test('of a target that is up have no error', () => {
    const facts = list(describeOutcome(good(), upMetric));
    expect(facts).toMatchObject({
      target_up: 1,
      zot_up: 1,
      target_scrape_duration_seconds: 0.25,
      target_scrape_http_status_code: 200,
      target_scrape_samples: 7,
    });
    expect(Object.keys(facts).filter((name) => name.startsWith('target_scrape_error'))).toEqual([]);
  });

  test.each(failureReasons)('of a target that is down for %s have that one error', (reason) => {
    const facts = list(describeOutcome({ ...bad(), reason }, upMetric));
    expect(facts).toMatchObject({
      target_up: 0,
      zot_up: 0,
      target_scrape_http_status_code: 0,
      target_scrape_samples: 0,
    });
    expect(Object.entries(facts).filter(([name]) => name.startsWith('target_scrape_error'))).toEqual([
      [`target_scrape_error{reason="${reason}"}`, 1],
    ]);
  });

  test('count what was dropped by cause, and name the causes of which there was nothing', () => {
    const outcome = good();
    outcome.drops.add({ cause: 'label', samples: 3, where: 'x', message: 'y' });
    outcome.drops.add({ cause: 'label', samples: 2, where: 'x', message: 'y' });
    expect(list(describeOutcome(outcome, undefined))).toMatchObject({
      'target_scrape_samples_dropped{cause="label"}': 5,
      'target_scrape_samples_dropped{cause="duplicate"}': 0,
      'target_scrape_samples_dropped{cause="collision"}': 0,
    });
  });

  test('tell where the time went, phase by phase, none left out', () => {
    let nowMs = 100;
    const fetched = new FetchRecord(() => nowMs);
    for (const phase of ['resolve', 'connect', 'wait', 'connect', 'processing'] as const) {
      nowMs += 10;
      fetched.phases.enter(phase);
    }
    nowMs += 7;
    fetched.phases.stop();
    fetched.phases.enter('tls');
    nowMs += 1000;
    const facts = list(describeOutcome({ ...good(), fetched }, undefined));
    const name = (phase: string) => `target_scrape_phase_duration_seconds{phase="${phase}"}`;
    expect(Object.entries(facts).filter(([each]) => each.includes('phase'))).toEqual([
      [name('wait'), 0.02],
      [name('resolve'), 0.01],
      [name('connect'), 0.02],
      [name('tls'), 0],
      [name('processing'), 0.007],
      [name('transfer'), 0],
      [name('translate'), 0],
    ]);
    expect(fetched.phases.totalSeconds).toBe(0.057);
  });

  test.each([
    ['TLSv1', 'TLS 1.0'],
    ['TLSv1.1', 'TLS 1.1'],
    ['TLSv1.2', 'TLS 1.2'],
    ['TLSv1.3', 'TLS 1.3'],
  ])('have %s as %s, and when the certificate expires', (version, label) => {
    const fetched = new FetchRecord(() => 0);
    fetched.tls = { version, expirySeconds: 1_800_000_000 };
    expect(list(describeOutcome({ ...bad(), fetched }, undefined))).toMatchObject({
      [`target_tls_version_info{version="${label}"}`]: 1,
      target_tls_certificate_expiry_timestamp_seconds: 1_800_000_000,
    });
  });

  test('have nothing of TLS without it, and no Retry-After where none came', () => {
    const fetched = new FetchRecord(() => 0);
    const names = describeOutcome({ ...good(), fetched }, undefined).map(({ name }) => name);
    expect(names.filter((name) => /tls|retry/.test(name))).toEqual([]);
    fetched.retryAfterSeconds = 0;
    expect(list(describeOutcome({ ...good(), fetched }, undefined))).toMatchObject({
      target_scrape_retry_after_seconds: 0,
    });
  });

  test('have no metric of the format where it has none', () => {
    expect(describeOutcome(good(), undefined).map((family) => family.name)).not.toContain('zot_up');
  });

  test('have only names that no upstream may have', () => {
    const fetched = new FetchRecord(() => 0);
    fetched.tls = { version: 'TLSv1.3', expirySeconds: 1 };
    fetched.retryAfterSeconds = 1;
    fetched.ageSeconds = 1;
    for (const outcome of [good(), bad(), { ...bad(), fetched }]) {
      for (const metric of [undefined, upMetric]) {
        const names = describeOutcome(outcome, metric).map((family) => family.name);
        expect(listFactNames(metric)).toEqual(expect.arrayContaining(names));
        expect(new Set(names).size).toBe(names.length);
      }
    }
  });

  test('have a help text each', () => {
    for (const { help } of describeOutcome(bad(), upMetric)) expect(help).toMatch(/^\S.*\.$/);
  });
});
