import { getHeapStatistics } from 'node:v8';
import { freeMemory } from '../async/free-memory.js';
import { finishSteps } from '../async/steps.js';
import { ByteWriter } from '../exposition/byte-writer.js';
import { writeFamilies } from '../exposition/write-families.js';
import type { RenderedDocument, RenderTask, Translator } from '../model/ports.js';
import { FormatSink } from './format-sink.js';
import { MemoryGuard, type ProcessMemory, UNLIMITED } from './memory-guard.js';
import { readDocument } from './translate-document.js';
import { limitWork } from './work-limits.js';

export interface RenderOptions {
  /** Of the process; without it nothing limits an exposition. */
  readonly memory?: ProcessMemory | undefined;
  /** As a translator and a sink take them; tests make them smaller. */
  readonly chunkBytes?: number | undefined;
  readonly minRows?: number | undefined;
}

/** What a step reads of a document, about; what becomes of it may be as much. */
const STEP_BYTES = 64 * 1024;

/**
 * A document as the text of its metrics: where it is large, rows are written while it is read. Throws `decode`, `schema`,
 * `content` or `limit`.
 */
export function renderDocument(
  task: RenderTask,
  translator: Translator,
  options: RenderOptions = {},
): RenderedDocument {
  const { chunkBytes, minRows, memory = UNLIMITED } = options;
  const { body, format, limits, factNames } = task;
  const guard = new MemoryGuard(memory);
  const sink = new FormatSink({ format, limits, minRows, guard });
  const heapBytes = getHeapStatistics().heap_size_limit;
  const given = { ...task, translator, chunkBytes, freesBody: true };
  const writer = new ByteWriter();
  const chunks: Buffer[] = [];
  try {
    const steps = readDocument(body, { ...given, heapBytes, sink, work: limitWork() });
    const { families, samples, drops, details } = finishSteps(steps, () => guard.note(STEP_BYTES));
    for (const chunk of writeFamilies(writer, families, { format, reservedNames: factNames })) {
      chunks.push(chunk);
      guard.note(chunk.length);
    }
    chunks.push(writer.finish());
    return { chunks, samples, drops, details };
  } catch (thrown) {
    sink.discard();
    for (const chunk of chunks) freeMemory(chunk);
    throw thrown;
  }
}
