import { CancellationSource } from '../../async/cancellation.js';
import { toZxpError, ZxpError } from '../../model/errors.js';
import type { DialTarget } from './dial.js';
import type { ReconnectDelay } from './reconnect-delay.js';
import type { AgentSession, SessionEnd } from './session.js';

/** One proxy to connect to: an address of it, and which of the configured ones it is. */
export interface LinkTarget extends DialTarget {
  /** `host:port` of the configuration. */
  readonly proxy: string;
  readonly index: number;
}

export interface LinkOptions {
  /** Tried in this order; the first that accepts a connection is kept. */
  readonly targets: readonly LinkTarget[];
  readonly delay: ReconnectDelay;
  /** How long to wait before the first attempt. */
  readonly startAfterMs: number;
  /** Connects, introduces the agent and registers its paths. */
  readonly connect: (target: LinkTarget, signal: CancellationSource) => Promise<AgentSession>;
  readonly onConnected: (target: LinkTarget, session: AgentSession) => void;
  readonly onEnded: (target: LinkTarget, end: SessionEnd) => void;
  readonly onFailed: (target: LinkTarget, error: ZxpError) => void;
}

/** Keeps one connection to one of several proxies, again and again until it is stopped. */
export class Link {
  readonly #options: LinkOptions;
  readonly #stop = new CancellationSource();
  readonly #run: Promise<void>;
  /** Sessions that are not closed yet: the last one, and those that still answer what they were requested. */
  readonly #open = new Set<AgentSession>();
  #session: AgentSession | undefined;
  #hasFailed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#run = this.#loop();
  }

  get isConnected(): boolean {
    return this.#session !== undefined;
  }

  /** Whether the last attempts failed, and there is no connection. */
  get isFailing(): boolean {
    return this.#session === undefined && this.#hasFailed;
  }

  /** Tells the proxy what changed about the paths. Never rejects. */
  async update(): Promise<void> {
    await this.#session?.update();
  }

  /** Lets scrapes under way end, for at most so long, and connects no more. */
  async close(drainMs: number): Promise<void> {
    this.#stop.abort(new ZxpError('cancelled', 'the agent is stopping'));
    await Promise.all([...this.#open].map((session) => session.drain(drainMs)));
    await this.#run;
  }

  async #loop(): Promise<void> {
    await this.#wait(this.#options.startAfterMs);
    let next = 0;
    while (!this.#stop.aborted) {
      const target = this.#options.targets[next];
      if (target === undefined) return;
      const session = await this.#tryConnect(target);
      if (session !== undefined) {
        await this.#serve(target, session);
        next = 0;
        await this.#wait(this.#options.delay.nextMs());
      } else {
        next = (next + 1) % this.#options.targets.length;
        if (next === 0) await this.#wait(this.#options.delay.nextMs());
      }
    }
  }

  async #tryConnect(target: LinkTarget): Promise<AgentSession | undefined> {
    try {
      const session = await this.#options.connect(target, this.#stop);
      this.#hasFailed = false;
      return session;
    } catch (thrown) {
      this.#hasFailed = true;
      if (!this.#stop.aborted) this.#options.onFailed(target, toZxpError(thrown));
      return undefined;
    }
  }

  async #serve(target: LinkTarget, session: AgentSession): Promise<void> {
    this.#open.add(session);
    void session.closed.then(() => this.#open.delete(session));
    // The stop came while it was being opened.
    if (this.#stop.aborted) return session.drain(0);
    this.#session = session;
    this.#options.delay.connected();
    this.#options.onConnected(target, session);
    const end = await session.ended;
    this.#session = undefined;
    this.#options.onEnded(target, end);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        this.#stop.removeEventListener('abort', settle);
        resolve();
      };
      const timer = setTimeout(settle, ms);
      this.#stop.addEventListener('abort', settle);
      if (this.#stop.aborted) settle();
    });
  }
}
