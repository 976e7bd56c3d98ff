import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export interface LoadOptions {
  readonly perSecond: number;
  readonly durationMs: number;
  /** The URL of the nth scrape. */
  readonly toUrl: (n: number) => string;
  /** Whether the nth scrape is given up in the middle. */
  readonly isCancelled?: (n: number) => boolean;
  /** Whether a reply is that of its request. */
  readonly isRight?: (n: number, text: string) => boolean;
}

export interface LoadReport {
  readonly scrapes: number;
  /** Replies by status; `error` for none, `cancelled` for what was given up. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Scrapes with a reply of 200 that is not theirs. */
  readonly wrong: readonly number[];
  readonly seconds: readonly number[];
}

/** A process that has just started is slow; Prometheus spreads its scrapes over the interval. */
const RAMP_MS = 10_000;

/** Sends requests at a steady rate, which it reaches slowly, whether or not the ones before are answered. */
export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const agent = new Agent({ keepAlive: true });
  const outcomes: Record<string, number> = {};
  const seconds: number[] = [];
  const wrong: number[] = [];
  const count = (outcome: string) => {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  };
  const send = (n: number) =>
    new Promise<void>((resolve) => {
      const startedMs = performance.now();
      let isDone = false;
      const settle = (outcome: string) => {
        if (isDone) return;
        isDone = true;
        count(outcome);
        resolve();
      };
      const asked = request(options.toUrl(n), { agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', () => settle('error'));
        response.once('end', () => {
          seconds.push((performance.now() - startedMs) / 1000);
          const isRight = options.isRight?.(n, Buffer.concat(chunks).toString()) ?? true;
          if (response.statusCode === 200 && !isRight) wrong.push(n);
          settle(String(response.statusCode));
        });
      });
      asked.once('error', () => settle('error'));
      asked.end();
      if (options.isCancelled?.(n) !== true) return;
      setTimeout(() => {
        settle('cancelled');
        asked.destroy();
      }, 20);
    });
  const startedMs = performance.now();
  const underWay = new Set<Promise<void>>();
  let sent = 0;
  while (performance.now() - startedMs < options.durationMs) {
    const nowMs = performance.now() - startedMs;
    const rampMs = Math.min(RAMP_MS, options.durationMs / 3);
    const fullMs = nowMs < rampMs ? nowMs ** 2 / (2 * rampMs) : nowMs - rampMs / 2;
    const due = (fullMs / 1000) * options.perSecond;
    for (; sent < due; sent++) {
      const work = send(sent).finally(() => underWay.delete(work));
      underWay.add(work);
    }
    await wait(5);
  }
  await Promise.all(underWay);
  agent.destroy();
  return { scrapes: sent, outcomes, wrong, seconds };
}
