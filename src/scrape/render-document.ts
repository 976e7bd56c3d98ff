import { getHeapStatistics } from 'node:v8';
import { freeMemory } from '../async/free-memory.js';
import { finishSteps } from '../async/steps.js';
import { ByteWriter } from '../exposition/byte-writer.js';
import { writeFamilies } from '../exposition/write-families.js';
import type { RenderedDocument, RenderTask, Translator } from '../model/ports.js';
import { rowsBelongTogether } from '../model/row-sink.js';
import { FormatSink } from './format-sink.js';
import { MemoryGuard, type ProcessMemory } from './memory-guard.js';
import { type ReadingTask, readDocument } from './translate-document.js';
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

/** Where all rows are in memory, their columns double at once, and the table that finds repeated ones comes on top. */
const ALL_ROWS_RESERVE_BYTES = 64 * 1024 * 1024;

const NO_LIMIT: ProcessMemory = { limit: undefined, resident: () => 0 };

/**
 * A document as the text of its metrics: rows are written while it is read, as long as nothing is wrong with them, else
 * when all of them are there. Throws `decode`, `schema`, `content` or `limit`.
 */
export function renderDocument(
  task: RenderTask,
  translator: Translator,
  options: RenderOptions = {},
): RenderedDocument {
  const { chunkBytes, minRows, memory = NO_LIMIT } = options;
  const { format, limits } = task;
  const given = { ...task, translator, chunkBytes, heapBytes: getHeapStatistics().heap_size_limit };
  const guard = new MemoryGuard(memory);
  const sink = new FormatSink({ format, limits, minRows, guard });
  try {
    return render({ ...given, sink, work: limitWork() }, guard);
  } catch (thrown) {
    sink.discard();
    if (thrown !== rowsBelongTogether) throw thrown;
    return render({ ...given, work: limitWork() }, new MemoryGuard(memory, ALL_ROWS_RESERVE_BYTES));
  }
}

function render(task: RenderTask & ReadingTask, guard: MemoryGuard): RenderedDocument {
  const { body, format, factNames } = task;
  const steps = readDocument(body, task);
  const { families, samples, drops, details } = finishSteps(steps, () => guard.note(STEP_BYTES));
  const writer = new ByteWriter();
  const chunks: Buffer[] = [];
  try {
    for (const chunk of writeFamilies(writer, families, { format, reservedNames: factNames })) {
      chunks.push(chunk);
      guard.note(chunk.length);
    }
  } catch (thrown) {
    for (const chunk of chunks) freeMemory(chunk);
    throw thrown;
  }
  chunks.push(writer.finish());
  return { chunks, samples, drops, details };
}
