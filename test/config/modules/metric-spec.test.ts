import { describe, expect, test } from 'vitest';
import { toPathValue } from '../../../src/config/modules/value-spec.js';
import type { MetricSpec } from '../../../src/model/module.js';
import { readMetric, readModule } from '../read-modules.js';

const METRIC = 'modules.m.metrics[0]';

function problemsOf(keys: string): readonly string[] {
  return readMetric(keys).problems.map((problem) => problem.replace(/^f\.yml:\d+: modules\.m\.metrics\[0\]/, '~'));
}

describe('a metric', () => {
  test('of one value', () => {
    const { metric, problems, warnings } = readMetric("name: n\npath: '{.a}'");
    expect([...problems, ...warnings]).toEqual([]);
    expect(metric).toEqual({
      where: `f.yml:6:9: ${METRIC}`,
      name: 'n',
      dynamicName: undefined,
      help: 'n',
      valueType: 'untyped',
      mode: 'value',
      steps: [],
      labels: [],
      values: [{ suffix: '', value: toPathValue('{.a}', `f.yml:6:9: ${METRIC}`), states: undefined }],
      distribution: undefined,
      exponential: undefined,
      unit: undefined,
      isInfo: false,
      start: undefined,
      exemplar: undefined,
      timestamp: undefined,
      allowMissingKey: false,
      duplicates: 'first',
      aggregate: undefined,
    } satisfies MetricSpec);
  });

  test('of one value with everything', () => {
    const { metric, problems } = readMetric(`\
name: n
help: H
valuetype: counter
path: '{.a}'
default: 0
map: { x: 1 }
otherwise: 2
labels: { l: '{.b}', m: constant }
allow_missing_key: true
epochtimestamp: '{.t}'`);
    expect(problems).toEqual([]);
    expect(metric).toMatchObject({
      help: 'H',
      valueType: 'counter',
      values: [{ value: { path: '{.a}', fallback: '0', map: { otherwise: '2' } } }],
      labels: [
        { name: 'l', value: { path: '{.b}' } },
        { name: 'm', value: { path: 'constant' } },
      ],
      allowMissingKey: true,
      timestamp: { path: '{.t}', date: undefined },
    });
  });

  test('of objects, with values that have a suffix and one that has none', () => {
    const { metric, problems } = readMetric(`\
name: n
type: object
path: ['{.a[*]}', '$.b[*]']
value: '{.v}'
values: { x: '{.x}', y: { path: '{.y}', states: [on, off] } }
timestamp: { path: '{.t}', date: rfc3339 }`);
    expect(problems).toEqual([]);
    expect(metric).toMatchObject({
      mode: 'object',
      steps: [
        { path: '{.a[*]}', where: `f.yml:8:16: ${METRIC}.path[0]` },
        { path: '$.b[*]', where: `f.yml:8:27: ${METRIC}.path[1]` },
      ],
      values: [
        { suffix: '', value: { path: '{.v}' } },
        { suffix: 'x', value: { path: '{.x}' } },
        { suffix: 'y', states: { label: 'state', names: ['on', 'off'] } },
      ],
      timestamp: { path: '{.t}', date: 'rfc3339' },
    });
  });

  test('of a histogram and of a summary', () => {
    const histogram = readMetric(`\
name: h
type: histogram
path: '{}'
buckets: { path: '{.b[*]}', bound: '{.le}', count: '{.n}', cumulative: false }
count: '{.c}'
sum: { path: '{.s}', scale: 0.001 }`);
    expect(histogram.problems).toEqual([]);
    expect(histogram.metric).toMatchObject({
      mode: 'object',
      values: [],
      distribution: {
        type: 'histogram',
        path: '{.b[*]}',
        element: { bound: { path: '{.le}' }, value: { path: '{.n}' } },
        isCumulative: false,
        count: { path: '{.c}' },
        sum: { scale: 0.001 },
      },
    });
    const summary = readMetric("name: s\ntype: summary\npath: '{}'\nquantiles: '{.q}'");
    expect(summary.problems).toEqual([]);
    expect(summary.metric.distribution).toMatchObject({
      type: 'summary',
      path: '{.q}',
      element: undefined,
      sum: undefined,
    });
  });

  test.each(['first', 'last', 'sum', 'error'])('may have duplicates: %s', (duplicates) => {
    expect(readMetric(`name: n\npath: a\nduplicates: ${duplicates}`).metric.duplicates).toBe(duplicates);
  });

  test.each(['count', 'sum', 'min', 'max', 'avg'])('may have aggregate: %s', (aggregate) => {
    expect(readMetric(`name: n\npath: a\naggregate: ${aggregate}`).metric.aggregate).toBe(aggregate);
  });

  test('without help, or with an empty one, is helped by its name', () => {
    expect(readMetric("name: n\npath: a\nhelp: ''").metric.help).toBe('n');
  });

  test('has a timestamp in seconds unless it says otherwise, and none where the path is empty', () => {
    expect(readMetric("name: n\npath: a\ntimestamp: '{.t}'").metric.timestamp).toMatchObject({ date: 'unix' });
    expect(readMetric("name: n\npath: a\nepochtimestamp: ''").metric.timestamp).toBeUndefined();
  });
});

describe('what is wrong with a metric of zxp is all told at once', () => {
  test.each<readonly [string, readonly string[]]>([
    ['help: x', ['~ needs a name; name: stock_items', "~ needs a path; path: '{.name}'"]],
    ['name: [a]\npath: b', ['~.name must be text, not a list']],
    [
      'name: n\npath: b\nvaluetype: guage',
      ['~.valuetype must be one of untyped, gauge, counter, not "guage"; did you mean gauge?'],
    ],
    [
      'name: n\npath: b\ntype: objekt',
      [
        '~.type must be one of value, object, histogram, summary, exponential_histogram, not "objekt"; did you mean object?',
      ],
    ],
    ['name: n\ntype: object\nvalue: 1', ["~ needs a path; path: '{.items[*]}'"]],
    ['name: n\ntype: object\npath: []\nvalue: 1', ['~.path needs at least one path']],
    ['name: n\ntype: object\npath: [[a]]\nvalue: 1', ['~.path[0] must be text, not a list']],
    ['name: n\ntype: object\npath: a', ["~ needs values; value: '{.count}', or values: {count: '{.count}'}"]],
    ['name: n\npath: a\nvalues: { x: b }', ['~.values belongs to type: object; add type: object']],
    ['name: n\npath: a\nlabels: [b]', ['~.labels must be a map, not a list']],
    ['name: n\npath: a\nlabels: { b: [c] }', ['~.labels.b must be text, not a list']],
    ['name: n\npath: a\nallow_missing_key: sometimes', ['~.allow_missing_key must be true or false, not text']],
    [
      'name: n\npath: a\nepochtimestamp: t\ntimestamp: u',
      ['~.timestamp cannot be combined with epochtimestamp; keep one'],
    ],
    [
      'name: n\npath: a\ntimestamp: { path: t, unit: bytes }',
      ['~.timestamp a time has a date, not a unit; date: unix_ms'],
    ],
    [
      'name: n\npath: a\nlable: { a: b }\nAllow_Missing_Key: true',
      ['~.lable unknown key; did you mean labels?', '~.Allow_Missing_Key unknown key; did you mean allow_missing_key?'],
    ],
  ])('%j', (keys, problems) => {
    expect(problemsOf(keys)).toEqual(problems);
  });

  test('one after the other, of metrics that are no maps too', () => {
    const { problems } = readModule('metrics:\n  - word\n  - { name: n }\n  - [a]\n  - ~');
    expect(problems).toEqual([
      'f.yml:5: modules.m.metrics[0] must be a map, not text',
      "f.yml:6: modules.m.metrics[1] needs a path; path: '{.name}'",
      'f.yml:7: modules.m.metrics[2] must be a map, not a list',
      'f.yml:8: modules.m.metrics[3] needs a name; name: stock_items',
      "f.yml:8: modules.m.metrics[3] needs a path; path: '{.name}'",
    ]);
  });
});

describe('a metric of json_exporter', () => {
  const read = (keys: string) => readMetric(keys, { isJsonExporter: true });

  test('may have a value type that it does not know, which is untyped, and a warning', () => {
    const { metric, problems, warnings } = read("name: n\npath: '{.a}'\nvaluetype: guage");
    expect(problems).toEqual([]);
    expect(metric.valueType).toBe('untyped');
    expect(warnings).toEqual([
      `f.yml:8: ${METRIC}.valuetype must be one of untyped, gauge, counter, not "guage"; taken for untyped`,
    ]);
  });

  test('may have epochTimestamp, which json_exporter ignores', () => {
    const { metric, warnings } = read("name: n\npath: '{.a}'\nepochTimestamp: '{.t}'");
    expect(metric.timestamp).toMatchObject({ path: '{.t}', date: undefined });
    expect(warnings).toEqual([
      `f.yml:8: ${METRIC}.epochTimestamp json_exporter ignores this key and reads epochtimestamp; zxp reads both`,
    ]);
  });

  test('may have values where they mean nothing, no path, and keys that nobody knows', () => {
    const { metric, problems, warnings } = read('name: n\nvalues: { a: b }\nscope: x');
    expect(problems).toEqual([]);
    expect(metric).toMatchObject({ mode: 'value', values: [{ value: { path: '' } }] });
    expect(warnings).toEqual([
      `f.yml:7: ${METRIC}.values belongs to type: object, ignored`,
      `f.yml:8: ${METRIC}.scope unknown key, ignored`,
    ]);
  });

  test('may have keys of zxp, but not of the wrong kind', () => {
    expect(read('name: n\npath: a\nmap: { UP: 1 }\naggregate: sum').problems).toEqual([]);
    expect(read('name: n\npath: a\nallow_missing_key: "true"').problems).toEqual([
      `f.yml:8: ${METRIC}.allow_missing_key must be true or false, not text`,
    ]);
  });

  test('merges labels and values that << brings, and of equal keys takes the last', () => {
    const { module } = readModule(
      `\
metrics:
  - &a { name: n, type: object, path: p, labels: { x: 1, y: 2 }, values: { v: 3 } }
  - { <<: *a, name: o, labels: { y: 4, z: 5 }, values: { w: 6 } }
  - { labels: { x: 7 }, name: q, <<: *a }`,
      { isJsonExporter: true },
    );
    const describe = (metric: MetricSpec | undefined) => ({
      name: metric?.name,
      labels: metric?.labels.map((label) => `${label.name}=${label.value.path}`).join(),
      values: metric?.values.map((value) => `${value.suffix}=${value.value.path}`).join(),
    });
    expect(module.mapping.metrics.map(describe)).toEqual([
      { name: 'n', labels: 'x=1,y=2', values: 'v=3' },
      { name: 'o', labels: 'x=1,y=4,z=5', values: 'v=3,w=6' },
      { name: 'n', labels: 'x=1,y=2', values: 'v=3' },
    ]);
  });
});

describe.each([false, true])('where the file is of json_exporter: %s', (isJsonExporter) => {
  const warningsOf = (path: string, label: string) => {
    const keys = `metrics: [{ name: n, type: object, path: '${path}', labels: { a: '${label}' }, values: { v: '{.v}' } }]`;
    return readModule(keys, { isJsonExporter }).warnings.map((warning) => warning.replace(/^\S+ /, ''));
  };

  test.each([
    ['.items[*]', 'this is text, not a path'],
    ['items', 'this is text, not a path'],
    ['{items}', 'this path matches nothing'],
    ['${ITEMS}', 'this path matches nothing'],
  ])('a path %s to elements is warned of', (path, message) => {
    expect(warningsOf(path, '{.a}')).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ['.sku', 'this is text, not a path'],
    ['.a.b[0]', 'this is text, not a path'],
    ['{sku}', 'this path matches nothing'],
    ['${SKU}', 'this path matches nothing'],
  ])('a label %s is warned of', (label, message) => {
    expect(warningsOf('{.items[*]}', label)).toEqual([expect.stringContaining(message)]);
  });

  test.each(['{.sku}', 'shop', '', '.', 'v1.2', '.5', '$5', '{.a}-{.b}', 'a{.b}', '{ .a }', '$', '$.a', '{@}'])(
    'a label %j is not',
    (label) => expect(warningsOf('{.items[*]}', label)).toEqual([]),
  );

  test.each([
    '{.items[*]}',
    '{[*]}',
    '{@}',
    '{ .items }',
    '$.items[*]',
    '$',
    '[{"v": 1}]',
    '{range .items[*]}{.a}{end}',
  ])('a path %j to elements is not', (path) => expect(warningsOf(path, '{.a}')).toEqual([]));
});
