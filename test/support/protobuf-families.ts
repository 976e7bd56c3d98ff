import type { TextparseReply, TextparseSeries } from './textparse.js';

/**
 * A strict reader of `io.prometheus.client.MetricFamily` messages behind their lengths, which knows nothing of the code
 * that it tests: every field is one of the schema, every varint as short as can be, nothing is left over. It gives what
 * Prometheus' parser would.
 */
export function readFamilies(bytes: Uint8Array): TextparseReply {
  const series: TextparseSeries[] = [];
  const types: Record<string, string> = {};
  const units: Record<string, string> = {};
  const reader = new Reader(bytes);
  while (!reader.isAtEnd) readFamily(reader.sized(), { series, types, units });
  return { series, types, units };
}

const TYPES = ['counter', 'gauge', 'summary', 'unknown', 'histogram', 'gaugehistogram'];

interface Found {
  readonly series: TextparseSeries[];
  readonly types: Record<string, string>;
  readonly units: Record<string, string>;
}

function readFamily(reader: Reader, { series, types, units }: Found): void {
  let name = '';
  let type = -1;
  const metrics: Reader[] = [];
  reader.fields({
    1: (value) => (name = value.text()),
    2: (value) => value.text(),
    3: (value) => (type = Number(value.varint())),
    4: (value) => metrics.push(value.sized()),
    5: (value) => (units[name] = value.text()),
  });
  const known = TYPES[type];
  if (name === '' || known === undefined) throw new Error(`a family "${name}" of type ${type}`);
  if (Object.hasOwn(types, name)) throw new Error(`the family ${name} twice`);
  types[name] = known;
  for (const metric of metrics) readMetric(metric, { name, type, series });
}

interface Metric {
  readonly labels: Record<string, string>;
  timestamp: number | undefined;
  value: string | undefined;
  start: number | undefined;
  exemplar: Exemplar | undefined;
  summary: Reader | undefined;
  histogram: Reader | undefined;
}

type Exemplar = NonNullable<TextparseSeries['exemplars']>[number];

function readMetric(
  reader: Reader,
  { name, type, series }: { readonly name: string; readonly type: number; readonly series: TextparseSeries[] },
): void {
  const metric: Metric = {
    labels: {},
    timestamp: undefined,
    value: undefined,
    start: undefined,
    exemplar: undefined,
    summary: undefined,
    histogram: undefined,
  };
  const kinds: number[] = [];
  const single =
    (kind: number, more: Fields = {}) =>
    (field: Field) => {
      kinds.push(kind);
      field.sized().fields({ 1: (value) => (metric.value = formatNumber(value.double())), ...more });
    };
  reader.fields({
    1: (field) => readLabel(field.sized(), metric.labels),
    2: single(1),
    3: single(0, {
      2: (field) => (metric.exemplar = readExemplar(field.sized())),
      3: (field) => (metric.start = readTime(field.sized())),
    }),
    4: (field) => {
      kinds.push(2);
      metric.summary = field.sized();
    },
    5: single(3),
    6: (field) => (metric.timestamp = Number(field.varint())),
    7: (field) => {
      kinds.push(4);
      metric.histogram = field.sized();
    },
  });
  if (kinds.length !== 1 || kinds[0] !== type) throw new Error(`${name} of type ${type} has the fields of ${kinds}`);
  const add = (sampleName: string, more: Readonly<Record<string, string>>, value: Partial<TextparseSeries>) => {
    const { timestamp } = metric;
    const labels = { __name__: sampleName, ...metric.labels, ...more };
    series.push({ labels, ...value, ...(timestamp === undefined ? {} : { timestamp }) });
  };
  if (metric.summary !== undefined) readSummary(metric.summary, (suffix, ...rest) => add(name + suffix, ...rest));
  else if (metric.histogram !== undefined)
    readHistogram(metric.histogram, (suffix, ...rest) => add(name + suffix, ...rest));
  else {
    add(
      name,
      {},
      {
        value: metric.value ?? '',
        start: metric.start ?? 0,
        exemplars: metric.exemplar === undefined ? [] : [metric.exemplar],
      },
    );
  }
}

type Add = (suffix: string, labels: Readonly<Record<string, string>>, value: Partial<TextparseSeries>) => void;

function readSummary(reader: Reader, add: Add): void {
  const found = { count: '', sum: '', start: 0 };
  const quantiles: (readonly [string, string])[] = [];
  reader.fields({
    1: (field) => (found.count = String(field.varint())),
    2: (field) => (found.sum = formatNumber(field.double())),
    3: (field) => {
      const pair = ['', ''];
      field.sized().fields({
        1: (value) => (pair[0] = formatNumber(value.double())),
        2: (value) => (pair[1] = formatNumber(value.double())),
      });
      quantiles.push([pair[0] ?? '', pair[1] ?? '']);
    },
    4: (field) => (found.start = readTime(field.sized())),
  });
  const { start } = found;
  add('_count', {}, { value: found.count, start });
  add('_sum', {}, { value: found.sum, start });
  for (const [quantile, value] of quantiles) add('', { quantile: toBound(quantile) }, { value, start });
}

function readHistogram(reader: Reader, add: Add): void {
  const found = { count: '', sum: '', zeroThreshold: '0', zeroCount: '0', schema: 0, start: 0 };
  const buckets: { bound: string; count: string; exemplar: Exemplar | undefined }[] = [];
  const exemplars: Exemplar[] = [];
  const sides = {
    positive: { spans: [] as [number, number][], counts: [] as number[] },
    negative: { spans: [] as [number, number][], counts: [] as number[] },
  };
  const readDeltas = (side: { counts: number[] }) => (field: Field) => {
    let last = 0;
    for (const packed = field.sized(); !packed.isAtEnd; ) {
      last += unzigzag(packed.varint());
      side.counts.push(last);
    }
  };
  const readCounts = (side: { counts: number[] }) => (field: Field) => {
    for (const packed = field.sized(); !packed.isAtEnd; ) side.counts.push(packed.double());
  };
  const readSpan = (side: { spans: [number, number][] }) => (field: Field) => {
    const span: [number, number] = [0, 0];
    field.sized().fields({
      1: (value) => (span[0] = unzigzag(value.varint())),
      2: (value) => (span[1] = Number(value.varint())),
    });
    side.spans.push(span);
  };
  reader.fields({
    1: (field) => (found.count = String(field.varint())),
    2: (field) => (found.sum = formatNumber(field.double())),
    3: (field) => buckets.push(readBucket(field.sized())),
    4: (field) => (found.count = formatNumber(field.double())),
    5: (field) => (found.schema = unzigzag(field.varint())),
    6: (field) => (found.zeroThreshold = formatNumber(field.double())),
    7: (field) => (found.zeroCount = String(field.varint())),
    8: (field) => (found.zeroCount = formatNumber(field.double())),
    9: readSpan(sides.negative),
    10: readDeltas(sides.negative),
    11: readCounts(sides.negative),
    12: readSpan(sides.positive),
    13: readDeltas(sides.positive),
    14: readCounts(sides.positive),
    15: (field) => (found.start = readTime(field.sized())),
    16: (field) => exemplars.push(readExemplar(field.sized())),
  });
  const { start, sum, count, schema, zeroThreshold, zeroCount } = found;
  const { positive, negative } = sides;
  if (positive.spans.length + negative.spans.length > 0) {
    const histogram = {
      ...{ schema, zeroThreshold, zeroCount, count, sum },
      positive: spreadSpans(positive),
      negative: spreadSpans(negative),
    };
    add('', {}, { histogram, start, exemplars });
    return;
  }
  add('_count', {}, { value: count, start });
  add('_sum', {}, { value: sum, start });
  for (const { bound, count: value, exemplar } of buckets) {
    add('_bucket', { le: toBound(bound) }, { value, start, exemplars: exemplar === undefined ? [] : [exemplar] });
  }
}

function readBucket(reader: Reader) {
  const bucket: { bound: string; count: string; exemplar: Exemplar | undefined } = {
    bound: '',
    count: '',
    exemplar: undefined,
  };
  reader.fields({
    1: (value) => (bucket.count = String(value.varint())),
    2: (value) => (bucket.bound = formatNumber(value.double())),
    3: (value) => (bucket.exemplar = readExemplar(value.sized())),
    4: (value) => (bucket.count = formatNumber(value.double())),
  });
  return bucket;
}

/** Counts by index; the spans have to have room for all of them. */
function spreadSpans(side: {
  readonly spans: readonly (readonly [offset: number, length: number])[];
  readonly counts: readonly number[];
}): Record<string, string> {
  const buckets: Record<string, string> = {};
  let index = 0;
  let at = 0;
  for (const [i, [offset, length]] of side.spans.entries()) {
    if (i > 0 && offset < 0) throw new Error('a span goes back');
    index += offset;
    for (let bucket = 0; bucket < length; bucket++, index++, at++) {
      const count = side.counts[at];
      if (count === undefined) throw new Error('there are fewer counts than spans have buckets');
      if (count !== 0) buckets[index] = formatNumber(count);
    }
  }
  if (at !== side.counts.length) throw new Error('there are more counts than spans have buckets');
  return buckets;
}

function readExemplar(reader: Reader): Exemplar {
  const labels: Record<string, string> = {};
  let value = '';
  let timestamp: number | undefined;
  reader.fields({
    1: (field) => readLabel(field.sized(), labels),
    2: (field) => (value = formatNumber(field.double())),
    3: (field) => (timestamp = readTime(field.sized())),
  });
  return { labels, value, ...(timestamp === undefined ? {} : { timestamp }) };
}

function readLabel(reader: Reader, labels: Record<string, string>): void {
  const pair = { name: '', value: '' };
  reader.fields({ 1: (field) => (pair.name = field.text()), 2: (field) => (pair.value = field.text()) });
  if (pair.name === '' || Object.hasOwn(labels, pair.name)) throw new Error(`the label "${pair.name}" twice, or empty`);
  labels[pair.name] = pair.value;
}

/** Milliseconds of a google.protobuf.Timestamp. */
function readTime(reader: Reader): number {
  const time = { seconds: 0, nanos: 0 };
  reader.fields({
    1: (field) => (time.seconds = Number(field.varint())),
    2: (field) => (time.nanos = Number(field.varint())),
  });
  if (time.nanos >= 1e9) throw new Error('a second or more of nanoseconds');
  return time.seconds * 1000 + time.nanos / 1e6;
}

function unzigzag(value: bigint): number {
  return Number(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)));
}

function formatNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  return String(value).replace('Infinity', 'Inf');
}

function toBound(text: string): string {
  if (text === 'Inf') return '+Inf';
  const value = Number(text.replace('Inf', 'Infinity'));
  if (!Number.isFinite(value)) return text;
  const magnitude = Math.abs(value);
  if (value === 0 || (magnitude >= 1e-4 && magnitude < 1e6)) return Number.isInteger(value) ? `${value}.0` : `${value}`;
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

type Field = Pick<Reader, 'sized' | 'text' | 'varint' | 'double'>;
type Fields = Readonly<Record<number, (field: Field) => unknown>>;

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Hands each field to what reads it; one that is unknown, or of another wire type, is an error. */
  fields(readers: Fields): void {
    while (!this.isAtEnd) {
      const tag = Number(this.varint());
      const read = readers[tag >> 3];
      if (read === undefined) throw new Error(`the field ${tag >> 3} is not known`);
      const before = this.#at;
      const asWireType =
        <T>(wireType: number, take: () => T) =>
        () => {
          if ((tag & 7) !== wireType) throw new Error(`the field ${tag >> 3} has the wire type ${tag & 7}`);
          return take();
        };
      read({
        sized: asWireType(2, () => this.sized()),
        text: asWireType(2, () => this.text()),
        varint: asWireType(0, () => this.varint()),
        double: asWireType(1, () => this.double()),
      });
      if (this.#at === before) throw new Error(`the field ${tag >> 3} was not read`);
    }
  }

  sized(): Reader {
    const length = Number(this.varint());
    if (this.#at + length > this.#bytes.length) throw new Error('a length is beyond the end');
    this.#at += length;
    return new Reader(this.#bytes.subarray(this.#at - length, this.#at));
  }

  text(): string {
    const { bytes } = this.sized();
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined || shift > 63n) throw new Error('a varint without an end');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) {
        if (byte === 0 && shift > 0n) throw new Error('a varint that is longer than it has to be');
        return value;
      }
    }
  }

  double(): number {
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, 8);
    this.#at += 8;
    return view.getFloat64(0, true);
  }
}
