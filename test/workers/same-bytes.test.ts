import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readIncludedFiles } from '../../src/cli/include-files.js';
import { openConfigFile } from '../../src/config/config-reader.js';
import type { TextFile } from '../../src/config/text-file.js';
import type { ExpositionFormat } from '../../src/model/metrics.js';
import { listFactNames } from '../../src/scrape/outcome-metrics.js';
import type { TranslatorSpec } from '../../src/translate/translator-spec.js';
import { createRenderPool } from '../../src/workers/pool.js';
import { findWorker } from '../../src/workers/worker-url.js';
import { describeManyBytes } from '../support/fake-upstream.js';
import { runs } from '../support/runs.js';
import { zotDocuments } from '../translate/zot/zot-documents.js';
import { enlarge, formats, readRecipe, scrapeBothWays, zotRecipe } from './scrape-both-ways.js';

const MEBIBYTE = 1024 * 1024;

const pool = createRenderPool({
  script: findWorker('render'),
  maxThreads: () => 1,
  heapBytes: 1024 * MEBIBYTE,
  idleMs: 60_000,
});
afterAll(() => pool.close());
const zot = pool.open(zotRecipe);

async function expectSame(document: string | Uint8Array, recipe: TranslatorSpec, formatsOf = formats): Promise<void> {
  const renderer = pool.open(recipe);
  for (const format of formatsOf) {
    const { here, there } = await scrapeBothWays(enlarge(document), { recipe, format, render: renderer.render });
    expect(there.bytes.toString()).toBe(here.bytes.toString());
    expect(there).toEqual(here);
  }
  renderer.close();
}

const read = (folder: string, file: string) =>
  readFileSync(new URL(`../../fixtures/${folder}/${file}`, import.meta.url));
const list = (folder: string, ending: string) =>
  readdirSync(new URL(`../../fixtures/${folder}/`, import.meta.url)).filter((name) => name.endsWith(ending));

describe('a worker gives the bytes, the figures and the drops that this thread gives', () => {
  test.each(list('zot', '.json'))('for fixtures/zot/%s', async (file) => {
    await expectSame(read('zot', file), zotRecipe);
  });

  const modules = ['mapping', 'cookbook'].flatMap((folder) =>
    list(folder, '.yml').map((file) => [folder, file] as const),
  );

  test.each(modules)('for fixtures/%s/%s', async (folder, file) => {
    const path = fileURLToPath(new URL(`../../fixtures/${folder}/${file}`, import.meta.url));
    const environment = new Proxy({}, { get: () => 'x', has: () => true });
    const text = read(folder, file).toString();
    const { includes } = openConfigFile({ name: path, text, environment });
    const included = new Map<string, readonly TextFile[]>();
    for (const pattern of includes) included.set(pattern, await readIncludedFiles(path, pattern));
    const recipe = readRecipe(text, {
      name: path,
      environment,
      include: (pattern) => included.get(pattern) ?? [],
    });
    const name = file.replace('.yml', '');
    const lines = list(folder, '.ndjson').includes(`${name}.ndjson`);
    await expectSame(read(folder, `${name}${lines ? '.ndjson' : '.json'}`), recipe, ['text']);
  });

  test.each(['flatten', 'otlp', 'prom2json'])('for the translator %s', async (translator) => {
    const document = read('presets', `${translator === 'flatten' ? 'elasticsearch-nodes' : translator}.json`);
    await expectSame(document, { ...zotRecipe, translator });
  });

  test('for any document of zot', async () => {
    const property = fc.asyncProperty(zotDocuments, fc.constantFrom(...formats), async (document, format) => {
      await expectSame(JSON.stringify(document), zotRecipe, [format]);
    });
    await fc.assert(property, { numRuns: runs(150) });
  });

  test('for counters that could take the name of a fact, whether it is there or not', async () => {
    const names = listFactNames({ name: 'zot_up', help: '' });
    const Counters = names.map((name) => ({ Name: name, Count: 1 }));
    const { here, there } = await scrapeBothWays(enlarge(JSON.stringify({ Counters })), {
      recipe: zotRecipe,
      format: 'openmetrics',
      render: zot.render,
    });
    expect(there).toEqual(here);
    for (const name of names) expect(there.bytes.toString()).toContain(`# TYPE ${name}_total unknown\n`);
  });

  test.each(formats)('in many chunks, as %s', async (format: ExpositionFormat) => {
    const document = Buffer.from(describeManyBytes(3 * MEBIBYTE));
    const { here, there } = await scrapeBothWays(document, { recipe: zotRecipe, format, render: zot.render });
    expect(there.chunks).toBeGreaterThan(40);
    // One more where a family begins.
    expect(there.chunks - here.chunks).toBeLessThanOrEqual(1);
    expect(there.bytes.equals(here.bytes)).toBe(true);
    expect(there.outcome).toEqual(here.outcome);
  });
});

describe('a worker fails as this thread does, with the same words', () => {
  const failures = [
    ['decode', 'nothing', ''],
    ['decode', 'no JSON', '{"Gauges":[}'],
    ['schema', 'no zot', '{"status":"ok"}'],
    ['limit', 'too deep', `{"Gauges":${'['.repeat(600)}${']'.repeat(600)}}`],
    ['limit', 'too many series', JSON.stringify({ Gauges: [1, 2, 3, 4].map((i) => ({ Name: `g${i}`, Value: i })) })],
    ['limit', 'too long a label', JSON.stringify({ Gauges: [{ Name: 'g'.repeat(5000), Value: 1 }] })],
  ] as const;

  test.each(failures)('%s, for %s', async (reason, _what, document) => {
    const way = { recipe: zotRecipe, format: 'text', limits: { series: 3 }, render: zot.render } as const;
    const { here, there } = await scrapeBothWays(enlarge(document), way);
    expect(there.outcome).toMatchObject({ up: false, reason });
    expect(there).toEqual(here);
  });
});
