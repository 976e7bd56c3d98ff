import type { LogFields, Logger, MonotonicClock } from '../model/ports.js';

const QUIET_MS = 60_000;
const MAX_CAUSES = 1000;

interface Cause {
  loggedAtMs: number;
  heldBack: number;
}

export interface FailureLog {
  /** `cause` is what makes two failures the same; it is not logged. */
  report(cause: string, message: string, fields: LogFields): void;
}

/** Logs each cause at most once a minute, and says then how many lines of the same cause it held back. */
export function createFailureLog(logger: Logger, now: MonotonicClock): FailureLog {
  const causes = new Map<string, Cause>();
  return {
    report: (cause, message, fields) => {
      const nowMs = now();
      const known = causes.get(cause);
      if (known !== undefined && nowMs - known.loggedAtMs < QUIET_MS) {
        known.heldBack++;
        return;
      }
      if (causes.size >= MAX_CAUSES) causes.clear();
      causes.set(cause, { loggedAtMs: nowMs, heldBack: 0 });
      const heldBack = known === undefined || known.heldBack === 0 ? {} : { held_back: known.heldBack };
      logger.warn(message, { ...fields, ...heldBack });
    },
  };
}
