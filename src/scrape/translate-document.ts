import { ByteWriter } from '../exposition/byte-writer.js';
import type { WritingCache } from '../exposition/placed-lines.js';
import { writeFamilies } from '../exposition/write-families.js';
import type { Bytes } from '../model/bytes.js';
import type { DropTally } from '../model/drops.js';
import type { ExpositionFormat, MetricDetail, MetricFamily } from '../model/metrics.js';
import type { Steps, TranslationContext, Translator } from '../model/ports.js';
import type { FormatSink } from './format-sink.js';
import { admitFamilies } from './validate-families.js';

/** What a document says, as far as it may be exposed. */
export interface ReadDocument {
  readonly families: readonly MetricFamily[];
  /** Samples in them. */
  readonly samples: number;
  readonly drops: DropTally;
  readonly details: readonly MetricDetail[];
}

/** How a document is read. */
export interface ReadingTask extends TranslationContext {
  readonly translator: Translator;
  /** Names of the families that zxp adds itself. */
  readonly factNames: readonly string[];
  readonly format?: ExpositionFormat | undefined;
}

/** Translates a document and holds it to the limits. Throws `decode`, `schema`, `content` or `limit`. */
export function* readDocument(body: Bytes, task: ReadingTask): Steps<ReadDocument> {
  const { translator, limits, factNames, format } = task;
  const { families, drops, details = [] } = yield* translator.translate(body, task);
  const admitted = admitFamilies({ families, drops, limits, takenNames: factNames, format });
  return { families: admitted.families, samples: admitted.samples, drops, details };
}

/** What the facts of a scrape take, which follow, about. */
const FACT_BYTES = 4 * 1024;

export interface WritingTask extends ReadingTask {
  readonly format: ExpositionFormat;
  readonly sink: FormatSink;
  readonly cache: WritingCache;
}

/** The same where somebody reads the metrics in a format: written, in place of families, where the sink has taken all rows. */
export function* readAndWrite(
  body: Bytes,
  task: WritingTask,
): Steps<ReadDocument & { readonly written?: readonly Uint8Array[] }> {
  const read = yield* readDocument(body, task);
  const { sink, format, factNames, cache } = task;
  if (!sink.hasAll) return read;
  const writer = new ByteWriter(cache.expectedBytes);
  const options = { format, reservedNames: factNames, heads: cache.heads };
  const chunks: Uint8Array[] = [...writeFamilies(writer, read.families, options)];
  const last = writer.finish();
  cache.expectedBytes = chunks.length === 0 ? last.length + FACT_BYTES : undefined;
  return { ...read, families: [], written: [...chunks, last] };
}
