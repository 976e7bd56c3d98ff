import { escapeFamily } from '../exposition/escaping.js';
import { formatRules } from '../exposition/format.js';
import { listSampleNames } from '../exposition/openmetrics-names.js';
import { findRefusal } from '../exposition/refusals.js';
import type { DropTally } from '../model/drops.js';
import { type ScrapeLimits, tooLongText, tooManyLabels, tooManySeries } from '../model/limits.js';
import {
  countRowSamples,
  countRows,
  type ExpositionFormat,
  isScalar,
  type MetricFamily,
  sharesLabelRows,
} from '../model/metrics.js';
import { findDuplicateRows, RowTable } from './duplicates.js';

export interface Admission {
  readonly families: readonly MetricFamily[];
  /** Samples in them. */
  readonly samples: number;
}

/**
 * What of a translation may be exposed in a format, with the names that its scraper takes: no name twice, no series
 * twice, nothing that would make Prometheus refuse the whole, nothing beyond the limits. A series that is there already
 * is dropped, and so is a family whose names are taken: the first one stays, `drops` counts the rest. Throws `limit`.
 * `takenNames` are those of families that zxp adds itself.
 */
export function admitFamilies(input: {
  families: readonly MetricFamily[];
  drops: DropTally;
  limits: ScrapeLimits;
  takenNames: Iterable<string>;
  /** Text where nobody has said which. */
  format?: ExpositionFormat | undefined;
}): Admission {
  const { drops, limits } = input;
  const rules = formatRules[input.format ?? 'text'];
  const taken = new Set(input.takenNames);
  const admitted: MetricFamily[] = [];
  const table = new RowTable();
  let samples = 0;
  /** The last family whose rows were looked at and are all right, as it came. */
  let good: MetricFamily | undefined;
  for (const original of input.families) {
    const isGood = good !== undefined && sharesLabelRows(good, original);
    const family = escapeFamily(original, rules.escaping);
    checkLength(family, family.name, limits);
    if (!isGood) checkLabels(family, limits);
    const names = listSampleNames(family);
    if (names.some((name) => taken.has(name))) {
      const message = 'another family has this name, or one that becomes it';
      drops.add({ cause: 'collision', samples: countSamples(family), where: family.name, message });
      continue;
    }
    const unique = isGood ? family : dropRows(family, { drops, table });
    if (unique === family) good = original;
    if (countRows(unique) === 0 && unique.written === undefined) continue;
    // Also where the format refuses it: another one of the name would be another series in one format alone.
    for (const name of names) taken.add(name);
    const refused = findRefusal(unique, rules.name);
    if (refused !== undefined) {
      drops.add({ cause: 'format', samples: countSamples(unique), where: family.name, message: refused });
      continue;
    }
    samples += countSamples(unique);
    if (samples > limits.series) {
      throw tooManySeries(limits);
    }
    admitted.push(unique);
  }
  return { families: admitted, samples };
}

/** Samples of a family, those that are written already among them. */
export function countSamples(family: MetricFamily): number {
  const rows = countRows(family);
  let samples = family.written?.samples ?? 0;
  if (isScalar(family)) return samples + rows;
  for (let row = 0; row < rows; row++) samples += countRowSamples(family, row);
  return samples;
}

/** Throws `limit` where a row has too many labels, or too long ones. */
export function checkLabels(family: MetricFamily, limits: ScrapeLimits): void {
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

/** Without the rows that cannot be exposed: those of a time or label names that Prometheus refuses, and repeated series. */
function dropRows(
  family: MetricFamily,
  { drops, table }: { readonly drops: DropTally; readonly table: RowTable },
): MetricFamily {
  const sound = dropUnsound(family, drops);
  const duplicates = findDuplicateRows(sound, table);
  if (duplicates === undefined) return sound;
  const message = 'the same series is there already; the first one was kept';
  drops.add({ cause: 'duplicate', samples: countSamplesOf(sound, duplicates), where: sound.name, message });
  return withoutRows(sound, duplicates);
}

/** The very same family where it has no row that is refused by itself. */
export function dropUnsound(family: MetricFamily, drops: DropTally): MetricFamily {
  return dropUnlabelled(dropEarly(family, drops), drops);
}

/** Prometheus refuses a whole scrape for one time before 1970. */
function dropEarly(family: MetricFamily, drops: DropTally): MetricFamily {
  const { timestampsMs } = family;
  if (timestampsMs === undefined) return family;
  const early = findRows(countRows(family), (row) => (timestampsMs[row] ?? 0) < 0);
  if (early === undefined) return family;
  const message = 'the timestamp is before 1970';
  drops.add({ cause: 'value', samples: countSamplesOf(family, early), where: family.name, message });
  return withoutRows(family, early);
}

/** Two names of labels may have become one. */
function dropUnlabelled(family: MetricFamily, drops: DropTally): MetricFamily {
  let checked: readonly string[] | undefined;
  let isRepeated = false;
  const repeated = findRows(countRows(family), (row) => {
    const names = family.labelNames[row] ?? [];
    if (names !== checked) isRepeated = names.some((name, i) => names.indexOf(name) < i);
    checked = names;
    return isRepeated;
  });
  if (repeated === undefined) return family;
  const message = 'two labels become one name for this scraper';
  drops.add({ cause: 'label', samples: countSamplesOf(family, repeated), where: family.name, message });
  return withoutRows(family, repeated);
}

/** The rows of which something holds; undefined where there is none. */
function findRows(rows: number, holds: (row: number) => boolean): ReadonlySet<number> | undefined {
  let found: Set<number> | undefined;
  for (let row = 0; row < rows; row++) {
    if (!holds(row)) continue;
    found ??= new Set();
    found.add(row);
  }
  return found;
}

function countSamplesOf(family: MetricFamily, rows: ReadonlySet<number>): number {
  let samples = 0;
  for (const row of rows) samples += countRowSamples(family, row);
  return samples;
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
