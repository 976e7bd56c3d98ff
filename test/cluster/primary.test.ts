import { describe, expect, test, vi } from 'vitest';
import type { WorkerProcess } from '../../src/cluster/fork.js';
import { startWorkers } from '../../src/cluster/primary.js';
import { runWorker } from '../../src/cluster/worker.js';
import { ZxpError } from '../../src/model/errors.js';
import type { ClusterHandle, Exporter } from '../../src/model/exporter.js';
import type { LogFields, Logger } from '../../src/model/ports.js';
import { createChannels, settleMessages } from './channels.js';

/** A worker that runs here, with an exporter that the test made. */
interface FakeWorker {
  readonly workerId: number;
  readonly cluster: ClusterHandle;
  readonly calls: string[];
  end(how: string): void;
}

type Behaviour = Partial<Pick<Exporter, 'reload' | 'collectMetrics' | 'listHistory' | 'close'>> & {
  readonly startError?: Error;
  readonly startsAfter?: Promise<void>;
};

function createFakes(behave: (workerId: number, start: number) => Behaviour = () => ({})) {
  const workers: FakeWorker[] = [];
  const starts = new Map<number, number>();
  const fork = (workerId: number): WorkerProcess => {
    const start = (starts.get(workerId) ?? 0) + 1;
    starts.set(workerId, start);
    const [here, there] = createChannels();
    const calls: string[] = [];
    const exits = new Set<(how: string) => void>();
    const end = (how: string) => {
      for (const listener of exits) listener(how);
      exits.clear();
    };
    const { startError, startsAfter, ...behaviour } = behave(workerId, start);
    const exporter: Exporter = {
      addresses: [],
      urls: [],
      healthUrl: undefined,
      reload: async () => void calls.push('reload'),
      collectMetrics: async () => [],
      listHistory: () => [],
      close: async () => void calls.push('close'),
      ...behaviour,
    };
    const running = runWorker(there, async (cluster) => {
      await startsAfter;
      if (startError !== undefined) throw startError;
      workers.push({ workerId, cluster, calls, end });
      return exporter;
    });
    void running.then(() => end('with code 0'));
    return { channel: here, onExit: (listener) => void exits.add(listener), kill: () => end('by SIGKILL') };
  };
  return { workers, fork };
}

function createLog() {
  const lines: (LogFields & { readonly message: string })[] = [];
  const add = (message: string, fields?: LogFields) => void lines.push({ message, ...fields });
  const logger: Logger = { error: add, warn: add, info: add, debug: add };
  return { lines, logger };
}

/** Addresses that nobody connects to. */
async function bind() {
  return {
    addresses: ['http://*:8081'],
    urls: ['http://localhost:8081'],
    healthUrl: undefined,
    close: async () => undefined,
  };
}

async function start(count: number, behave?: (workerId: number, start: number) => Behaviour) {
  const fakes = createFakes(behave);
  const { lines, logger } = createLog();
  const onReload = vi.fn(async () => undefined);
  const daemon = await startWorkers({ count, fork: fakes.fork, bind, logger, onReload, drainTimeoutMs: 1000 });
  return { ...fakes, lines, onReload, daemon };
}

const idle = { bind, onReload: async () => undefined, drainTimeoutMs: 1000 };

describe('the workers', () => {
  test('are ready when all of them take connections', async () => {
    let release: () => void = () => undefined;
    const startsAfter = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { fork, workers } = createFakes((workerId) => (workerId === 2 ? { startsAfter } : {}));
    const starting = startWorkers({ count: 2, fork, ...idle, logger: createLog().logger });
    await vi.waitUntil(() => workers.length === 1);
    await settleMessages();
    expect(workers[0]?.cluster.isReady()).toBe(false);
    release();
    const daemon = await starting;
    expect(workers.map(({ cluster }) => cluster.isReady())).toEqual([true, true]);
    expect(daemon.urls).toEqual(['http://localhost:8081']);
    await daemon.close();
  });

  test('that do not start are one error, and none is left', async () => {
    const error = new ZxpError('listen', 'cannot listen on :8081: the address is in use', { hint: 'choose another' });
    const { fork, workers } = createFakes((workerId) => (workerId === 2 ? { startError: error } : {}));
    const ended: number[] = [];
    const watched = (workerId: number) => {
      const process = fork(workerId);
      process.onExit(() => ended.push(workerId));
      return process;
    };
    const starting = startWorkers({ count: 3, fork: watched, ...idle, logger: createLog().logger });
    await expect(starting).rejects.toMatchObject({ code: 'listen', message: error.message, hint: 'choose another' });
    expect(ended.sort()).toEqual([1, 2, 3]);
    expect(workers).toHaveLength(2);
  });

  test('are told to end together, and are waited for', async () => {
    const { workers, daemon } = await start(3);
    await daemon.close();
    expect(workers.map(({ calls }) => calls)).toEqual([['close'], ['close'], ['close']]);
  });

  test('all load the configuration again when one is asked to, or the first process is', async () => {
    const { workers, onReload, daemon } = await start(2);
    await daemon.reload();
    await workers[1]?.cluster.reload();
    expect(workers.map(({ calls }) => calls)).toEqual([
      ['reload', 'reload'],
      ['reload', 'reload'],
    ]);
    expect(onReload).toHaveBeenCalledTimes(2);
    await daemon.close();
  });

  test('load it once for all who ask while they load it', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let reloads = 0;
    const reload = async () => {
      reloads++;
      await held;
    };
    const { workers, daemon } = await start(1, () => ({ reload }));
    const first = daemon.reload();
    await vi.waitUntil(() => reloads === 1);
    const more = [...Array.from({ length: 20 }, () => daemon.reload()), workers[0]?.cluster.reload()];
    await settleMessages();
    release();
    await Promise.all([first, ...more]);
    expect(reloads).toBe(2);
    await daemon.close();
  });

  test('that cannot load it say so to whoever asked; where only some cannot, the log has which', async () => {
    const fail = async () => {
      throw new ZxpError('config', 'the configuration has one problem');
    };
    const all = await start(2, () => ({ reload: fail }));
    await expect(all.workers[0]?.cluster.reload()).rejects.toMatchObject({ code: 'config' });
    expect(all.lines).toEqual([]);
    expect(all.onReload).not.toHaveBeenCalled();
    await all.daemon.close();
    const some = await start(3, (workerId) => (workerId === 2 ? { reload: fail } : {}));
    await expect(some.daemon.reload()).rejects.toMatchObject({ code: 'config' });
    expect(some.lines).toMatchObject([{ message: 'configuration not reloaded by some workers', workers: '2' }]);
    await some.daemon.close();
  });

  test('have one exposition, whichever is asked', async () => {
    const { workers, daemon } = await start(2, (workerId) => ({
      collectMetrics: async () => [describeCounter(workerId * 10)],
    }));
    for (const { cluster } of workers) {
      const text = await cluster.writeMetrics();
      expect(text).toContain('\nscrapes_total 30\n');
      expect(text).toContain('\nzxp_workers 2\n');
      expect(text).toContain('\nzxp_worker_restarts_total 0\n');
    }
    await daemon.close();
  });
});

describe('what the workers know of past scrapes', () => {
  test('reaches each of them as one list a worker', async () => {
    const history = { target: 'north', module: 'stock', isConfigured: true, scrapes: [], passThrough: undefined };
    const { workers, daemon } = await start(2, (workerId) => ({
      listHistory: () => [{ ...history, target: `target ${workerId}` }],
    }));
    for (const { cluster } of workers) {
      const lists = await cluster.listHistories();
      expect(lists.map((list) => list.map(({ target }) => target))).toEqual([['target 1'], ['target 2']]);
    }
    await daemon.close();
  });
});

describe('a worker that ends unasked', () => {
  test('is started again and logged, and is ready then', async () => {
    const { workers, lines, daemon } = await start(2);
    workers[0]?.end('by SIGSEGV');
    await vi.waitUntil(() => workers[2]?.cluster.isReady(), { timeout: 5000 });
    expect(workers[2]?.workerId).toBe(1);
    expect(lines).toEqual([{ message: 'worker ended, restarting it', worker: 1, how: 'by SIGSEGV', after_s: 0.1 }]);
    expect(await workers[1]?.cluster.writeMetrics()).toContain('\nzxp_worker_restarts_total 1\n');
    await daemon.close();
  });

  test('and does not start again is tried later', async () => {
    const startError = new ZxpError('config', 'the configuration has one problem');
    const { workers, lines, daemon } = await start(1, (_slot, times) => (times === 2 ? { startError } : {}));
    workers[0]?.end('with code 1');
    await vi.waitUntil(() => workers[1]?.cluster.isReady(), { timeout: 5000 });
    expect(lines).toMatchObject([
      { message: 'worker ended, restarting it', how: 'with code 1', after_s: 0.1 },
      { message: 'worker not started', worker: 1, cause: { message: 'the configuration has one problem' } },
      { message: 'worker ended, restarting it', how: 'with code 0', after_s: 1 },
    ]);
    await daemon.close();
  });

  test('while all are told to end is not started again', async () => {
    const { workers, lines, daemon } = await start(2);
    const closing = daemon.close();
    workers[0]?.end('by SIGKILL');
    await closing;
    expect(workers).toHaveLength(2);
    expect(lines).toEqual([]);
  });
});

function describeCounter(value: number) {
  return { name: 'scrapes_total', help: 'h', type: 'counter', values: [{ value, labels: {} }], aggregator: 'sum' };
}
