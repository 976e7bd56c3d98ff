import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inferMapping } from '../../src/infer/infer.js';
import { runs } from '../support/runs.js';
import { anyDocument } from './documents.js';
import { tryMapping } from './try-mapping.js';

const infer = (document: unknown, name = 'stock') => inferMapping(document, { name });

/** The samples that the file gives of its document, as lines of an exposition. */
async function translate(document: unknown, name = 'stock') {
  const { complaints, samples } = await tryMapping(infer(document, name), JSON.stringify(document));
  expect(complaints).toEqual([]);
  return samples.map(({ name: family, labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    return `${family}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
  });
}

describe('of any document', () => {
  test('the file loads without problems and warnings, and translates the document without a drop', async () => {
    await fc.assert(
      fc.asyncProperty(anyDocument, async (text) => {
        const yaml = infer(JSON.parse(text));
        const { complaints } = await tryMapping(yaml, text);
        expect(complaints, `${text}\n${yaml}`).toEqual([]);
      }),
      { numRuns: runs(150) },
    );
  });

  test.each([
    ['null', null],
    ['a number', 5],
    ['a text', 'x'],
    ['true', true],
    ['an empty object', {}],
    ['an empty array', []],
    ['an array of arrays', [[1, 2], [3]]],
    ['an array of empty objects', [{}, {}]],
    ['deep objects', JSON.parse(`${'{"a":'.repeat(400)}1${'}'.repeat(400)}`)],
    ['deep arrays', JSON.parse(`${'['.repeat(400)}1${']'.repeat(400)}`)],
  ])('%s is one', async (_name, document) => {
    expect((await tryMapping(infer(document), JSON.stringify(document))).complaints).toEqual([]);
  });

  test('one that has texts beside numbers beyond the range of a double is one', async () => {
    const text = '[{"latency_ms": 1e999, "state": 1e999}, {"latency_ms": "12:30", "state": "up"}]';
    expect((await tryMapping(infer(JSON.parse(text)), text)).complaints).toEqual([]);
  });

  test.each(['target', 'zot', 'target_scrape', '0x', 'a.b-c', 'le', 'on'])(
    'a module called %s has no names that are taken',
    async (name) => {
      const document = { up: 1, scrape_error: 2, scrape: { samples: 3 }, build: { info: 'x' } };
      const yaml = infer(document, name);
      expect(
        (await tryMapping(yaml, JSON.stringify(document))).complaints.filter(
          (each) => !each.includes('replaces the built-in'),
        ),
      ).toEqual([]);
    },
  );
});

/** Texts and numbers that are found again wherever they are. */
function findCanaries(yaml: string): readonly string[] {
  return yaml.match(/\S*(?:canary|7351[\d.]*9|KANARI)\S*/gi) ?? [];
}

const fieldKey = fc.constantFrom(
  ...'name id title owner email status state mode type version model count total requests memory temperature created_at uptime value url token password items data address comment level result tags labels'.split(
    ' ',
  ),
);
const canary = fc.oneof(
  fc.nat({ max: 99 }).map((n) => `canary-${n}-7f`),
  fc.constantFrom<unknown>(
    'canary@mail.example',
    'https://canary.example/x',
    '10.canary.2',
    'canary and some more words of text',
    '735177779',
    '735177779 ms',
    '0x7351aa9',
  ),
  fc.nat({ max: 999 }).map((n) => Number(`7351${n}9`)),
  fc.nat({ max: 999 }).map((n) => Number(`7351${n}.9`)),
  fc.constantFrom<unknown>(null, true, 7351e9),
);
const canaryKey = fc.oneof(
  fc.nat({ max: 9 }).map((n) => `canary${n}@mail.example`),
  fc.nat({ max: 9 }).map((n) => `canary/${n}`),
  fc.nat({ max: 9 }).map((n) => `7351${n}9`),
  fc.nat({ max: 9 }).map((n) => `host-${n}.canary.example`),
  fc.nat({ max: 9 }).map((n) => `0d6b2f0a-1111-4c7e-9f3e-canary00000${n}`),
);

function nestCanaries(levels: number): fc.Arbitrary<unknown> {
  if (levels === 0) return canary;
  const below = nestCanaries(levels - 1);
  const object = (field: fc.Arbitrary<string>) =>
    fc
      .uniqueArray(fc.tuple(field, below), { maxLength: 5, selector: ([key]) => key })
      .map((fields) => Object.fromEntries(fields));
  return fc.oneof(
    { arbitrary: object(fieldKey), weight: 4 },
    { arbitrary: object(canaryKey), weight: 1 },
    { arbitrary: fc.array(below, { maxLength: 4 }), weight: 2 },
    { arbitrary: canary, weight: 1 },
  );
}

describe('of what is in the document', () => {
  test('no text, no number and no key that is data is in the file', () => {
    fc.assert(
      fc.property(nestCanaries(3), (document) => {
        const yaml = infer(document);
        expect(findCanaries(yaml), `${JSON.stringify(document)}\n${yaml}`).toEqual([]);
      }),
      { numRuns: runs(500) },
    );
  });

  test('names of users, hosts and the like are not in the file, even where they look like fields', () => {
    const documents = [
      { users: { canaryalice: { logins: 3 }, canarybob: { logins: 5 } } },
      { users: { canaryalice: { logins: 3 } } },
      { users: { canaryalice: 3, canarybob: 5 } },
      { requests_by_user: { canaryalice: 3 } },
      { balances: { canaryalice: 3, canarybob: 5 } },
      { hosts: { canaryweb: { cpu: 1, disks: { canarydisk: { free: 5 } } } } },
      { canaryweb: { requests: 1, errors: 2 }, canaryapi: { requests: 3, errors: 4 } },
      { connectors: { 'a@b': { status: { name: 'canary', state: 'up' } } }, state: { owner: 'canary' } },
      { labels: { team: 'canary' }, owner: 'canary', nodes: [{ name: 'canarynode', up: true }] },
    ];
    expect(documents.flatMap((document) => findCanaries(infer(document)))).toEqual([]);
  });

  test('states are, and no text of such a field that could be somebody’s', async () => {
    expect(
      await translate({
        jobs: [
          { name: 'a', state: 'running' },
          { name: 'b', state: 'broken' },
        ],
      }),
    ).toEqual([
      'stock_job_state{job="a",stock_job_state="broken"} 0',
      'stock_job_state{job="a",stock_job_state="running"} 1',
      'stock_job_state{job="b",stock_job_state="broken"} 1',
      'stock_job_state{job="b",stock_job_state="running"} 0',
    ]);
    expect(infer({ status: 'waiting for canary to confirm the order 66' })).not.toContain('canary');
  });
});

describe('names and types follow the conventions of Prometheus', () => {
  test.each<[document: unknown, samples: readonly string[]]>([
    [{ uptime_ms: 1500 }, ['stock_uptime_seconds 1.5']],
    [{ heapUsedBytes: 5 }, ['stock_heap_used_bytes 5']],
    [{ disk_free_kib: 2 }, ['stock_disk_free_bytes 2048']],
    [{ cpuPercent: 28.5 }, ['stock_cpu_ratio 0.285']],
    [{ requests: 7 }, ['stock_requests_total 7']],
    [{ total_requests: 7 }, ['stock_requests_total 7']],
    [{ rx_bytes: 7 }, ['stock_rx_bytes_total 7']],
    [{ active_requests: 7 }, ['stock_active_requests 7']],
    [{ requests_per_second: 7 }, ['stock_requests_per_second 7']],
    [{ memory_total_bytes: 7 }, ['stock_memory_total_bytes 7']],
    [{ shards_total: 7 }, ['stock_total_shards 7']],
    [{ query_total: 7 }, ['stock_query_total 7']],
    [{ fd_total: 7, fd_used: 5 }, ['stock_total_fd 7', 'stock_fd_used 5']],
    [{ cache_hit_count: 7 }, ['stock_cache_hit_count_total 7']],
    [{ uptime_in_millis: 1500 }, ['stock_uptime_seconds 1.5']],
    [{ temperature: { tC: 42.5 } }, ['stock_temperature_celsius 42.5']],
    [
      { wait: { max_ms: 5 }, delay_ms: { mean: 3 } },
      ['stock_wait_max_seconds 0.005', 'stock_delay_mean_seconds 0.003'],
    ],
    [{ ready: true }, ['stock_ready 1']],
    [{ dt: 1782907200 }, ['stock_dt_timestamp_seconds 1782907200']],
    [{ temp: 297.5 }, ['stock_temp_kelvin 297.5']],
    [{ age: { days: 1, hours: 2 } }, ['stock_age_days 1', 'stock_age_hours 2']],
    [{ ok: true, threads: { count: 5 }, meta: { count: 7 } }, ['stock_ok 1', 'stock_threads 5', 'stock_meta_count 7']],
    [
      { rates: { AUD: 1.5, CHF: 2.5, USD: 3.5 } },
      ['stock_rates{rate="AUD"} 1.5', 'stock_rates{rate="CHF"} 2.5', 'stock_rates{rate="USD"} 3.5'],
    ],
    [{ created_at: '2026-07-01T12:00:00Z' }, ['stock_created_timestamp_seconds 1782907200']],
    [{ timestamp: 1782907200123 }, ['stock_timestamp_seconds 1782907200.123']],
    [{ last_seen: 1782907200 }, ['stock_last_seen_timestamp_seconds 1782907200']],
    [{ memory: '1.5 GiB' }, ['stock_memory_bytes 1610612736']],
    [{ uptime: '2d 4h' }, ['stock_uptime_seconds 187200']],
    [{ temperature: '45.1 °C' }, ['stock_temperature_celsius 45.1']],
    [{ fill: '28 %' }, ['stock_fill_ratio 0.28']],
    [{ relay: 'ON' }, ['stock_relay 1']],
    [{ block: '0x1f' }, ['stock_block 31']],
    [{ topics: ['a', 'b'] }, ['stock_topics 2']],
    [{ temperature: { value: 3, unit: '°C' } }, ['stock_temperature_celsius 3']],
    [{ power: { value: 3, unit: 'kW' } }, ['stock_power_watts 3000']],
  ])('%j', async (document, samples) => {
    expect(await translate(document)).toEqual(samples);
  });

  test.each([
    ['taken for bytes', { memory: 143512 }],
    ['the document names no unit; by their size these are milliseconds', { build_duration: 412890 }],
    ['by their names these are counters, which only grow', { requests: 7 }],
    ['taken for degrees Celsius', { temperature: 20 }],
    ['there may be further states than this document has', { state: 'brewing' }],
    ['taken for UTC', { at: '2026-07-01T12:00:00' }],
  ])('%s is said where it is so', (note, document) => {
    expect(infer(document)).toMatch(new RegExp(`# uncertain: .*${note}`));
    expect(infer(document)).toContain('marked as uncertain');
  });
});

describe('elements become series', () => {
  test('of a list, by the field that tells them apart', async () => {
    expect(
      await translate({
        disks: [
          { name: 'a', free: 5 },
          { name: 'b', free: 7 },
        ],
      }),
    ).toEqual(['stock_disk_free{disk="a"} 5', 'stock_disk_free{disk="b"} 7']);
  });

  test('of a list, by two fields where one is not enough', async () => {
    const items = [
      { sku: 'x', shelf: 'A', left: 1 },
      { sku: 'x', shelf: 'B', left: 2 },
      { sku: 'y', shelf: 'A', left: 3 },
    ];
    expect(await translate({ items })).toEqual([
      'stock_left{sku="x",shelf="A"} 1',
      'stock_left{sku="x",shelf="B"} 2',
      'stock_left{sku="y",shelf="A"} 3',
    ]);
  });

  test('of a list, by their place where nothing tells them apart', async () => {
    expect(await translate({ fans: [{ speed: 5 }, { speed: 5 }] })).toEqual([
      'stock_fan_speed{index="0"} 5',
      'stock_fan_speed{index="1"} 5',
    ]);
  });

  test('of a map, by its keys', async () => {
    expect(await translate({ pools: { 'a@b': { free: 5 }, 'c@d': { free: 7 } } })).toEqual([
      'stock_pool_free{pool="a@b"} 5',
      'stock_pool_free{pool="c@d"} 7',
    ]);
  });

  test('of lists in lists, with the labels of both', async () => {
    const halls = [{ id: 'A', shelves: [{ id: 1, free: 5 }] }, { id: 'B', shelves: [{ id: 1, free: 7 }] }, { id: 'C' }];
    expect(await translate({ halls })).toEqual([
      'stock_shelf_free{hall="A",shelf="1"} 5',
      'stock_shelf_free{hall="B",shelf="1"} 7',
    ]);
  });

  test('what is null or empty in some of them is no sample', async () => {
    const list = [{ name: 'a', load: 5 }, { name: 'b', load: null }, { name: 'c' }];
    expect(await translate({ hosts: list })).toEqual(['stock_host_load{host="a"} 5']);
    expect(await translate({ hosts: { 'a@': list[0], 'b@': list[1] } })).toEqual(['stock_host_load{host="a@"} 5']);
  });

  test('what is no number among numbers is no sample', async () => {
    const hosts = [
      { name: 'a', load: 5 },
      { name: 'b', load: 'n/a' },
      { name: 'c', load: [1] },
    ];
    expect(await translate({ hosts })).toEqual(['stock_host_load{host="a"} 5']);
    const sensors = [
      { id: 'a', state: '21.5' },
      { id: 'b', state: 'unavailable' },
    ];
    expect(await translate({ sensors })).toEqual(['stock_sensor_state{sensor="a"} 21.5']);
  });

  test('of a list of metrics, under the names that it has', async () => {
    const gauges = [
      { Name: 'heap.used', Value: 5 },
      { Name: 'heap.free', Value: 7 },
    ];
    expect(await translate({ gauges })).toEqual(['stock_heap_used 5', 'stock_heap_free 7']);
    expect(await translate({ gauges: { 'heap.used': { value: 5 }, 'heap.free': { value: 7 } } })).toEqual([
      'stock_heap_used 5',
      'stock_heap_free 7',
    ]);
    expect(infer({ gauges })).not.toContain('heap');
  });

  test('of a list of metrics, under one name where two of theirs would become one', async () => {
    const gauges = [
      { Name: 'heap.used', Value: 5 },
      { Name: 'heap_used', Value: 7 },
    ];
    expect(await translate({ gauges })).toEqual([
      'stock_gauge_value{gauge="heap.used"} 5',
      'stock_gauge_value{gauge="heap_used"} 7',
    ]);
  });

  test('entries that are alike are found among other fields', async () => {
    const document = { 'switch:0': { output: true }, 'switch:1': { output: false }, sys: { restarts: 1 } };
    expect(await translate(document)).toEqual([
      'stock_sys_restarts_total 1',
      'stock_switch_output{switch="switch:0"} 1',
      'stock_switch_output{switch="switch:1"} 0',
    ]);
  });
});

describe('distributions', () => {
  test('an object by bounds is a histogram, with its count and sum', async () => {
    const document = { calls: 4, seconds: 2.5, latency: { '0.1': 1, '1': 3 } };
    expect(await translate(document)).toEqual([
      'stock_latency_seconds_bucket{le="0.1"} 1',
      'stock_latency_seconds_bucket{le="1"} 3',
      'stock_latency_seconds_bucket{le="+Inf"} 4',
      'stock_latency_seconds_sum 2.5',
      'stock_latency_seconds_count 4',
    ]);
  });

  test('a list of buckets whose counts are not cumulative is one', async () => {
    const buckets = [
      { le_ms: 10, n: 3 },
      { le_ms: 50, n: 1 },
      { le_ms: '+Inf', n: 2 },
    ];
    expect(await translate({ request_buckets: buckets })).toEqual(
      expect.arrayContaining([
        'stock_request_seconds_bucket{le="0.01"} 3',
        'stock_request_seconds_bucket{le="0.05"} 4',
        'stock_request_seconds_bucket{le="+Inf"} 6',
      ]),
    );
  });

  test('quantiles and percentiles are a summary', async () => {
    expect(await translate({ wait_quantiles: { '0.5': 2, '0.9': 3 } })).toEqual(
      expect.arrayContaining(['stock_wait{quantile="0.5"} 2']),
    );
    expect(await translate({ wait_percentiles: { '50.0': 2, '90.0': 3 } })).toEqual(
      expect.arrayContaining(['stock_wait{quantile="0.9"} 3']),
    );
  });

  test('fields such as p50 and p99 are one metric with the label quantile', async () => {
    expect(await translate({ wait_ms: { p50: 2, p99: 30, p999: 50, max: 60 } })).toEqual([
      'stock_wait_seconds{quantile="0.5"} 0.002',
      'stock_wait_seconds{quantile="0.99"} 0.03',
      'stock_wait_seconds{quantile="0.999"} 0.05',
      'stock_wait_max_seconds 0.06',
    ]);
  });

  test('counts by status code are none', async () => {
    expect(await translate({ codes: { 200: 5, 404: 7 } })).toEqual([
      'stock_codes{code="200"} 5',
      'stock_codes{code="404"} 7',
    ]);
  });
});

describe('of more than 1,000 elements', () => {
  const items = Array.from({ length: 1001 }, (_, i) => ({
    name: `canary${i}`,
    state: i % 2 === 0 ? 'up' : 'down',
    free: 2,
    load: i === 3 ? null : 1,
    hot: 40,
    seen: 1782907200 + i,
  }));

  test('there are counts and sums, no label that identifies them, and the file says so', async () => {
    const samples = await translate({ items });
    expect(samples).toEqual([
      'stock_free{state="up"} 1002',
      'stock_free{state="down"} 1000',
      'stock_hot{state="up"} 20040',
      'stock_hot{state="down"} 20000',
      'stock_load{state="up"} 501',
      'stock_load{state="down"} 499',
      'stock_seen_timestamp_seconds_max{state="up"} 1782908200',
      'stock_seen_timestamp_seconds_max{state="down"} 1782908199',
      'stock_elements{state="up"} 501',
      'stock_elements{state="down"} 500',
    ]);
    expect(infer({ items })).toContain(
      '# uncertain: more than 1000 elements: they are counted and summed, and no label identifies them',
    );
  });

  test('the same goes for the keys of a map, and for what is below them', async () => {
    const map = Object.fromEntries(
      items.map((_, i) => [`${i}@host`, { free: 1, ports: [{ name: `p${i}`, up: true }] }]),
    );
    expect(await translate({ map })).toEqual([
      'stock_map_free 1001',
      'stock_map 1001',
      'stock_port_up 1001',
      'stock_ports 1001',
    ]);
  });

  test('of exactly 1,000 there is a label', async () => {
    expect(await translate({ items: items.slice(0, 1000).map(({ name, free }) => ({ name, free })) })).toHaveLength(
      1000,
    );
  });
});

describe('formats that have a translator', () => {
  test('zot’s JSON is read by it', async () => {
    const document = {
      Counters: [{ Name: 'zot.http.requests', Count: 5, LabelNames: ['code'], LabelValues: ['200'] }],
      Gauges: null,
    };
    expect(infer(document)).toContain('translator: zot');
    expect(await translate(document)).toEqual(['zot_http_requests_total{code="200"} 5']);
  });

  test('the same rows twice are not', () => {
    const row = { Name: 'zot.x', Value: 5, LabelNames: [], LabelValues: [] };
    expect(infer({ Gauges: [row, row] })).not.toContain('translator: zot');
  });
});
