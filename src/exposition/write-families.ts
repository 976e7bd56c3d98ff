import type { ExpositionFormat, MetricFamily } from '../model/metrics.js';
import type { ByteWriter } from './byte-writer.js';
import { shortenCounterNames } from './counter-names.js';
import { FamilyHeads } from './family-head.js';
import { writeFamily } from './family-writer.js';
import { formatRules } from './format.js';
import { LabelSharing } from './label-sharing.js';

export interface WritingOptions {
  readonly format: ExpositionFormat;
  /** Names of families that are written elsewhere: no counter may get one where its name is shortened. */
  readonly reservedNames: readonly string[];
  /** Those of earlier scrapes. */
  readonly heads?: FamilyHeads | undefined;
}

/** Writes families one after the other, and yields each chunk that is full. What comes last stays in the writer. */
export function* writeFamilies(
  writer: ByteWriter,
  families: readonly MetricFamily[],
  { format, reservedNames, heads = new FamilyHeads() }: WritingOptions,
): Generator<Buffer> {
  const rules = formatRules[format];
  const shortNames = rules.stripsTotal ? shortenCounterNames(families, reservedNames) : new Map<string, string>();
  const shared = new LabelSharing();
  for (const [i, family] of families.entries()) {
    const cache = shared.find(family, families[i + 1]);
    const head = heads.find(family, { rules, shortNames });
    yield* writeFamily(writer, family, { rules, head, cache });
  }
}
