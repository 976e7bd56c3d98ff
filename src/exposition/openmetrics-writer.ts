import type { MetricFamily } from '../model/metrics.js';
import type { ByteWriter } from './byte-writer.js';
import { endLine, type LineRules } from './line-rules.js';
import { findExemplar, formatExemplar, formatSeconds, toCanonicalBound } from './openmetrics-text.js';
import { type FamilyDeps, findBucket, type RowWriter, readClassicBuckets, writeRowsAsLines } from './row-lines.js';
import { LabelWriter } from './series-writer.js';

const NEWLINE = 0x0a;
const SECOND_MS = 1000;
/** OpenMetrics 1.0, "Exemplars": so many characters at most, names and values together. */
const MAX_EXEMPLAR_LENGTH = 128;

/** OpenMetrics 1.0: timestamps in seconds, canonical bounds, exemplars, and starts as series called `_created`. */
export function writeOpenMetrics(writer: ByteWriter, family: MetricFamily, deps: FamilyDeps): RowWriter {
  const rules = {
    timeUnitMs: SECOND_MS,
    endCountedLine: createCountedLine(writer, family, deps),
    endRow: createCreatedLine(writer, family, deps),
    spellBound: createBoundSpeller(),
  };
  return writeRowsAsLines(writer, family, deps, rules);
}

/** The bucket that an exemplar falls into has it; of a counter that the format takes for one, the only line. */
function createCountedLine(
  writer: ByteWriter,
  family: MetricFamily,
  { head }: FamilyDeps,
): LineRules['endCountedLine'] {
  if (family.type === 'summary' || family.exemplars === undefined) return undefined;
  if (family.type === 'counter' && head.shortName === undefined) return undefined;
  const { timestampsMs } = family;
  let foundRow = -1;
  let bucket = 0;
  return (row, i) => {
    const exemplar = findExemplar(family, row);
    if (exemplar === undefined || isTooLong(exemplar)) return endLine(writer, family, row, SECOND_MS);
    if (row !== foundRow) {
      foundRow = row;
      bucket = findBucket(listBounds(family, row), exemplar.value);
    }
    if (i !== bucket) return endLine(writer, family, row, SECOND_MS);
    const timestampMs = timestampsMs?.[row];
    if (timestampMs !== undefined) writer.text(` ${formatSeconds(timestampMs)}`);
    writer.text(formatExemplar(exemplar));
    return writer.byte(NEWLINE);
  };
}

function listBounds(family: MetricFamily, row: number): readonly string[] {
  if (family.type === 'histogram') return family.bounds[row] ?? [];
  return family.type === 'exponential_histogram' ? readClassicBuckets(family, row).bounds : ['+Inf'];
}

function isTooLong({
  labelNames,
  labelValues,
}: {
  labelNames: readonly string[];
  labelValues: readonly string[];
}): boolean {
  const characters = (total: number, text: string) => total + [...text].length;
  return [...labelNames, ...labelValues].reduce(characters, 0) > MAX_EXEMPLAR_LENGTH;
}

/** Behind its own series, where another family does not have the name. */
function createCreatedLine(
  writer: ByteWriter,
  family: MetricFamily,
  { head, createdName }: FamilyDeps,
): LineRules['endRow'] {
  const { startsMs } = family;
  if (startsMs === undefined || createdName === undefined) return undefined;
  const created = new LabelWriter(writer, family, { series: head.namedSeries(createdName) });
  return (row) => {
    const startMs = startsMs[row];
    if (startMs === undefined) return;
    created.write(row);
    writer.text(formatSeconds(startMs));
    endLine(writer, family, row, SECOND_MS);
  };
}

/** Spells a bound in canonical form; histograms mostly have the same ones over and over. */
function createBoundSpeller(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const canonical = toCanonicalBound(text);
    known.set(text, canonical);
    return canonical;
  };
}
