import fc from 'fast-check';
import type { Exemplar, ExponentialBuckets, MetricFamily, PopulatedBuckets } from '../../src/model/metrics.js';

/** Few enough that they often meet, as themselves or in what becomes of them; some are for UTF-8 alone. */
const metricName = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('a', 'b', 'a.b', 'a_b', 'a-b', 'a_total', 'b_seconds', 'c_info', 'x.y_total'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('a_count', 'b_bucket', 'a_created', 'b_seconds_total', 'constructor', 'été'),
  },
  { weight: 1, arbitrary: fc.constantFrom('"quoted"', 'new\nline', 'back\\slash', '9', '😀', 'a:b', '{', '# x') },
);
const labelName = fc.constantFrom('a', 'b', 'a.b', 'a_b', 'le_', 'k8s.pod', 'é', 'valueOf', 'q"uote');
const labelValue = fc.oneof(
  fc.constantFrom('', '1', '"', '\\', '\n', '\\n', 'é', 'x\r', '}', ' # {'),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.string({ unit: 'grapheme-ascii', minLength: 120, maxLength: 140 }),
);
const help = fc.oneof(fc.constantFrom('h', '"\\\n', 'return\r', 'é'), fc.string({ minLength: 1, maxLength: 8 }));

const value = fc.oneof(
  { weight: 3, arbitrary: fc.double() },
  { weight: 3, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1e21, 5e-324, Number.NaN, Infinity, -Infinity, 2 ** 53, 1e-7) },
);
const wholeCount = fc.oneof({ weight: 9, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.maxSafeInteger() });
const anyCount = fc.oneof(
  { weight: 8, arbitrary: fc.nat(1000) },
  { weight: 1, arbitrary: fc.constantFrom(0.5, 2 ** 60, Number.NaN, -1) },
);
/** Milliseconds that a double of seconds brings back as they are. */
const time = fc.integer({ min: 1, max: 4_000_000_000 }).map((quarters) => quarters * 250);

const labels = fc
  .uniqueArray(fc.tuple(labelName, labelValue), { maxLength: 3, selector: ([name]) => name })
  .map((pairs) => ({ names: pairs.map(([name]) => name), values: pairs.map(([, text]) => text) }));

const exemplar: fc.Arbitrary<Exemplar> = fc
  .record({ labels, value, timestampMs: fc.option(time, { nil: undefined }) })
  .map(({ labels: { names, values }, ...rest }) => ({ labelNames: names, labelValues: values, ...rest }));

const populated: fc.Arbitrary<PopulatedBuckets> = fc
  .uniqueArray(fc.tuple(fc.integer({ min: -40, max: 40 }), fc.integer({ min: 1, max: 50 })), {
    maxLength: 12,
    selector: ([index]) => index,
  })
  .map((buckets) => {
    const ascending = buckets.toSorted(([left], [right]) => left - right);
    return { indexes: ascending.map(([index]) => index), counts: ascending.map(([, count]) => count) };
  });

const exponentialBuckets: fc.Arbitrary<ExponentialBuckets> = fc.record({
  schema: fc.integer({ min: -4, max: 8 }),
  zeroThreshold: fc.constantFrom(0, 1e-9, 2.938735877055719e-39),
  zeroCount: fc.nat(3),
  positive: populated,
  negative: populated,
});

interface Row {
  readonly labels: { readonly names: readonly string[]; readonly values: readonly string[] };
  readonly timestampMs: number | undefined;
  readonly startMs: number | undefined;
  readonly exemplar: Exemplar | undefined;
}

function rowsOf<T extends object>(own: fc.Arbitrary<T>): fc.Arbitrary<readonly (Row & T)[]> {
  const row = fc.record({
    labels,
    timestampMs: fc.option(fc.oneof({ weight: 6, arbitrary: time }, fc.constantFrom(0, -1)), {
      nil: undefined,
      freq: 1,
    }),
    startMs: fc.option(time, { nil: undefined }),
    exemplar: fc.option(exemplar, { nil: undefined }),
  });
  return fc.array(
    fc.tuple(row, own).map(([common, values]) => ({ ...common, ...values })),
    { maxLength: 5 },
  );
}

function columns(rows: readonly Row[]) {
  return {
    labelNames: rows.map((row) => row.labels.names),
    labelValues: rows.map((row) => row.labels.values),
    ...(rows.some(({ timestampMs }) => timestampMs !== undefined)
      ? { timestampsMs: rows.map(({ timestampMs }) => timestampMs) }
      : {}),
  };
}

function cumulative(rows: readonly Row[]) {
  return { startsMs: rows.map(({ startMs }) => startMs), exemplars: rows.map((row) => row.exemplar) };
}

const head = fc
  .record({ name: metricName, help, unit: fc.constantFrom(undefined, 'seconds', 'b', 'bytes') })
  .map(({ unit, ...rest }) => ({ ...rest, ...(unit === undefined ? {} : { unit }) }));

const scalar: fc.Arbitrary<MetricFamily> = fc
  .tuple(head, fc.constantFrom('counter', 'gauge', 'untyped' as const), rowsOf(fc.record({ value })))
  .map(([own, type, rows]) => ({
    ...own,
    type,
    ...columns(rows),
    values: rows.map((row) => row.value),
    ...(type === 'counter' ? cumulative(rows) : {}),
  }));

const info: fc.Arbitrary<MetricFamily> = fc.tuple(head, rowsOf(fc.record({}))).map(([own, rows]) => ({
  ...own,
  name: own.name.endsWith('_info') ? own.name : `${own.name}_info`,
  type: 'info',
  ...columns(rows),
  values: rows.map(() => 1),
}));

/** With a name that a label may have, too. */
const stateset: fc.Arbitrary<MetricFamily> = fc
  .tuple(head, rowsOf(fc.record({ on: fc.boolean() })))
  .map(([own, rows]) => {
    const name = own.name.replaceAll(':', '_');
    const states = rows.map((row, i) => ({
      ...row,
      labels: { names: [...row.labels.names, name], values: [...row.labels.values, `s${i}`] },
    }));
    return { ...own, name, type: 'stateset', ...columns(states), values: rows.map(({ on }) => (on ? 1 : 0)) };
  });

const boundTexts = fc
  .uniqueArray(
    fc.oneof(
      fc.constantFrom('.5', '1', '1e1', '0.050', '-2', '2e-7', '1234567'),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    ),
    { maxLength: 4, selector: Number },
  )
  .map((bounds) => bounds.toSorted((left, right) => Number(left) - Number(right)));

const histogram: fc.Arbitrary<MetricFamily> = fc
  .tuple(
    head,
    rowsOf(
      fc.record({
        bounds: boundTexts,
        steps: fc.array(wholeCount, { minLength: 5, maxLength: 5 }),
        odd: fc.option(anyCount, { nil: undefined, freq: 8 }),
        sum: value,
      }),
    ),
  )
  .map(([own, rows]) => {
    const counted = rows.map((row) => {
      let total = 0;
      const bounds = [...row.bounds, '+Inf'];
      return { ...row, bounds, counts: bounds.map((_, i) => (total += row.steps[i] ?? 0)) };
    });
    return {
      ...own,
      type: 'histogram',
      ...columns(rows),
      ...cumulative(rows),
      bounds: counted.map((row) => row.bounds),
      bucketCounts: counted.map((row) => row.counts),
      counts: counted.map((row) => row.odd ?? row.counts.at(-1) ?? 0),
      sums: rows.map((row) => row.sum),
    };
  });

const exponential: fc.Arbitrary<MetricFamily> = fc
  .tuple(head, rowsOf(fc.record({ buckets: exponentialBuckets, isFraction: fc.boolean(), sum: value })))
  .map(([own, rows]) => {
    const scaled = rows.map(({ buckets, isFraction, sum }) => {
      const scale = (counts: readonly number[]) => counts.map((count) => (isFraction ? count / 4 : count));
      const { positive, negative } = buckets;
      const whole = {
        ...buckets,
        positive: { ...positive, counts: scale(positive.counts) },
        negative: { ...negative, counts: scale(negative.counts) },
      };
      const count = [whole.zeroCount, ...whole.positive.counts, ...whole.negative.counts].reduce((l, r) => l + r);
      return { buckets: whole, count, sum };
    });
    return {
      ...own,
      type: 'exponential_histogram',
      ...columns(rows),
      ...cumulative(rows),
      buckets: scaled.map(({ buckets }) => buckets),
      counts: scaled.map(({ count }) => count),
      sums: scaled.map(({ sum }) => sum),
    };
  });

const quantileTexts = fc
  .uniqueArray(fc.constantFrom('0', '0.5', '.9', '0.990', '1', '2'), { maxLength: 4, selector: Number })
  .map((quantiles) => quantiles.toSorted((left, right) => Number(left) - Number(right)));

const summary: fc.Arbitrary<MetricFamily> = fc
  .tuple(
    head,
    rowsOf(
      fc.record({
        quantiles: quantileTexts,
        values: fc.array(value, { minLength: 4, maxLength: 4 }),
        count: anyCount,
        sum: value,
      }),
    ),
  )
  .map(([own, rows]) => ({
    ...own,
    type: 'summary',
    ...columns(rows),
    startsMs: rows.map(({ startMs }) => startMs),
    quantiles: rows.map((row) => row.quantiles),
    quantileValues: rows.map((row) => row.values.slice(0, row.quantiles.length)),
    counts: rows.map((row) => row.count),
    sums: rows.map((row) => row.sum),
  }));

/** Families of every type as a translator may give them: clashing, repeated, and with all that a format may refuse. */
export const anyFamilies: fc.Arbitrary<readonly MetricFamily[]> = fc.array(
  fc.oneof(scalar, info, stateset, histogram, exponential, summary),
  { maxLength: 6 },
);
