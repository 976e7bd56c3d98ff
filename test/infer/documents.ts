import fc from 'fast-check';

/** Keys as APIs have them, of every kind that inference takes for something. */
const apiKeys = `name id status state type count total sum requests errors bytes_sent rx_bytes memory uptime duration
  created_at updated timestamp temperature voltage power energy cpu percent usedPercent latency_ms version model mode
  value unit users hosts queues items data results nodes jobs labels tags buckets histogram quantiles le q responses
  by_user details info size enabled created E_Total key index url description total_count p99 p95 p50 gauges metrics heap.used heap_used stock_up message`.split(
  /\s+/,
);

/** Keys that are data, or hardly keys at all. */
const oddKeys = [
  '',
  'a.b',
  'x y',
  "it's",
  '"q"',
  '0',
  '200',
  '0.5',
  '+Inf',
  '1xx',
  '__proto__',
  'constructor',
  'é',
  '键',
  '😀',
  'a@b.example',
  '10.0.0.1',
  'switch:0',
  'switch:1',
  '-',
  'on',
  'a\\b',
  'line\nbreak',
  '2026-07-01',
  'for',
  'le',
  'quantile',
  '$x',
  '@id',
];

const key = fc.oneof(
  { arbitrary: fc.constantFrom(...apiKeys), weight: 5 },
  { arbitrary: fc.constantFrom(...oddKeys), weight: 1 },
);

/** Stands for a number beyond the range of a double, which JSON.stringify does not write. */
const BEYOND = 'beyond';

const texts = [
  BEYOND,
  '1e999',
  '',
  ' ',
  '"',
  '""',
  '"a"',
  'a',
  'none',
  'null',
  'ok',
  'up',
  'DOWN',
  'running',
  'on',
  'OFF',
  'yes',
  'True',
  '5',
  '1.5',
  '-3e2',
  '0x1F',
  '12 ms',
  '1.5 GiB',
  '28 %',
  '45.1 °C',
  '7800m',
  '1h2m3s',
  '12:30',
  '12T03:25:10',
  'US$ 1,149.00',
  '2026-07-01T12:00:00Z',
  '2026-07-01',
  '2026-07-01 12:00:00',
  'Wed, 01 Jul 2026 12:00:00 GMT',
  'team/app',
  'heap.used',
  'heap_used',
  'inf',
  'NaN',
  't',
  '1_000',
  'got ip',
  '${HOME}',
  '{{ . }}',
  "o'clock",
];

const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    1,
    -1,
    0.5,
    3,
    200,
    1e21,
    1e308,
    1782900000,
    1782900000123,
    9007199254740992,
  ),
  fc.constantFrom(...texts),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.nat(),
);

const levels: fc.Arbitrary<unknown>[] = [scalar];

function nest(level: number): fc.Arbitrary<unknown> {
  const known = levels[level];
  if (known !== undefined) return known;
  const below = nest(level - 1);
  const fields = fc.uniqueArray(key, { minLength: 1, maxLength: 5 });
  // Elements of a list or a map have the same fields, some of them missing or of another kind.
  const alike = fields.chain((names) =>
    fc.array(fc.record(Object.fromEntries(names.map((name) => [name, below])), { requiredKeys: names.slice(1) }), {
      maxLength: 4,
    }),
  );
  const column = fc
    .tuple(fc.uniqueArray(key, { minLength: 1, maxLength: 4 }), fc.nat({ max: 4 }))
    .chain(([names, length]) =>
      fc
        .tuple(
          ...names.map((name) =>
            fc.tuple(
              fc.constant(name),
              fc.array(fc.constantFrom<unknown>(...sameKind(name)), { minLength: length, maxLength: length }),
            ),
          ),
        )
        .map((columns) =>
          Array.from({ length }, (_, i) => Object.fromEntries(columns.map(([name, values]) => [name, values[i]]))),
        ),
    );
  const lists = fc.oneof(alike, column, fc.array(below, { maxLength: 4 }));
  const maps = fc
    .tuple(fc.uniqueArray(key, { minLength: 1, maxLength: 4 }), fc.oneof(alike, column))
    .map(([names, elements]) =>
      Object.fromEntries(names.flatMap((name, i) => (i < elements.length ? [[name, elements[i]]] : []))),
    );
  const objects = fc
    .uniqueArray(fc.tuple(key, below), { maxLength: 5, selector: ([name]) => name })
    .map((entries) => Object.fromEntries(entries));
  const made = fc.oneof(
    { arbitrary: objects, weight: 3 },
    { arbitrary: lists, weight: 2 },
    { arbitrary: maps, weight: 1 },
    { arbitrary: scalar, weight: 1 },
  );
  levels[level] = made;
  return made;
}

/** Values of one kind for a name, with nulls among them now and then. */
function sameKind(name: string): readonly unknown[] {
  const pools: readonly (readonly unknown[])[] = [
    [1, 2, 3, 4.5, null],
    [1, 2, 3],
    [1, 2, BEYOND],
    ['a', 'b', 'c', 'd'],
    ['running', 'idle', ''],
    ['heap.used', 'heap_used', 'jvm.mem', 'stock.x_created'],
    [1, 2, 'n/a', [3], 'x'],
    ['1.5', '2', '3'],
    ['1 GiB', '20Ki', null],
    ['2026-07-01T12:00:00Z', '', null],
    [true, false],
    [true, null],
    [1782900000123, 0],
  ];
  return pools[name.length % pools.length] ?? [];
}

/** The text of any JSON, much of it like what APIs send. */
export const anyDocument: fc.Arbitrary<string> = nest(3).map((document) =>
  JSON.stringify(document).replaceAll(`"${BEYOND}"`, '1e999'),
);
