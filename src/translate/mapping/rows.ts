import type {
  Exemplar,
  ExponentialBuckets,
  HistogramFamily,
  MetricFamily,
  ScalarFamily,
  SummaryFamily,
} from '../../model/metrics.js';
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

/** A column that is there once a row has something in it. */
class SparseColumn<T> {
  #cells: (T | undefined)[] | undefined;

  push(row: number, cell: T | undefined): void {
    if (cell !== undefined) this.#cells ??= new Array(row).fill(undefined);
    this.#cells?.push(cell);
  }

  get cells(): readonly (T | undefined)[] | undefined {
    return this.#cells;
  }
}

/** The columns that every family under construction has. */
class LabelRows {
  readonly plan: FamilyPlan;
  readonly #labelNames: (readonly string[])[] = [];
  readonly #labelValues: (readonly string[])[] = [];
  readonly #timestampsMs = new SparseColumn<number>();
  readonly #startsMs = new SparseColumn<number>();
  readonly #exemplars = new SparseColumn<Exemplar>();

  constructor(plan: FamilyPlan) {
    this.plan = plan;
  }

  get length(): number {
    return this.#labelValues.length;
  }

  protected pushKey({ names, values, timestampMs, startMs, exemplar }: RowKey): void {
    const row = this.length;
    this.#timestampsMs.push(row, timestampMs);
    this.#startsMs.push(row, startMs);
    this.#exemplars.push(row, exemplar);
    this.#labelNames.push(names);
    this.#labelValues.push(values);
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
  readonly #values: number[] = [];

  constructor(plan: FamilyPlan, type: ScalarFamily['type']) {
    super(plan);
    this.#type = type;
  }

  push(key: RowKey, value: number): void {
    this.pushKey(key);
    this.#values.push(value);
  }

  finish(): MetricFamily {
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
  readonly #bounds: (readonly string[])[] = [];
  readonly #values: (readonly number[])[] = [];
  readonly #counts: number[] = [];
  readonly #sums: number[] = [];

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

  finish(): MetricFamily {
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
  readonly #buckets: ExponentialBuckets[] = [];
  readonly #counts: number[] = [];
  readonly #sums: number[] = [];

  push(key: RowKey, { buckets, count, sum }: NativeHistogram): void {
    this.pushKey(key);
    this.#buckets.push(buckets);
    this.#counts.push(count);
    this.#sums.push(sum);
  }

  finish(): MetricFamily {
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

/** The families of one scrape under construction, in the order in which the module first names them. */
export class FamilySet {
  readonly #rows = new Map<string, ScalarRows | DistributionRows | ExponentialRows>();

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

  /** Those that have a row. */
  finish(): readonly MetricFamily[] {
    return [...this.#rows.values()].filter((rows) => rows.length > 0).map((rows) => rows.finish());
  }
}
