import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import type { DroppedResponse } from '../../model/proxy.js';
import { toSeconds } from '../../model/seconds.js';
import { ChunkAssembler } from '../protocol/chunks.js';
import type { ChunkData, ChunkPart, ResponseHead, ScrapeContent, ScrapeResponse } from '../protocol/messages.js';
import type { Agent } from './agent.js';

/** What goes to an agent for one scrape. */
export interface AgentScrape {
  readonly path: string;
  readonly accept: string;
  /** As `encodeQuery` gives it. */
  readonly query: string;
  /** Empty, or the caller's. */
  readonly authorization: string;
}

/** What came back: a response, or why there is none. */
export type AgentReply =
  | { readonly head: ResponseHead; readonly content: ScrapeContent | undefined }
  | { readonly failure: ScrapeFailure };

export type ScrapeFailure =
  | 'agent_disconnected'
  | 'proxy_stopped'
  | 'invalid_response'
  | 'invalid_chunks'
  | 'payload_too_large'
  | 'busy';

/** One stream on which responses come, and the agents that it may answer for. */
export interface ResponseSender {
  readonly stream: object;
  readonly speaksFor: (agent: Agent) => boolean;
}

export interface ScrapeBrokerOptions {
  /** Of one response in chunks. */
  readonly maxCompressedBytes: number;
  /** Of all responses in chunks that are under way. */
  readonly maxBufferedBytes: number;
  readonly debugEnabled?: boolean;
  readonly onDropped: (why: DroppedResponse) => void;
}

interface PendingScrape {
  readonly id: bigint;
  readonly agent: Agent;
  readonly settle: (reply: AgentReply) => void;
  /** A response in chunks that has begun, and the stream that it comes on. */
  chunks: { readonly assembler: ChunkAssembler; readonly stream: object } | undefined;
}

/**
 * Brings scrapes to agents and their responses back. A response counts only where it comes from the agent that was asked;
 * the first one does. Nothing of a scrape is kept once it has ended.
 */
export class ScrapeBroker {
  readonly #options: ScrapeBrokerOptions;
  readonly #pending = new Map<bigint, PendingScrape>();
  #bufferedBytes = 0;
  /** The first scrape of a process is number 0. */
  #nextId = 0n;

  constructor(options: ScrapeBrokerOptions) {
    this.#options = options;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Bytes of responses in chunks that have not ended. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Scrapes one agent. Rejects with the reason of the signal; what the agent answers after that is dropped. */
  scrape(agent: Agent, scrape: AgentScrape, signal: CancellationSignal): Promise<AgentReply> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#forget(id);
        agent.cancel(id);
        signal.removeEventListener('abort', abort);
        agent.signal.removeEventListener('abort', disconnect);
      };
      const settle = (reply: AgentReply) => {
        leave();
        resolve(reply);
      };
      const abort = () => {
        leave();
        reject(signal.reason);
      };
      const disconnect = () => settle({ failure: agent.end === 'stopping' ? 'proxy_stopped' : 'agent_disconnected' });
      if (signal.aborted) return reject(signal.reason);
      if (agent.signal.aborted) return disconnect();
      signal.addEventListener('abort', abort, { once: true });
      agent.signal.addEventListener('abort', disconnect, { once: true });
      this.#pending.set(id, { id, agent, settle, chunks: undefined });
      agent.request({
        agentId: agent.id,
        scrapeId: id,
        path: scrape.path,
        accept: scrape.accept,
        debugEnabled: this.#options.debugEnabled ?? false,
        encodedQueryParams: scrape.query,
        authHeader: scrape.authorization,
      });
    });
  }

  /** Takes a response in one message. */
  receive(sender: ResponseSender, { content, ...head }: ScrapeResponse): void {
    this.#find(sender, head)?.settle({ head, content });
  }

  /** Takes one message of a response in chunks; all of them have to come on one stream. */
  receivePart(sender: ResponseSender, part: ChunkPart): void {
    switch (part.kind) {
      case 'header': {
        const pending = this.#find(sender, part.header);
        if (pending === undefined) return;
        this.#release(pending);
        const assembler = new ChunkAssembler(part.header, this.#options.maxCompressedBytes);
        pending.chunks = { assembler, stream: sender.stream };
        return;
      }
      case 'chunk': {
        const pending = this.#findBegun(sender, part.chunk.scrapeId);
        if (pending !== undefined) this.#add(pending, part.chunk);
        return;
      }
      case 'summary': {
        const pending = this.#findBegun(sender, part.summary.scrapeId);
        if (pending === undefined) return;
        const { assembler } = pending.chunks;
        const whole = assembler.finish(part.summary);
        if ('fault' in whole) pending.settle({ failure: 'invalid_chunks' });
        else pending.settle({ head: assembler.head, content: { form: 'gzip', bytes: whole.bytes } });
      }
    }
  }

  /** A stream has ended: responses that were under way on it come to nothing. */
  endStream(stream: object): void {
    for (const pending of this.#pending.values()) {
      if (pending.chunks?.stream === stream) pending.settle({ failure: 'agent_disconnected' });
    }
  }

  #add(pending: BegunScrape, chunk: ChunkData): void {
    const { assembler } = pending.chunks;
    const before = assembler.size;
    const fault = assembler.add(chunk);
    this.#bufferedBytes += assembler.size - before;
    if (fault === 'too_large') pending.settle({ failure: 'payload_too_large' });
    else if (fault !== undefined) pending.settle({ failure: 'invalid_chunks' });
    else if (this.#bufferedBytes > this.#options.maxBufferedBytes) pending.settle({ failure: 'busy' });
  }

  /** The scrape that a response is for, where its sender may give it. */
  #find(sender: ResponseSender, { scrapeId, agentId }: ResponseHead): PendingScrape | undefined {
    const pending = this.#findOwn(sender, scrapeId);
    if (pending === undefined || agentId === pending.agent.id) return pending;
    pending.settle({ failure: 'invalid_response' });
    return this.#drop('foreign_agent_id');
  }

  #findBegun(sender: ResponseSender, scrapeId: bigint): BegunScrape | undefined {
    const pending = this.#findOwn(sender, scrapeId);
    if (pending === undefined) return undefined;
    return hasBegun(pending) && pending.chunks.stream === sender.stream ? pending : this.#drop('no_header');
  }

  #findOwn(sender: ResponseSender, scrapeId: bigint): PendingScrape | undefined {
    const pending = this.#pending.get(scrapeId);
    if (pending === undefined) return this.#drop('unknown_scrape');
    return sender.speaksFor(pending.agent) ? pending : this.#drop('foreign_scrape');
  }

  #drop(why: DroppedResponse): undefined {
    this.#options.onDropped(why);
  }

  #release(pending: PendingScrape): void {
    this.#bufferedBytes -= pending.chunks?.assembler.size ?? 0;
    pending.chunks = undefined;
  }

  #forget(id: bigint): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    this.#release(pending);
  }
}

type BegunScrape = PendingScrape & { readonly chunks: NonNullable<PendingScrape['chunks']> };

function hasBegun(pending: PendingScrape): pending is BegunScrape {
  return pending.chunks !== undefined;
}

/** Why a scrape ended whose time was over. */
export function scrapeTimedOut(timeoutMs: number): ZxpError {
  return new ZxpError('timeout', `the agent did not answer within ${toSeconds(timeoutMs)} s`);
}
