import { parseDocument } from '../../jsonpath/document.js';
import type { PathShape } from '../../jsonpath/path.js';
import { type Bytes, countBytes } from '../../model/bytes.js';
import { DropTally } from '../../model/drops.js';
import type { Translation } from '../../model/metrics.js';
import type { RowPlaces } from '../../model/placed-rows.js';
import type { Steps, TranslationContext } from '../../model/ports.js';
import type { GrowingFamily, RowSink } from '../../model/row-sink.js';
import { createRunContext } from '../cel-context.js';
import { ChunkedDocument, openDocument } from '../document/chunked-document.js';
import { readPlainDocument } from '../document/row-reader.js';
import type { ArrayPath } from '../document/scan.js';
import { SampleBudget } from './budget.js';
import type { Source } from './iteration.js';
import type { MetricProgram } from './metric.js';
import { MetricRun, type Output } from './metric-run.js';
import type { PlacedArray, PlacedMetrics } from './placed-metrics.js';
import { mergeFamilies } from './rows.js';
import type { RootRead } from './value-reader.js';

/** The metrics of a module, and what they read in chunks. */
export interface MappingProgram {
  readonly metrics: readonly MetricProgram[];
  readonly arrays: readonly ArrayPath[];
  /** Whether values are read of the response, too. */
  readonly usesResponse: boolean;
  /** Names of families whose rows a sink may take. */
  readonly takableNames: ReadonlySet<string>;
  /** Those that a plain document has in places. */
  readonly placed: PlacedMetrics | undefined;
}

/**
 * Finds the families whose rows need not be kept: those that have rows of one metric alone, no exemplars and no starts. A
 * name that an element gives may be that of any family.
 */
export function findTakableNames(metrics: readonly MetricProgram[]): ReadonlySet<string> {
  if (metrics.some(({ name }) => name !== undefined)) return new Set();
  const owners = new Map<string, MetricProgram | undefined>();
  for (const metric of metrics) {
    for (const name of listFamilyNames(metric)) owners.set(name, owners.has(name) ? undefined : metric);
  }
  const isTakable = (owner: MetricProgram | undefined) =>
    owner !== undefined && owner.exemplar === undefined && owner.start === undefined;
  return new Set([...owners].flatMap(([name, owner]) => (isTakable(owner) ? [name] : [])));
}

function listFamilyNames({ values, distribution, exponential }: MetricProgram): ReadonlySet<string> {
  const planned = [...values, distribution, exponential].filter((each) => each !== undefined);
  return new Set(planned.map(({ plan }) => plan.name));
}

/** Plans which arrays are read in chunks: those that metrics go through, and that nothing else is read of. */
export function planArrays(metrics: readonly MetricProgram[]): readonly ArrayPath[] {
  const arrays = new Map<string, ArrayPath>();
  for (const { array } of metrics) if (array !== undefined) arrays.set(JSON.stringify(array), array);
  return [...arrays.values()].filter((array) => metrics.every((metric) => leavesAlone(metric, array)));
}

/** Whether a metric reads nothing of an array but its elements one by one, or its length where it goes through none. */
function leavesAlone({ array: own, steps, rootReads }: MetricProgram, array: ArrayPath): boolean {
  const isOwn = own !== undefined && isSamePath(own, array);
  const reads: readonly RootRead[] =
    isOwn || steps[0] === undefined ? rootReads : [...rootReads, { shapes: steps[0].shapes, isLength: false }];
  return reads.every(({ shapes, isLength }) =>
    shapes.every((shape) => {
      const isLengthOfIt = isLength && own === undefined && isSamePath(shape.keys, array) && isCountable(shape);
      return isLengthOfIt || !overlaps(shape.keys, array);
    }),
  );
}

function isCounted({ rootReads }: MetricProgram, array: ArrayPath): boolean {
  return rootReads.some(({ shapes, isLength }) => isLength && shapes.some(({ keys }) => isSamePath(keys, array)));
}

/** The array itself, or each of its elements: as many as it has. */
function isCountable({ rest }: PathShape): boolean {
  return rest === 'nothing' || rest === 'wildcard';
}

function isSamePath(left: readonly (string | number)[], right: readonly (string | number)[]): boolean {
  return left.length === right.length && overlaps(left, right);
}

/** Whether one path begins with the other. */
function overlaps(left: readonly (string | number)[], right: readonly (string | number)[]): boolean {
  for (let i = 0; i < Math.min(left.length, right.length); i++) if (left[i] !== right[i]) return false;
  return true;
}

/** Translates one document by the metrics of a module. */
export function* translateMapping(
  body: Bytes,
  context: TranslationContext,
  program: MappingProgram,
): Steps<Translation> {
  const { metrics, arrays, usesResponse } = program;
  const output: Output = {
    budget: new SampleBudget(context.limits),
    run: usesResponse
      ? createRunContext({ bytes: countBytes(body), response: context.response, work: context.work })
      : undefined,
    work: context.work,
  };
  const placed = readPlaced(body, context, { program, output });
  if (placed !== undefined) return finish(placed);
  const opened = yield* openDocument(body, context, { arrays, parse: parseDocument });
  if (!(opened instanceof ChunkedDocument)) {
    const { whole } = opened;
    return finish(metrics.map((metric) => readWhole(metric, output, whole)));
  }
  try {
    return finish(yield* readChunks(opened, program, { output, context }));
  } catch (thrown) {
    yield* opened.checkRest();
    throw thrown;
  }
}

/** The metrics of a plain document, which the sink has taken; undefined where the document, or the module, is another one. */
function readPlaced(
  body: Bytes,
  context: TranslationContext,
  { program, output }: { readonly program: MappingProgram; readonly output: Output },
): readonly MetricRun[] | undefined {
  const { placed, metrics } = program;
  const { sink } = context;
  const reader = placed?.areAll === true ? placed.reader : undefined;
  const found = readPlainDocument(body, context, ...[reader]);
  if (found === undefined || placed === undefined || sink === undefined) return undefined;
  const runs = new Map(metrics.map((metric) => [metric, new MetricRun(metric, output, undefined)]));
  const arrays = placed.byArray.flatMap((array) => {
    const rows = array && found.arrays[array.index];
    return array === undefined || rows === undefined ? [] : [{ array, rows }];
  });
  if (!takePlaced(sink, arrays, ...[runs, true])) return undefined;
  sink.finish();
  return [...runs.values()];
}

type Runs = ReadonlyMap<MetricProgram, MetricRun>;

/** Whether the sink has taken the rows of all metrics of these arrays. */
function takePlaced(
  sink: RowSink,
  arrays: readonly { readonly array: PlacedArray; readonly rows: RowPlaces }[],
  ...[runs, areAll]: [runs: Runs, areAll: boolean]
): boolean {
  const metrics = arrays.flatMap(({ array, rows: found }) =>
    array.metrics.map(({ program, metric }) => {
      const families = program.values.flatMap(({ plan }) => runs.get(program)?.families.scalar(plan) ?? []);
      return { program, metric, found, families };
    }),
  );
  if (!sink.takePlaced(metrics, { areAll })) return false;
  for (const { program, found } of metrics) runs.get(program)?.count(found.rows);
  return true;
}

function readWhole(metric: MetricProgram, output: Output, document: unknown): MetricRun {
  const run = new MetricRun(metric, output, document);
  run.read({ document, firstIndex: 0 });
  return run;
}

/** Metrics that go through an array read its batches; the others read the rest of the document, when all is counted. */
function* readChunks(
  opened: ChunkedDocument,
  { metrics, arrays, takableNames, placed }: MappingProgram,
  { output, context }: { readonly output: Output; readonly context: TranslationContext },
): Steps<readonly MetricRun[]> {
  const { skeleton } = opened;
  const { sink, limits } = context;
  const readers = metrics.map((metric) => {
    const array = arrays.findIndex((each) => metric.array !== undefined && isSamePath(each, metric.array));
    return { array: opened.has(array) ? array : undefined, reader: new ChunkReader(metric, output, skeleton) };
  });
  const find = (wanted: number) => readers.filter(({ array }) => array === wanted).map(({ reader }) => reader);
  const take = (bytes: Uint8Array, array: number): number | undefined => {
    const own = placed?.byArray[array];
    if (sink?.takesPlaced !== true || own === undefined || find(array).some(({ run }) => run.isOver)) return undefined;
    const rows = placed?.reader.readElements(bytes, own.index, ...[limits]);
    const runs: Runs = new Map(find(array).map((reader) => [reader.metric, reader.run]));
    return rows !== undefined && takePlaced(sink, [{ array: own, rows }], ...[runs, false]) ? rows.rows : undefined;
  };
  for (const batch of opened.batches(take)) {
    const current = find(batch.array);
    const { elements, firstIndex } = batch;
    if (elements !== undefined) {
      const document = nest(elements, arrays[batch.array] ?? []);
      for (const reader of current) reader.read({ document, firstIndex }, sink);
      sink?.take(current.flatMap((reader) => reader.listFamilies(takableNames)));
    }
    yield;
  }
  sink?.finish();
  arrays.forEach((keys, array) => {
    if (metrics.some((metric) => isCounted(metric, keys))) setLength(skeleton, keys, opened.lengthOf(array));
  });
  return metrics.map((metric, i) => {
    const { array, reader } = readers[i] ?? { array: undefined, reader: undefined };
    return array === undefined || reader === undefined ? readWhole(metric, output, skeleton) : reader.run;
  });
}

/** A metric over the batches of its array. */
class ChunkReader {
  readonly metric: MetricProgram;
  readonly #output: Output;
  readonly #root: unknown;
  run: MetricRun;

  constructor(metric: MetricProgram, output: Output, root: unknown) {
    this.metric = metric;
    this.#output = output;
    this.#root = root;
    this.run = new MetricRun(metric, output, root);
  }

  /** A first step that fails has found nothing: what it found of the batches before does not count. */
  read(source: Omit<Source, 'matchesBefore'>, sink: RowSink | undefined): void {
    if (this.run.isOver) return;
    this.run.read(source);
    if (!this.run.isOver) return;
    sink?.forget(this.run.families.all);
    this.#output.budget.giveBack(this.run.samples);
    this.run = new MetricRun(this.metric, this.#output, this.#root);
    this.run.read(source);
  }

  listFamilies(names: ReadonlySet<string>): readonly GrowingFamily[] {
    return [...this.run.families.all].filter(({ plan }) => names.has(plan.name));
  }
}

/** A document that has these elements under these keys, and nothing else. */
function nest(elements: readonly unknown[], keys: ArrayPath): unknown {
  return keys.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), elements);
}

/** Gives an array of the skeleton as many elements as it has in the document, which are counted and not read. */
function setLength(skeleton: unknown, keys: ArrayPath, length: number): void {
  let value = skeleton;
  for (const key of keys) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  if (!Array.isArray(value)) return;
  value.length = length;
  value.fill(null);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function finish(runs: readonly MetricRun[]): Translation {
  const drops = new DropTally();
  const details = runs.map((run) => run.finish());
  for (const run of runs) drops.absorb(run.drops);
  return { families: mergeFamilies(runs.map((run) => run.families)), drops, details };
}
