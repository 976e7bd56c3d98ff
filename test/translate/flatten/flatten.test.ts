import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScrapeLimits } from '../../../src/model/limits.js';
import { createTranslator } from '../../../src/translate/registry.js';
import { parseExposition } from '../../support/exposition-parser.js';
import { checkGrammar } from '../../support/grammar.js';
import { runs } from '../../support/runs.js';
import { findModule, readConfig, scrapeDocument } from '../mapping/scrape-document.js';

/** Scrapes a document with a module of the translator flatten that has these further keys. */
async function scrape(document: unknown, { module = '', limits = {} }: Options = {}) {
  const file = readConfig(
    `targets: []\nmodules:\n  m:\n    translator: flatten\n${module.replace(/^(?=.)/gm, '    ')}`,
  );
  expect(file.problems).toEqual([]);
  const spec = findModule(file);
  const translator = await createTranslator({ ...spec, dialect: 'zxp' });
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const scraped = await scrapeDocument(translator, text, limits);
  const exposition = scraped.lines.map((line) => `${line}\n`).join('');
  checkGrammar(exposition, 'text');
  return { ...scraped, exposition };
}

interface Options {
  readonly module?: string;
  readonly limits?: Partial<ScrapeLimits>;
}

async function samplesOf(document: unknown, options: Options = {}) {
  return (await scrape(document, options)).samples;
}

test('every number is a gauge, with its path for a name and in its help', async () => {
  const { lines, outcome } = await scrape({ pool: { size: 8, idle: { now: 3 } }, load: 0.25 });
  expect(lines).toEqual([
    '# HELP pool_size The value at $.pool.size.',
    '# TYPE pool_size gauge',
    'pool_size 8',
    '# HELP pool_idle_now The value at $.pool.idle.now.',
    '# TYPE pool_idle_now gauge',
    'pool_idle_now 3',
    '# HELP load The value at $.load.',
    '# TYPE load gauge',
    'load 0.25',
  ]);
  expect(outcome).toMatchObject({ up: true, samples: 3 });
});

test('booleans are 1 and 0, texts that JSON would take for numbers are numbers, and other texts and null are no samples', async () => {
  const document = {
    ok: true,
    off: false,
    count: '18446744073709551616',
    rate: '-1.5e3',
    nothing: null,
    state: 'green',
  };
  expect(
    await samplesOf({ ...document, hex: '0x10', padded: '007', blank: '', spaced: ' 1', infinite: 'Inf' }),
  ).toEqual(['ok 1', 'off 0', 'count 18446744073709552000', 'rate -1500']);
});

test('integers beyond 2^53 are the nearest number as a value and have all their digits as a label', async () => {
  expect(await samplesOf('[{"id": 9007199254740993, "bytes": 9007199254740993}]')).toEqual([
    'bytes{id="9007199254740993"} 9007199254740992',
  ]);
});

describe('elements of an array', () => {
  test('are told apart by their index where nothing else does', async () => {
    expect(await samplesOf({ load: [0.5, 0.25], disks: [{ free: 1 }, { free: 2 }] })).toEqual([
      'load{index="0"} 0.5',
      'load{index="1"} 0.25',
      'disks_free{index="0"} 1',
      'disks_free{index="1"} 2',
    ]);
  });

  test('are told apart by a field that names them, which is no sample then', async () => {
    expect(
      await samplesOf({
        queues: [
          { id: 7, name: 'mail', depth: 3 },
          { id: 8, name: 'push', depth: 0 },
        ],
      }),
    ).toEqual([
      'queues_id{name="mail"} 7',
      'queues_id{name="push"} 8',
      'queues_depth{name="mail"} 3',
      'queues_depth{name="push"} 0',
    ]);
  });

  test.each([
    [
      'a name that two have',
      [
        { name: 'a', id: 1, v: 1 },
        { name: 'a', id: 2, v: 2 },
      ],
      ['v{id="1"} 1', 'v{id="2"} 2'],
    ],
    ['a name that one has not', [{ name: 'a', v: 1 }, { v: 2 }], ['v{index="0"} 1', 'v{index="1"} 2']],
    [
      'a field that ends like one',
      [
        { queueName: 'a', v: 1 },
        { queueName: 'b', v: 2 },
      ],
      ['v{queueName="a"} 1', 'v{queueName="b"} 2'],
    ],
    [
      'a number and a text that are alike',
      [
        { id: 1, v: 1 },
        { id: '1', v: 2 },
      ],
      expect.arrayContaining(['v{index="0"} 1', 'v{index="1"} 2']),
    ],
    [
      'a name that is no text',
      [
        { name: true, v: 1 },
        { name: false, v: 2 },
      ],
      expect.arrayContaining(['v{index="0"} 1']),
    ],
    [
      'a name in other letters',
      [
        { Name: 'a', v: 1 },
        { Name: 'b', v: 2 },
      ],
      ['v{Name="a"} 1', 'v{Name="b"} 2'],
    ],
  ])('%s', async (_, elements, expected) => {
    expect(await samplesOf(elements)).toEqual(expected);
  });

  test('in arrays have a label for each of them, with the key of the array where the name is taken', async () => {
    const document = { nodes: [{ name: 'n1', disks: [{ name: 'sda', free: 5 }], temps: [[1, 2], [3]] }] };
    expect(await samplesOf(document)).toEqual([
      'nodes_disks_free{name="n1",disks_name="sda"} 5',
      'nodes_temps{name="n1",index="0",temps_index="0"} 1',
      'nodes_temps{name="n1",index="0",temps_index="1"} 2',
      'nodes_temps{name="n1",index="1",temps_index="0"} 3',
    ]);
    expect(await samplesOf([[[7]]])).toEqual(['value{index="0",index_2="0",index_3="0"} 7']);
  });
});

describe('names', () => {
  test('have _ in place of what Prometheus does not take', async () => {
    const document = { 'a.b-c': 1, größe: 2, '5xx': 3, http: { '5xx': 4, '': 5 }, 'with:colon': 6, '🙂': 7 };
    expect(await samplesOf(document)).toEqual([
      'a_b_c 1',
      'gr__e 2',
      '_5xx 3',
      'http_5xx 4',
      'http__ 5',
      'with_colon 6',
      '__ 7',
    ]);
  });

  test('that are long end in a hash, so that they stay two', async () => {
    const key = 'k'.repeat(5000);
    const samples = await samplesOf({ [`${key}1`]: 1, [`${key}2`]: 2, a: { [key]: { [key]: { b: 3 } } } });
    expect(samples).toHaveLength(3);
    const names = samples.map((sample) => sample.split(' ')[0] ?? '');
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(200);
  });

  test('that become one: the first value stays, the others are counted', async () => {
    const { samples, dropped, outcome } = await scrape({ 'a.b': 1, a_b: 2, a: { b: 3 } });
    expect(samples).toEqual(['a_b 1']);
    expect(dropped).toEqual({ duplicate: 2 });
    expect(outcome.drops.examples[0]).toMatchObject({ where: '$.a_b' });
  });

  test('of a number that is under no key is value', async () => {
    expect(await samplesOf(7)).toEqual(['value 7']);
    expect(await samplesOf([1])).toEqual(['value{index="0"} 1']);
    expect(await samplesOf('"text"')).toEqual([]);
  });

  test('that zxp has itself are dropped and counted', async () => {
    const { samples, dropped } = await scrape({ target: { up: 1 }, other: 2 });
    expect(samples).toEqual(['other 2']);
    expect(dropped).toEqual({ collision: 1 });
  });

  test.each(['__proto__', 'constructor', 'toString'])('%s is a key like others', async (key) => {
    expect(await samplesOf(`{"${key}": {"${key}": 1}, "x": [{"name": "a", "${key}": 2}]}`)).toEqual([
      `${key}_${key} 1`,
      `x_${key}{name="a"} 2`,
    ]);
  });
});

describe('keys of the module', () => {
  test('only and drop choose by name and label, and what they leave out does not count', async () => {
    const document = { n: Array.from({ length: 20_000 }, (_, i) => i), a: { x: 1, y: 2 }, q: [{ name: 'k', v: 3 }] };
    expect(await samplesOf(document, { module: "only: ['a_.*', {name: k}]\ndrop: [a_y]" })).toEqual([
      'a_x 1',
      'q_v{name="k"} 3',
    ]);
  });

  test('labels are those of every series, and keep their names', async () => {
    expect(await samplesOf([{ site: 'x', name: 's', v: 1 }], { module: 'labels: { name: north }' })).toEqual([
      'v{name_2="s",name="north"} 1',
    ]);
  });

  test('format and decode prepare the document', async () => {
    expect(await samplesOf('{"v": 1}\n{"v": 2}\n', { module: 'format: ndjson' })).toEqual([
      'v{index="0"} 1',
      'v{index="1"} 2',
    ]);
    expect(await samplesOf({ p: '{"v": 1}' }, { module: "decode: [{ path: '{.p}' }]" })).toEqual(['p_v 1']);
  });

  test('that are of mappings alone are refused, and so are labels that cannot be', async () => {
    const { problems } = readConfig(
      'targets: []\nmodules: { m: { translator: flatten, metrics: [{ name: a, path: "{.a}" }] } }',
    );
    expect(problems).toMatchObject([{ message: 'belongs to the translator mapping, not to flatten' }]);
    const file = readConfig('targets: []\nmodules: { m: { translator: flatten, labels: { __a: b, a.b: c, a_b: d } } }');
    const { translators } = await import('../../../src/translate/registry.js');
    const made = await translators.get('flatten')?.create({ ...findModule(file), dialect: 'zxp' });
    expect(made?.problems.map(({ where, message }) => `${where}: ${message}`)).toEqual([
      'zxp.yml:2:12: modules.m: "__a" cannot be the name of a label',
      'zxp.yml:2:12: modules.m: the label a_b is there already',
    ]);
  });
});

describe('limits', () => {
  test('10,000 series are exposed, one more fails the scrape', async () => {
    const many = (length: number) => Array.from({ length }, (_, i) => i);
    expect((await scrape(many(10_000))).outcome).toMatchObject({ up: true, samples: 10_000 });
    expect((await scrape(many(10_001))).outcome).toMatchObject({
      up: false,
      reason: 'limit',
      samples: 0,
      message: 'the document has more than 10000 series for the translator flatten',
    });
    expect((await scrape([1, 2, 3], { limits: { series: 2 } })).outcome).toMatchObject({ up: false, reason: 'limit' });
  });

  test('too many labels fail the scrape', async () => {
    const nest = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
    expect((await scrape(nest(64))).outcome).toMatchObject({ up: true, samples: 1 });
    expect((await scrape(nest(65))).outcome).toMatchObject({ up: false, reason: 'limit' });
  });

  test('a document that nests as deep as may be, and one of a million values that are none, are read', async () => {
    const deep = `${'{"a":'.repeat(511)}1${'}'.repeat(511)}`;
    expect((await scrape(deep)).outcome).toMatchObject({ up: true, samples: 1 });
    const nothing = JSON.stringify(Array.from({ length: 1_000_000 }, () => null));
    expect((await scrape(nothing)).outcome).toMatchObject({ up: true, samples: 0 });
  });

  test('what is no JSON fails as with every translator', async () => {
    expect((await scrape('{"a": 1')).outcome).toMatchObject({ up: false, reason: 'decode' });
  });
});

test('whatever the document: the exposition is valid, no series is there twice, and each number is a sample or counted', async () => {
  const key = fc.oneof(
    fc.constantFrom('name', 'id', 'a', 'a.b', 'a_b', 'b', 'index', 'target_up', '', '__name__', 'le', '9'),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  const leaf = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('1', '1e999', 'x', '\n"\\', ''),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  const { document } = fc.letrec<{ document: unknown }>((tie) => ({
    document: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      fc.array(tie('document'), { maxLength: 5 }),
      fc.dictionary(key, tie('document'), { maxKeys: 6 }),
      fc.array(fc.record({ name: leaf, id: leaf, v: tie('document') }), { maxLength: 4 }),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(document, async (value) => {
      const { exposition, samples, outcome } = await scrape(JSON.stringify(value));
      expect(outcome.up).toBe(true);
      const families = parseExposition(exposition, 'text');
      for (const { name, type } of families) {
        expect(name).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/);
        expect(type).toBe('gauge');
      }
      const series = samples.map((sample) => sample.slice(0, sample.lastIndexOf(' ')));
      expect(new Set(series).size).toBe(series.length);
      expect(samples.length + outcome.drops.total).toBeLessThanOrEqual(countLeaves(value));
    }),
    { numRuns: runs(150) },
  );
});

function countLeaves(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + countLeaves(each), 0);
  if (typeof value === 'object' && value !== null) return countLeaves(Object.values(value));
  return value === null ? 0 : 1;
}
