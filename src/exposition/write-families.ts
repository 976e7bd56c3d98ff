import {
  countRows,
  type ExpositionFormat,
  type FormatName,
  isScalar,
  type MetricFamily,
  sharesLabelRows,
  type WrittenRows,
} from '../model/metrics.js';
import type { ByteWriter } from './byte-writer.js';
import { FamilyHeads } from './family-head.js';
import { type FormatRules, formatRules } from './format.js';
import { LabelCache } from './label-cache.js';
import { ownNames, planOpenMetricsNames } from './openmetrics-names.js';
import { writeOpenMetrics } from './openmetrics-writer.js';
import { writeOpenMetrics2 } from './openmetrics2-writer.js';
import { sizeChunks, writeProtobuf } from './protobuf-writer.js';
import type { FamilyDeps, RowWriter } from './row-lines.js';
import type { SharedLabels } from './series-writer.js';
import { writeText } from './text-writer.js';

export interface WritingOptions {
  readonly format: ExpositionFormat;
  /** Names of families that are written elsewhere: no series may get one where a format makes names of its own. */
  readonly reservedNames: readonly string[];
  /** Those of earlier scrapes. */
  readonly heads?: FamilyHeads | undefined;
}

/** Below this, bytes are copied rather than sent by themselves. */
const SMALL_BYTES = 16 * 1024;

/** Gives what writes one row of a family after the other in one format. */
type FamilyWriter = (writer: ByteWriter, family: MetricFamily, deps: FamilyDeps) => RowWriter;

const writers: Readonly<Record<FormatName, FamilyWriter>> = {
  text: writeText,
  openmetrics: writeOpenMetrics,
  openmetrics2: writeOpenMetrics2,
  protobuf: writeProtobuf,
};

/**
 * Writes families one after the other, and yields each chunk that is full. What comes last stays in the writer. The
 * families are those that were validated for the format: their names are written as they are.
 */
export function* writeFamilies(
  writer: ByteWriter,
  families: readonly MetricFamily[],
  { format, reservedNames, heads = new FamilyHeads() }: WritingOptions,
): Generator<Buffer> {
  const rules = formatRules[format];
  const names = rules.name === 'openmetrics' ? planOpenMetricsNames(families, reservedNames) : ownNames;
  const startFamily = writers[rules.name];
  const isSized = rules.name === 'protobuf';
  const shared = new LabelSharing();
  for (const [i, family] of families.entries()) {
    const cache = shared.find(family, families[i + 1]);
    const head = heads.find(family, { rules, names });
    const deps = { head, cache, createdName: names.createdNames.get(family.name) };
    const writeRow = startFamily(writer, family, deps);
    if (isSized) {
      yield* writeSized(writer, family, { head, writeRow });
      continue;
    }
    writer.bytes(head.metadata);
    if (family.written !== undefined) yield* passOn(writer, family.written);
    const rows = countRows(family);
    for (let row = 0; row < rows; row++) {
      writeRow(row);
      if (writer.isFull) yield writer.take();
    }
  }
}

/** Begins the rows of a family in a format. What of them depends on other families is left out: exemplars and starts. */
export function startRows(
  writer: ByteWriter,
  family: MetricFamily,
  {
    rules,
    heads,
    cache,
  }: { readonly rules: FormatRules; readonly heads: FamilyHeads; readonly cache?: SharedLabels | undefined },
): RowWriter {
  const head = heads.find(family, { rules, names: ownNames });
  return writers[rules.name](writer, family, { head, cache });
}

type Started = Pick<FamilyDeps, 'head'> & { readonly writeRow: RowWriter };

/** Small ones are put together. */
function* passOn(writer: ByteWriter, { chunks, isBorrowed }: WrittenRows): Generator<Buffer> {
  for (const chunk of chunks) {
    if (isBorrowed || chunk.length < SMALL_BYTES) {
      yield* writer.copy(chunk);
      continue;
    }
    if (writer.length > 0) yield writer.cut();
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
}

/** A message of protobuf has its length in front, so that a family comes as a whole. */
function* writeSized(writer: ByteWriter, family: MetricFamily, { head, writeRow }: Started): Generator<Buffer> {
  const start = writer.length;
  const chunks: Buffer[] = [];
  writer.bytes(head.metadata);
  if (family.written !== undefined) chunks.push(...passOn(writer, family.written));
  const rows = countRows(family);
  for (let row = 0; row < rows; row++) {
    writeRow(row);
    if (writer.isFull) chunks.push(writer.take());
  }
  if (chunks.length === 0) writer.endSized(start, 0);
  else yield* sizeChunks(chunks, start, writer.length);
}

/** Finds, family by family in the order of writing, those that can share the bytes of their labels. */
export class LabelSharing {
  #labels: LabelCache | undefined;
  #isLast = false;

  /** The labels that a family shares with the one before it or with `next`; undefined where it shares none. */
  find(family: MetricFamily, next: MetricFamily | undefined): SharedLabels | undefined {
    if (this.#isLast) this.#labels = undefined;
    const goesOn = next !== undefined && isScalar(family) && isScalar(next) && sharesLabelRows(family, next);
    const isFirst = this.#labels === undefined;
    if (isFirst && goesOn) this.#labels = new LabelCache(countRows(family));
    this.#isLast = !goesOn;
    return this.#labels === undefined ? undefined : { labels: this.#labels, isFirst };
  }
}
