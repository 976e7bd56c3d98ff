import { CancellationSource } from '../async/cancellation.js';
import type { CancellationSignal } from '../model/cancellation.js';
import { callerLeft, ZxpError } from '../model/errors.js';
import { toSeconds } from '../model/seconds.js';

export interface Deadline {
  /** Aborts with a ZxpError: `timeout` when the time is over, `cancelled` when the caller's signal came first. */
  readonly signal: CancellationSignal;
  /** Ends the timer and lets go of the caller's signal. */
  clear(): void;
}

/** What a timer of Node's can hold; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Starts a deadline of `timeoutMs` that the caller's own signal can bring forward. */
export function startDeadline(timeoutMs: number, callerSignal: CancellationSignal | undefined): Deadline {
  const signal = new CancellationSource();
  const cancel = () => signal.abort(callerLeft());
  const expire = () => {
    signal.abort(
      new ZxpError('timeout', `no complete reply within ${toSeconds(timeoutMs)} s`, {
        hint: 'raise scrape.timeout and the scrape_timeout of the Prometheus job, or find out why the upstream is slow',
      }),
    );
  };
  const timer = setTimeout(expire, Math.min(timeoutMs, MAX_TIMER_MS));
  if (callerSignal?.aborted) cancel();
  else callerSignal?.addEventListener('abort', cancel, { once: true });
  return {
    signal,
    clear: () => {
      clearTimeout(timer);
      callerSignal?.removeEventListener('abort', cancel);
    },
  };
}
