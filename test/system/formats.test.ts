import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfigFileAndIncludes } from '../../src/cli/include-files.js';
import { formatRules } from '../../src/exposition/format.js';
import type { ExpositionFormat, MetricFamily } from '../../src/model/metrics.js';
import type { Translator } from '../../src/model/ports.js';
import { compileMapping } from '../../src/translate/mapping/mapping.js';
import { finishTranslator } from '../../src/translate/registry.js';
import { zotTranslator } from '../../src/translate/zot/translate.js';
import { anyFamilies } from '../exposition/any-families.js';
import { admit, writeAll } from '../exposition/write.js';
import { expectStored, listStored, seenKinds } from '../support/stored-series.js';
import { startTextparse, type Textparse } from '../support/textparse.js';
import { findModule, usualLimits } from '../translate/mapping/scrape-document.js';
import { translateAtOnce } from '../translate/translate-at-once.js';
import { toJson, zotDocuments } from '../translate/zot/zot-documents.js';

let textparse: Textparse;

beforeAll(() => {
  textparse = startTextparse();
});

afterAll(() => textparse.close());

const names = ['text', 'openmetrics', 'openmetrics2', 'protobuf'] as const;
const formats = Object.keys(formatRules) as ExpositionFormat[];

/** Writes families as a format has them, and holds what Prometheus makes of it to what they are. */
async function check(families: readonly MetricFamily[], format: ExpositionFormat) {
  const rules = formatRules[format];
  const { admitted } = admit(families, format);
  const body = writeAll(admitted, format);
  const legacyNames = rules.escaping !== 'allow-utf-8';
  const reply = await textparse.parse(body, { contentType: rules.contentType, legacyNames });
  const stored = listStored(reply);
  const expected = expectStored(admitted, rules.name);
  // What `expect` costs is worth it where something is wrong.
  if (reply.error === undefined && isDeepStrictEqual(stored, expected)) return { admitted, stored };
  expect(reply.error, `${format}: ${body}`).toBeUndefined();
  expect(stored, `${format}: ${body}`).toEqual(expected);
  return { admitted, stored };
}

test('refuses what Prometheus refuses, so that its consent means something', async () => {
  const contentType = formatRules.openmetrics2.contentType;
  const parse = (text: string) => textparse.parse(Buffer.from(text), { contentType, legacyNames: true });
  expect(await parse('# TYPE a counter\na NaN\n# EOF\n')).toMatchObject({ error: expect.stringContaining('NaN') });
  expect(await parse('{"a.b"} 1\n# EOF\n')).toMatchObject({ error: expect.stringContaining('invalid names') });
  expect(await parse('a 1 -5\n# EOF\n')).toMatchObject({ error: expect.stringContaining('timestamp') });
  expect((await parse('a 1\n# EOF\n')).series).toEqual([{ labels: { __name__: 'a' }, value: '1' }]);
});

describe('Prometheus reads any families as they are', () => {
  test.each(formats)('as %s', async (format) => {
    await fc.assert(
      fc.asyncProperty(anyFamilies, async (families) => {
        await check(families, format);
      }),
      { numRuns: 400 },
    );
    if (format.startsWith('protobuf')) expect([...seenKinds].sort()).toEqual(['fraction', 'whole']);
  });
});

test('values are the same in all formats', async () => {
  await fc.assert(
    fc.asyncProperty(anyFamilies, async (families) => {
      expectSameValues(await Promise.all(names.map((name) => check(families, name))));
    }),
    { numRuns: 400 },
  );
});

/** What is a classic histogram in one format may be a native one in another, and a family may be left out of one. */
function expectSameValues(all: readonly Awaited<ReturnType<typeof check>>[]): void {
  const values = new Map<string, string>();
  for (const { stored } of all) {
    for (const [key, { value }] of stored.series) {
      if ((values.get(key) ?? value) !== value) expect(values.get(key), key).toBe(value);
      values.set(key, value);
    }
  }
}

const fixtures = new URL('../../fixtures/', import.meta.url);

function listFixtures(folder: string, extension: string): readonly string[] {
  return readdirSync(new URL(`${folder}/`, fixtures))
    .filter((file) => file.endsWith(extension))
    .map((file) => `${folder}/${file.slice(0, -extension.length)}`);
}

async function translateFixture(name: string): Promise<readonly MetricFamily[] | undefined> {
  const isLines = existsSync(new URL(`${name}.ndjson`, fixtures));
  const document = readFileSync(new URL(`${name}${isLines ? '.ndjson' : '.json'}`, fixtures));
  if (name.startsWith('zot/')) return translate(document);
  const path = fileURLToPath(new URL(`${name}.yml`, fixtures));
  const environment = { GITHUB_TOKEN: 'x', JENKINS_API_TOKEN: 'x', UNIFI_API_KEY: 'x' };
  const { file } = await readConfigFileAndIncludes({ name: path, text: readFileSync(path, 'utf8'), environment });
  const { mapping } = findModule(file);
  const { translator } = await compileMapping(mapping, { dialect: file.dialect });
  return translate(document, await finishTranslator(translator, { mapping, failIf: [] }, []));
}

test.each([...listFixtures('zot', '.json'), ...listFixtures('mapping', '.yml'), ...listFixtures('cookbook', '.yml')])(
  'fixtures/%s is read in every format, and has the same values',
  async (name) => {
    const families = (await translateFixture(name)) ?? [];
    for (const escaping of [0, 1, 2, 3]) {
      const alike = formats.filter((_, i) => i % 4 === escaping);
      expectSameValues(await Promise.all(alike.map((format) => check(families, format))));
    }
  },
);

test('20,000 hostile documents of zot are read in every format, and have the same values', async () => {
  const documents = fc.sample(zotDocuments, { numRuns: 20_000, seed: 20_000 });
  for (let at = 0; at < documents.length; at += 500) {
    await Promise.all(documents.slice(at, at + 500).map((document, i) => checkDocument(document, formats, at + i)));
  }
}, 600_000);

/** Each in the four formats, by one of the four schemes. */
async function checkDocument(document: unknown, all: readonly ExpositionFormat[], index: number): Promise<void> {
  const families = translate(Buffer.from(toJson(document)));
  if (families === undefined) return;
  const schemes = all.filter((_, i) => i % 4 === index % 4);
  expectSameValues(await Promise.all(schemes.map((format) => check(families, format))));
}

/** Undefined where the document fails as a whole. */
function translate(body: Uint8Array, translator: Translator = zotTranslator): readonly MetricFamily[] | undefined {
  try {
    return translateAtOnce(translator, body, usualLimits).families;
  } catch {
    return undefined;
  }
}
