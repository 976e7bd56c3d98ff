import { finishSteps } from '../../../src/async/steps.js';
import type { Bytes } from '../../../src/model/bytes.js';
import { ZxpError } from '../../../src/model/errors.js';
import type { ExpositionFormat } from '../../../src/model/metrics.js';
import type { TranslationContext, Translator } from '../../../src/model/ports.js';
import { type RenderOptions, renderDocument } from '../../../src/scrape/render-document.js';
import { unlimitedWork } from '../../support/unlimited-work.js';

const limits = { bodyBytes: 1e9, depth: 64, nodes: 10_000, series: 100_000, labels: 64, labelLength: 4096 };

/** Bytes in pieces of a length, as those of a reply that are given back one by one. */
export function cut(bytes: Uint8Array, length: number): Bytes {
  const starts = Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) => i * length);
  return { pieces: starts.map((start) => new Uint8Array(bytes.subarray(start, start + length))) };
}

/** All that comes of a translation, as plain data. */
export function translateInChunks(
  translator: Translator,
  body: Bytes,
  chunkBytes: number,
  more: Partial<TranslationContext> = {},
): unknown {
  try {
    const steps = translator.translate(body, { limits, work: unlimitedWork, chunkBytes, ...more });
    const { families, drops, details } = finishSteps(steps);
    return { families, drops: drops.record, details };
  } catch (thrown) {
    if (!(thrown instanceof ZxpError)) throw thrown;
    return { code: thrown.code, message: thrown.message, hint: thrown.hint };
  }
}

/** What is exposed of a document in a format, its rows written as they come or when all are there, as plain data. */
export function expose(
  translator: Translator,
  body: Bytes,
  { format, ...options }: RenderOptions & { readonly format: ExpositionFormat },
): unknown {
  try {
    const task = { body, limits, format, factNames: ['target_up'] };
    const { chunks, samples, drops, details } = renderDocument(task, translator, options);
    return { text: Buffer.concat(chunks).toString('latin1'), samples, drops: drops.record, details };
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
