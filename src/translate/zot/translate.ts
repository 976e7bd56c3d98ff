import { DropTally } from '../../model/drops.js';
import { ZxpError } from '../../model/errors.js';
import type { HistogramFamily, MetricFamily, ScalarFamily, SummaryFamily, Translation } from '../../model/metrics.js';
import type { Translator } from '../../model/ports.js';
import type { Guard } from '../../schema/guard.js';
import { decodeJson } from '../document/decode.js';
import { BucketReader } from './buckets.js';
import { type ZotDocument, type ZotEnvelope, type ZotRow, zotDocument, zotEnvelope, zotRows } from './document.js';
import { FamilyRows, toNumber } from './rows.js';

/** Translates zot's metrics JSON: counters, gauges, summaries and histograms of any name. */
export const zotTranslator: Translator = {
  name: 'zot',
  upMetric: { name: 'zot_up', help: 'Whether zot answered with its metrics: 1 if so, 0 if not.' },
  translate: (body, limits) => translateZot(decodeJson(body, limits)),
};

/** Rows that are not well-formed are dropped and counted; throws `schema` where the whole is not zot's JSON. */
export function translateZot(value: unknown): Translation {
  const drops = new DropTally();
  const document = zotDocument.matches(value) ? value : keepWellFormedRows(value, drops);
  const families = [
    ...translateCounters(document.Counters ?? [], drops),
    ...translateGauges(document.Gauges ?? [], drops),
    ...translateSummaries(document.Summaries ?? [], drops),
    ...translateHistograms(document.Histograms ?? [], drops),
  ];
  return { families, drops };
}

/** Families under construction: columns that grow. */
type Growing<F> = { readonly [K in keyof F]: F[K] extends readonly (infer T)[] ? T[] : F[K] };
type ScalarColumns = Growing<Omit<ScalarFamily, 'timestampsMs'>>;
type SummaryColumns = Growing<Omit<SummaryFamily, 'timestampsMs'>>;
type HistogramColumns = Growing<Omit<HistogramFamily, 'timestampsMs'>>;

function translateCounters(rows: NonNullable<ZotDocument['Counters']>, drops: DropTally): readonly MetricFamily[] {
  const families = new FamilyRows({
    list: 'Counters',
    drops,
    start: (name, zotName) => startScalar('counter', `${name}_total`, zotName),
  });
  rows.forEach((row, index) => {
    placeScalar(families, row, index, toNumber(row.Count));
  });
  return families.families;
}

function translateGauges(rows: NonNullable<ZotDocument['Gauges']>, drops: DropTally): readonly MetricFamily[] {
  const families = new FamilyRows({
    list: 'Gauges',
    drops,
    start: (name, zotName) => startScalar('gauge', name, zotName),
  });
  rows.forEach((row, index) => {
    placeScalar(families, row, index, toNumber(row.Value));
  });
  return families.families;
}

function placeScalar(families: FamilyRows<ScalarColumns>, row: ZotRow, index: number, value: number | undefined): void {
  if (value === undefined) families.drop('value', index, 1, 'the value is not a number');
  else families.place(row, index, 1)?.values.push(value);
}

function translateSummaries(rows: NonNullable<ZotDocument['Summaries']>, drops: DropTally): readonly MetricFamily[] {
  const families = new FamilyRows({
    list: 'Summaries',
    drops,
    reserved: 'quantile',
    start: (name, zotName): SummaryColumns => ({
      type: 'summary',
      ...startFamily(name, zotName),
      labelNames: [],
      labelValues: [],
      quantiles: [],
      quantileValues: [],
      counts: [],
      sums: [],
    }),
  });
  rows.forEach((row, index) => {
    const count = toNumber(row.Count);
    const sum = toNumber(row.Sum);
    if (count === undefined || sum === undefined) {
      families.drop('value', index, 2, 'the count or the sum is not a number');
      return;
    }
    const family = families.place(row, index, 2);
    family?.quantiles.push([]);
    family?.quantileValues.push([]);
    family?.counts.push(count);
    family?.sums.push(sum);
  });
  return families.families;
}

function translateHistograms(rows: NonNullable<ZotDocument['Histograms']>, drops: DropTally): readonly MetricFamily[] {
  const reader = new BucketReader();
  const families = new FamilyRows({
    list: 'Histograms',
    drops,
    reserved: 'le',
    start: (name, zotName): HistogramColumns => ({
      type: 'histogram',
      ...startFamily(name, zotName),
      labelNames: [],
      labelValues: [],
      bounds: [],
      bucketCounts: [],
      counts: [],
      sums: [],
    }),
  });
  rows.forEach((row, index) => {
    const count = toNumber(row.Count);
    const sum = toNumber(row.Sum);
    if (count === undefined || sum === undefined) {
      families.drop('value', index, 3, 'the count or the sum is not a number');
      return;
    }
    const buckets = reader.read(row.Buckets ?? {}, count);
    if (buckets === undefined) {
      families.drop('bucket', index, 3, 'a bound or a count of the buckets is not a number');
      return;
    }
    const family = families.place(row, index, buckets.bounds.length + 2);
    family?.bounds.push(buckets.bounds);
    family?.bucketCounts.push(buckets.counts);
    family?.counts.push(count);
    family?.sums.push(sum);
    if (family !== undefined && buckets.repeats > 0) {
      families.drop('duplicate', index, buckets.repeats, 'two bounds are the same number; the first one was kept');
    }
  });
  return families.families;
}

function startScalar(type: 'counter' | 'gauge', name: string, zotName: string): ScalarColumns {
  return { type, ...startFamily(name, zotName), labelNames: [], labelValues: [], values: [] };
}

function startFamily(name: string, zotName: string) {
  return { name, help: `${zotName}, as zot reports it.` };
}

/** The document without the rows that are not of zot's form. If none is left of some, the document is not zot's. */
function keepWellFormedRows(value: unknown, drops: DropTally): ZotDocument {
  if (!zotEnvelope.matches(value)) {
    const [problem] = zotEnvelope.explain(value);
    throw new ZxpError('schema', `the reply is JSON, but not zot's: ${problem?.where} ${problem?.message}`, {
      hint: 'zot answers {"Counters": ..., "Gauges": ..., "Summaries": ..., "Histograms": ...} at /metrics',
    });
  }
  const keep = <T>(list: keyof ZotEnvelope, guard: Guard<T>) =>
    keepMatching({ list, rows: value[list] ?? [], guard, drops });
  const document = {
    Counters: keep('Counters', zotRows.Counters),
    Gauges: keep('Gauges', zotRows.Gauges),
    Summaries: keep('Summaries', zotRows.Summaries),
    Histograms: keep('Histograms', zotRows.Histograms),
  };
  if (Object.values(document).every((rows) => rows.length === 0)) {
    const [example] = drops.examples;
    throw new ZxpError('schema', `the reply is JSON, but no row is zot's: ${example?.where} ${example?.message}`);
  }
  return document;
}

/** A hole stands for a row that is left out: `forEach` skips it, and the others keep their index in the document. */
function keepMatching<T>(input: {
  list: string;
  rows: readonly unknown[];
  guard: Guard<T>;
  drops: DropTally;
}): readonly T[] {
  const kept: T[] = [];
  input.rows.forEach((row, index) => {
    if (input.guard.matches(row)) {
      kept[index] = row;
      return;
    }
    const [problem] = input.guard.explain(row);
    // The field alone: what is below it may be keys of the document, and a body may hold secrets.
    const [field = ''] = /^\/\w+/.exec(problem?.where ?? '') ?? [];
    const where = `${input.list}[${index}]${field}`;
    input.drops.add({ cause: 'shape', samples: 1, where, message: problem?.message ?? 'is not valid' });
  });
  return kept;
}
