import type { Bytes } from '../model/bytes.js';
import type { DropTally } from '../model/drops.js';
import type { ExpositionFormat, MetricDetail, MetricFamily } from '../model/metrics.js';
import type { Steps, TranslationContext, Translator } from '../model/ports.js';
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
