import type { CancellationSignal } from '../model/cancellation.js';
import { countOf } from '../model/count.js';
import { callerLeft, ZxpError } from '../model/errors.js';

export interface Semaphore {
  readonly inFlight: number;
  /** Waits for a place and gives the function that leaves it. Throws `busy`, or `cancelled` when the signal aborts. */
  enter(signal: CancellationSignal): Promise<() => void>;
}

/**
 * Lets `max` scrapes in at once. As many again may wait, each up to `waitMs`, in the order in which they came: a burst
 * of scrapers at the same second is served, an overload is refused.
 */
export function createSemaphore(options: { readonly max: number; readonly waitMs: number }): Semaphore {
  const waiting = new Set<() => void>();
  let inFlight = 0;
  const leaveOnce = (): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const [next] = waiting;
      if (next === undefined) inFlight--;
      else next();
    };
  };
  const wait = (signal: CancellationSignal) =>
    new Promise<() => void>((resolve, reject) => {
      const settle = (finish: () => void) => {
        waiting.delete(admit);
        clearTimeout(timer);
        signal.removeEventListener('abort', cancel);
        finish();
      };
      const admit = () => settle(() => resolve(leaveOnce()));
      const cancel = () => settle(() => reject(callerLeft()));
      const timer = setTimeout(() => settle(() => reject(busy(options.max))), options.waitMs);
      signal.addEventListener('abort', cancel, { once: true });
      waiting.add(admit);
    });
  return {
    get inFlight() {
      return inFlight;
    },
    enter: async (signal) => {
      if (inFlight < options.max) {
        inFlight++;
        return leaveOnce();
      }
      if (waiting.size >= options.max) throw busy(options.max);
      return wait(signal);
    },
  };
}

function busy(max: number): ZxpError {
  return new ZxpError('busy', `${countOf(max, 'scrape')} ${max === 1 ? 'is' : 'are'} under way already`, {
    hint: 'try again, or raise --web.max-requests',
  });
}
