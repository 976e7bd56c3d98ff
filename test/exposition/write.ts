import { ByteWriter } from '../../src/exposition/byte-writer.js';
import { formatRules } from '../../src/exposition/format.js';
import { writeFamilies } from '../../src/exposition/write-families.js';
import { DropTally } from '../../src/model/drops.js';
import type { ExpositionFormat, MetricFamily } from '../../src/model/metrics.js';
import { admitFamilies } from '../../src/scrape/validate-families.js';
import { usualLimits } from '../translate/mapping/scrape-document.js';

/** The exposition of families that were validated for a format. */
export function writeAll(families: readonly MetricFamily[], format: ExpositionFormat): Buffer {
  const writer = new ByteWriter();
  const chunks = [...writeFamilies(writer, families, { format, reservedNames: [] })];
  writer.text(formatRules[format].ending);
  return Buffer.concat([...chunks, writer.finish()]);
}

/** The families that may be written in a format, by the names that they have there, and what was dropped of the others. */
export function admit(families: readonly MetricFamily[], format: ExpositionFormat) {
  const drops = new DropTally();
  const admitted = admitFamilies({ families, drops, limits: usualLimits, takenNames: [], format }).families;
  return { admitted, drops };
}
