import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/exposition/byte-writer.js';
import { spanBuckets, toClassicBuckets } from '../../src/exposition/exponential-buckets.js';
import { formatRules } from '../../src/exposition/format.js';
import { writeFamilies } from '../../src/exposition/write-families.js';
import type { ExpositionFormat, MetricFamily } from '../../src/model/metrics.js';
import { readFamilies } from '../support/protobuf-families.js';
import { counter, gauge, histogram, scalar, summary } from './families.js';
import { admit, writeAll } from './write.js';

function lines(...each: readonly string[]): string {
  return `${each.join('\n')}\n`;
}

const exemplar = { labelNames: ['trace_id'], labelValues: ['a"b'], value: 0.7, timestampMs: 1_700_000_000_500 };

const jobs: MetricFamily = {
  ...scalar('counter', { name: 'jobs_seconds_total' }, [
    { value: 2, labels: { a: '1' }, timestampMs: 1_700_000_000_250 },
    { value: 3 },
  ]),
  unit: 'seconds',
  startsMs: [1_600_000_000_000, undefined],
  exemplars: [exemplar, { ...exemplar, timestampMs: undefined }],
};
const waits: MetricFamily = {
  ...histogram({ name: 'waits' }, [
    {
      labels: { a: '1' },
      sum: 5,
      count: 4,
      buckets: [
        ['0.5', 1],
        ['1', 3],
        ['+Inf', 4],
      ],
    },
  ]),
  startsMs: [1_600_000_000_000],
  exemplars: [exemplar],
};
const sizes: MetricFamily = {
  type: 'exponential_histogram',
  name: 'sizes_bytes',
  help: 'h',
  unit: 'bytes',
  labelNames: [['a'], []],
  labelValues: [['1'], []],
  buckets: [
    {
      schema: 1,
      zeroThreshold: 0.001,
      zeroCount: 1,
      positive: { indexes: [-1, 0, 4], counts: [2, 1, 3] },
      negative: { indexes: [2], counts: [1] },
    },
    {
      schema: 0,
      zeroThreshold: 0,
      zeroCount: 0,
      positive: { indexes: [], counts: [] },
      negative: { indexes: [], counts: [] },
    },
  ],
  counts: [8, 0],
  sums: [1.5, 0],
};
const latency: MetricFamily = {
  ...summary({ name: 'latency' }, [
    {
      sum: 3,
      count: 2,
      quantiles: [
        ['0.5', 1],
        ['0.9', Number.NaN],
      ],
    },
  ]),
  startsMs: [1_600_000_000_000],
};
const state: MetricFamily = {
  ...gauge('state'),
  type: 'stateset',
  unit: 'never',
  labelNames: [['state'], ['state']],
  labelValues: [['on'], ['off']],
  values: [1, 0],
};
const build: MetricFamily = {
  ...scalar('gauge', { name: 'build_info' }, [{ value: 1, labels: { v: '2' } }]),
  type: 'info',
};
const all = [jobs, waits, sizes, latency, state, build, scalar('untyped', { name: 'u' }, [{ value: 1 }])];

describe('text 0.0.4', () => {
  test('has native histograms as classic ones, and neither starts nor exemplars nor units', () => {
    expect(writeAll([jobs, sizes, state, build], 'text').toString()).toBe(
      lines(
        ...['# HELP jobs_seconds_total h', '# TYPE jobs_seconds_total counter'],
        ...['jobs_seconds_total{a="1"} 2 1700000000250', 'jobs_seconds_total 3'],
        ...['# HELP sizes_bytes h', '# TYPE sizes_bytes histogram'],
        'sizes_bytes_bucket{a="1",le="-1.4142135623730951"} 1',
        'sizes_bytes_bucket{a="1",le="0.001"} 2',
        'sizes_bytes_bucket{a="1",le="0.7071067811865476"} 4',
        'sizes_bytes_bucket{a="1",le="1"} 5',
        'sizes_bytes_bucket{a="1",le="4"} 8',
        'sizes_bytes_bucket{a="1",le="+Inf"} 8',
        ...['sizes_bytes_sum{a="1"} 1.5', 'sizes_bytes_count{a="1"} 8'],
        ...['sizes_bytes_bucket{le="+Inf"} 0', 'sizes_bytes_sum 0', 'sizes_bytes_count 0'],
        ...['# HELP state h', '# TYPE state gauge', 'state{state="on"} 1', 'state{state="off"} 0'],
        ...['# HELP build_info h', '# TYPE build_info gauge', 'build_info{v="2"} 1'],
      ),
    );
  });
});

describe('OpenMetrics 1.0', () => {
  test('has starts behind their series, exemplars in the bucket of their value, units, state sets and info', () => {
    expect(writeAll(all, 'openmetrics').toString()).toBe(
      lines(
        ...['# HELP jobs_seconds h', '# TYPE jobs_seconds counter', '# UNIT jobs_seconds seconds'],
        'jobs_seconds_total{a="1"} 2 1700000000.25 # {trace_id="a\\"b"} 0.7 1700000000.5',
        'jobs_seconds_created{a="1"} 1600000000 1700000000.25',
        'jobs_seconds_total 3 # {trace_id="a\\"b"} 0.7',
        ...['# HELP waits h', '# TYPE waits histogram', 'waits_bucket{a="1",le="0.5"} 1'],
        'waits_bucket{a="1",le="1.0"} 3 # {trace_id="a\\"b"} 0.7 1700000000.5',
        ...['waits_bucket{a="1",le="+Inf"} 4', 'waits_sum{a="1"} 5', 'waits_count{a="1"} 4'],
        'waits_created{a="1"} 1600000000',
        ...['# HELP sizes_bytes h', '# TYPE sizes_bytes histogram', '# UNIT sizes_bytes bytes'],
        'sizes_bytes_bucket{a="1",le="-1.4142135623730951"} 1',
        'sizes_bytes_bucket{a="1",le="0.001"} 2',
        'sizes_bytes_bucket{a="1",le="0.7071067811865476"} 4',
        'sizes_bytes_bucket{a="1",le="1.0"} 5',
        'sizes_bytes_bucket{a="1",le="4.0"} 8',
        'sizes_bytes_bucket{a="1",le="+Inf"} 8',
        ...['sizes_bytes_sum{a="1"} 1.5', 'sizes_bytes_count{a="1"} 8'],
        ...['sizes_bytes_bucket{le="+Inf"} 0', 'sizes_bytes_sum 0', 'sizes_bytes_count 0'],
        ...['# HELP latency h', '# TYPE latency summary', 'latency{quantile="0.5"} 1', 'latency{quantile="0.9"} NaN'],
        ...['latency_sum 3', 'latency_count 2', 'latency_created 1600000000'],
        ...['# HELP state h', '# TYPE state stateset', 'state{state="on"} 1', 'state{state="off"} 0'],
        ...['# HELP build h', '# TYPE build info', 'build_info{v="2"} 1'],
        ...['# HELP u h', '# TYPE u unknown', 'u 1', '# EOF'],
      ),
    );
  });

  test('leaves out a start whose name another family has', () => {
    const text = writeAll([waits, gauge('waits_created')], 'openmetrics').toString();
    expect(text).toContain('\nwaits_created 1\n');
    expect(text).not.toContain('waits_created{');
  });

  test('leaves out a unit in which the name does not end, and an exemplar beyond 128 characters', () => {
    const long = { ...exemplar, labelValues: ['é'.repeat(121)] };
    const text = writeAll([{ ...jobs, unit: 'minutes', exemplars: [long, exemplar] }], 'openmetrics').toString();
    expect(text).not.toContain('# UNIT');
    expect(text.match(/ # \{/gu)).toHaveLength(1);
    const fits = { ...exemplar, labelValues: ['é'.repeat(120)] };
    expect(
      writeAll([{ ...jobs, exemplars: [fits, fits] }], 'openmetrics')
        .toString()
        .match(/ # \{/gu),
    ).toHaveLength(2);
  });

  test('has a counter without _total as unknown, with neither start nor exemplar', () => {
    const text = writeAll([{ ...jobs, name: 'jobs' }], 'openmetrics').toString();
    expect(text).toBe(lines('# HELP jobs h', '# TYPE jobs unknown', 'jobs{a="1"} 2 1700000000.25', 'jobs 3', '# EOF'));
  });

  test('has an info metric whose short name is taken as a gauge', () => {
    const text = writeAll([build, gauge('build')], 'openmetrics').toString();
    expect(text).toContain('# TYPE build_info gauge\nbuild_info{v="2"} 1\n');
  });
});

describe('OpenMetrics 2.0', () => {
  test('has a line a series, with its start, and exemplars that have a time', () => {
    expect(writeAll(all, 'openmetrics2').toString()).toBe(
      lines(
        '# TYPE jobs_seconds_total counter',
        '# UNIT jobs_seconds_total seconds',
        '# HELP jobs_seconds_total h',
        'jobs_seconds_total{a="1"} 2 1700000000.25 st@1600000000 # {trace_id="a\\"b"} 0.7 1700000000.5',
        'jobs_seconds_total 3',
        ...['# TYPE waits histogram', '# HELP waits h'],
        'waits{a="1"} {count:4,sum:5,bucket:[0.5:1,1.0:3,+Inf:4]} st@1600000000 # {trace_id="a\\"b"} 0.7 1700000000.5',
        ...['# TYPE sizes_bytes histogram', '# UNIT sizes_bytes bytes', '# HELP sizes_bytes h'],
        'sizes_bytes{a="1"} {count:8,sum:1.5,schema:1,zero_threshold:0.001,zero_count:1,' +
          'negative_spans:[2:1],negative_buckets:[1],positive_spans:[-1:2,3:1],positive_buckets:[2,1,3]}',
        'sizes_bytes {count:0,sum:0,schema:0,zero_threshold:0,zero_count:0}',
        ...['# TYPE latency summary', '# HELP latency h'],
        'latency {count:2,sum:3,quantile:[0.5:1,0.9:NaN]} st@1600000000',
        ...['# TYPE state stateset', '# HELP state h', 'state{state="on"} 1', 'state{state="off"} 0'],
        ...['# TYPE build_info info', '# HELP build_info h', 'build_info{v="2"} 1'],
        ...['# TYPE u unknown', '# HELP u h', 'u 1', '# EOF'],
      ),
    );
  });

  test('has counts of native histograms that are no whole numbers as floating-point numbers, all of them', () => {
    const buckets = [
      {
        schema: 0,
        zeroThreshold: 0,
        zeroCount: 0,
        positive: { indexes: [1, 2], counts: [1.5, 2] },
        negative: { indexes: [], counts: [] },
      },
    ];
    const one: MetricFamily = { ...sizes, labelNames: [[]], labelValues: [[]], buckets, counts: [3.5], sums: [1] };
    expect(writeAll([one], 'openmetrics2').toString()).toContain('positive_buckets:[1.5,2.0]}');
  });
});

describe('protobuf', () => {
  test('has each family with its type, unit, starts and exemplars', () => {
    const { series = [], types, units } = readFamilies(writeAll(all, 'protobuf'));
    expect(types).toEqual({
      jobs_seconds_total: 'counter',
      waits: 'histogram',
      sizes_bytes: 'histogram',
      latency: 'summary',
      state: 'gauge',
      build_info: 'gauge',
      u: 'unknown',
    });
    expect(units).toEqual({ jobs_seconds_total: 'seconds', sizes_bytes: 'bytes', state: 'never' });
    expect(series[0]).toEqual({
      labels: { __name__: 'jobs_seconds_total', a: '1' },
      value: '2',
      timestamp: 1_700_000_000_250,
      start: 1_600_000_000_000,
      exemplars: [{ labels: { trace_id: 'a"b' }, value: '0.7', timestamp: 1_700_000_000_500 }],
    });
    expect(series.find(({ labels }) => labels.__name__ === 'sizes_bytes')).toEqual({
      labels: { __name__: 'sizes_bytes', a: '1' },
      histogram: {
        schema: 1,
        zeroThreshold: '0.001',
        zeroCount: '1',
        count: '8',
        sum: '1.5',
        positive: { '-1': '2', 0: '1', 4: '3' },
        negative: { 2: '1' },
      },
      start: 0,
      exemplars: [],
    });
    const buckets = series.filter(({ labels }) => labels.__name__ === 'waits_bucket');
    expect(buckets.map(({ labels, value, exemplars }) => [labels.le, value, exemplars?.length])).toEqual([
      ['0.5', '1', 0],
      ['1.0', '3', 1],
      ['+Inf', '4', 0],
    ]);
  });

  test('is bytes of the schema, one message behind the other', () => {
    const bytes = writeAll([counter('a_total', 1), gauge('b', -0)], 'protobuf');
    const name = (text: string) => Buffer.from(text).toString('hex');
    const first = ['1b', '0a07', name('a_total'), '1201', name('h'), '1800', '220b', '1a09', '09000000000000f03f'];
    const second = ['15', '0a01', name('b'), '1201', name('h'), '1801', '220b', '1209', '090000000000000080'];
    expect(bytes.toString('hex')).toBe([...first, ...second].join(''));
  });

  test('has a family of any size as one message, in chunks of which each has memory of its own', () => {
    const rows = 30_000;
    const values = Array.from({ length: rows }, (_, row) => row);
    const large: MetricFamily = {
      type: 'gauge',
      name: 'large',
      help: 'h',
      labelNames: values.map(() => ['row']),
      labelValues: values.map((row) => [`${'x'.repeat(row % 200)}${row}`]),
      values,
    };
    const families = [gauge('before'), large, { ...large, name: 'also_large' }, gauge('behind')];
    const writer = new ByteWriter();
    const options = { format: 'protobuf' as const, reservedNames: [] };
    const chunks = [...writeFamilies(writer, families, options), writer.finish()];
    expect(chunks.length).toBeGreaterThan(100);
    expect(new Set(chunks.map((chunk) => chunk.buffer)).size).toBe(chunks.length);
    const { series = [] } = readFamilies(Buffer.concat(chunks));
    expect(series.map(({ value }) => Number(value))).toEqual([1, ...values, ...values, 1]);
    expect(series[5000]?.labels).toEqual({ __name__: 'large', row: `${'x'.repeat(4999 % 200)}4999` });
  });
});

describe('what a format has no form for', () => {
  const nan = counter('nan_total', Number.NaN);
  const decreasing = histogram({ name: 'decreasing' }, [
    {
      buckets: [
        ['1', 2],
        ['+Inf', 1],
      ],
      sum: 1,
      count: 1,
    },
  ]);
  const negative = histogram({ name: 'negative' }, [
    {
      buckets: [
        ['1', -1],
        ['+Inf', 1],
      ],
      sum: 1,
      count: 1,
    },
  ]);
  const uneven = histogram({ name: 'uneven' }, [{ buckets: [['+Inf', 1]], sum: 1, count: 2 }]);
  const nanCount = histogram({ name: 'nan_count' }, [{ buckets: [['+Inf', Number.NaN]], sum: 1, count: Number.NaN }]);
  const sumless = summary({ name: 'sumless' }, [{ quantiles: [], sum: Number.NaN, count: 1 }]);
  const half = summary({ name: 'half' }, [{ quantiles: [], sum: 1, count: 0.5 }]);
  const countless = summary({ name: 'countless' }, [{ quantiles: [], sum: 1, count: Number.NaN }]);
  const beyond = summary({ name: 'beyond' }, [{ quantiles: [['50', 1]], sum: 1, count: 1 }]);
  const below = summary({ name: 'below' }, [{ quantiles: [['0.5', -1]], sum: 1, count: 1 }]);
  const zero = scalar('gauge', { name: 'zero' }, [{ value: 1, timestampMs: 0 }]);
  const good = gauge('good');
  const odd = [nan, decreasing, negative, uneven, nanCount, sumless, half, countless, beyond, below, zero, good];

  test.each<readonly [ExpositionFormat, readonly MetricFamily[]]>([
    ['text', []],
    ['openmetrics', []],
    ['openmetrics2', [nan, decreasing, negative, uneven, nanCount, sumless, half, countless, beyond, below]],
    ['protobuf', [half, countless, zero]],
  ])('is left out of %s alone, and counted with its samples', (format, refused) => {
    const { admitted, drops } = admit(odd, format);
    expect(admitted).toEqual(odd.filter((family) => !refused.includes(family)));
    const left = odd.length - refused.length;
    expect(admitted).toHaveLength(left);
    expect(new Set(drops.examples.map(({ where }) => where))).toEqual(new Set(refused.map(({ name }) => name)));
    expect(drops.total).toBe(drops.count('format'));
  });

  test('keeps its names: another family has them in no format', () => {
    const { admitted, drops } = admit([nan, gauge('nan_total')], 'openmetrics2');
    expect(admitted).toEqual([]);
    expect([drops.count('format'), drops.count('collision')]).toEqual([1, 1]);
  });

  test('a time before 1970 drops its row, in every format', () => {
    const family = scalar('gauge', { name: 'g' }, [
      { value: 1, labels: { a: '1' }, timestampMs: -1 },
      { value: 2, timestampMs: 5 },
    ]);
    for (const format of Object.keys(formatRules) as ExpositionFormat[]) {
      const { admitted, drops } = admit([family], format);
      expect(admitted).toMatchObject([{ values: [2], timestampsMs: [5], labelNames: [[]] }]);
      expect(drops.count('value')).toBe(1);
    }
  });
});

describe('native histograms as classic ones', () => {
  test('ascend, whatever the upstream says of its zero bucket', () => {
    const buckets = {
      schema: 0,
      zeroThreshold: 3,
      zeroCount: 5,
      positive: { indexes: [1, 2, 3], counts: [1, 1, 1] },
      negative: { indexes: [], counts: [] },
    };
    expect(toClassicBuckets(buckets, 8)).toEqual({ bounds: ['3', '4', '8', '+Inf'], counts: [6, 7, 8, 8] });
  });

  test('have what is beyond every double in the bucket of infinity', () => {
    const buckets = {
      schema: 0,
      zeroThreshold: 0,
      zeroCount: 0,
      positive: { indexes: [1024, 1025], counts: [1, 1] },
      negative: { indexes: [1026], counts: [1] },
    };
    expect(toClassicBuckets(buckets, 3)).toEqual({
      bounds: ['-Inf', '1.7976931348623157e+308', '+Inf'],
      counts: [1, 2, 3],
    });
  });

  test('are spans, in which short gaps are filled', () => {
    expect(spanBuckets({ indexes: [-3, -1, 2, 6], counts: [1, 2, 3, 4] })).toEqual({
      spans: [
        { offset: -3, length: 6 },
        { offset: 3, length: 1 },
      ],
      counts: [1, 0, 2, 0, 0, 3, 4],
    });
    expect(spanBuckets({ indexes: [], counts: [] })).toEqual({ spans: [], counts: [] });
  });
});
