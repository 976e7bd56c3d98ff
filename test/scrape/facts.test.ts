import { describe, expect, test } from 'vitest';
import { DropTally } from '../../src/model/drops.js';
import { failureReasons } from '../../src/model/errors.js';
import type { MetricFamily } from '../../src/model/metrics.js';
import type { ScrapeOutcome } from '../../src/model/scrape.js';
import { describeOutcome, listFactNames } from '../../src/scrape/facts.js';

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

  test('have no metric of the format where it has none', () => {
    expect(describeOutcome(good(), undefined).map((family) => family.name)).not.toContain('zot_up');
  });

  test('have only names that no upstream may have', () => {
    for (const outcome of [good(), bad()]) {
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
