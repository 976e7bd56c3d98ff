import { CancellationSource } from '../../async/cancellation.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import type { AgentEnd } from '../../model/proxy.js';
import type { MessageWriter } from '../protocol/message-stream.js';
import type { ScrapeRequest } from '../protocol/messages.js';
import type { ServerConnection } from '../protocol/server-connection.js';
import type { AgentIdentity } from './agent-identity.js';

/** What an agent registers about itself. */
export interface AgentFacts {
  readonly name: string;
  readonly host: string;
  readonly launchId: string;
  readonly consolidated: boolean;
}

/** One agent from its first call to its end. */
export class Agent {
  readonly id: string;
  /** That of its read stream; where connections are shared, its other calls may come on others. */
  connection: ServerConnection;
  /** Replaced when tokens are read again. */
  identity: AgentIdentity | undefined;
  readonly connectedMs: number;
  /** The paths that it serves. */
  readonly paths = new Set<string>();
  facts: AgentFacts = { name: '', host: '', launchId: '', consolidated: false };
  lastActiveMs: number;
  readonly #ended = new CancellationSource();
  #end: AgentEnd | undefined;
  readonly #queue = new Map<bigint, ScrapeRequest>();
  #readers: readonly MessageWriter<ScrapeRequest>[] = [];

  constructor(options: {
    readonly id: string;
    readonly connection: ServerConnection;
    readonly identity: AgentIdentity | undefined;
    readonly nowMs: number;
  }) {
    this.id = options.id;
    this.connection = options.connection;
    this.identity = options.identity;
    this.connectedMs = options.nowMs;
    this.lastActiveMs = options.nowMs;
  }

  /** Aborts when the agent is no longer served. */
  get signal(): CancellationSignal {
    return this.#ended;
  }

  get end(): AgentEnd | undefined {
    return this.#end;
  }

  /** Requests that wait for a stream with room. */
  get queued(): number {
    return this.#queue.size;
  }

  /** Whether it reads requests at all. */
  get isReading(): boolean {
    return this.#readers.length > 0;
  }

  /** Of effect once; the registry does the rest. */
  finish(end: AgentEnd): void {
    this.#end ??= end;
    this.#queue.clear();
    this.#readers = [];
    this.#ended.abort(new ZxpError('closed', `the agent is ${end}`));
  }

  /** Requests go to streams in turn; those that wait go at once. */
  addReader(reader: MessageWriter<ScrapeRequest>): void {
    this.#readers = [...this.#readers, reader];
    this.#pump();
  }

  removeReader(reader: MessageWriter<ScrapeRequest>): void {
    this.#readers = this.#readers.filter((other) => other !== reader);
  }

  /** Sends a request as soon as the agent takes one. */
  request(request: ScrapeRequest): void {
    this.#queue.set(request.scrapeId, request);
    this.#pump();
  }

  /** Takes a request back where it has not been sent. */
  cancel(scrapeId: bigint): void {
    this.#queue.delete(scrapeId);
  }

  #pump(): void {
    for (const [id, request] of this.#queue) {
      const reader = this.#readers.find(({ isFull }) => !isFull);
      if (reader === undefined) return;
      this.#readers = [...this.#readers.filter((other) => other !== reader), reader];
      this.#queue.delete(id);
      void reader.send(request).then(() => this.#pump());
    }
  }
}
