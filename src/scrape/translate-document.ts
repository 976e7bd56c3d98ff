import type { DropTally } from '../model/drops.js';
import type { ScrapeLimits } from '../model/limits.js';
import type { ExpositionFormat, MetricDetail, MetricFamily } from '../model/metrics.js';
import type { ResponseFacts, Translator } from '../model/ports.js';
import { admitFamilies } from './validate-families.js';

/** What a document says, as far as it may be exposed. */
export interface ReadDocument {
  readonly families: readonly MetricFamily[];
  /** Samples in them. */
  readonly samples: number;
  readonly drops: DropTally;
  readonly details: readonly MetricDetail[];
}

/** Translates a document and holds it to the limits. Throws `decode`, `schema`, `content` or `limit`. */
export function readDocument(
  body: Uint8Array,
  options: {
    readonly translator: Translator;
    readonly limits: ScrapeLimits;
    readonly factNames: readonly string[];
    readonly response?: ResponseFacts | undefined;
    readonly format?: ExpositionFormat | undefined;
  },
): ReadDocument {
  const { translator, limits, factNames, response, format } = options;
  const { families, drops, details = [] } = translator.translate(body, limits, response);
  const admitted = admitFamilies({ families, drops, limits, takenNames: factNames, format });
  return { families: admitted.families, samples: admitted.samples, drops, details };
}
