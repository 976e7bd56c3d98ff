import { runSteps } from '../async/steps.js';
import { ZxpError } from '../model/errors.js';
import type { ScrapeLimits } from '../model/limits.js';
import type { MonotonicClock } from '../model/ports.js';
import type { DocumentReader, ReadResult, ThreadReader } from '../model/read-task.js';
import { workWhereItFits } from './placement.js';
import { type DocumentPlans, findParsingHeap, runReadTask } from './read-document.js';
import { limitSteps } from './work-limits.js';

export interface DocumentReaderOptions {
  readonly limits: ScrapeLimits;
  readonly now: MonotonicClock;
  /** Takes large documents, and what turns out to take long; without it they block this thread. */
  readonly inThread: ThreadReader | undefined;
}

/** The reader of the documents of a module, by its plans. */
export function createDocumentReader(
  plans: DocumentPlans,
  { limits, now, inThread }: DocumentReaderOptions,
): DocumentReader {
  return async ({ body, task, signal, timeLeftMs }) => {
    const reply = await workWhereItFits({
      bytes: body.length,
      here: async () => {
        const { work, beginStep } = limitSteps(now, { timeLeftMs, canMove: inThread !== undefined });
        const steps = runReadTask({ body, task, limits }, { ...plans, heapBytes: findParsingHeap(), work });
        return { body, result: await runSteps(steps, { signal, beginStep }) };
      },
      inThread: inThread && (() => inThread({ body, task, limits }, signal)),
    });
    const { result } = reply;
    if (isOfKind(result, task.kind)) return { body: reply.body, result };
    throw new ZxpError('internal', `reading a document gave ${result.kind} in place of ${task.kind}`);
  };
}

function isOfKind<Kind extends ReadResult['kind']>(
  result: ReadResult,
  kind: Kind,
): result is Extract<ReadResult, { readonly kind: Kind }> {
  return result.kind === kind;
}
