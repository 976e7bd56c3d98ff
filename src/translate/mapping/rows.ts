import type { HistogramFamily, MetricFamily, ScalarFamily, SummaryFamily } from '../../model/metrics.js';
import type { FamilyPlan } from './family-plan.js';

/** The labels and the time of a row, whatever its value. */
export interface RowKey {
  readonly names: readonly string[];
  readonly values: readonly string[];
  readonly timestampMs: number | undefined;
}

/** The columns that every family under construction has. */
class LabelRows {
  readonly plan: FamilyPlan;
  readonly #labelNames: (readonly string[])[] = [];
  readonly #labelValues: (readonly string[])[] = [];
  #timestampsMs: (number | undefined)[] | undefined;

  constructor(plan: FamilyPlan) {
    this.plan = plan;
  }

  get length(): number {
    return this.#labelValues.length;
  }

  protected pushKey({ names, values, timestampMs }: RowKey): void {
    if (timestampMs !== undefined) this.#timestampsMs ??= new Array(this.length).fill(undefined);
    this.#timestampsMs?.push(timestampMs);
    this.#labelNames.push(names);
    this.#labelValues.push(values);
  }

  protected get columns() {
    return {
      name: this.plan.name,
      help: this.plan.help,
      labelNames: this.#labelNames,
      labelValues: this.#labelValues,
      ...(this.#timestampsMs === undefined ? {} : { timestampsMs: this.#timestampsMs }),
    };
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
    return { type: this.#type, ...this.columns, values: this.#values };
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
      ? { type: 'histogram', ...this.columns, bounds: this.#bounds, bucketCounts: this.#values, ...totals }
      : { type: 'summary', ...this.columns, quantiles: this.#bounds, quantileValues: this.#values, ...totals };
  }
}

/** The families of one scrape under construction, in the order in which the module first names them. */
export class FamilySet {
  readonly #rows = new Map<string, ScalarRows | DistributionRows>();

  scalar(plan: FamilyPlan): ScalarRows | undefined {
    const known = this.#rows.get(plan.name);
    if (known !== undefined) return known instanceof ScalarRows ? known : undefined;
    const { type } = plan;
    if (type === 'histogram' || type === 'summary') return undefined;
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

  /** Those that have a row. */
  finish(): readonly MetricFamily[] {
    return [...this.#rows.values()].filter((rows) => rows.length > 0).map((rows) => rows.finish());
  }
}
