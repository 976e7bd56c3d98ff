import fc from 'fast-check';

/** Any JSON value, except that -0 keeps its sign: `JSON.stringify` writes 0. */
export function toJson(value: unknown): string {
  if (Object.is(value, -0)) return '-0';
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${toJson(field)}`).join(',')}}`;
}

/** UTF-16 code units in any order, halves of surrogate pairs too. */
const anyCodeUnits = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
  maxLength: 4,
});
const anyText = fc.oneof(fc.string({ maxLength: 6 }), fc.string({ unit: 'grapheme', maxLength: 4 }), anyCodeUnits);

/** Few enough that they often meet, as themselves or in what becomes of them. */
const metricName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'a.b', 'a_b', 'a/b', 'constructor', '__proto__', 'toString') },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('total', 'count', 'sum', 'bucket', 'created', 'created.total'))
      .map((parts) => parts.join('.')),
  },
  { weight: 1, arbitrary: fc.constantFrom('', 'target_up', 'zot.up', '1a') },
  { weight: 2, arbitrary: anyText },
);

const labelName = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'c', 'a.b', 'a_b', 'constructor', 'valueOf') },
  { weight: 1, arbitrary: fc.constantFrom('', 'le', 'quantile', '__name__', '__proto__') },
  { weight: 1, arbitrary: anyText },
);

const labelValue = fc.oneof(
  fc.constantFrom('', '1', '2', '"', '\\', '\n', '\\n', '"\\\n', '\ud800', '\udfff', 'é', '"é'),
  anyText,
);

const list = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.array(arbitrary, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  );

const labels = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.array(fc.tuple(labelName, labelValue), { maxLength: 3 }).map((pairs) => ({
      LabelNames: pairs.map(([name]) => name),
      LabelValues: pairs.map(([, value]) => value),
    })),
  },
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.record({ LabelNames: list(labelName), LabelValues: list(labelValue) }) },
);

const number = fc.oneof(
  { weight: 4, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 4, arbitrary: fc.integer() },
  { weight: 2, arbitrary: fc.maxSafeInteger() },
  { weight: 2, arbitrary: fc.constantFrom(0, -0, 999_999_999, -999_999_999, 1e9, -1e9, 1e21, 5e-324, 1.5) },
  { weight: 2, arbitrary: fc.constantFrom('NaN', '+Inf', '-Inf', 'inf', 'Infinity', '-infinity') },
  { weight: 1, arbitrary: fc.constantFrom('12', '', 'x') },
);

const bound = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('0.05', '.05', '1', '1.0', '10', '1e1', '0', '-1', '1234567', '2e-7') },
  { weight: 4, arbitrary: fc.constantFrom('+Inf', 'inf', '1e999', '-Inf', '-1e999') },
  { weight: 4, arbitrary: fc.double({ noNaN: true }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('', ' 1', '0x1', 'one', 'NaN', '__proto__') },
);

const buckets = fc.oneof(
  { weight: 8, arbitrary: fc.dictionary(bound, number, { maxKeys: 5, noNullPrototype: true }) },
  { weight: 1, arbitrary: fc.constantFrom(null, undefined) },
);

function rows(values: fc.Arbitrary<object>): fc.Arbitrary<unknown> {
  const row = fc.tuple(metricName, values, labels).map(([Name, own, ownLabels]) => ({ Name, ...own, ...ownLabels }));
  const malformed = fc.oneof(
    fc.constantFrom(null, 5, 'x', true, [], {}, { Name: 'a' }, { Count: 1, Value: 1, Sum: 1 }),
    row.map((each) => ({ ...each, Name: 1 })),
    row.map((each) => ({ ...each, Count: true, Value: null })),
    row.map((each) => ({ ...each, LabelNames: [1] })),
    row.map((each) => ({ ...each, LabelValues: 'x' })),
    row.map((each) => ({ ...each, Value: [], Count: 1, Sum: {}, Buckets: [] })),
  );
  const any = fc.oneof({ weight: 30, arbitrary: row }, { weight: 1, arbitrary: malformed });
  return fc.oneof(
    { weight: 8, arbitrary: fc.array(any, { maxLength: 6 }) },
    { weight: 1, arbitrary: fc.constantFrom(null, undefined, []) },
  );
}

/** Any document of zot's form, in parsed form: odd, clashing, repeated, incomplete and malformed rows beside good ones. */
export const zotDocuments: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.record({
  Counters: rows(fc.record({ Count: number })),
  Gauges: rows(fc.record({ Value: number })),
  Summaries: rows(fc.record({ Count: number, Sum: number })),
  Histograms: rows(fc.record({ Count: number, Sum: number, Buckets: buckets })),
});
