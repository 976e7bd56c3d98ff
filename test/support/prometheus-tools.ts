import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { findFreePort } from './free-port.js';

/** What `promtool check metrics` says of an exposition in the text format: a complaint a line. */
export function checkMetrics(exposition: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const promtool = execFile('promtool', ['check', 'metrics'], (error, stdout, stderr) => {
      // Its exit code is 3 where it has something to say.
      if (error !== null && error.code !== 3) reject(new Error(`promtool failed: ${error.message}`, { cause: error }));
      else resolve(`${stdout}${stderr}`.split('\n').filter((line) => line !== ''));
    });
    promtool.stdin?.end(exposition);
  });
}

/** One series of an instant query's result. */
export interface QueryResult {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusServer {
  readonly url: string;
  query(promql: string): Promise<readonly QueryResult[]>;
  close(): Promise<void>;
}

/** Starts Prometheus on the loopback with these lines of `scrape_configs`, in a folder of its own. */
export async function startPrometheus(scrapeConfigs: string, ...flags: readonly string[]): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), 'zxp-prometheus-'));
  const configFile = join(folder, 'prometheus.yml');
  await writeFile(configFile, `global: { scrape_interval: 1s, scrape_timeout: 1s }\nscrape_configs:\n${scrapeConfigs}`);
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    'prometheus',
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...flags,
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  let isOver = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  child.once('close', () => {
    isOver = true;
  });
  // Without it a program that is not there would end this process; what reads the log says why then.
  child.once('error', (error) => {
    log += error.message;
    isOver = true;
  });
  const close = async () => {
    child.kill('SIGKILL');
    await vi.waitUntil(() => isOver, { timeout: 10_000, interval: 20 });
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(url, () => isOver);
  } catch (cause) {
    await close();
    throw new Error(`prometheus did not start: ${log}`, { cause });
  }
  return { url, query: (promql) => query(url, promql), close };
}

async function untilReady(url: string, isOver: () => boolean): Promise<void> {
  const isReady = async () => {
    if (isOver()) throw new Error('it has ended');
    const response = await fetch(`${url}/-/ready`).catch(() => undefined);
    await response?.text();
    return response?.ok;
  };
  await vi.waitUntil(isReady, { timeout: 30_000, interval: 50 });
}

async function query(url: string, promql: string): Promise<readonly QueryResult[]> {
  const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: promql })}`);
  const answer: unknown = await response.json();
  if (!isVector(answer)) throw new Error(`no vector for ${promql}: ${JSON.stringify(answer)}`);
  return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

interface Vector {
  readonly data: {
    readonly resultType: 'vector';
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [seconds: number, value: string];
    }[];
  };
}

function isVector(answer: unknown): answer is Vector {
  if (typeof answer !== 'object' || answer === null || !('data' in answer)) return false;
  const { data } = answer;
  return typeof data === 'object' && data !== null && 'resultType' in data && data.resultType === 'vector';
}
