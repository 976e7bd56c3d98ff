import type { DropTally } from '../model/drops.js';
import { countRowSamples, countRows, isScalar, type MetricFamily, type RowDrop } from '../model/metrics.js';

/** Why a row is dropped on its own, in the order in which that is decided. */
const messages = {
  /** Prometheus refuses a whole scrape for one. */
  value: 'the timestamp is before 1970',
  label: 'two labels become one name for this scraper',
  duplicate: 'the same series is there already; the first one was kept',
} as const;

type RowDropCause = keyof typeof messages;

const causes: readonly RowDropCause[] = ['value', 'label', 'duplicate'];

/** Rows of one family that are not exposed, counted. */
export class RowDrops {
  /** Made by the first one: most families have none. */
  #samples: Map<RowDropCause, number> | undefined;

  get all(): readonly RowDrop[] {
    return causes.flatMap((cause) => {
      const samples = this.#samples?.get(cause);
      return samples === undefined ? [] : [{ cause, samples, message: messages[cause] }];
    });
  }

  /** The family without rows that are refused by themselves: the very same where it has none of them. */
  dropUnsound(family: MetricFamily): MetricFamily {
    const timely = this.#drop('value', family, findEarly(family));
    return this.#drop('label', timely, findUnlabelled(timely));
  }

  /** The family without rows whose series is there already. */
  dropRepeated(family: MetricFamily, rows: ReadonlySet<number> | undefined): MetricFamily {
    return this.#drop('duplicate', family, rows);
  }

  /** Counts samples whose series is there already. */
  noteRepeated(samples: number): void {
    if (samples > 0) this.#note('duplicate', samples);
  }

  #drop(cause: RowDropCause, family: MetricFamily, rows: ReadonlySet<number> | undefined): MetricFamily {
    if (rows === undefined) return family;
    let samples = 0;
    for (const row of rows) samples += countRowSamples(family, row);
    this.#note(cause, samples);
    return withoutRows(family, rows);
  }

  #note(cause: RowDropCause, samples: number): void {
    this.#samples ??= new Map();
    this.#samples.set(cause, (this.#samples.get(cause) ?? 0) + samples);
  }
}

/** Tells a scrape what was dropped of a family. */
export function noteDrops(drops: readonly RowDrop[], { name }: MetricFamily, tally: DropTally): void {
  for (const drop of drops) tally.add({ ...drop, where: name });
}

function findEarly(family: MetricFamily): ReadonlySet<number> | undefined {
  const { timestampsMs } = family;
  if (timestampsMs === undefined) return undefined;
  return findRows(countRows(family), (row) => (timestampsMs[row] ?? 0) < 0);
}

/** Two names of labels may have become one. */
function findUnlabelled(family: MetricFamily): ReadonlySet<number> | undefined {
  let checked: readonly string[] | undefined;
  let isRepeated = false;
  return findRows(countRows(family), (row) => {
    const names = family.labelNames[row] ?? [];
    if (names !== checked) isRepeated = names.some((name, i) => names.indexOf(name) < i);
    checked = names;
    return isRepeated;
  });
}

/** The rows of which something holds; undefined where there is none. */
export function findRows(rows: number, holds: (row: number) => boolean): ReadonlySet<number> | undefined {
  let found: Set<number> | undefined;
  for (let row = 0; row < rows; row++) {
    if (!holds(row)) continue;
    found ??= new Set();
    found.add(row);
  }
  return found;
}

function withoutRows(family: MetricFamily, rows: ReadonlySet<number>): MetricFamily {
  const keep = <T>(column: readonly T[]): readonly T[] => column.filter((_, row) => !rows.has(row));
  const columns = {
    labelNames: keep(family.labelNames),
    labelValues: keep(family.labelValues),
    ...(family.timestampsMs === undefined ? {} : { timestampsMs: keep(family.timestampsMs) }),
    ...(family.startsMs === undefined ? {} : { startsMs: keep(family.startsMs) }),
  };
  if (family.type === 'summary') {
    return {
      ...family,
      ...columns,
      quantiles: keep(family.quantiles),
      quantileValues: keep(family.quantileValues),
      counts: keep(family.counts),
      sums: keep(family.sums),
    };
  }
  const exemplars = family.exemplars === undefined ? {} : { exemplars: keep(family.exemplars) };
  if (isScalar(family)) return { ...family, ...columns, ...exemplars, values: keep(family.values) };
  const totals = { counts: keep(family.counts), sums: keep(family.sums) };
  if (family.type === 'exponential_histogram') {
    return { ...family, ...columns, ...exemplars, ...totals, buckets: keep(family.buckets) };
  }
  const buckets = { bounds: keep(family.bounds), bucketCounts: keep(family.bucketCounts) };
  return { ...family, ...columns, ...exemplars, ...totals, ...buckets };
}
