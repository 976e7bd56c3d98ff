import { escapeText } from '../../src/exposition/byte-writer.js';
import { hasWholeCounts, toClassicBuckets } from '../../src/exposition/exponential-buckets.js';
import { type OpenMetricsNames, planOpenMetricsNames } from '../../src/exposition/openmetrics-names.js';
import {
  type Exemplar,
  type FormatName,
  isScalar,
  type MetricFamily,
  type PopulatedBuckets,
} from '../../src/model/metrics.js';
import type { TextparseReply, TextparseSeries } from './textparse.js';

/** What Prometheus stores of an exposition, in a form that can be compared: by series and time, all numbers as texts. */
export type StoredSeries = ReadonlyMap<string, StoredSample>;

export interface StoredSample {
  readonly value: string;
  readonly startMs: number;
}

/** The series of a reply, and its exemplars, sorted. */
export function listStored({ series = [] }: TextparseReply): { series: StoredSeries; exemplars: readonly string[] } {
  const stored = new Map<string, StoredSample>();
  for (const each of series) {
    const key = describeSeries(each.labels, each.timestamp);
    if (stored.has(key)) throw new Error(`the series ${key} twice`);
    stored.set(key, { value: unsignCount(each.labels.__name__ ?? '', describeValue(each)), startMs: each.start ?? 0 });
  }
  const exemplars = series.flatMap((each) =>
    (each.exemplars ?? []).map(({ labels, value, timestamp }) =>
      describeExemplar(labels, Number(toJsNumber(value)), timestamp),
    ),
  );
  return { series: stored, exemplars: exemplars.sort() };
}

function describeSeries(labels: Readonly<Record<string, string>>, timestampMs: number | undefined): string {
  // An empty label is none.
  const pairs = Object.entries(labels).filter(([, value]) => value !== '');
  return `${JSON.stringify(pairs.sort(([left], [right]) => (left < right ? -1 : 1)))}@${timestampMs}`;
}

function describeExemplar(labels: Readonly<Record<string, string>>, value: number, timestampMs: number | undefined) {
  return `${describeSeries(labels, timestampMs)} ${formatValue(value)}`;
}

function describeValue({ value, histogram }: TextparseSeries): string {
  if (histogram === undefined) return formatValue(Number(toJsNumber(value ?? '')));
  const { schema, zeroThreshold, zeroCount, count, sum, positive, negative } = histogram;
  const side = (buckets: Readonly<Record<string, string>>) =>
    Object.entries(buckets).map(([index, each]): [number, number] => [Number(index), Number(toJsNumber(each))]);
  return describeNative({
    schema,
    totals: [zeroThreshold, zeroCount, count, sum].map((each) => Number(toJsNumber(each))),
    positive: side(positive),
    negative: side(negative),
  });
}

function describeNative(native: {
  readonly schema: number;
  readonly totals: readonly number[];
  readonly positive: readonly (readonly [number, number])[];
  readonly negative: readonly (readonly [number, number])[];
}): string {
  const side = (buckets: readonly (readonly [number, number])[]) => buckets.toSorted(([l], [r]) => l - r).join(' ');
  const totals = native.totals.map(formatValue).join();
  return `schema ${native.schema} ${totals} positive ${side(native.positive)} negative ${side(native.negative)}`;
}

/** A count of -0 is 0 in protobuf. */
function unsignCount(name: string, value: string): string {
  return value === '-0' && /_(count|bucket)$/.test(name) ? '0' : value;
}

function toJsNumber(text: string): string {
  return text.replace('Inf', 'Infinity');
}

function formatValue(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** What Prometheus has to store of families that were validated for a format. */
export function expectStored(
  families: readonly MetricFamily[],
  format: FormatName,
): { series: StoredSeries; exemplars: readonly string[] } {
  const series = new Map<string, StoredSample>();
  const exemplars: string[] = [];
  const names = planOpenMetricsNames(families, []);
  for (const family of families) {
    for (let row = 0; row < family.labelValues.length; row++) addRow(family, row, { series, exemplars, format, names });
  }
  return { series, exemplars: exemplars.sort() };
}

/** Types that OpenMetrics 1.0 has no name for, and so neither starts nor exemplars. */
function isUntold(family: MetricFamily, { format, names }: Pick<Expected, 'format' | 'names'>): boolean {
  return format === 'openmetrics' && !names.createdNames.has(family.name);
}

interface Expected {
  readonly names: OpenMetricsNames;
  readonly series: Map<string, StoredSample>;
  readonly exemplars: string[];
  readonly format: FormatName;
}

function addRow(family: MetricFamily, row: number, { series, exemplars, format, names }: Expected): void {
  const { name } = family;
  const own = toLabels(family.labelNames[row] ?? [], family.labelValues[row] ?? []);
  const timestampMs = family.timestampsMs?.[row];
  const isCumulative = family.type === 'counter' || !isScalar(family);
  const isKnown = !isUntold(family, { format, names });
  const startMs = isCumulative && isKnown && format !== 'text' ? (family.startsMs?.[row] ?? 0) : 0;
  const add = (sampleName: string, more: Readonly<Record<string, string>>, value: string) => {
    const sample = { value: unsignCount(sampleName, value), startMs };
    series.set(describeSeries({ __name__: sampleName, ...own, ...more }, timestampMs), sample);
  };
  const isNative = family.type === 'exponential_histogram' && (format === 'protobuf' || format === 'openmetrics2');
  const exemplar = family.type === 'summary' ? undefined : family.exemplars?.[row];
  const isRead = format !== 'protobuf' || !isNative || row === findFirstTimed(family);
  if (exemplar !== undefined && isCumulative && isRead && (isKnown || family.type !== 'counter')) {
    if (keepsExemplar(exemplar, { format, isNative })) exemplars.push(expectExemplar(exemplar, format));
  }
  if (isScalar(family)) {
    add(name, {}, formatValue(family.values[row] ?? 0));
    return;
  }
  if (family.type === 'exponential_histogram' && isNative) {
    add(name, {}, expectNative(family, row));
    return;
  }
  add(`${name}_count`, {}, formatValue(family.counts[row] ?? 0));
  add(`${name}_sum`, {}, formatValue(family.sums[row] ?? 0));
  const [suffix, label, bounds, values] = listBounded(family, row);
  // Prometheus takes any series of a summary that ends so for a start in OpenMetrics 1.0.
  if (format === 'openmetrics' && suffix === '' && name.endsWith('_created')) return;
  bounds.forEach((bound, i) => {
    add(name + suffix, { [label]: toOpenMetricsFloat(bound) }, formatValue(values[i] ?? 0));
  });
}

/** Prometheus 3.16 reads of all native histograms of a family in protobuf only the first exemplar. */
function findFirstTimed(family: MetricFamily): number {
  if (family.type === 'summary') return -1;
  return (family.exemplars ?? []).findIndex((exemplar) => exemplar?.timestampMs !== undefined);
}

/** Prometheus 3.16 leaves the escapes in the labels of exemplars as they are, in OpenMetrics 1.0. */
function expectExemplar({ labelNames, labelValues, value, timestampMs }: Exemplar, format: FormatName): string {
  const spell = (text: string) => (format === 'openmetrics' ? escapeText(text) : text);
  return describeExemplar(toLabels(labelNames.map(spell), labelValues.map(spell)), value, timestampMs);
}

function listBounded(family: Exclude<MetricFamily, { values: unknown }>, row: number) {
  if (family.type === 'summary') {
    return ['', 'quantile', family.quantiles[row] ?? [], family.quantileValues[row] ?? []] as const;
  }
  if (family.type === 'histogram') {
    return ['_bucket', 'le', family.bounds[row] ?? [], family.bucketCounts[row] ?? []] as const;
  }
  const buckets = family.buckets[row];
  if (buckets === undefined) throw new Error('a native histogram without buckets');
  const classic = toClassicBuckets(buckets, family.counts[row] ?? 0);
  return ['_bucket', 'le', classic.bounds, classic.counts] as const;
}

function expectNative(family: Extract<MetricFamily, { type: 'exponential_histogram' }>, row: number): string {
  const buckets = family.buckets[row];
  if (buckets === undefined) throw new Error('a native histogram without buckets');
  const side = ({ indexes, counts }: PopulatedBuckets) =>
    indexes.map((index, i): [number, number] => [index, counts[i] ?? 0]);
  const count = family.counts[row] ?? 0;
  expectWhole(buckets, count);
  return describeNative({
    schema: buckets.schema,
    totals: [buckets.zeroThreshold, buckets.zeroCount, count, family.sums[row] ?? 0],
    positive: side(buckets.positive),
    negative: side(buckets.negative),
  });
}

/** Only here so that both kinds of native histograms are known to be among those that are compared. */
function expectWhole(buckets: Parameters<typeof hasWholeCounts>[0], count: number): void {
  seenKinds.add(hasWholeCounts(buckets, count) ? 'whole' : 'fraction');
}
export const seenKinds = new Set<string>();

function keepsExemplar(exemplar: Exemplar, { format, isNative }: { format: FormatName; isNative: boolean }): boolean {
  if (format === 'text') return false;
  if (format === 'openmetrics2' || isNative) return exemplar.timestampMs !== undefined;
  if (format === 'protobuf') return true;
  const texts = [...exemplar.labelNames, ...exemplar.labelValues];
  return texts.reduce((total, text) => total + [...text].length, 0) <= 128;
}

function toLabels(names: readonly string[], values: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
}

/** As Prometheus stores the bounds of classic histograms, whatever was sent. */
function toOpenMetricsFloat(text: string): string {
  const value = Number(toJsNumber(text));
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  if (value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6)) {
    const digits = String(value);
    return /[.e]/.test(digits) ? digits : `${digits}.0`;
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}
