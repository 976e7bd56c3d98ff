import { readdirSync, readFileSync } from 'node:fs';
import { startBuilt } from '../support/built-program.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

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
  const folder = forThisTest(makeTemporaryFolder());
  const argv = [...args, '--web.listen-address=127.0.0.1:0', '--log.format=json'];
  const program = forThisTest(startBuilt(argv, { stderrFile: folder.write('stderr', '') }));
  await program.untilSaid('server started');
  const { url, pid } = program;
  const samples: Usage[] = [];
  const timer = setInterval(() => samples.push(readUsage(pid)), 1000);
  forThisTest({
    close: async () => {
      clearInterval(timer);
      program.signal('SIGTERM');
      await program.untilEnd();
    },
  });
  return {
    url,
    samples,
    reload: () => void program.signal('SIGHUP'),
    metric: async (series) => {
      const text = await (await fetch(`${url}/-/metrics`)).text();
      const line = text.split('\n').find((each) => each.startsWith(`${series} `));
      return Number(line?.slice(series.length + 1));
    },
  };
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
