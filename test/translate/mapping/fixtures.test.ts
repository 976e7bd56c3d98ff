import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readConfigFileAndIncludes } from '../../../src/cli/include-files.js';
import type { DropCause } from '../../../src/model/drops.js';
import type { FailureReason } from '../../../src/model/errors.js';
import { compileMapping } from '../../../src/translate/mapping/mapping.js';
import { parseExposition } from '../../support/exposition-parser.js';
import { casesForSystem } from '../../support/programs.js';
import { findModule, scrapeDocument } from './scrape-document.js';

const folder = new URL('../../../fixtures/mapping/', import.meta.url);
const files = readdirSync(folder);
const names = files.filter((file) => file.endsWith('.yml')).map((file) => file.slice(0, -'.yml'.length));

/** What is said of an example beside its exposition: how many samples are dropped, by cause, or why it fails. */
const outcomes: Readonly<Record<string, { reason: FailureReason } | Partial<Record<DropCause, number>>>> = {
  aggregates: { value: 5 },
  dates: { value: 3 },
  defaults: { value: 1 },
  duplicates: { duplicate: 2 },
  'duplicates-error': { reason: 'schema' },
  'exponential-bounds': { bucket: 1 },
  'exponential-otlp': { bucket: 2 },
  'histogram-of-object': { bucket: 1 },
  lengths: { value: 1 },
  'regex-and-scale': { value: 1 },
  'string-map': { missing: 2, value: 1 },
  units: { value: 1 },
};

function read(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8');
}

async function run(name: string) {
  const path = fileURLToPath(new URL(`${name}.yml`, folder));
  const { file } = await readConfigFileAndIncludes({ name: path, text: read(`${name}.yml`), environment: {} });
  const { mapping } = findModule(file);
  const { translator, problems, pathProblems } = await compileMapping(mapping, { dialect: file.dialect });
  const findings = [...file.problems, ...file.warnings, ...problems, ...pathProblems];
  return { file, findings, scraped: await scrapeDocument(translator, read(`${name}.json`)) };
}

const whole = names.filter((name) => !('reason' in (outcomes[name] ?? {})));

test('every example of fixtures/mapping has a document, a module and, unless it fails, an exposition', () => {
  expect(files.filter((file) => file.endsWith('.prom')).toSorted()).toEqual(
    whole.map((name) => `${name}.prom`).toSorted(),
  );
  for (const name of names) expect(files).toContain(`${name}.json`);
  expect(names).toEqual(expect.arrayContaining(Object.keys(outcomes)));
});

test.each(names)('%s.yml is a file of zxp in which nothing is wrong, and says what it shows', async (name) => {
  const { file, findings } = await run(name);
  expect(findings).toEqual([]);
  expect(file.dialect).toBe('zxp');
  expect(read(`${name}.yml`)).toMatch(/^# [A-Z`]/);
});

test.each(whole)('%s.json gives %s.prom, and what is dropped is counted', async (name) => {
  const { scraped } = await run(name);
  const text = scraped.lines.map((line) => `${line}\n`).join('');
  expect(text).toBe(read(`${name}.prom`));
  parseExposition(Buffer.from(text), 'text');
  expect(scraped.dropped).toEqual(outcomes[name] ?? {});
  expect(scraped.outcome).toMatchObject({ up: true, samples: scraped.samples.length });
});

test.each(names.filter((name) => !whole.includes(name)))('%s.json fails, and exposes nothing', async (name) => {
  const { scraped } = await run(name);
  expect(scraped.outcome).toMatchObject({ up: false, samples: 0, ...outcomes[name] });
  expect(scraped.lines).toEqual([]);
});

test.each(casesForSystem(whole))('promtool can read %s.prom', (name) => {
  const { stderr } = spawnSync('promtool', ['check', 'metrics'], { input: read(`${name}.prom`) });
  expect(stderr.toString()).not.toContain('error while linting');
});
