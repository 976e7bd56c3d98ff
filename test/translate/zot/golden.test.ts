import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { DropCause } from '../../../src/model/drops.js';
import type { FailureReason } from '../../../src/model/errors.js';
import type { MetricFamily } from '../../../src/model/metrics.js';
import { parseExposition } from '../../support/exposition-parser.js';
import { casesForSystem } from '../../support/programs.js';
import { expose, scrapeZot } from './scrape-zot.js';

const folder = new URL('../../../fixtures/zot/', import.meta.url);
const files = readdirSync(folder);

/**
 * What is said of each document beside its exposition (NAME.prom, NAME.om): why it is refused, or how many samples are
 * dropped, by cause.
 */
const outcomes: Readonly<Record<string, { reason: FailureReason } | Partial<Record<DropCause, number>>>> = {
  'absent-lists': {},
  'all-kinds': {},
  array: { reason: 'schema' },
  buckets: { bucket: 8 * 3, duplicate: 4 },
  collisions: { label: 1, collision: 4 + 3 * 4 },
  duplicates: { duplicate: 3 + 4 + 2 + 5 },
  'empty-document': {},
  'empty-lists': {},
  'empty-names': { name: 1 + 1 + 2 + 5 },
  escapes: {},
  'list-of-another-shape': { reason: 'schema' },
  'malformed-rows': { shape: 13 + 1 + 2 + 2 },
  'no-good-row': { reason: 'schema' },
  null: { reason: 'schema' },
  'null-lists': {},
  numbers: { shape: 2 },
  'odd-names': {},
  'prototype-names': {},
  'registry-errors': { reason: 'schema' },
  'repeated-labels': { label: 2 },
  'reserved-labels': { label: 5 + 2 + 4 },
  'special-values': { value: 2 + 2 + 2 + 3, bucket: 2 * 3 },
  'unequal-labels': { label: 1 + 4 + 2 + 5 },
  'unknown-fields': {},
  'varying-labels': {},
};

function read(file: string): Buffer {
  return readFileSync(new URL(file, folder));
}

function namesOf(extension: string): readonly string[] {
  return files.filter((file) => file.endsWith(extension)).map((file) => file.slice(0, -extension.length));
}

const accepted = namesOf('.json').filter((name) => !('reason' in (outcomes[name] ?? {})));

test('every document of fixtures/zot has an outcome, and those that are not refused have an exposition', () => {
  expect(namesOf('.json').toSorted()).toEqual(Object.keys(outcomes).toSorted());
  expect(namesOf('.prom').toSorted()).toEqual(accepted.toSorted());
  expect(accepted).toEqual(expect.arrayContaining([...namesOf('.om')]));
});

test.each(namesOf('.json').filter((name) => !accepted.includes(name)))(
  '%s.json is refused and exposes nothing',
  async (name) => {
    const { families, outcome } = await scrapeZot(read(`${name}.json`));
    expect(outcome).toMatchObject({ up: false, samples: 0, ...outcomes[name] });
    expect(families).toEqual([]);
  },
);

test.each(accepted)('%s.json: the samples and what is dropped are counted', async (name) => {
  const { families, outcome } = await scrapeZot(read(`${name}.json`));
  const causes = outcome.drops.examples.map(({ cause }) => cause);
  expect(Object.fromEntries(causes.map((cause) => [cause, outcome.drops.count(cause)]))).toEqual(outcomes[name]);
  expect(outcome.up).toBe(true);
  expect(outcome.samples).toBe(await countLines(families));
});

test.each(accepted)('%s.json gives %s.prom, which is well-formed', async (name) => {
  const { families } = await scrapeZot(read(`${name}.json`));
  const text = await expose(families, 'text');
  expect(text.toString()).toBe(read(`${name}.prom`).toString());
  parseExposition(text, 'text');
});

test.each(namesOf('.om'))('%s.json gives %s.om', async (name) => {
  const { families } = await scrapeZot(read(`${name}.json`));
  expect((await expose(families, 'openmetrics')).toString()).toBe(read(`${name}.om`).toString());
});

test.each(accepted)('%s.json gives well-formed OpenMetrics', async (name) => {
  const { families } = await scrapeZot(read(`${name}.json`));
  parseExposition(await expose(families, 'openmetrics'), 'openmetrics');
});

async function countLines(families: readonly MetricFamily[]): Promise<number> {
  const text = (await expose(families, 'text')).toString();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
}

test.each(casesForSystem(accepted))('promtool has at most remarks on the style of %s.prom', (name) => {
  const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: read(`${name}.prom`) });
  const LINT_REMARKS = 3;
  expect([0, LINT_REMARKS], stderr.toString()).toContain(status);
});
