import type { MetricFamily } from '../model/metrics.js';
import type { ByteWriter } from './byte-writer.js';
import { type FamilyDeps, type RowWriter, writeRowsAsLines } from './row-lines.js';

const NEWLINE = 0x0a;

/** Text 0.0.4, and 1.0.0, which differs from it in names alone: no exemplars, no starts, timestamps in milliseconds. */
export function writeText(writer: ByteWriter, family: MetricFamily, deps: FamilyDeps): RowWriter {
  const { timestampsMs } = family;
  const endLine = (row: number) => {
    const timestampMs = timestampsMs?.[row];
    if (timestampMs !== undefined) writer.text(` ${timestampMs}`);
    writer.byte(NEWLINE);
  };
  const rules = { endLine, endCountedLine: endLine, endRow: () => undefined, spellBound: (text: string) => text };
  return writeRowsAsLines(writer, family, { ...deps, rules });
}
