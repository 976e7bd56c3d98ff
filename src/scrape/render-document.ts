import { ByteWriter } from '../exposition/byte-writer.js';
import { writeFamilies } from '../exposition/write-families.js';
import type { RenderedDocument, RenderTask, Translator } from '../model/ports.js';
import { readDocument } from './translate-document.js';

/** A document as the text of its metrics. Throws `decode`, `schema`, `content` or `limit`. */
export function renderDocument(task: RenderTask, translator: Translator): RenderedDocument {
  const { body, limits, format, factNames, response } = task;
  const { families, samples, drops } = readDocument(body, { translator, limits, factNames, response, format });
  const writer = new ByteWriter();
  const chunks = [...writeFamilies(writer, families, { format, reservedNames: factNames }), writer.finish()];
  return { chunks, samples, drops };
}
