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
  const configured = new LruMap<KeptHistory>(maxTargets);
  const named = new LruMap<KeptHistory>(maxTargets);
  return {
    observe: (event) => {
      const { target, module, isConfigured, isPassThrough } = event;
      const histories = isConfigured ? configured : named;
      const key = `${module} ${target}`;
      let kept = histories.get(key);
      if (kept === undefined) {
        kept = { target, module, isConfigured, scrapes: [], passThrough: undefined };
        histories.set(key, kept);
      }
      const nowMs = wallClock();
      if (isPassThrough) {
        kept.passThrough ??= { count: 0, lastMs: 0 };
        kept.passThrough.count++;
        kept.passThrough.lastMs = nowMs;
      } else {
        kept.scrapes.push(toPastScrape(event, nowMs));
        if (kept.scrapes.length > maxScrapes) kept.scrapes.shift();
      }
    },
    list: () => [...configured.values(), ...named.values()].map((kept) => structuredClone(kept)),
  };
}

/** What is shown of a target, while it grows. */
interface KeptHistory extends TargetHistory {
  readonly scrapes: PastScrape[];
  passThrough: { count: number; lastMs: number } | undefined;
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
