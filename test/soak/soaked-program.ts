import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { forThisTest } from '../support/for-this-test.js';
import { environmentWithoutSettings, toCommand } from '../support/program.js';

/** What a process has of the machine at one moment. */
export interface Usage {
  readonly rssBytes: number;
  readonly handles: number;
  readonly threads: number;
}

export interface SoakedProgram {
  readonly url: string;
  /** One look a second since the start. */
  readonly samples: readonly Usage[];
  reload(): void;
  /** The value of one of its own metrics. */
  metric(series: string): Promise<number>;
}

const KIB = 1024;

/** Starts the built program, and watches it by /proc. */
export async function startSoaked(args: readonly string[]): Promise<SoakedProgram> {
  const [file, argv] = toCommand([...args, '--web.listen-address=127.0.0.1:0', '--log.format=json']);
  const child = spawn(file, argv, { stdio: ['ignore', 'ignore', 'pipe'], env: environmentWithoutSettings() });
  const url = await findUrl(child);
  const samples: Usage[] = [];
  const timer = setInterval(() => samples.push(readUsage(child.pid ?? 0)), 1000);
  forThisTest({
    close: async () => {
      clearInterval(timer);
      child.kill('SIGTERM');
      await Promise.race([once(child, 'exit'), wait(20_000)]);
      child.kill('SIGKILL');
    },
  });
  return {
    url,
    samples,
    reload: () => void child.kill('SIGHUP'),
    metric: async (series) => {
      const text = await (await fetch(`${url}/-/metrics`)).text();
      const line = text.split('\n').find((each) => each.startsWith(`${series} `));
      return Number(line?.slice(series.length + 1));
    },
  };
}

async function findUrl(child: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(said)));
    child.stderr?.on('data', (chunk: Buffer) => {
      // What comes after the start is of no interest, and would fill the pipe.
      if (said.length > 100_000) return;
      said += chunk;
      const found = /"(http:\/\/[^"]*:\d+)"/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
}

function readUsage(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    rssBytes: field('VmRSS') * KIB,
    handles: readdirSync(`/proc/${pid}/fd`).length,
    threads: field('Threads'),
  };
}

/** Sockets come and go one by one, and Node starts a thread when it likes. */
const SLACK: Usage = { rssBytes: 0, handles: 5, threads: 1 };

/** How much each use grew from the third fifth of the time, when the load is full, to the last one: 0.05 is five percent. */
export function measureGrowth(samples: readonly Usage[]): Usage {
  const fifth = Math.floor(samples.length / 5);
  const [before, after] = [samples.slice(2 * fifth, 3 * fifth), samples.slice(-fifth)];
  const grow = (key: keyof Usage) => {
    const [first, last] = [median(before.map((each) => each[key])), median(after.map((each) => each[key]))];
    return Math.max(last - first - SLACK[key], Math.min(0, last - first)) / first;
  };
  return { rssBytes: grow('rssBytes'), handles: grow('handles'), threads: grow('threads') };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
