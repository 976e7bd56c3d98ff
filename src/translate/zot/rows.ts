import type { DropCause, DropTally } from '../../model/drops.js';
import { type MetricFamily, sameTexts, type WrittenRows } from '../../model/metrics.js';
import type { GrowingFamily } from '../../model/row-sink.js';
import { toLabelName, toMetricName } from '../names.js';
import { parseSpecialNumber } from '../special-numbers.js';
import type { ZotRow } from './document.js';

/** A family under construction: the label columns that every type has. */
export interface LabelColumns {
  readonly labelNames: (readonly string[])[];
  readonly labelValues: (readonly string[])[];
}

/** A family whose columns are emptied from time to time. */
class GrowingColumns<F extends MetricFamily & LabelColumns> implements GrowingFamily {
  readonly columns: F;
  taken: WrittenRows | undefined;

  constructor(columns: F) {
    this.columns = columns;
  }

  get rows(): number {
    return this.columns.labelValues.length;
  }

  view(): F {
    return this.taken === undefined ? this.columns : { ...this.columns, written: this.taken };
  }

  clear(): void {
    for (const column of Object.values(this.columns)) if (Array.isArray(column)) column.length = 0;
  }
}

/** Where a family starts: its name and help are known, and it has no row yet. */
export type StartFamily<F> = (metricName: string, zotName: string) => F;

const NO_LABELS: readonly string[] = [];

/** Sorts the rows of one of zot's lists into families by name, in the order in which names first appear. */
export class FamilyRows<F extends MetricFamily & LabelColumns> {
  readonly #list: string;
  readonly #drops: DropTally;
  readonly #start: StartFamily<F>;
  readonly #reserved: string;
  readonly #byMetricName = new Map<string, GrowingColumns<F>>();
  readonly #byZotName = new Map<string, F>();
  #lastZotName: string | undefined;
  #lastFamily: F | undefined;
  #lastRawNames: readonly string[] = NO_LABELS;
  #lastNames: readonly string[] = NO_LABELS;

  /** `reserved` is a label name that the family's type gives itself: `le`, `quantile`. */
  constructor(options: { list: string; drops: DropTally; start: StartFamily<F>; reserved?: string }) {
    this.#list = options.list;
    this.#drops = options.drops;
    this.#start = options.start;
    this.#reserved = options.reserved ?? '';
  }

  /** Without those of which every row was dropped: they would only keep others from their names. */
  get families(): readonly F[] {
    return [...this.growing]
      .filter(({ rows, taken }) => rows > 0 || taken !== undefined)
      .map((family) => family.view());
  }

  /** In the order of their first rows. */
  get growing(): Iterable<GrowingColumns<F>> {
    return this.#byMetricName.values();
  }

  /**
   * Adds the labels of `row`, which would give `samples` samples, to its family and returns the family, for the caller
   * to add the values. Undefined, and counted as dropped, where the name or the labels are unavailable.
   */
  place(row: ZotRow, index: number, samples: number): F | undefined {
    const family = row.Name === this.#lastZotName ? this.#lastFamily : this.#find(row.Name);
    if (family === undefined) return this.drop('name', index, samples, 'the name is empty');
    const values = row.LabelValues ?? NO_LABELS;
    const names = this.#cleanNames(row.LabelNames ?? NO_LABELS);
    if (names === undefined) return this.drop('label', index, samples, 'a label name is empty, reserved or repeated');
    if (names.length !== values.length) {
      return this.drop('label', index, samples, `${names.length} label names and ${values.length} label values`);
    }
    family.labelNames.push(names);
    family.labelValues.push(values);
    return family;
  }

  drop(cause: DropCause, index: number, samples: number, message: string): undefined {
    this.#drops.add({ cause, samples, where: `${this.#list}[${index}]`, message });
    return undefined;
  }

  /** The family of a name; undefined where there can be none. */
  open(zotName: string): GrowingColumns<F> | undefined {
    const metricName = toMetricName(zotName);
    if (metricName === undefined) return undefined;
    const growing = this.#byMetricName.get(metricName) ?? new GrowingColumns(this.#start(metricName, zotName));
    this.#byMetricName.set(metricName, growing);
    this.#byZotName.set(zotName, growing.columns);
    return growing;
  }

  #find(zotName: string): F | undefined {
    const family = this.#byZotName.get(zotName) ?? this.open(zotName)?.columns;
    this.#lastZotName = zotName;
    this.#lastFamily = family;
    return family;
  }

  /** Rows in a row mostly have the same label names: those share one array, which later passes compare by identity. */
  #cleanNames(rawNames: readonly string[]): readonly string[] | undefined {
    if (sameTexts(rawNames, this.#lastRawNames)) return this.#lastNames;
    const names: string[] = [];
    for (const rawName of rawNames) {
      const name = toLabelName(rawName);
      if (name === undefined || name === this.#reserved || names.includes(name)) return undefined;
      names.push(name);
    }
    this.#lastRawNames = rawNames;
    this.#lastNames = names;
    return names;
  }
}

/** A number, or one of the words for NaN and the infinities; undefined for other text. */
export function toNumber(value: number | string): number | undefined {
  return typeof value === 'number' ? value : parseSpecialNumber(value);
}
