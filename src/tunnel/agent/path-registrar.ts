import { ZxpError } from '../../model/errors.js';
import type { RpcConnection } from '../protocol/client.js';
import { proxyService } from '../protocol/methods.js';
import type { ServedPath } from './target.js';

/** Calls at once: a thousand paths over a slow line would take a minute one by one. */
const CONCURRENCY = 8;
/** A path that was refused may be free later, as its owner disconnects. */
const RETRY_MS = 30_000;

export interface PathRegistrarOptions {
  readonly rpc: RpcConnection;
  readonly agentId: string;
  readonly timeoutMs: number | undefined;
  /** The paths as they are now. */
  readonly paths: () => ReadonlyMap<string, ServedPath>;
  /** A call was answered. */
  readonly onSent: () => void;
  /** Told once for each path, until it was accepted or unregistered. */
  readonly onRefused: (path: string, reason: string) => void;
  readonly onRefusedCount: (count: number) => void;
}

/** Keeps what one proxy has registered equal to the paths of an agent: of each change only what differs is sent. */
export class PathRegistrar {
  readonly #options: PathRegistrarOptions;
  /** What was registered of each path that the proxy accepted. */
  readonly #registered = new Map<string, string>();
  readonly #refused = new Set<string>();
  #last: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: PathRegistrarOptions) {
    this.#options = options;
  }

  /** Registers the paths of the agent's own file, before any scrape can come. Throws where a call cannot be made. */
  async registerStatic(): Promise<void> {
    const paths = [...this.#options.paths().values()].filter(({ source }) => source === 'STATIC');
    await this.#registerAll(paths);
  }

  /** Unregisters what is gone and registers what is new or another now. One at a time; never rejects. */
  update(): Promise<void> {
    this.#last = this.#last.then(() => this.#updateNow()).catch(() => this.#retryLater());
    return this.#last;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #updateNow(): Promise<void> {
    if (this.#isStopped) return;
    const paths = this.#options.paths();
    for (const path of [...this.#refused]) if (!paths.has(path)) this.#refused.delete(path);
    const gone = [...this.#registered.keys()].filter((path) => !paths.has(path));
    await inParallel(gone, (path) => this.#unregister(path));
    const changed = [...paths.values()].filter((path) => this.#registered.get(path.path) !== describe(path));
    await this.#registerAll(changed);
  }

  async #registerAll(paths: readonly ServedPath[]): Promise<void> {
    await inParallel(paths, (path) => this.#register(path));
    this.#options.onRefusedCount(this.#refused.size);
    if (this.#refused.size > 0) this.#retryLater();
  }

  #retryLater(): void {
    clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.update(), RETRY_MS);
  }

  async #register(served: ServedPath): Promise<void> {
    const { rpc, agentId, timeoutMs, onSent } = this.#options;
    const { path, labels, targetUrl, source: pathSource } = served;
    const request = { agentId, path, labels, targetUrl, pathSource };
    const reply = await rpc.unary(proxyService.registerPath, request, { timeoutMs });
    if (!reply.ok && isOfConnection(reply.status.code)) {
      throw new ZxpError('closed', `registerPath: ${reply.status.message}`);
    }
    onSent();
    if (reply.ok && reply.message.valid) {
      this.#registered.set(path, describe(served));
      this.#refused.delete(path);
      return;
    }
    this.#registered.delete(path);
    const isNew = !this.#refused.has(path);
    this.#refused.add(path);
    if (isNew) this.#options.onRefused(path, reply.ok ? reply.message.reason : reply.status.message);
  }

  async #unregister(path: string): Promise<void> {
    const { rpc, agentId, timeoutMs, onSent } = this.#options;
    const reply = await rpc.unary(proxyService.unregisterPath, { agentId, path }, { timeoutMs });
    if (!reply.ok && isOfConnection(reply.status.code)) return;
    onSent();
    this.#registered.delete(path);
  }
}

/** A failure of the call and not of its path. */
function isOfConnection(code: string): boolean {
  return ['unavailable', 'cancelled', 'deadlineExceeded', 'unauthenticated', 'notFound'].includes(code);
}

/** What the proxy knows of a path. */
function describe({ labels, targetUrl, source }: ServedPath): string {
  return JSON.stringify([labels, targetUrl, source]);
}

/** Begins in order, a few at once. Throws the first failure. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const run = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, run));
}
