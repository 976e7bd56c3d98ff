import type { DropTally } from '../model/drops.js';
import { type ScrapeLimits, tooLongText, tooManyLabels, tooManySeries } from '../model/limits.js';
import { countRowSamples, countRows, type MetricFamily, sharesLabelRows } from '../model/metrics.js';
import { findDuplicateRows, RowTable } from './duplicates.js';

export interface Admission {
  readonly families: readonly MetricFamily[];
  /** Samples in them. */
  readonly samples: number;
}

/**
 * What of a translation may be exposed: no name twice, no series twice, nothing beyond the limits. A series that is
 * there already is dropped, and so is a family whose names are taken: the first one stays, `drops` counts the rest.
 * Throws `limit`. `takenNames` are those of families that zxp adds itself.
 */
export function admitFamilies(input: {
  families: readonly MetricFamily[];
  drops: DropTally;
  limits: ScrapeLimits;
  takenNames: Iterable<string>;
}): Admission {
  const { drops, limits } = input;
  const taken = new Set(input.takenNames);
  const admitted: MetricFamily[] = [];
  const table = new RowTable();
  let samples = 0;
  /** The last family whose rows were looked at and are all right. */
  let good: MetricFamily | undefined;
  for (const family of input.families) {
    const isGood = good !== undefined && sharesLabelRows(good, family);
    checkLength(family, family.name, limits);
    if (!isGood) checkLabels(family, limits);
    const familySamples = countSamples(family);
    if (listNames(family).some((name) => taken.has(name))) {
      const message = 'another family of a different type has this name';
      drops.add({ cause: 'collision', samples: familySamples, where: family.name, message });
      continue;
    }
    for (const name of listNames(family)) taken.add(name);
    const unique = isGood ? family : dropDuplicates(family, { drops, table });
    if (unique === family) good = family;
    samples += unique === family ? familySamples : countSamples(unique);
    if (samples > limits.series) {
      throw tooManySeries(limits);
    }
    admitted.push(unique);
  }
  return { families: admitted, samples };
}

/** Every name under which a family's samples appear, its own one first. */
function listNames(family: MetricFamily): readonly string[] {
  const { name } = family;
  switch (family.type) {
    case 'histogram':
      return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`];
    case 'summary':
      return [name, `${name}_sum`, `${name}_count`];
    default:
      return [name];
  }
}

function countSamples(family: MetricFamily): number {
  const rows = countRows(family);
  if (family.type !== 'histogram' && family.type !== 'summary') return rows;
  let samples = 0;
  for (let row = 0; row < rows; row++) samples += countRowSamples(family, row);
  return samples;
}

function checkLabels(family: MetricFamily, limits: ScrapeLimits): void {
  let checkedNames: readonly string[] | undefined;
  const rows = countRows(family);
  for (let row = 0; row < rows; row++) {
    const names = family.labelNames[row] ?? [];
    if (names !== checkedNames) {
      checkedNames = names;
      if (names.length > limits.labels) throw tooManyLabels(family.name, names.length);
      for (const name of names) checkLength(family, name, limits);
    }
    for (const value of family.labelValues[row] ?? []) checkLength(family, value, limits);
  }
}

function checkLength(family: MetricFamily, text: string, limits: ScrapeLimits): void {
  if (text.length > limits.labelLength) throw tooLongText(family.name, text.length);
}

function dropDuplicates(
  family: MetricFamily,
  { drops, table }: { readonly drops: DropTally; readonly table: RowTable },
): MetricFamily {
  const duplicates = findDuplicateRows(family, table);
  if (duplicates === undefined) return family;
  let samples = 0;
  for (const row of duplicates) samples += countRowSamples(family, row);
  const message = 'the same series is there already; the first one was kept';
  drops.add({ cause: 'duplicate', samples, where: family.name, message });
  return withoutRows(family, duplicates);
}

function withoutRows(family: MetricFamily, rows: ReadonlySet<number>): MetricFamily {
  const keep = <T>(column: readonly T[]): readonly T[] => column.filter((_, row) => !rows.has(row));
  const columns = {
    labelNames: keep(family.labelNames),
    labelValues: keep(family.labelValues),
    ...(family.timestampsMs === undefined ? {} : { timestampsMs: keep(family.timestampsMs) }),
  };
  switch (family.type) {
    case 'histogram':
      return {
        ...family,
        ...columns,
        bounds: keep(family.bounds),
        bucketCounts: keep(family.bucketCounts),
        counts: keep(family.counts),
        sums: keep(family.sums),
      };
    case 'summary':
      return {
        ...family,
        ...columns,
        quantiles: keep(family.quantiles),
        quantileValues: keep(family.quantileValues),
        counts: keep(family.counts),
        sums: keep(family.sums),
      };
    default:
      return { ...family, ...columns, values: keep(family.values) };
  }
}
