import type { Bytes } from '../../model/bytes.js';
import { DropTally } from '../../model/drops.js';
import { ZxpError } from '../../model/errors.js';
import type { HistogramFamily, MetricFamily, ScalarFamily, SummaryFamily, Translation } from '../../model/metrics.js';
import type { RowPlaces } from '../../model/placed-rows.js';
import type { Steps, TranslationContext, Translator } from '../../model/ports.js';
import type { GrowingFamily, PlacedRows } from '../../model/row-sink.js';
import type { Guard } from '../../schema/guard.js';
import { ChunkedDocument, openDocument } from '../document/chunked-document.js';
import { parseBytes } from '../document/decode.js';
import { readPlainDocument } from '../document/row-reader.js';
import { BucketReader } from './buckets.js';
import {
  type ZotCounter,
  type ZotEnvelope,
  type ZotGauge,
  type ZotHistogram,
  type ZotRow,
  type ZotSummary,
  zotEnvelope,
  zotLists,
  zotRows,
} from './document.js';
import { groupScalars, scalarLists, scalarReader } from './placed-scalars.js';
import { FamilyRows, type LabelColumns, toNumber } from './rows.js';

const arrays = zotLists.map((list) => [list]);

/** Below this a parser is as fast as finding rows by their places. */
const SINK_BYTES = 32 * 1024;

/** Translates zot's metrics JSON: counters, gauges, summaries and histograms of any name. */
export const zotTranslator: Translator = {
  name: 'zot',
  upMetric: { name: 'zot_up', help: 'Whether zot answered with its metrics: 1 if so, 0 if not.' },
  arrays,
  sinkBytes: SINK_BYTES,
  translate: translateBody,
};

/** Rows that are not well-formed are dropped and counted; throws `schema` where the whole is not zot's JSON. */
function* translateBody(body: Bytes, context: TranslationContext): Steps<Translation> {
  const placed = translatePlaced(body, context);
  if (placed !== undefined) return placed;
  const opened = yield* openDocument(body, context, { arrays, parse: JSON.parse });
  if (!(opened instanceof ChunkedDocument)) return translateZot(opened.whole);
  const { sink, limits } = context;
  // In the order of the exposition.
  const readers = zotLists.map((list) => openReader[list]());
  const take = (bytes: Uint8Array, array: number): number | undefined => {
    const list = scalarLists.findIndex((each) => each === zotLists[array]);
    if (sink?.takesPlaced !== true) return undefined;
    const found = scalarReader.readElements(bytes, list, ...[limits]);
    const rows = found && readers[array]?.group(found);
    return rows !== undefined && sink.takePlaced(rows, { areAll: false }) ? found?.rows : undefined;
  };
  try {
    checkEnvelope(opened.skeleton);
    for (const { array, elements, firstIndex } of opened.batches(take)) {
      if (elements === undefined) readers[array]?.noteRow();
      else readers[array]?.add(elements, firstIndex);
      sink?.take(readers[array]?.growing ?? []);
      yield;
    }
    context.sink?.finish();
  } catch (thrown) {
    yield* opened.checkRest();
    throw thrown;
  }
  return finish(readers);
}

/** The same for a plain document, whose counters and gauges the sink has taken; undefined for another one. */
function translatePlaced(body: Bytes, context: TranslationContext): Translation | undefined {
  const { sink } = context;
  const found = readPlainDocument(body, context, ...[scalarReader]);
  if (found === undefined || sink === undefined) return undefined;
  const readers = zotLists.map((list) => openReader[list]());
  const groups: PlacedRows[] = [];
  for (const [i, rows] of found.arrays.entries()) {
    const grouped = readers[i]?.group(rows);
    if (grouped === undefined) return undefined;
    groups.push(...grouped);
    readers[i]?.noteRow();
  }
  for (const [i, bytes] of found.others.entries()) {
    const rows = parseBytes(bytes, { parse: JSON.parse });
    if (rows !== null && !Array.isArray(rows)) return undefined;
    readers[found.arrays.length + i]?.add(rows ?? [], 0);
  }
  if (!sink.takePlaced(groups, { areAll: true })) return undefined;
  sink.finish();
  return finish(readers);
}

/** The same for a document that was parsed. */
export function translateZot(value: unknown): Translation {
  const document = checkEnvelope(value);
  const readers: ListReader[] = [];
  for (const list of zotLists) {
    const rows = document[list];
    if (rows === undefined || rows === null || rows.length === 0) continue;
    const reader = openReader[list]();
    reader.add(rows, 0);
    readers.push(reader);
  }
  return finish(readers);
}

const openReader: Readonly<Record<(typeof zotLists)[number], () => ListReader>> = {
  Counters: readCounters,
  Gauges: readGauges,
  Summaries: readSummaries,
  Histograms: readHistograms,
};

function finish(readers: readonly ListReader[]): Translation {
  const drops = new DropTally();
  for (const reader of readers) drops.absorb(reader.drops);
  const [example] = drops.examples;
  if (example !== undefined && !readers.some((reader) => reader.isZots)) {
    throw new ZxpError('schema', `the response is JSON, but no row is zot's: ${example.where} ${example.message}`);
  }
  return { families: readers.flatMap((reader) => reader.families), drops };
}

/** Reads the rows of one of zot's lists into families. */
interface ListReader {
  readonly drops: DropTally;
  readonly families: readonly MetricFamily[];
  readonly growing: Iterable<GrowingFamily>;
  /** Whether one of the rows was of the form that its list has. */
  readonly isZots: boolean;
  add(rows: readonly unknown[], firstIndex: number): void;
  /** Rows of which nothing was made yet, by their families; undefined where they are to be added one by one. */
  group(found: RowPlaces): readonly PlacedRows[] | undefined;
  /** Notes that a row was of that form. */
  noteRow(): void;
}

/**
 * The reader of a list whose rows a guard knows. A class: for an object with getters V8 makes a hidden class at
 * each scrape, and keeps it, with all that the getters see, until the next collection of the whole heap.
 */
class GuardedReader<Row, F extends MetricFamily & LabelColumns> implements ListReader {
  readonly drops: DropTally;
  isZots = false;
  readonly #list: string;
  readonly #guard: Guard<Row>;
  readonly #rows: FamilyRows<F>;
  readonly #read: (row: Row, index: number) => void;

  constructor(options: {
    readonly list: string;
    readonly guard: Guard<Row>;
    readonly rows: FamilyRows<F>;
    readonly drops: DropTally;
    readonly read: (row: Row, index: number) => void;
  }) {
    this.drops = options.drops;
    this.#list = options.list;
    this.#guard = options.guard;
    this.#rows = options.rows;
    this.#read = options.read;
  }

  get families(): readonly F[] {
    return this.#rows.families;
  }

  get growing(): Iterable<GrowingFamily> {
    return this.#rows.growing;
  }

  add(rows: readonly unknown[], firstIndex: number): void {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (this.#guard.matches(row)) {
        this.isZots = true;
        this.#read(row, firstIndex + i);
      } else {
        this.#drop(row, firstIndex + i);
      }
    }
  }

  group(found: RowPlaces): readonly PlacedRows[] | undefined {
    return groupScalars(found, (zotName) => {
      const family = this.#rows.open(zotName);
      return family && { name: family.columns.name, family };
    });
  }

  noteRow(): void {
    this.isZots = true;
  }

  /** The field of a problem is shown alone: what is below it may be keys of the document, and a body may hold secrets. */
  #drop(row: unknown, index: number): void {
    const [problem] = this.#guard.explain(row);
    const [field = ''] = /^\/\w+/.exec(problem?.where ?? '') ?? [];
    const message = `${describeFound(row, field)}: ${problem?.message ?? 'is not valid'}`;
    this.drops.add({ cause: 'shape', samples: 1, where: `${this.#list}[${index}]${field}`, message });
  }
}

/** What a row, or a field of it, is. */
function describeFound(row: unknown, field: string): string {
  const fields = typeof row === 'object' && row !== null ? new Map<string, unknown>(Object.entries(row)) : undefined;
  const found = field === '' ? row : fields?.get(field.slice(1));
  if (found === undefined) return 'is missing';
  if (found === null) return 'is null';
  if (Array.isArray(found)) return 'is an array';
  return typeof found === 'object' ? 'is an object' : `is a ${typeof found}`;
}

/** Families under construction: columns that grow. */
type Growing<F> = { readonly [K in keyof F]: F[K] extends readonly (infer T)[] ? T[] : F[K] };
type ScalarColumns = Growing<Omit<ScalarFamily, 'timestampsMs' | 'startsMs' | 'exemplars'>>;
type SummaryColumns = Growing<Omit<SummaryFamily, 'timestampsMs' | 'startsMs'>>;
type HistogramColumns = Growing<Omit<HistogramFamily, 'timestampsMs' | 'startsMs' | 'exemplars'>>;

function readCounters(): ListReader {
  const list = 'Counters';
  const drops = new DropTally();
  const rows = new FamilyRows({
    list,
    drops,
    start: (name, zotName) => startScalar('counter', `${name}_total`, zotName),
  });
  const read = (row: ZotCounter, index: number) => placeScalar(rows, row, { index, value: toNumber(row.Count) });
  return new GuardedReader({ list, guard: zotRows.Counters, rows, drops, read });
}

function readGauges(): ListReader {
  const list = 'Gauges';
  const drops = new DropTally();
  const rows = new FamilyRows({ list, drops, start: (name, zotName) => startScalar('gauge', name, zotName) });
  const read = (row: ZotGauge, index: number) => placeScalar(rows, row, { index, value: toNumber(row.Value) });
  return new GuardedReader({ list, guard: zotRows.Gauges, rows, drops, read });
}

function placeScalar(
  rows: FamilyRows<ScalarColumns>,
  row: ZotRow,
  { index, value }: { readonly index: number; readonly value: number | undefined },
): void {
  if (value === undefined) rows.drop('value', index, 1, 'the value is not a number');
  else rows.place(row, index, 1)?.values.push(value);
}

function readSummaries(): ListReader {
  const list = 'Summaries';
  const drops = new DropTally();
  const rows = new FamilyRows({ list, drops, reserved: 'quantile', start: startSummary });
  const read = (row: ZotSummary, index: number) => {
    const count = toNumber(row.Count);
    const sum = toNumber(row.Sum);
    if (count === undefined || sum === undefined) {
      rows.drop('value', index, 2, 'the count or the sum is not a number');
      return;
    }
    const family = rows.place(row, index, 2);
    family?.quantiles.push([]);
    family?.quantileValues.push([]);
    family?.counts.push(count);
    family?.sums.push(sum);
  };
  return new GuardedReader({ list, guard: zotRows.Summaries, rows, drops, read });
}

function readHistograms(): ListReader {
  const list = 'Histograms';
  const drops = new DropTally();
  const reader = new BucketReader();
  const rows = new FamilyRows({ list, drops, reserved: 'le', start: startHistogram });
  const read = (row: ZotHistogram, index: number) => {
    const count = toNumber(row.Count);
    const sum = toNumber(row.Sum);
    if (count === undefined || sum === undefined) {
      rows.drop('value', index, 3, 'the count or the sum is not a number');
      return;
    }
    const buckets = reader.read(row.Buckets ?? {}, count);
    if (buckets === undefined) {
      rows.drop('bucket', index, 3, 'a bound or a count of the buckets is not a number');
      return;
    }
    const family = rows.place(row, index, buckets.bounds.length + 2);
    family?.bounds.push(buckets.bounds);
    family?.bucketCounts.push(buckets.counts);
    family?.counts.push(count);
    family?.sums.push(sum);
    if (family !== undefined && buckets.repeats > 0) {
      rows.drop('duplicate', index, buckets.repeats, 'two bounds are the same number; the first one was kept');
    }
  };
  return new GuardedReader({ list, guard: zotRows.Histograms, rows, drops, read });
}

function startScalar(type: 'counter' | 'gauge', name: string, zotName: string): ScalarColumns {
  return { type, ...startFamily(name, zotName), labelNames: [], labelValues: [], values: [] };
}

function startSummary(name: string, zotName: string): SummaryColumns {
  return {
    type: 'summary',
    ...startFamily(name, zotName),
    labelNames: [],
    labelValues: [],
    quantiles: [],
    quantileValues: [],
    counts: [],
    sums: [],
  };
}

function startHistogram(name: string, zotName: string): HistogramColumns {
  return {
    type: 'histogram',
    ...startFamily(name, zotName),
    labelNames: [],
    labelValues: [],
    bounds: [],
    bucketCounts: [],
    counts: [],
    sums: [],
  };
}

function startFamily(name: string, zotName: string) {
  return { name, help: `${zotName}, as zot reports it.` };
}

/** The lists of a document, whose rows nobody has looked at yet. */
function checkEnvelope(value: unknown): ZotEnvelope {
  if (zotEnvelope.matches(value)) return value;
  const [problem] = zotEnvelope.explain(value);
  throw new ZxpError('schema', `the response is JSON, but not zot's: ${problem?.where} ${problem?.message}`, {
    hint: 'zot answers {"Counters": ..., "Gauges": ..., "Summaries": ..., "Histograms": ...} at /metrics; for other JSON take --module flatten, or a mapping: zxp infer URL',
  });
}
