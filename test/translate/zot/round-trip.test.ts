import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ScrapeOutcome } from '../../../src/model/scrape.js';
import { listFactNames } from '../../../src/scrape/outcome-metrics.js';
import { type ParsedFamily, type ParsedFormat, parseExposition } from '../../support/exposition-parser.js';
import { runs } from '../../support/runs.js';
import { type Expectation, expectExposition, listSeries, toWellFormed } from './expected-exposition.js';
import { expose, scrapeZot } from './scrape-zot.js';
import { toJson, zotDocuments } from './zot-documents.js';

const takenNames = listFactNames({ name: 'zot_up', help: '' });
const parameters = { numRuns: runs(600) };

async function roundTrip(document: Readonly<Record<string, unknown>>, format: ParsedFormat) {
  const { families, outcome } = await scrapeZot(Buffer.from(toJson(document)));
  return { parsed: parseExposition(await expose(families, format), format), outcome };
}

function expectOutcome(outcome: ScrapeOutcome, expected: Expectation | undefined): void {
  if (expected === undefined) {
    expect(outcome).toMatchObject({ up: false, reason: 'schema' });
    return;
  }
  expect(outcome.up).toBe(true);
  const causes = new Set([
    ...Object.keys(expected.droppedByCause),
    ...outcome.drops.examples.map(({ cause }) => cause),
  ]);
  const dropped = [...causes].map((cause) => [cause, outcome.drops.count(cause as 'shape')]);
  expect(Object.fromEntries(dropped)).toEqual(expected.droppedByCause);
}

function listExpectedSeries(expected: Expectation | undefined) {
  return new Map([...(expected?.families ?? [])].map(([name, { values }]) => [name, values]));
}

test('any zot document round-trips through the text format with nothing lost and nothing added', async () => {
  const property = fc.asyncProperty(zotDocuments, async (document) => {
    const { parsed, outcome } = await roundTrip(document, 'text');
    const expected = expectExposition(document, takenNames);
    expectOutcome(outcome, expected);
    expect(listSeries(parsed)).toEqual(listExpectedSeries(expected));
    for (const { name, type, help = '' } of parsed) {
      expect(type).toBe(expected?.families.get(name)?.type);
      const helps = [...(expected?.families.get(name)?.zotNames ?? [])].map((each) => `${each}, as zot reports it.`);
      expect(helps.map(toWellFormed)).toContain(help);
    }
  });
  await fc.assert(property, parameters);
});

test('any zot document round-trips through OpenMetrics with nothing lost and nothing added', async () => {
  const property = fc.asyncProperty(zotDocuments, async (document) => {
    const { parsed, outcome } = await roundTrip(document, 'openmetrics');
    const expected = expectExposition(document, takenNames);
    expectOutcome(outcome, expected);
    expect(listSeries(parsed)).toEqual(listExpectedSeries(expected));
    for (const family of parsed) {
      const name = family.type === 'counter' ? `${family.name}_total` : family.name;
      const type = expected?.families.get(name)?.type;
      if (family.type === 'unknown') expect([type, mayBeCounter(family, parsed)]).toEqual(['counter', false]);
      else expect(family.type).toBe(type);
    }
  });
  await fc.assert(property, parameters);
});

/** Whether a counter could go by its short name: no other family has, or may come to have, one that it stands for. */
function mayBeCounter({ name }: ParsedFamily, families: readonly ParsedFamily[]): boolean {
  const shortName = name.slice(0, -'_total'.length);
  if (!name.endsWith('_total') || shortName === '') return false;
  const others = families.filter((family) => family.name !== name).flatMap(listPossibleNames);
  return !others.includes(shortName) && !others.includes(`${shortName}_created`);
}

function listPossibleNames({ name, type }: ParsedFamily): readonly string[] {
  const suffixes: Readonly<Record<string, readonly string[]>> = {
    counter: ['', '_total', '_created'],
    summary: ['', '_sum', '_count', '_created'],
    histogram: ['', '_bucket', '_sum', '_count', '_created'],
  };
  return (suffixes[type] ?? ['']).map((suffix) => name + suffix);
}
