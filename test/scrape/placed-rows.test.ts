import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WritingCache } from '../../src/exposition/placed-lines.js';
import type { ScrapeLimits } from '../../src/model/limits.js';
import type { ExpositionFormat } from '../../src/model/metrics.js';
import { runs } from '../support/runs.js';
import { compileMetrics, translateBy, usualLimits } from '../translate/mapping/scrape-document.js';
import {
  type Chunking,
  type Compared,
  compareChunks,
  compareWhole,
  formats,
  lineFormats,
  type Scrape,
  scrape,
  startComparing,
} from './placed-both-ways.js';

/** How many modules each property tries, each with some documents; `npm run soak` sets more. */
const numRuns = runs(2000);

afterEach(() => {
  vi.restoreAllMocks();
});

const seldom = <T>(plain: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, ...[weight = 20]: [weight?: number]) =>
  fc.oneof({ weight, arbitrary: plain }, { weight: 1, arbitrary: odd });

const arrayPaths = fc.constantFrom('{.a[*]}', '{.a[*]}', '{.o.b[*]}', '$.a[*]', '$.o.b[*]', '{.a.*}');
const labelPaths = fc.constantFrom('{.l}', '{.k}', '{.n.m}', '$.l', '{.b}', '{.i}', '$["é"]');
const valuePaths = fc.constantFrom('{.v}', '{.w}', '{.n.x}', '$.v', '{.n.y}');
const labelNames = fc.constantFrom('l', 'k', 'x.y', 'x_z', 'ü', 'name', 'A:b', 'q"r');
const oddPaths = fc.constantFrom<unknown>(
  'x-{.l}',
  'fixed',
  '{.v}',
  '{.n}',
  '{.l}{.k}',
  '{.none}',
  { path: '{.l}', default: 'none' },
  { path: '{.r}', from: 'root' },
  { key: true },
);

interface ModuleText {
  readonly metrics: string;
  readonly module: string;
  readonly isJsonExporter: boolean;
}

const metrics = (isOdd: boolean) =>
  fc
    .record(
      {
        name: fc.constantFrom('m', 'n_total', 'm.x', 'é', 'a:b', 'long_name_of_a_metric'),
        isSuffixed: isOdd ? seldom(fc.constant(true), fc.constant(false), 6) : fc.constant(true),
        valuetype: fc.constantFrom('counter', 'gauge', 'untyped'),
        help: fc.constantFrom('some "help"\n', 'é'),
        path: isOdd
          ? seldom(arrayPaths, fc.constantFrom('{.a}', '{.o.b[0:2]}', '{.none[*]}', '{.a[?(@.v>1)]}'))
          : fc.constantFrom('{.a[*]}', '$.o.b[*]'),
        labels: fc.dictionary(labelNames, isOdd ? seldom<unknown>(labelPaths, oddPaths) : labelPaths, { maxKeys: 4 }),
        value: isOdd ? seldom(valuePaths, fc.constantFrom('1', '{.l}', '{.none}')) : valuePaths,
        values: fc.dictionary(fc.constantFrom('v', 'w', 'x.y'), valuePaths, { minKeys: 2 }),
        hasValues: fc.boolean(),
        allow_missing_key: fc.boolean(),
        more: isOdd
          ? seldom<object>(
              fc.constant({}),
              fc.constantFrom({ aggregate: 'sum' }, { duplicates: 'last' }, { timestamp: '{.i}' }),
              8,
            )
          : fc.constant({}),
      },
      { requiredKeys: ['name', 'isSuffixed', 'path', 'value', 'values', 'hasValues', 'more'] },
    )
    .map(({ isSuffixed, name, value, values, hasValues, more, ...rest }) => (i: number) => {
      const metric = { ...rest, ...more, ...(hasValues ? { values } : { value }), type: 'object' };
      return `- ${JSON.stringify({ ...metric, name: isSuffixed ? `${name}${i}${name}` : name })}`;
    });

function modules(isOdd: boolean): fc.Arbitrary<ModuleText> {
  const staticLabels = fc.constantFrom('', '', '', 'labels: { site: north }', 'labels: { z.z: "a\\"b", y: "" }');
  const compat = fc.constantFrom('', '', 'compat: strict');
  return fc
    .tuple(fc.array(metrics(isOdd), { minLength: 1, maxLength: 3 }), staticLabels, compat, fc.boolean())
    .map(([list, labels, strict, isJsonExporter]) => ({
      metrics: list.map((make, i) => make(i)).join('\n'),
      module: [labels, isJsonExporter ? '' : strict].filter((line) => line !== '').join('\n'),
      isJsonExporter,
    }));
}

const plainElement = {
  l: fc.constantFrom('"a"', '"b"', '"c d"', '"{,}"', '"long label of it"'),
  k: fc.oneof(
    fc.nat(30).map((n) => `"r${n}"`),
    fc.constantFrom('7', 'true', '"x"'),
  ),
  b: fc.constantFrom('true', 'false'),
  i: fc.constantFrom('1', '0', '123456', '-5', '"1"'),
  é: fc.constantFrom('"e"', '"f"'),
  v: fc
    .oneof(fc.nat(), fc.constantFrom('1.5', '-0', '0.0000001', '"2"', 'true', '12345678901234567890', '1.50'))
    .map(String),
  w: fc.constantFrom('0', '-1', '2.25', '99999999', '0.1', 'false'),
  n: fc
    .tuple(
      fc.constantFrom('"p"', '"q"', '"0"', '7'),
      fc.constantFrom('1', '2.5', '1e-7', '300'),
      fc.constantFrom('0', '"9"'),
    )
    .map(([m, x, y]) => `{"m":${m},"x":${x.replace('1e-7', '1')},"y":${y}}`),
};
const oddFields = fc.constantFrom(
  ...[
    '"l":"é"',
    '"l":"a\\"b\\\\\\n"',
    '"l":null',
    '"l":\'x\'',
    '"l":"\'a\'"',
    '"l":123456789',
    '"l":["x"]',
    '"l":"NaN"',
  ],
  ...[
    '"k":"\\u0061"',
    '"k":1.5',
    '"i":1234567',
    '"k":"\'b\'"',
    `"k":"${'x'.repeat(50)}"`,
    '"k":{"a":1}',
    '"v":null',
    '"v":"NaN"',
    '"v":1e400',
    '"v":1e3',
  ],
  ...[
    '"v":"x"',
    '"v":[]',
    '"w":""',
    '"w":-1.5e-9',
    '"n":null',
    '"n":{"m":"p"}',
    '"n":{"x":1,"y":2}',
    '"n":7',
    '"z":[{"v":2}]',
  ],
);
const oddElements = fc.constantFrom('{}', 'null', '5', '"x"', '[]', '[{"v":1}]', '{"l":"a"}', '{"v":1}');

const orders = [
  ['l', 'k', 'b', 'i', 'é', 'v', 'w', 'n'],
  ['n', 'w', 'v', 'z', 'é', 'i', 'b', 'k', 'l'],
] as const;

function elements(isOdd: boolean): fc.Arbitrary<string> {
  const plain = fc.tuple(fc.record(plainElement), fc.constantFrom(...orders)).map(([fields, order]) => {
    const texts: Readonly<Record<string, string>> = { ...fields, z: '"\\u00e9"' };
    return `{${order.map((key) => `${JSON.stringify(key)}:${texts[key]}`).join(',')}}`;
  });
  if (!isOdd) return plain;
  const changed = fc.tuple(plain, oddFields).map(([text, field]) => {
    const key = field.slice(0, 4);
    return text.replace(new RegExp(`${key}(?:"[^"]*"|\\{[^{}]*\\}|[^",{}]*)`), () => field);
  });
  const without = fc
    .tuple(plain, fc.constantFrom('l', 'k', 'v', 'w'))
    .map(([text, key]) => text.replace(`"${key}":`, '"y":'));
  const unlabelled = plain.map((text) => text.replace(/"l":"[^"]*"/, '"l":""'));
  return fc.oneof(
    { weight: 24, arbitrary: plain },
    { weight: 2, arbitrary: unlabelled },
    { weight: 1, arbitrary: changed },
    { weight: 1, arbitrary: without },
    { weight: 1, arbitrary: oddElements },
  );
}

/** Some elements, odd ones at most in a part of them, and some of them again. */
function lists(isOdd: boolean, minLength = 0): fc.Arbitrary<string> {
  const part = isOdd
    ? seldom(fc.constant(false), fc.constant(true), 2).chain((each) => fc.array(elements(each), { maxLength: 12 }))
    : fc.array(elements(false), { minLength, maxLength: 12 });
  return fc.tuple(fc.array(part, { minLength: 1, maxLength: 3 }), fc.nat(4)).map(([found, again]) => {
    const all = found.flat();
    return `[${[...all, ...all.slice(0, again)].join(',')}]`;
  });
}

function documents(isOdd: boolean): fc.Arbitrary<Buffer> {
  const text = fc.tuple(lists(isOdd, 1), lists(isOdd, 1), fc.boolean()).map(([a, b, isReversed]) => {
    const parts = [`"a":${a}`, `"o":{"x":[1],"b":${b}}`, '"r":"root"'];
    return `{${(isReversed ? parts.toReversed() : parts).join(' ,\n')}}`;
  });
  if (!isOdd) return text.map((each) => Buffer.from(each));
  const broken = fc.tuple(text, fc.nat(), fc.constantFrom('', 'x', ',', '"')).map(([whole, place, inserted]) => {
    const at = place % whole.length;
    return `${whole.slice(0, at)}${inserted}${whole.slice(at + 1)}`;
  });
  const others = fc.oneof(
    broken,
    text.map((each) => `\ufeff${each}`),
    text.map((each) => `${each.slice(0, -1)},"a":[]}`),
    fc.constantFrom('[]', 'null', '{}', '{"a":[],"o":{"b":[]}}', '{"a":5}'),
  );
  return seldom(text, others).map((each) => Buffer.from(each));
}

const limitsOf = (isOdd: boolean): fc.Arbitrary<ScrapeLimits> => {
  if (!isOdd) return fc.constant(usualLimits);
  const limit = (usual: number, range: { readonly min: number; readonly max: number }) =>
    seldom(fc.constant(usual), fc.integer(range), 8);
  return fc
    .record({
      series: limit(usualLimits.series, { min: 1, max: 60 }),
      labelLength: limit(usualLimits.labelLength, { min: 1, max: 24 }),
      labels: limit(usualLimits.labels, { min: 0, max: 4 }),
      nodes: limit(usualLimits.nodes, { min: 1, max: 80 }),
      depth: limit(usualLimits.depth, { min: 1, max: 6 }),
    })
    .map((each) => ({ ...usualLimits, ...each }));
};

interface Case {
  readonly body: Buffer;
  readonly format: ExpositionFormat;
  readonly limits: ScrapeLimits;
  readonly chunking: Chunking;
}

const cases = (isOdd: boolean): fc.Arbitrary<readonly Case[]> =>
  fc.array(
    fc.record({
      body: documents(isOdd),
      format: isOdd ? fc.constantFrom(...formats) : fc.constantFrom(...lineFormats),
      limits: limitsOf(isOdd),
      chunking: fc.record({ chunkBytes: fc.constantFrom(1, 200, 1000), minRows: fc.constantFrom(1, 3, 256) }),
    }),
    { minLength: 3, maxLength: 6 },
  );

/** Compares what comes of documents by a module; not by one that a configuration may not have. */
async function compare(
  { text, given }: { readonly text: ModuleText; readonly given: readonly Case[] },
  compareOne: (scraped: Scrape, more: { readonly chunking: Chunking; readonly cache: WritingCache }) => Compared,
): Promise<readonly number[]> {
  const { translator, problems, pathProblems } = await compileMetrics(text.metrics, text);
  fc.pre(problems.length + pathProblems.length === 0);
  const cache = new WritingCache();
  const compared = given.map(({ chunking, ...each }) => compareOne({ ...each, translator }, { chunking, cache }));
  for (const { check } of compared) check();
  return compared.map(({ taken }) => taken);
}

const tries = (isOdd: boolean) => fc.record({ text: modules(isOdd), given: cases(isOdd) });

const startWhole = (scraped: Scrape, { cache }: { readonly cache: WritingCache }) => startComparing(scraped, cache);
const startChunks = (scraped: Scrape, { chunking }: { readonly chunking: Chunking }): Compared => ({
  taken: compareChunks(scraped, chunking),
  check: () => undefined,
});
const add = (sum: number, each: number) => sum + each;

describe('rows that are taken in places are exposed as those of a parser are', () => {
  test.each([
    ['in one piece', startWhole, numRuns / 4],
    ['in chunks', startChunks, numRuns * 4],
  ])('by any module, of any document %s', async (_what, start, least) => {
    let taken = 0;
    const property = fc.asyncProperty(tries(true), async (each) => {
      taken += (await compare(each, start)).reduce(add, 0);
    });
    await fc.assert(property, { numRuns });
    expect(taken).toBeGreaterThan(least);
  });

  test('by a plain module, of a plain document in one piece, all at once', async () => {
    const property = fc.asyncProperty(tries(false), async (each) => {
      expect(new Set(await compare(each, startWhole))).toEqual(new Set([1]));
    });
    await fc.assert(property, { numRuns: Math.ceil(numRuns / 2) });
  });

  test('by a plain module, of a plain document in chunks', async () => {
    const property = fc.asyncProperty(tries(false), async (each) => {
      expect(await compare(each, startChunks)).not.toContain(0);
    });
    await fc.assert(property, { numRuns: Math.ceil(numRuns / 2) });
  });
});

const sizes = "- { name: size, type: object, path: '{.a[*]}', labels: { l: '{.l}' }, value: '{.v}' }";
const several = `
- name: repo
  type: object
  valuetype: counter
  path: '{.a[*]}'
  labels: { l: '{.l}', m: '{.n.m}' }
  values: { v: '{.v}', w: '{.n.w}' }
- { name: other.name, type: object, valuetype: gauge, path: '{.a[*]}', labels: { 'l.l': '{.l}' }, value: '{.n.w}' }
- { name: single, type: object, path: '{.o.b[*]}', value: '{.v}' }
`;
const element = (l: string, v: unknown = 1) => ({ l, v, n: { m: 'm', w: 2.5 } });
const nestedDocument = { a: ['x', 'y', 'z'].map((l) => element(l)), o: { b: [{ v: 7 }] } };

async function scrapeOf(
  metricList: string,
  document: unknown,
  { module = '', ...more }: Partial<Scrape> & { readonly module?: string } = {},
): Promise<Scrape> {
  const translator = await translateBy(metricList, { module });
  const body = Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));
  return { translator, body, format: 'text', limits: usualLimits, ...more };
}

const small = { chunkBytes: 200, minRows: 256 };

describe.each(lineFormats)('in %s', (format) => {
  test('rows of several metrics over several arrays are taken in places', async () => {
    const given = await scrapeOf(several, nestedDocument, { format });
    expect(compareWhole(given)).toBe(1);
    expect(compareChunks(given, { chunkBytes: 1, minRows: 1 })).toBe(4);
    expect(scrape(given)).toMatchObject({ samples: 10 });
  });

  test.each([1, 256])('rows are written in their order where some chunks are plain, %i at once', async (minRows) => {
    const a = Array.from({ length: 100 }, (_, i) =>
      element(`${Math.floor(i / 30) % 2 === 0 ? 'plain' : 'é'}${i % 45}`, i),
    );
    const given = await scrapeOf(several, { ...nestedDocument, a }, { format });
    const taken = compareChunks(given, { chunkBytes: 200, minRows });
    const plain = { ...nestedDocument, a: a.map(({ v }) => element('plain', v)) };
    const all = compareChunks(await scrapeOf(several, plain, { format }), { chunkBytes: 200, minRows });
    expect(taken).toBeGreaterThan(5);
    expect(taken).toBeLessThan(all - 5);
  });
});

test.each<ExpositionFormat>(['protobuf', 'protobuf-dots', 'protobuf-values', 'protobuf-utf8'])(
  'in %s rows are not taken in places',
  async (format) => {
    const given = await scrapeOf(several, nestedDocument, { format });
    expect(compareWhole(given)).toBe(0);
    expect(compareChunks(given, small)).toBe(0);
  },
);

test('series that are there already are dropped, whichever way their rows came', async () => {
  const names = ['x', 'é', 'x', 'y', 'é', 'y', 'x'];
  const given = await scrapeOf(several, { ...nestedDocument, a: names.map((l) => element(l)) });
  for (const minRows of [1, 256]) expect(compareChunks(given, { chunkBytes: 1, minRows })).toBe(6);
  const found = { samples: 10, drops: { samples: new Map([['duplicate', 12]]) } };
  expect(scrape(given)).toMatchObject(found);
  const plain = { ...nestedDocument, a: names.map((l) => element(l.replace('é', 'e'))) };
  const inPlaces = await scrapeOf(several, plain);
  expect(compareWhole(inPlaces)).toBe(1);
  expect(scrape(inPlaces)).toMatchObject(found);
});

test('an empty label is the same as none, whichever way its row came', async () => {
  const given = await scrapeOf(sizes, { a: ['', 'é', '', 'x'].map((l) => element(l)) });
  expect(compareChunks(given, { chunkBytes: 1, minRows: 1 })).toBe(3);
  expect(scrape(given)).toMatchObject({ samples: 3, drops: { samples: new Map([['duplicate', 1]]) } });
});

test('a label may be as long as the limit, and no longer', async () => {
  const limits = { ...usualLimits, labelLength: 8 };
  const fits = await scrapeOf(sizes, { a: [element('x'), element('12345678')] }, { limits });
  expect(compareWhole(fits)).toBe(1);
  const isTooLong = await scrapeOf(sizes, { a: [element('x'), element('123456789')] }, { limits });
  expect(compareWhole(isTooLong)).toBe(0);
  expect(compareChunks(isTooLong, { chunkBytes: 1, minRows: 1 })).toBe(1);
  expect(scrape(isTooLong)).toMatchObject({
    code: 'limit',
    message: 'size has a name or label of 9 characters',
  });
});

test("a label of the module's own may be as long as the limit, and no longer", async () => {
  const module = 'labels: { site: "123456789" }';
  const within = (labelLength: number) =>
    scrapeOf(sizes, { a: [element('x')] }, { module, limits: { ...usualLimits, labelLength } });
  expect(compareWhole(await within(9))).toBe(1);
  expect(compareWhole(await within(8))).toBe(0);
  expect(scrape(await within(8))).toHaveProperty('code', 'limit');
});

test.each([
  ['a whole number of six digits', 123456, '"123456"', 1],
  ['a whole number of seven digits', 1234567, '"1.234567e+06"', 0],
  ['a text in single quotes', "'x'", '"x"', 0],
  ['a text that ends with a single quote', "x'", `"x'"`, 1],
])('with compat: strict, %s as a label is what Go makes of it', async (_what, l, text, taken) => {
  const given = await scrapeOf(sizes, { a: [{ l, v: 1 }] }, { module: 'compat: strict' });
  expect(compareWhole(given)).toBe(taken);
  expect(scrape(given)).toMatchObject({ text: expect.stringContaining(`\nsize{l=${text}} 1\n`) });
});

test('a label and another one below it are what a parser makes of them', async () => {
  for (const labels of ["l: '{.n}', m: '{.n.m}'", "m: '{.n.m}', l: '{.n}'"]) {
    const given = await scrapeOf(sizes.replace("l: '{.l}'", labels), '{"a":[{"n":{"m":"x","":"y"},"v":1}]}');
    expect(compareWhole(given)).toBe(0);
    expect(compareChunks(given, small)).toBe(0);
  }
});

test('there may be as many series as the limit, and no more', async () => {
  const given = await scrapeOf(several, nestedDocument);
  const within = (series: number) => ({ ...given, limits: { ...usualLimits, series } });
  expect(compareWhole(within(10))).toBe(1);
  expect(scrape(within(10))).toMatchObject({ samples: 10 });
  compareWhole(within(9));
  compareChunks(within(9), { chunkBytes: 1, minRows: 1 });
  expect(scrape(within(9))).toMatchObject({ code: 'limit', message: 'the upstream has more than 9 series' });
});

test('a family that has the name of one of zxp gives way with all of its rows', async () => {
  const metricList = `${sizes}\n${sizes.replace('size', 'target_up')}`;
  const given = await scrapeOf(metricList, { a: ['x', 'y', 'x'].map((l) => element(l)) });
  expect(compareWhole(given)).toBe(1);
  expect(compareChunks(given, { chunkBytes: 1, minRows: 1 })).toBe(3);
  expect(scrape(given)).toMatchObject({
    samples: 2,
    drops: {
      samples: new Map([
        ['duplicate', 1],
        ['collision', 3],
      ]),
    },
  });
});

test('a counter that is NaN in one chunk is refused by OpenMetrics 2.0 with all of its rows', async () => {
  const metricList = `${sizes.replace('type: object', 'type: object, valuetype: counter')}\n${sizes.replace('size', 'other')}`;
  const a = [element('x'), element('y', 'NaN'), element('z'), element('x')];
  const given = await scrapeOf(metricList, { a }, { format: 'openmetrics2' });
  for (const minRows of [1, 256]) expect(compareChunks(given, { chunkBytes: 1, minRows })).toBe(3);
  const samples = new Map([
    ['duplicate', 2],
    ['format', 3],
  ]);
  expect(scrape(given)).toMatchObject({ samples: 3, drops: { samples } });
});

test('a mistake behind rows that were taken ends the scrape as it does without', async () => {
  const rows = Array.from({ length: 50 }, (_, i) => JSON.stringify(element(`r${i}`)));
  for (const end of [',nan]}', ']', ']} x', ',]}', '],"a":[]}', '],"\\u0061":[1]}']) {
    const given = await scrapeOf(sizes, `{"a":[${rows.join(',\n')}${end}`);
    compareWhole(given);
    compareChunks(given, small);
  }
});

test('a document behind a byte order mark is plain', async () => {
  const given = await scrapeOf(sizes, `\ufeff${JSON.stringify(nestedDocument)}`);
  expect(compareWhole(given)).toBe(1);
});

test.each(['1', '12', '1234', '-0', 'true', '"5"'])(
  'a document that is an array, and ends with %s, is plain',
  async (v) => {
    const given = await scrapeOf(sizes.replace('.a[*]', '[*]'), `[{"l":"x","v":7},{"l":"y","v":${v}}]`);
    expect(compareWhole(given)).toBe(1);
    expect(compareChunks(given, { chunkBytes: 1, minRows: 1 })).toBe(2);
  },
);

test('the length of an array whose rows were taken is right', async () => {
  const given = await scrapeOf(`${sizes}\n- { name: count, path: '{.a}', length: true }`, nestedDocument);
  expect(compareWhole(given)).toBe(0);
  expect(compareChunks(given, { chunkBytes: 1, minRows: 256 })).toBe(3);
  expect(scrape(given)).toMatchObject({ text: expect.stringContaining('\ncount 3\n') });
});

test('what is kept from one scrape to the next is that of each format, document and module', async () => {
  const cache = new WritingCache();
  const long = Array.from({ length: 2000 }, (_, i) => element(`${i}`.padStart(i % 40, 'x'), i));
  const compared: Compared[] = [];
  for (const metricList of [several, several.replaceAll('l.l', 'm.m'), several.replace('name: repo', 'name: other')]) {
    const given = await scrapeOf(metricList, nestedDocument);
    const large = await scrapeOf(metricList, { ...nestedDocument, a: long });
    for (const format of [...lineFormats, ...lineFormats]) {
      for (const each of [given, large]) compared.push(startComparing({ ...each, format }, cache));
    }
  }
  for (const { taken, check } of compared) {
    expect(taken).toBe(1);
    check();
  }
});

test('a scrape that fails when its rows were taken leaves the next one alone', async () => {
  const cache = new WritingCache();
  const given = await scrapeOf(several, nestedDocument);
  const limits = { ...usualLimits, series: 9 };
  const compared = [given, { ...given, limits }, given].map((each) => startComparing(each, cache));
  for (const { check } of compared) check();
});

const notPlaced: readonly (readonly [what: string, changed: string])[] = [
  ['a label with text around it', sizes.replace("'{.l}'", "'x-{.l}'")],
  ['a label of two fields', sizes.replace("'{.l}'", "'{.l}{.n.m}'")],
  ['a label that is the key of its element', sizes.replace("'{.l}'", '{ key: true }')],
  ['a label of the root', sizes.replace("'{.l}'", "{ path: '{.o.c}', from: root }")],
  ['a label with a default', sizes.replace("'{.l}'", "{ path: '{.l}', default: x }")],
  ['a label with a map', sizes.replace("'{.l}'", "{ path: '{.l}', map: { x: z, y: z, z: z } }")],
  ['a value that is a label, too', sizes.replace("'{.l}'", "'{.v}'")],
  ['a field below another one', sizes.replace("'{.l}'", "'{.n}', m: '{.n.m}'")],
  ['a value that is scaled', sizes.replace("'{.v}'", "{ path: '{.v}', scale: 2 }")],
  ['a value of an expression', sizes.replace("'{.v}'", "{ cel: 'self.v * 2.0' }")],
  ['states', sizes.replace("'{.v}'", "{ path: '{.l}', states: [x, 'y'] }")],
  ['a number without a path', sizes.replace("'{.v}'", '1')],
  ['a filter', sizes.replace('[*]', '[?(@.v==1)]')],
  ['some elements', sizes.replace('[*]', '[0:2]')],
  ['an aggregate', sizes.replace('type:', 'aggregate: sum, type:')],
  ['duplicates that count', sizes.replace('type:', 'duplicates: last, type:')],
  ['a timestamp', sizes.replace('type:', "timestamp: '{.v}', type:")],
  ['a name from the document', sizes.replace('name: size', "name: { path: '{.l}' }")],
  ['an array behind another step', sizes.replace("'{.a[*]}'", "['{.o}', '{.b[*]}']")],
  ['one family of two metrics', `${sizes}\n${sizes.replace('{.l}', '{.n.m}')}`],
  ['a key that other bytes are read as', sizes.replace("'{.v}'", '\'$["\\ufffd"]\'')],
  ['something else of the array', `${sizes}\n- { name: first, path: '{.a[0].v}' }`],
];

test('of more than 32 fields none is read in places', async () => {
  const keys = Array.from({ length: 33 }, (_, i) => `f${i}`);
  const document = { a: [Object.fromEntries(keys.map((key, i) => [key, i]))] };
  const listOf = (count: number) => {
    const values = keys.slice(0, count).map((key) => `${key}: '{.${key}}'`);
    return `- { name: m, type: object, path: '{.a[*]}', values: { ${values.join(', ')} } }`;
  };
  expect(compareWhole(await scrapeOf(listOf(32), document))).toBe(1);
  expect(compareWhole(await scrapeOf(listOf(33), document))).toBe(0);
});

test.each(notPlaced)('%s: rows are not taken in places', async (_what, metricList) => {
  const document = { ...nestedDocument, o: { c: 'c', b: [element('x')] } };
  const given = await scrapeOf(metricList, document);
  expect(compareWhole(given)).toBe(0);
  expect(compareChunks(given, { chunkBytes: 1, minRows: 1 })).toBe(0);
  expect(scrape(given)).toHaveProperty('samples');
});
