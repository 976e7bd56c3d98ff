import { ZxpError } from '../model/errors.js';
import type { MonotonicClock } from '../model/ports.js';
import { limitUnits, takesTooLong, Work } from '../model/work.js';

/** What one translation may cost at most, however much time it has: some minutes. */
const MAX_UNITS = 10_000_000_000;

/** How long other scrapes may wait for a step of a translation, and what one piece of it may cost that nothing interrupts. */
const MAX_STEP_MS = 50;
const MAX_PIECE_UNITS = 5_000_000;

/** The work of a thread that does nothing else and is ended from outside. Throws `limit`. */
export function limitWork(): Work {
  return limitUnits(MAX_UNITS, tooCostly);
}

/** Work on the thread of the event loop, step by step. */
export interface SteppedWork {
  readonly work: Work;
  /** Called before each step: the event loop had its turn. */
  readonly beginStep: () => void;
}

/**
 * Limits work to so many milliseconds by the clock, after which it throws `timeout`. Where `canMove` is set, one step
 * of it that keeps the event loop for too long throws `takesTooLong`.
 */
export function limitSteps(
  now: MonotonicClock,
  { timeLeftMs, canMove }: { readonly timeLeftMs: number; readonly canMove: boolean },
): SteppedWork {
  let total = 0;
  let startMs: number | undefined;
  let stepStartMs: number | undefined;
  const work = new Work((units) => {
    total += units;
    const nowMs = now();
    startMs ??= nowMs;
    stepStartMs ??= nowMs;
    if (nowMs - startMs >= timeLeftMs) throw translatedTooLate();
    if (total > MAX_UNITS) throw tooCostly();
    if (canMove && (units > MAX_PIECE_UNITS || nowMs - stepStartMs > MAX_STEP_MS)) throw takesTooLong;
  });
  const beginStep = () => {
    stepStartMs = undefined;
  };
  return { work, beginStep };
}

/** The error for a response that is complete, and not translated when its time is over. */
export function translatedTooLate(cause?: unknown): ZxpError {
  return new ZxpError('timeout', 'the response was complete, but not translated in time', {
    ...(cause === undefined ? {} : { cause }),
    hint: 'raise scrape.timeout and the scrape_timeout of the Prometheus job, or simplify the paths and expressions of the module',
  });
}

function tooCostly(): ZxpError {
  return new ZxpError('limit', 'the translation costs too much', {
    hint: 'a path with .., or a regular expression on long texts, is applied to too many elements',
  });
}
