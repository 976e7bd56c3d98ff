import { finishSteps } from '../../../src/async/steps.js';
import { ZxpError } from '../../../src/model/errors.js';
import type { TranslationContext, Translator } from '../../../src/model/ports.js';
import { unlimitedWork } from '../translate-at-once.js';

const limits = { bodyBytes: 1e9, depth: 64, nodes: 10_000, series: 100_000, labels: 64, labelLength: 4096 };

/** All that comes of a translation, as plain data. */
export function translateInChunks(
  translator: Translator,
  body: Uint8Array,
  chunkBytes: number,
  more: Partial<TranslationContext> = {},
): unknown {
  try {
    const steps = translator.translate(body, { limits, work: unlimitedWork(), chunkBytes, ...more });
    const { families, drops, details } = finishSteps(steps);
    return { families, drops: drops.record, details };
  } catch (thrown) {
    if (!(thrown instanceof ZxpError)) throw thrown;
    return { code: thrown.code, message: thrown.message, hint: thrown.hint };
  }
}

/** What comes of a translation of the document as a whole. */
export function translateWhole(
  translator: Translator,
  body: Uint8Array,
  more: Partial<TranslationContext> = {},
): unknown {
  return translateInChunks(translator, body, Number.POSITIVE_INFINITY, more);
}
