import type { CancellationSignal } from '../model/cancellation.js';

/** What was asked for, or the reason of the signal as soon as there is one: not all that one waits for hears a signal. */
export function unlessAborted<T>(asked: Promise<T>, signal: CancellationSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    const settle =
      <V>(finish: (value: V) => void) =>
      (value: V) => {
        signal.removeEventListener('abort', abort);
        finish(value);
      };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    asked.then(settle(resolve), settle(reject));
  });
}
