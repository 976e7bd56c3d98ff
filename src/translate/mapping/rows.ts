import { ZxpError } from '../../model/errors.js';
import type {
  Exemplar,
  ExponentialBuckets,
  HistogramFamily,
  MetricFamily,
  ScalarFamily,
  SummaryFamily,
  WrittenRows,
} from '../../model/metrics.js';
import type { Aggregate, DuplicatePolicy } from '../../model/module.js';
import type { GrowingFamily } from '../../model/row-sink.js';
import type { NativeHistogram } from './exponential.js';
import type { FamilyPlan } from './family-plan.js';

/** The labels and the time of a row, whatever its value. */
export interface RowKey {
  readonly names: readonly string[];
  readonly values: readonly string[];
  readonly timestampMs: number | undefined;
  readonly startMs?: number | undefined;
  readonly exemplar?: Exemplar | undefined;
}

function appendAll<T>(column: T[], more: readonly T[]): void {
  for (const each of more) column.push(each);
}

/** A column that is there once a row has something in it. */
class SparseColumn<T> {
  #cells: (T | undefined)[] | undefined;

  push(row: number, cell: T | undefined): void {
    if (cell !== undefined) this.#cells ??= new Array(row).fill(undefined);
    this.#cells?.push(cell);
  }

  /** Adds so many cells of another column behind the rows of this one. */
  append(row: number, { cells }: SparseColumn<T>, ...[count]: [count: number]): void {
    for (let i = 0; i < count; i++) this.push(row + i, cells?.[i]);
  }

  get cells(): readonly (T | undefined)[] | undefined {
    return this.#cells;
  }
}

/** The columns that every family under construction has. */
abstract class LabelRows implements GrowingFamily {
  readonly plan: FamilyPlan;
  taken: WrittenRows | undefined;
  #labelNames: (readonly string[])[] = [];
  #labelValues: (readonly string[])[] = [];
  #timestampsMs = new SparseColumn<number>();
  #startsMs = new SparseColumn<number>();
  #exemplars = new SparseColumn<Exemplar>();

  constructor(plan: FamilyPlan) {
    this.plan = plan;
  }

  get rows(): number {
    return this.#labelValues.length;
  }

  abstract view(): MetricFamily;

  clear(): void {
    this.#labelNames = [];
    this.#labelValues = [];
    this.#timestampsMs = new SparseColumn();
    this.#startsMs = new SparseColumn();
    this.#exemplars = new SparseColumn();
  }

  protected pushKey({ names, values, timestampMs, startMs, exemplar }: RowKey): void {
    const row = this.rows;
    this.#timestampsMs.push(row, timestampMs);
    this.#startsMs.push(row, startMs);
    this.#exemplars.push(row, exemplar);
    this.#labelNames.push(names);
    this.#labelValues.push(values);
  }

  protected appendKeys(other: LabelRows): void {
    const row = this.rows;
    this.#timestampsMs.append(row, other.#timestampsMs, other.rows);
    this.#startsMs.append(row, other.#startsMs, other.rows);
    this.#exemplars.append(row, other.#exemplars, other.rows);
    appendAll(this.#labelNames, other.#labelNames);
    appendAll(this.#labelValues, other.#labelValues);
  }

  protected get columns() {
    const { name, help, unit } = this.plan;
    const { cells: timestampsMs } = this.#timestampsMs;
    const { cells: startsMs } = this.#startsMs;
    return {
      name,
      help,
      ...(unit === undefined ? {} : { unit }),
      labelNames: this.#labelNames,
      labelValues: this.#labelValues,
      ...(timestampsMs === undefined ? {} : { timestampsMs }),
      ...(startsMs === undefined ? {} : { startsMs }),
      ...(this.taken === undefined ? {} : { written: this.taken }),
    };
  }

  protected get exemplars(): { readonly exemplars?: readonly (Exemplar | undefined)[] } {
    const { cells: exemplars } = this.#exemplars;
    return exemplars === undefined ? {} : { exemplars };
  }
}

/** A counter, gauge or untyped family that grows row by row. */
export class ScalarRows extends LabelRows {
  readonly #type: ScalarFamily['type'];
  #values: number[] = [];

  constructor(plan: FamilyPlan, type: ScalarFamily['type']) {
    super(plan);
    this.#type = type;
  }

  push(key: RowKey, value: number): void {
    this.pushKey(key);
    this.#values.push(value);
  }

  /** Adds the rows of another metric. */
  append(other: ScalarRows): void {
    this.appendKeys(other);
    appendAll(this.#values, other.#values);
  }

  override clear(): void {
    super.clear();
    this.#values = [];
  }

  override view(): MetricFamily {
    return { type: this.#type, ...this.columns, ...this.exemplars, values: this.#values };
  }
}

/** One histogram or summary: bounds or quantiles as text, ascending. */
export interface Distribution {
  readonly bounds: readonly string[];
  readonly values: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** A family of histograms or summaries that grows row by row. */
export class DistributionRows extends LabelRows {
  readonly #type: (HistogramFamily | SummaryFamily)['type'];
  #bounds: (readonly string[])[] = [];
  #values: (readonly number[])[] = [];
  #counts: number[] = [];
  #sums: number[] = [];

  constructor(plan: FamilyPlan, type: (HistogramFamily | SummaryFamily)['type']) {
    super(plan);
    this.#type = type;
  }

  push(key: RowKey, distribution: Distribution): void {
    this.pushKey(key);
    this.#bounds.push(distribution.bounds);
    this.#values.push(distribution.values);
    this.#counts.push(distribution.count);
    this.#sums.push(distribution.sum);
  }

  /** Adds the rows of another metric. */
  append(other: DistributionRows): void {
    this.appendKeys(other);
    appendAll(this.#bounds, other.#bounds);
    appendAll(this.#values, other.#values);
    appendAll(this.#counts, other.#counts);
    appendAll(this.#sums, other.#sums);
  }

  override clear(): void {
    super.clear();
    this.#bounds = [];
    this.#values = [];
    this.#counts = [];
    this.#sums = [];
  }

  override view(): MetricFamily {
    const totals = { counts: this.#counts, sums: this.#sums };
    return this.#type === 'histogram'
      ? {
          type: 'histogram',
          ...this.columns,
          ...this.exemplars,
          bounds: this.#bounds,
          bucketCounts: this.#values,
          ...totals,
        }
      : { type: 'summary', ...this.columns, quantiles: this.#bounds, quantileValues: this.#values, ...totals };
  }
}

/** A family of native histograms that grows row by row. */
export class ExponentialRows extends LabelRows {
  #buckets: ExponentialBuckets[] = [];
  #counts: number[] = [];
  #sums: number[] = [];

  push(key: RowKey, { buckets, count, sum }: NativeHistogram): void {
    this.pushKey(key);
    this.#buckets.push(buckets);
    this.#counts.push(count);
    this.#sums.push(sum);
  }

  /** Adds the rows of another metric. */
  append(other: ExponentialRows): void {
    this.appendKeys(other);
    appendAll(this.#buckets, other.#buckets);
    appendAll(this.#counts, other.#counts);
    appendAll(this.#sums, other.#sums);
  }

  override clear(): void {
    super.clear();
    this.#buckets = [];
    this.#counts = [];
    this.#sums = [];
  }

  override view(): MetricFamily {
    return {
      type: 'exponential_histogram',
      ...this.columns,
      ...this.exemplars,
      buckets: this.#buckets,
      counts: this.#counts,
      sums: this.#sums,
    };
  }
}

/** What becomes of rows with the same labels: one row, of all their values. */
export type FoldName = Aggregate | Exclude<DuplicatePolicy, 'first'>;

interface Folded {
  key: RowKey;
  value: number;
  count: number;
}

/** Gathers the rows of one value of one metric and folds those with the same labels into one. */
export class Aggregator {
  readonly #fold: FoldName;
  readonly #name: string;
  readonly #rows = new Map<string, Folded>();

  constructor(fold: FoldName, name: string) {
    this.#fold = fold;
    this.#name = name;
  }

  /** Says whether these labels are new. Throws `schema` where the metric wants no duplicates and there is one. */
  push(key: RowKey, value: number): boolean {
    const id = JSON.stringify(key.values);
    const known = this.#rows.get(id);
    if (known === undefined) {
      this.#rows.set(id, { key, value, count: 1 });
      return true;
    }
    if (this.#fold === 'error') {
      throw new ZxpError('schema', `${this.#name} has a series twice, and its duplicates are an error`);
    }
    known.value = combine(this.#fold, known.value, value);
    known.count++;
    if (this.#fold === 'last') known.key = key;
    return false;
  }

  /** Hands each folded row to the family. */
  flush(rows: ScalarRows): void {
    for (const { key, value, count } of this.#rows.values()) {
      rows.push(key, this.#fold === 'count' ? count : this.#fold === 'avg' ? value / count : value);
    }
  }
}

function combine(fold: Exclude<FoldName, 'error'>, left: number, right: number): number {
  switch (fold) {
    case 'sum':
    case 'avg':
      return left + right;
    case 'min':
      return Math.min(left, right);
    case 'max':
      return Math.max(left, right);
    case 'last':
      return right;
    case 'count':
      return left;
  }
}

type FamilyRows = ScalarRows | DistributionRows | ExponentialRows;

/** The families that one metric gives, in the order in which their first rows come. */
export class FamilySet {
  readonly #rows = new Map<string, FamilyRows>();

  scalar(plan: FamilyPlan): ScalarRows | undefined {
    const known = this.#rows.get(plan.name);
    if (known !== undefined) return known instanceof ScalarRows ? known : undefined;
    const { type } = plan;
    if (type === 'histogram' || type === 'summary' || type === 'exponential_histogram') return undefined;
    const rows = new ScalarRows(plan, type);
    this.#rows.set(plan.name, rows);
    return rows;
  }

  distribution(plan: FamilyPlan): DistributionRows | undefined {
    const known = this.#rows.get(plan.name);
    if (known !== undefined) return known instanceof DistributionRows ? known : undefined;
    const { type } = plan;
    if (type !== 'histogram' && type !== 'summary') return undefined;
    const rows = new DistributionRows(plan, type);
    this.#rows.set(plan.name, rows);
    return rows;
  }

  exponential(plan: FamilyPlan): ExponentialRows | undefined {
    const known = this.#rows.get(plan.name);
    if (known !== undefined) return known instanceof ExponentialRows ? known : undefined;
    if (plan.type !== 'exponential_histogram') return undefined;
    const rows = new ExponentialRows(plan);
    this.#rows.set(plan.name, rows);
    return rows;
  }

  get all(): Iterable<FamilyRows> {
    return this.#rows.values();
  }
}

/** The families of several metrics, those with one name as one: the rows of a metric follow those of the metrics before. Of one name
 * with two types, which only a document can give, both are kept for the validation to find. */
export function mergeFamilies(sets: readonly FamilySet[]): readonly MetricFamily[] {
  const merged: FamilyRows[] = [];
  const byName = new Map<string, FamilyRows>();
  for (const set of sets) {
    for (const rows of set.all) {
      const known = byName.get(rows.plan.name);
      if (known !== undefined && append(known, rows)) continue;
      if (known === undefined) byName.set(rows.plan.name, rows);
      merged.push(rows);
    }
  }
  return merged.filter(({ rows, taken }) => rows > 0 || taken !== undefined).map((rows) => rows.view());
}

/** Whether the families are of one type, and one now. */
function append(known: FamilyRows, rows: FamilyRows): boolean {
  if (known.plan.type !== rows.plan.type) return false;
  if (known instanceof ScalarRows && rows instanceof ScalarRows) known.append(rows);
  else if (known instanceof DistributionRows && rows instanceof DistributionRows) known.append(rows);
  else if (known instanceof ExponentialRows && rows instanceof ExponentialRows) known.append(rows);
  return true;
}
