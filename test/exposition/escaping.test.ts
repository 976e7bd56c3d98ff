import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeFamily, escapeLabelName, escapeMetricName } from '../../src/exposition/escaping.js';
import { ScrapeRegistry } from '../../src/exposition/scrape-registry.js';
import { DropTally } from '../../src/model/drops.js';
import type { EscapingScheme, ExpositionFormat, MetricFamily } from '../../src/model/metrics.js';
import { admitFamilies } from '../../src/scrape/validate-families.js';
import { gauge, histogram, scalar } from './families.js';

describe('the name of a metric', () => {
  test.each<[name: string, underscores: string, dots: string, values: string]>([
    ['plain_name:1', 'plain_name:1', 'plain_name:1', 'plain_name:1'],
    ['x.y', 'x_y', 'x_dot_y', 'U__x_2e_y'],
    ['x-y', 'x_y', 'x__y', 'U__x_2d_y'],
    ['x_y.z', 'x_y_z', 'x__y_dot_z', 'U__x__y_2e_z'],
    ['9.lives', '__lives', '___dot_lives', 'U___39__2e_lives'],
    ['größe', 'gr__e', 'gr____e', 'U__gr_f6__df_e'],
    ['a😀', 'a_', 'a__', 'U__a_1f600_'],
    ['a\ud800', 'a_', 'a__', 'U__a_FFFD_'],
    ['a b"\\\n', 'a_b___', 'a__b______', 'U__a_20_b_22__5c__a_'],
  ])('%s is %s, %s or %s', (name, underscores, dots, values) => {
    expect(escapeMetricName(name, 'underscores')).toBe(underscores);
    expect(escapeMetricName(name, 'dots')).toBe(dots);
    expect(escapeMetricName(name, 'values')).toBe(values);
    expect(escapeMetricName(name, 'allow-utf-8')).toBe(name);
  });

  test('is one that every scraper takes, by every scheme that escapes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        for (const scheme of ['underscores', 'dots', 'values'] as const) {
          expect(escapeMetricName(name, scheme)).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
          expect(escapeLabelName(name, scheme)).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/);
        }
      }),
    );
  });

  test('by values is never that of another', () => {
    const names = fc.string({
      unit: fc.constantFrom('_', '.', 'a', 'U', '2', 'e', '-', 'é'),
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(names, names, (left, right) => {
        const isEscaped = (name: string) => !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
        fc.pre(left !== right && isEscaped(left) && isEscaped(right));
        expect(escapeMetricName(left, 'values')).not.toBe(escapeMetricName(right, 'values'));
      }),
    );
  });
});

test('a label has no colon', () => {
  expect(escapeLabelName('a:b', 'underscores')).toBe('a_b');
  expect(escapeLabelName('a:b', 'values')).toBe('U__a_3a_b');
});

describe('a family', () => {
  test('without such names is the very same one', () => {
    const family = scalar('counter', { name: 'a_total' }, [{ value: 1, labels: { b: 'c' } }]);
    for (const scheme of ['underscores', 'dots', 'values', 'allow-utf-8'] as const) {
      expect(escapeFamily(family, scheme)).toBe(family);
    }
  });

  test('has all of its names escaped, those of its exemplars too, and is not changed itself', () => {
    const exemplar = { labelNames: ['span.id', 'ok'], labelValues: ['1', '2'], value: 3 };
    const family: MetricFamily = {
      ...scalar('counter', { name: 'x.y' }, [
        { value: 1, labels: { plain: 'a' } },
        { value: 2, labels: { 'k8s.name': 'b' } },
      ]),
      exemplars: [undefined, exemplar],
    };
    expect(escapeFamily(family, 'dots')).toMatchObject({
      name: 'x_dot_y',
      labelNames: [['plain'], ['k8s_dot_name']],
      exemplars: [undefined, { labelNames: ['span_dot_id', 'ok'] }],
    });
    expect(family).toMatchObject({ name: 'x.y', labelNames: [['plain'], ['k8s.name']] });
  });
});

describe('x.y, x_y and x-y', () => {
  const families = ['x.y', 'x_y', 'x-y'].map((name, i) => gauge(name, i));

  test.each<[EscapingScheme, ExpositionFormat, readonly string[]]>([
    ['allow-utf-8', 'text-utf8', ['x.y', 'x_y', 'x-y']],
    ['dots', 'text-dots', ['x_dot_y', 'x_y', 'x__y']],
    ['values', 'text-values', ['U__x_2e_y', 'x_y', 'U__x_2d_y']],
    ['underscores', 'text', ['x_y']],
  ])('are by %s: %s', (_, format, names) => {
    const drops = new DropTally();
    const admitted = admitFamilies({ families, drops, limits, takenNames: [], format });
    expect(admitted.families.map(({ name }) => name)).toEqual(names);
    expect(drops.count('collision')).toBe(3 - names.length);
  });
});

const limits = { bodyBytes: 1e9, depth: 100, series: 1e6, labels: 100, labelLength: 1000, nodes: 1e6 };

test('labels that become one take their rows with them, and are counted', () => {
  const drops = new DropTally();
  const family = scalar('gauge', { name: 'g' }, [{ value: 1, labels: { 'a.b': '1', a_b: '2' } }, { value: 2 }]);
  const admitted = admitFamilies({ families: [family], drops, limits, takenNames: [], format: 'text' });
  expect(admitted.families.map((each) => each.labelNames)).toEqual([[[]]]);
  expect(drops.count('label')).toBe(1);
});

describe('names in UTF-8', () => {
  const families = [
    scalar('gauge', { name: 'my.metric' }, [{ value: 1, labels: { 'k8s.name': 'x', plain: 'y' } }]),
    scalar('gauge', { name: 'bäre' }, [{ value: 2 }]),
    scalar('gauge', { name: 'plain' }, [{ value: 3, labels: { 'k8s.name': 'x' } }]),
    histogram({ name: 'wait.s' }, [
      {
        labels: { 'k8s.name': 'x' },
        sum: 3,
        count: 2,
        buckets: [
          ['1', 1],
          ['+Inf', 2],
        ],
      },
    ]),
    scalar('counter', { name: 'hits.a"b_total' }, [{ value: 4 }]),
  ];

  async function write(format: ExpositionFormat): Promise<readonly string[]> {
    const outcome = { up: true, statusCode: 200, durationSeconds: 0, samples: 0, drops: new DropTally() };
    const registry = new ScrapeRegistry({ collect: async () => ({ families, outcome }) });
    await registry.gather({});
    const chunks: Buffer[] = [];
    for await (const chunk of registry.write(format)) chunks.push(chunk);
    return Buffer.concat(chunks).toString().split('\n');
  }

  test('stand in quotes inside the braces in text', async () => {
    expect(await write('text-utf8')).toEqual(
      expect.arrayContaining([
        '# TYPE "my.metric" gauge',
        '{"my.metric","k8s.name"="x",plain="y"} 1',
        '{"bäre"} 2',
        'plain{"k8s.name"="x"} 3',
        '{"wait.s_bucket","k8s.name"="x",le="1"} 1',
        '{"wait.s_count","k8s.name"="x"} 2',
        '{"hits.a\\"b_total"} 4',
      ]),
    );
  });

  test('are the same in both versions of OpenMetrics', async () => {
    expect(await write('openmetrics-utf8')).toEqual(
      expect.arrayContaining([
        '# TYPE "hits.a\\"b" counter',
        '{"wait.s_bucket","k8s.name"="x",le="1.0"} 1',
        '{"hits.a\\"b_total"} 4',
      ]),
    );
    expect(await write('openmetrics2-utf8')).toEqual(
      expect.arrayContaining([
        '# TYPE "hits.a\\"b_total" counter',
        '{"wait.s","k8s.name"="x"} {count:2,sum:3,bucket:[1.0:1,+Inf:2]}',
        '{"hits.a\\"b_total"} 4',
      ]),
    );
  });
});
