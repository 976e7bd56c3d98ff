import { setImmediate } from 'node:timers/promises';
import type { CancellationSignal } from '../model/cancellation.js';
import type { Steps } from '../model/ports.js';

/** Runs all steps one after the other, and gives what comes of them. `endStep` is called between two of them. */
export function finishSteps<T>(steps: Steps<T>, endStep: () => void = () => undefined): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    endStep();
  }
}

/**
 * Runs steps and gives the event loop its turn between two of them; work of one step costs no turn. `beginStep` is
 * called before each. Rejects with the signal's reason as soon as it aborts.
 */
export async function runSteps<T>(
  steps: Steps<T>,
  { signal, beginStep }: { readonly signal: CancellationSignal; readonly beginStep: () => void },
): Promise<T> {
  for (;;) {
    beginStep();
    const { done, value } = steps.next();
    if (done) return value;
    await setImmediate();
    signal.throwIfAborted();
  }
}
