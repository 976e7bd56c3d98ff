import { LruMap } from '../async/lru-map.js';
import type { ScrapeEvent } from '../model/scrape.js';
import type { PastScrape, TargetHistory } from '../model/scrape-history.js';

/** The last scrapes of every target, within bounds. */
export interface ScrapeHistory {
  observe(event: ScrapeEvent): void;
  list(): readonly TargetHistory[];
}

export interface HistoryLimits {
  /** Targets beyond this evict the one that was scraped longest ago; those that callers name go first. */
  readonly maxTargets: number;
  readonly maxScrapes: number;
}

/** How much of a message is kept: it may quote what a target sent. */
const MAX_MESSAGE_LENGTH = 300;

/** Keeps history in memory. `wallClock` is Unix milliseconds. */
export function createScrapeHistory({ maxTargets, maxScrapes }: HistoryLimits, wallClock: () => number): ScrapeHistory {
  // Callers can name any number of targets: those must not evict the ones of the configuration.
  const configured = new LruMap<TargetHistory>(maxTargets);
  const named = new LruMap<TargetHistory>(maxTargets);
  return {
    observe: (event) => {
      const { target, module, isConfigured, isPassThrough } = event;
      const histories = isConfigured ? configured : named;
      const key = `${module} ${target}`;
      const before = histories.get(key) ?? { target, module, isConfigured, scrapes: [], passThrough: undefined };
      const nowMs = wallClock();
      histories.set(
        key,
        isPassThrough
          ? { ...before, passThrough: { count: (before.passThrough?.count ?? 0) + 1, lastMs: nowMs } }
          : { ...before, scrapes: [...before.scrapes.slice(1 - maxScrapes), toPastScrape(event, nowMs)] },
      );
    },
    list: () => [...configured.values(), ...named.values()],
  };
}

function toPastScrape({ outcome }: ScrapeEvent, endedMs: number): PastScrape {
  const { up, reason, message, statusCode, durationSeconds, samples, drops } = outcome;
  const cut = message?.slice(0, MAX_MESSAGE_LENGTH);
  return { endedMs, up, reason, message: cut, statusCode, durationSeconds, samples, dropped: drops.total };
}

/** The histories of several processes as one: each target once, its last scrapes in their order. */
export function mergeHistories(
  lists: readonly (readonly TargetHistory[])[],
  maxScrapes: number,
): readonly TargetHistory[] {
  const merged = new Map<string, TargetHistory>();
  for (const history of lists.flat()) {
    const key = `${history.module} ${history.target}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? history : mergeTwo(known, history, maxScrapes));
  }
  return [...merged.values()];
}

function mergeTwo(a: TargetHistory, b: TargetHistory, maxScrapes: number): TargetHistory {
  const scrapes = [...a.scrapes, ...b.scrapes].sort((one, other) => one.endedMs - other.endedMs).slice(-maxScrapes);
  const counts = [a.passThrough, b.passThrough].filter((each) => each !== undefined);
  const passThrough =
    counts.length === 0
      ? undefined
      : {
          count: counts.reduce((sum, { count }) => sum + count, 0),
          lastMs: Math.max(...counts.map(({ lastMs }) => lastMs)),
        };
  return { ...a, scrapes, passThrough };
}
