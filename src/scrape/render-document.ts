import { getHeapStatistics } from 'node:v8';
import { finishSteps } from '../async/steps.js';
import { ByteWriter } from '../exposition/byte-writer.js';
import { writeFamilies } from '../exposition/write-families.js';
import type { RenderedDocument, RenderTask, Translator } from '../model/ports.js';
import { readDocument } from './translate-document.js';
import { limitWork } from './work-limits.js';

/** A document as the text of its metrics. Throws `decode`, `schema`, `content` or `limit`. */
export function renderDocument(task: RenderTask, translator: Translator): RenderedDocument {
  const { body, limits, format, factNames, response } = task;
  const work = limitWork();
  const heapBytes = getHeapStatistics().heap_size_limit;
  const reading = { translator, limits, factNames, response, format, work, heapBytes };
  const { families, samples, drops, details } = finishSteps(readDocument(body, reading));
  const writer = new ByteWriter();
  const chunks = [...writeFamilies(writer, families, { format, reservedNames: factNames }), writer.finish()];
  return { chunks, samples, drops, details };
}
