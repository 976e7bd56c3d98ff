import { describe, expect, test } from 'vitest';
import { readMetric } from '../read-modules.js';

function problemsOf(keys: string): readonly string[] {
  return readMetric(keys).problems.map((problem) =>
    problem.replace(/^f\.yml:\d+(:\d+)?: modules\.m\.metrics\[0\]/, '~'),
  );
}

describe('what OpenMetrics and protobuf have a place for', () => {
  test('is a unit, a start and an exemplar of a counter', () => {
    const { metric, problems } = readMetric(`\
name: n_seconds_total
valuetype: counter
path: '{.a}'
metric_unit: seconds
created: { path: '{.c}', date: rfc3339 }
exemplar: { labels: { trace_id: '{.t}' }, value: '{.v}', timestamp: '{.at}' }`);
    expect(problems).toEqual([]);
    expect(metric).toMatchObject({
      unit: 'seconds',
      start: { kind: 'created', value: { path: '{.c}', date: 'rfc3339' } },
      exemplar: {
        labels: [{ name: 'trace_id', value: { path: '{.t}' } }],
        value: { path: '{.v}' },
        timestamp: { path: '{.at}', date: 'unix' },
      },
    });
  });

  test('is an uptime, which may be a duration in words', () => {
    const { metric, problems } = readMetric(
      "name: n\ntype: summary\npath: '{}'\nquantiles: '{.q}'\nuptime: { path: '{.up}', unit: duration }",
    );
    expect(problems).toEqual([]);
    expect(metric.start).toMatchObject({ kind: 'uptime', value: { unit: 'duration' } });
  });

  test('is an info metric, of the document or of each element, with the value 1', () => {
    const one = readMetric("name: build_info\ninfo: true\nlabels: { v: '{.v}' }");
    expect(one.problems).toEqual([]);
    expect(one.metric).toMatchObject({ isInfo: true, mode: 'value', values: [{ value: { path: '1' } }] });
    const many = readMetric("name: disk_info\ntype: object\ninfo: true\npath: '{.disks[*]}'");
    expect(many.problems).toEqual([]);
    expect(many.metric).toMatchObject({ mode: 'object', steps: [{ path: '{.disks[*]}' }], values: [{ suffix: '' }] });
  });

  test('is a state set', () => {
    const { metric, problems } = readMetric("name: n\npath: '{.s}'\nstates: [a, b]\nstateset: true");
    expect(problems).toEqual([]);
    expect(metric.values[0]?.states).toEqual({ label: 'state', names: ['a', 'b'], isStateSet: true });
  });

  test.each<readonly [string, readonly string[]]>([
    [
      'name: n\npath: a\nmetric_unit: per second',
      ['~.metric_unit must be letters, digits and _; metric_unit: seconds'],
    ],
    ['name: n\npath: a\nuptime: b', ['~.uptime uptime is for what counts; valuetype: counter']],
    ['name: n\npath: a\nvaluetype: gauge\ncreated: b', ['~.created created is for what counts; valuetype: counter']],
    [
      'name: n\npath: a\nvaluetype: counter\ncreated: b\nuptime: c',
      ['~.uptime created and uptime are both set; keep one'],
    ],
    ['name: n\npath: a\nexemplar: { value: b }', ['~.exemplar an exemplar is for counters and histograms; remove it']],
    ['name: n\npath: a\nvaluetype: counter\nexemplar: {}', ["~.exemplar needs a value; value: '{.value}'"]],
    [
      'name: n\ntype: object\npath: a\nvaluetype: counter\nvalues: { b: c, d: e }\nexemplar: { value: f }',
      ['~.exemplar an exemplar belongs to one value; give it a metric of its own'],
    ],
    [
      'name: n\npath: a\ninfo: true',
      [
        '~.name the name of an info metric ends in _info; name: build_info',
        '~.path the value of an info metric is 1; type: object has a path to its elements',
      ],
    ],
    ['name: n_info\ninfo: true\nmetric_unit: s', ['~.metric_unit info metrics and state sets have no unit; remove it']],
    [
      'name: n_info\ninfo: true\nvaluetype: counter',
      ['~.valuetype info metrics and state sets are not counters; remove it'],
    ],
    [
      'name: n_info\ninfo: true\nduplicates: sum',
      ['~ duplicates is for numbers, not for states, info, histograms or summaries'],
    ],
    [
      'name: n_info\ninfo: true\ntype: histogram\npath: a\nbuckets: b',
      ['~.info info cannot be combined with type: histogram; remove one'],
    ],
    ['name: n\npath: a\nstateset: true', ['~ stateset needs states; states: [UP, DOWN]']],
    [
      'name: n\npath: a\nstates: [b]\nstateset: true\nstate_label: c',
      ['~.state_label the label of a state set is the name of its metric; remove it'],
    ],
  ])('%j is refused', (keys, problems) => {
    expect(problemsOf(keys)).toEqual(problems);
  });
});

describe('a native histogram', () => {
  test('has its buckets by index, with what is 0 left out', () => {
    const { metric, problems } = readMetric(`\
name: n
type: exponential_histogram
path: '{.points[*]}'
scale: '{.scale}'
count: '{.count}'
zero_count: '{.zeroCount}'
positive: { offset: '{.positive.offset}', counts: '{.positive.bucketCounts[*]}' }`);
    expect(problems).toEqual([]);
    expect(metric).toMatchObject({
      mode: 'object',
      values: [],
      exponential: {
        count: { path: '{.count}' },
        sum: undefined,
        buckets: {
          kind: 'indexed',
          scale: { path: '{.scale}' },
          zeroCount: { path: '{.zeroCount}' },
          zeroThreshold: undefined,
          positive: { offset: { path: '{.positive.offset}' }, counts: { path: '{.positive.bucketCounts[*]}' } },
          negative: undefined,
        },
      },
    });
  });

  test('has its buckets by bounds', () => {
    const { metric, problems } = readMetric(
      "name: n\ntype: exponential_histogram\npath: '{.r[*]}'\nbuckets: '{.b[*]}'",
    );
    expect(problems).toEqual([]);
    expect(metric.exponential?.buckets).toMatchObject({ kind: 'bounded', path: '{.b[*]}' });
  });

  const start = 'name: n\ntype: exponential_histogram\npath: a\n';
  test.each<readonly [string, readonly string[]]>([
    ['', ["~ needs buckets; positive: {offset: '{.positive.offset}', counts: '{.positive.bucketCounts[*]}'}"]],
    ['positive: {}', ["~.positive needs counts; counts: '{.positive.bucketCounts[*]}'"]],
    ['positive: b', ['~.positive must be a map, not text']],
    ['buckets: b\nscale: c', ['~.scale scale and buckets are both set; keep one']],
    ['buckets: b\nvaluetype: counter', ['~.valuetype has no effect with type: exponential_histogram; remove it']],
    ['buckets: b\naggregate: sum', ['~ aggregate is for numbers, not for states, info, histograms or summaries']],
  ])('with %j is refused', (keys, problems) => {
    expect(problemsOf(start + keys)).toEqual(problems);
  });
});
