import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAnyDocument } from '../../src/infer/any-document.js';
import { inferMapping } from '../../src/infer/infer.js';
import { repository } from '../docs/pages.js';
import { usualLimits } from '../translate/mapping/scrape-document.js';
import { tryMapping } from './try-mapping.js';

/** The documents of the cookbook, with the samples that modules written by hand make of them. */
const folder = join(repository, 'fixtures/cookbook');
const documents = readdirSync(folder).filter((file) => /\.(json|ndjson)$/.test(file));
const read = (file: string) => readFileSync(join(folder, file), 'utf8');

/** The values of an exposition, without those that zxp adds itself. */
function readValues(exposition: string): readonly number[] {
  return exposition
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('zot_up'))
    .map((line) => Number(/^[^{ ]+(?:\{.*\})? (\S+)/.exec(line)?.[1]));
}

/** How many of the wanted values are there, each of those found counted once. */
function countFound(wanted: readonly number[], found: readonly number[]): number {
  const left = [...found];
  return wanted.filter((value) => {
    const at = left.findIndex((each) => Object.is(each, value) || Math.abs(each - value) <= Math.abs(value) * 1e-12);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  }).length;
}

describe.each(documents)('of the cookbook: %s', (file) => {
  const [name = ''] = file.split('.');
  const text = read(file);
  const { document, format } = readAnyDocument(Buffer.from(text), usualLimits);
  const yaml = inferMapping(document, { name, format });

  test('the file loads, drops nothing, and has at least 80 % of the samples of the module written by hand', async () => {
    const { complaints, samples } = await tryMapping(yaml, text);
    expect(complaints).toEqual([]);
    const wanted = readValues(read(`${name}.prom`));
    const found = countFound(
      wanted,
      samples.map(({ value }) => value),
    );
    expect(found / wanted.length).toBeGreaterThanOrEqual(0.8);
  });

  test('no text of the document is in the file but names of fields and states', () => {
    const states = new Set(
      [...yaml.matchAll(/states: \[(.*?)\]|map: \{(.*?)\}/g)].flatMap((match) =>
        (match[1] ?? match[2] ?? '').split(/[,:]\s*/).map((state) => state.trim().replace(/^'|'$/g, '')),
      ),
    );
    const words = new Set(yaml.split(/[^\p{L}\p{N}_-]+/u));
    const fields = new Set<string>();
    const texts = new Set<string>();
    const walk = (value: unknown): void => {
      if (typeof value === 'string') {
        texts.add(value);
        if (value.startsWith('{')) walk(JSON.parse(value));
      }
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (!Array.isArray(value)) fields.add(key);
        walk(inner);
      }
    };
    walk(document);
    const leaked = [...texts].filter(
      (each) => each.length > 3 && words.has(each) && !states.has(each) && !fields.has(each),
    );
    expect(leaked).toEqual([]);
  });
});

/** Documents of other kinds: what presets and mappings are for, and what breaks translators. */
const others = ['presets', 'mapping', 'zot'].flatMap((kind) =>
  readdirSync(join(repository, 'fixtures', kind), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map(({ name }) => `${kind}/${name}`),
);

test('there are documents of more than twenty kinds', () => {
  expect(documents.length + others.length).toBeGreaterThan(40);
});

test.each(others)('%s: the file loads, and drops nothing', async (path) => {
  const text = readFileSync(join(repository, 'fixtures', path), 'utf8');
  const { complaints } = await tryMapping(inferMapping(JSON.parse(text), { name: 'any' }), text);
  expect(complaints).toEqual([]);
});
