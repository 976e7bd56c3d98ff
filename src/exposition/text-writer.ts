import type { MetricFamily } from '../model/metrics.js';
import type { ByteWriter } from './byte-writer.js';
import type { LineRules } from './line-rules.js';
import { type FamilyDeps, type RowWriter, writeRowsAsLines } from './row-lines.js';

const rules: LineRules = { timeUnitMs: 1 };

/** Text 0.0.4, and 1.0.0, which differs from it in names alone: no exemplars, no starts, timestamps in milliseconds. */
export function writeText(writer: ByteWriter, family: MetricFamily, deps: FamilyDeps): RowWriter {
  return writeRowsAsLines(writer, family, deps, rules);
}
