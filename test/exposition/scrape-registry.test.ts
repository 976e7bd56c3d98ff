import { Counter, Gauge, Histogram, type Metric, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { FamilyMetric, ScrapeRegistry } from '../../src/exposition/scrape-registry.js';
import { DropTally } from '../../src/model/drops.js';
import { ZxpError } from '../../src/model/errors.js';
import type { ExpositionFormat, MetricFamily } from '../../src/model/metrics.js';
import type { Collector, ScrapeOutcome } from '../../src/model/scrape.js';
import { describeLabels, parseExposition } from '../support/exposition-parser.js';
import { counter, gauge, histogram, scalar, summary } from './families.js';

const outcome: ScrapeOutcome = { up: true, statusCode: 200, durationSeconds: 0, samples: 0, drops: new DropTally() };
const nobody: Collector = { collect: () => Promise.reject(new Error('nobody asks')) };

function registryOf(...families: readonly MetricFamily[]): ScrapeRegistry {
  const registry = new ScrapeRegistry(nobody);
  for (const family of families) registry.registerMetric(new FamilyMetric(family));
  return registry;
}

async function chunksOf(registry: ScrapeRegistry, format: ExpositionFormat): Promise<readonly Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of registry.write(format)) chunks.push(chunk);
  return chunks;
}

async function write(registry: ScrapeRegistry, format: ExpositionFormat): Promise<string> {
  return Buffer.concat(await chunksOf(registry, format)).toString();
}

/** Lines of one exposition, the last one with its newline. */
function lines(...each: readonly string[]): string {
  return `${each.join('\n')}\n`;
}

const odd = [
  scalar('counter', { name: 'c_total', help: 'all "of" \\ it\n' }, [
    { value: 1, labels: { a: '1', b: '"\\\n' } },
    { value: 2, labels: { b: 'é' } },
    { value: -0 },
  ]),
  scalar('untyped', { name: 'u' }, [{ value: 1e300 }]),
  summary({ name: 's' }, [
    {
      quantiles: [
        ['0.5', 1],
        ['1', 2],
      ],
      sum: 3,
      count: 2,
      labels: { a: '1' },
    },
  ]),
  histogram({ name: 'h' }, [
    {
      buckets: [
        ['0.5', 1],
        ['1', 2],
        ['1e6', 3],
        ['+Inf', 4],
      ],
      sum: 5,
      count: 4,
      labels: { a: '1' },
    },
    {
      buckets: [
        ['-Inf', 0],
        ['+Inf', 1],
      ],
      sum: 5,
      count: 1,
    },
  ]),
];

describe('a scrape registry', () => {
  test('is a Registry of prom-client', () => {
    expect(registryOf()).toBeInstanceOf(Registry);
  });

  test('registers what its collector gives, once it is told to gather', async () => {
    const asked: unknown[] = [];
    const families = [gauge('a'), gauge('b')];
    const registry = new ScrapeRegistry({
      collect: async (request) => {
        asked.push(request);
        return { families, outcome };
      },
    });
    expect(registry.families).toEqual([]);
    const request = { timeoutMs: 5 };
    expect(await registry.gather(request)).toBe(outcome);
    expect(asked).toEqual([request]);
    expect(registry.families).toEqual(families);
    expect(await write(registry, 'text')).toContain('\nb 1\n');
  });

  test('passes on that the caller has left', async () => {
    const left = new ZxpError('cancelled', 'the caller has left');
    const registry = new ScrapeRegistry({ collect: () => Promise.reject(left) });
    await expect(registry.gather({})).rejects.toBe(left);
  });

  test('gives as its metrics what it writes as text', async () => {
    const registry = registryOf(...odd);
    expect(await registry.metrics()).toBe(await write(registry, 'text'));
    expect(await registryOf().metrics()).toBe('');
  });

  test('writes the same again', async () => {
    const registry = registryOf(...odd);
    expect(await write(registry, 'openmetrics')).toBe(await write(registry, 'openmetrics'));
  });

  test('holds nothing after clear', async () => {
    const registry = registryOf(...odd);
    new Gauge({ name: 'g', help: 'h', registers: [registry] });
    registry.clear();
    expect(await registry.metrics()).toBe('');
    expect(registry.families).toEqual([]);
  });

  test('takes families named like members of Object.prototype', async () => {
    const names = ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty'];
    const registry = registryOf(...names.map((name) => gauge(name)));
    const parsed = parseExposition(await registry.metrics(), 'text');
    expect(parsed.map(({ name }) => name)).toEqual(names);
  });

  test('shows ordinary metrics of prom-client behind the families', async () => {
    const registry = registryOf(counter('a_total', 7));
    const registers = [registry];
    new Counter({ name: 'b_total', help: 'b', labelNames: ['x'], registers }).inc({ x: '"' }, 2);
    new Gauge({ name: 'c', help: 'c', registers }).set(3);
    new Histogram({ name: 'd', help: 'd', buckets: [1], registers }).observe(0.5);
    expect(await registry.metrics()).toBe(
      lines(
        ...['# HELP a_total h', '# TYPE a_total counter', 'a_total 7'],
        ...['# HELP b_total b', '# TYPE b_total counter', 'b_total{x="\\""} 2'],
        ...['# HELP c c', '# TYPE c gauge', 'c 3'],
        ...['# HELP d d', '# TYPE d histogram'],
        ...['d_bucket{le="1"} 1', 'd_bucket{le="+Inf"} 1', 'd_sum 0.5', 'd_count 1'],
      ),
    );
  });
});

describe('a family as a metric of a stock Registry', () => {
  test('gives the samples that the scrape registry writes', async () => {
    const stock = new Registry();
    for (const family of odd) stock.registerMetric(new FamilyMetric(family) as unknown as Metric);
    const list = (text: string) =>
      parseExposition(text, 'text').map(({ name, type, samples }) => ({
        name,
        type,
        samples: samples.map((sample) => [sample.name, describeLabels(sample.labels), sample.value + 0]),
      }));
    expect(list(await stock.metrics())).toEqual(list(await registryOf(...odd).metrics()));
  });

  test('can be asked for one at a time, and as JSON', async () => {
    const stock = new Registry();
    stock.registerMetric(new FamilyMetric(counter('a_total', 7)) as unknown as Metric);
    expect(await stock.getSingleMetricAsString('a_total')).toBe('# HELP a_total h\n# TYPE a_total counter\na_total 7');
    expect(await stock.getMetricsAsJSON()).toEqual([
      {
        name: 'a_total',
        help: 'h',
        type: 'counter',
        aggregator: 'sum',
        values: [{ metricName: 'a_total', labels: {}, value: 7 }],
      },
    ]);
  });
});

describe('text 0.0.4', () => {
  test('has each kind under its name, in the order of registration', async () => {
    expect(await write(registryOf(...odd), 'text')).toBe(
      lines(
        '# HELP c_total all "of" \\\\ it\\n',
        '# TYPE c_total counter',
        'c_total{a="1",b="\\"\\\\\\n"} 1',
        'c_total{b="é"} 2',
        'c_total -0',
        '# HELP u h',
        '# TYPE u untyped',
        'u 1e+300',
        '# HELP s h',
        '# TYPE s summary',
        's{a="1",quantile="0.5"} 1',
        's{a="1",quantile="1"} 2',
        's_sum{a="1"} 3',
        's_count{a="1"} 2',
        '# HELP h h',
        '# TYPE h histogram',
        'h_bucket{a="1",le="0.5"} 1',
        'h_bucket{a="1",le="1"} 2',
        'h_bucket{a="1",le="1e6"} 3',
        'h_bucket{a="1",le="+Inf"} 4',
        'h_sum{a="1"} 5',
        'h_count{a="1"} 4',
        'h_bucket{le="-Inf"} 0',
        'h_bucket{le="+Inf"} 1',
        'h_sum 5',
        'h_count 1',
      ),
    );
  });

  test('has timestamps in milliseconds', async () => {
    expect(await write(registryOf(...timed), 'text')).toBe(
      lines(
        ...['# HELP g h', '# TYPE g gauge', 'g{a="1"} 1 1700000000123', 'g 2'],
        ...['# HELP h h', '# TYPE h histogram', 'h_bucket{le="+Inf"} 1 -5', 'h_sum 1 -5', 'h_count 1 -5'],
        ...['# HELP s h', '# TYPE s summary', 's{quantile="0.5"} 1 0', 's_sum 1 0', 's_count 1 0'],
      ),
    );
  });
});

const timed = [
  scalar('gauge', { name: 'g' }, [{ value: 1, labels: { a: '1' }, timestampMs: 1_700_000_000_123 }, { value: 2 }]),
  histogram({ name: 'h' }, [{ buckets: [['+Inf', 1]], sum: 1, count: 1, timestampMs: -5 }]),
  summary({ name: 's' }, [{ quantiles: [['0.5', 1]], sum: 1, count: 1, timestampMs: 0 }]),
];

describe('OpenMetrics 1.0', () => {
  test('has its own names, types, escapes, bounds and end', async () => {
    const text = await write(registryOf(...odd), 'openmetrics');
    expect(text).toBe(
      lines(
        '# HELP c all \\"of\\" \\\\ it\\n',
        '# TYPE c counter',
        'c_total{a="1",b="\\"\\\\\\n"} 1',
        'c_total{b="é"} 2',
        'c_total -0',
        '# HELP u h',
        '# TYPE u unknown',
        'u 1e+300',
        '# HELP s h',
        '# TYPE s summary',
        's{a="1",quantile="0.5"} 1',
        's{a="1",quantile="1.0"} 2',
        's_sum{a="1"} 3',
        's_count{a="1"} 2',
        '# HELP h h',
        '# TYPE h histogram',
        'h_bucket{a="1",le="0.5"} 1',
        'h_bucket{a="1",le="1.0"} 2',
        'h_bucket{a="1",le="1e+06"} 3',
        'h_bucket{a="1",le="+Inf"} 4',
        'h_sum{a="1"} 5',
        'h_count{a="1"} 4',
        'h_bucket{le="-Inf"} 0',
        'h_bucket{le="+Inf"} 1',
        'h_sum 5',
        'h_count 1',
        '# EOF',
      ),
    );
    parseExposition(text, 'openmetrics');
  });

  test('has timestamps in seconds', async () => {
    const text = await write(registryOf(...timed), 'openmetrics');
    const times = parseExposition(text, 'openmetrics').flatMap(({ samples }) => samples.map((each) => each.timestamp));
    expect(times).toEqual([1_700_000_000.123, undefined, -0.005, -0.005, -0.005, 0, 0, 0]);
  });

  test('is its end alone where there is nothing', async () => {
    expect(await write(registryOf(), 'openmetrics')).toBe('# EOF\n');
  });

  test.each<[fact: string, families: readonly MetricFamily[], types: readonly string[]]>([
    ['a counter goes by its name without _total', [counter('a_total')], ['a counter']],
    ['a counter without _total is unknown', [counter('a')], ['a unknown']],
    ['a counter called _total is unknown', [counter('_total')], ['_total unknown']],
    ['only the last _total is taken away', [counter('a_total_total')], ['a_total counter']],
    [
      'a counter whose short name is another family is unknown',
      [counter('a_total'), gauge('a')],
      ['a_total unknown', 'a gauge'],
    ],
    [
      'a counter whose short name would stand for a gauge called _created is unknown',
      [gauge('a_created'), counter('a_total')],
      ['a_created gauge', 'a_total unknown'],
    ],
    [
      'of two counters that clash by _created the first one is a counter',
      [counter('a_total'), counter('a_created_total')],
      ['a counter', 'a_created_total unknown'],
    ],
    [
      'a counter whose short name is the _count of a histogram is unknown',
      [counter('h_count_total'), histogram({ name: 'h' }, [{ buckets: [['+Inf', 1]], sum: 1, count: 1 }])],
      ['h_count_total unknown', 'h histogram'],
    ],
    [
      'a counter whose short name is the _sum of a summary is unknown',
      [summary({ name: 's' }, [{ quantiles: [], sum: 1, count: 1 }]), counter('s_sum_total')],
      ['s summary', 's_sum_total unknown'],
    ],
    [
      'a counter whose short name is the whole name of another is unknown',
      [counter('a_total'), counter('a_total_total')],
      ['a counter', 'a_total_total unknown'],
    ],
  ])('%s', async (_, families, types) => {
    const text = await write(registryOf(...families), 'openmetrics');
    const parsed = parseExposition(text, 'openmetrics');
    expect(parsed.map(({ name, type }) => `${name} ${type}`)).toEqual(types);
    const sampleNames = parsed.flatMap(({ samples }) => samples.map(({ name }) => name));
    for (const { name, type } of families) if (type === 'counter') expect(sampleNames).toContain(name);
  });
});

describe('100,000 series', () => {
  const rows = 100_000;
  const values = Array.from({ length: rows }, (_, row) => row);
  const names = ['repo', 'é'];
  const family: MetricFamily = {
    type: 'gauge',
    name: 'g',
    help: 'h',
    labelNames: values.map(() => names.slice(0, 1)),
    labelValues: values.map((row) => [`team/app${row}`]),
    values,
  };

  test.each(['text', 'openmetrics'] as const)('come in Buffers of at most 72 KiB as %s', async (format) => {
    const chunks = await chunksOf(registryOf(family), format);
    for (const chunk of chunks) expect(chunk).toBeInstanceOf(Buffer);
    expect(Math.max(...chunks.map((chunk) => chunk.buffer.byteLength))).toBeLessThanOrEqual(72 * 1024);
    expect(Math.min(...chunks.slice(0, -1).map((chunk) => chunk.length))).toBeGreaterThanOrEqual(64 * 1024);
    const [parsed, ...others] = parseExposition(Buffer.concat(chunks), format);
    expect(others).toEqual([]);
    expect(parsed?.samples.map(({ value }) => value)).toEqual(values);
    expect(parsed?.samples.at(-1)?.labels.get('repo')).toBe(`team/app${rows - 1}`);
  });

  test('are written as they are read, a chunk at a time', async () => {
    let furthest = 0;
    const watched = new Proxy(values, {
      get: (target, key, receiver) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) furthest = Math.max(furthest, Number(key));
        return Reflect.get(target, key, receiver);
      },
    });
    const chunks = registryOf({ ...family, values: watched }).write('text');
    let lines = 0;
    for await (const chunk of chunks) {
      lines += chunk.toString().split('\n').length - 1;
      expect(furthest).toBe(lines - 2 - 1);
    }
    expect(furthest).toBe(rows - 1);
  });

  test('a line is never cut between chunks', async () => {
    const chunks = await chunksOf(registryOf(family, ...odd), 'text');
    for (const chunk of chunks) expect(chunk.at(-1)).toBe('\n'.charCodeAt(0));
  });
});
