import type { MetricFamily } from '../model/metrics.js';
import type { ByteWriter } from './byte-writer.js';

/** What differs between the formats that have a line a number. What a family has no use for is left out: it costs time. */
export interface LineRules {
  /** Divides the milliseconds of a timestamp. */
  readonly timeUnitMs: number;
  /** In place of the usual end, behind the value of a counter or of the bucket with the index `i`. */
  readonly endCountedLine?: ((row: number, i: number) => void) | undefined;
  /** Behind the last line of a row. */
  readonly endRow?: ((row: number) => void) | undefined;
  /** The text of a bound as the format wants it. */
  readonly spellBound?: ((text: string) => string) | undefined;
}

const NEWLINE = 0x0a;

/** Timestamp and end of a line. */
export function endLine(writer: ByteWriter, { timestampsMs }: MetricFamily, row: number, timeUnitMs: number): void {
  const timestampMs = timestampsMs?.[row];
  if (timestampMs !== undefined) writer.text(` ${timestampMs / timeUnitMs}`);
  writer.byte(NEWLINE);
}
