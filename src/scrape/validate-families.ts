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
import { noteDrops, RowDrops } from './row-drops.js';

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
    const { written } = original;
    const isGood = written === undefined && good !== undefined && sharesLabelRows(good, original);
    const family = escapeFamily(original, rules.escaping);
    checkLength(family, family.name, limits);
    if (written?.failure !== undefined) throw written.failure;
    if (!isGood) checkLabels(family, limits);
    const names = listSampleNames(family);
    if (names.some((name) => taken.has(name))) {
      const message = 'another family has this name, or one that becomes it';
      drops.add({ cause: 'collision', samples: countFound(family), where: family.name, message });
      continue;
    }
    if (written !== undefined) noteDrops(written.dropped, family, drops);
    const unique = isGood ? family : dropRows(family, { drops, table });
    if (unique === family && written === undefined) good = original;
    const found = countSamples(unique);
    if (found === 0) continue;
    // Also where the format refuses it: another one of the name would be another series in one format alone.
    for (const name of names) taken.add(name);
    const refused = findRefusal(unique, rules.name, written?.refusal);
    if (refused !== undefined) {
      drops.add({ cause: 'format', samples: found, where: family.name, message: refused });
      continue;
    }
    samples += found;
    if (samples > limits.series) {
      throw tooManySeries(limits);
    }
    admitted.push(unique);
  }
  return { families: admitted, samples };
}

/** Samples of a family that may be exposed, those that are written already among them. */
function countSamples(family: MetricFamily): number {
  return (family.written?.samples ?? 0) + countSamplesOfRows(family);
}

/** Those that were dropped of it, too. */
function countFound(family: MetricFamily): number {
  const dropped = family.written?.dropped ?? [];
  return dropped.reduce((samples, drop) => samples + drop.samples, countSamples(family));
}

/** Samples of the rows that are not written. */
export function countSamplesOfRows(family: MetricFamily): number {
  const rows = countRows(family);
  if (isScalar(family)) return rows;
  let samples = 0;
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
  const dropped = new RowDrops();
  const sound = dropped.dropUnsound(family);
  const unique = dropped.dropRepeated(sound, findDuplicateRows(sound, table));
  if (unique !== family) noteDrops(dropped.all, family, drops);
  return unique;
}
