import { LruMap } from '../async/lru-map.js';
import type { LogFields, Logger, MonotonicClock } from '../model/ports.js';

const QUIET_MS = 60_000;
const MAX_CAUSES = 1000;
/** Lines of a group within a minute. */
const MAX_OF_GROUP = 10;

/** What makes failures alike. Neither text is logged. */
export interface FailureKey {
  /** The same target, reason and cause. */
  readonly cause: string;
  /** Of failures that clients can vary at will, as by naming another URL: together they get a few lines a minute. */
  readonly group?: string | undefined;
}

export interface FailureLog {
  report(key: FailureKey, message: string, fields: LogFields): void;
}

interface Cause {
  loggedAtMs: number;
  suppressed: number;
}

interface Group {
  startedAtMs: number;
  lines: number;
  suppressed: number;
}

/**
 * Logs each cause at most once a minute, and a group of them ten times; the next line reports how many like it were
 * suppressed. A second cause is heard within the minute of the first.
 */
export function createFailureLog(logger: Logger, now: MonotonicClock): FailureLog {
  const causes = new LruMap<Cause>(MAX_CAUSES);
  const groups = new LruMap<Group>(MAX_CAUSES);
  const enterGroup = (name: string, nowMs: number): Group => {
    const known = groups.get(name);
    if (known !== undefined && nowMs - known.startedAtMs < QUIET_MS) return known;
    const group = { startedAtMs: nowMs, lines: 0, suppressed: known?.suppressed ?? 0 };
    groups.set(name, group);
    return group;
  };
  return {
    report: ({ cause, group: groupName }, message, fields) => {
      const nowMs = now();
      const known = causes.get(cause);
      if (known !== undefined && nowMs - known.loggedAtMs < QUIET_MS) {
        known.suppressed++;
        return;
      }
      const group = groupName === undefined ? undefined : enterGroup(groupName, nowMs);
      if (group !== undefined && group.lines >= MAX_OF_GROUP) {
        group.suppressed++;
        return;
      }
      const suppressed = (known?.suppressed ?? 0) + (group?.suppressed ?? 0);
      if (group !== undefined) Object.assign(group, { lines: group.lines + 1, suppressed: 0 });
      causes.set(cause, { loggedAtMs: nowMs, suppressed: 0 });
      logger.warn(message, suppressed === 0 ? fields : { ...fields, suppressed });
    },
  };
}
