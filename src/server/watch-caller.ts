import type { Response } from 'express';
import { CancellationSource } from '../async/cancellation.js';
import type { CancellationSignal } from '../model/cancellation.js';
import { callerLeft } from '../model/errors.js';

/** A signal that aborts when the caller's connection closes before it has its answer. */
export function watchCaller(response: Response): CancellationSignal {
  const caller = new CancellationSource();
  response.once('close', () => {
    if (!response.writableFinished) caller.abort(callerLeft());
  });
  return caller;
}
