import { randomBytes } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { splitIntoChunks } from '../../../src/tunnel/protocol/chunks.js';
import type { RpcReplyWithMetadata } from '../../../src/tunnel/protocol/client.js';
import type { Codec } from '../../../src/tunnel/protocol/codec.js';
import {
  type ChunkPart,
  chunkedScrapeResponse,
  type ScrapeRequest,
  scrapeResponse,
} from '../../../src/tunnel/protocol/messages.js';
import { AGENT_ID_KEY, proxyService } from '../../../src/tunnel/protocol/methods.js';
import { statusCodes } from '../../../src/tunnel/protocol/status.js';
import { type Fields, toFields } from './session.js';
import { dialProxy } from './wire-agent.js';

type AnyMethod = typeof proxyService.registerPath;
type Dialed = Awaited<ReturnType<typeof dialProxy>>;
const methods = proxyService as unknown as Readonly<Record<string, AnyMethod>>;

export interface ReplayedAgentOptions {
  readonly port: number;
  readonly token?: string;
  readonly tls?: ConnectionOptions;
  readonly name: string;
  readonly consolidated: boolean;
  /** What the recording calls this agent. */
  readonly recordedId: string;
  readonly renamed: Renamed;
}

/** What agents and scrapes of a recording are called now. */
export interface Renamed {
  readonly agents: Map<string, string>;
  readonly scrapes: Map<bigint, bigint>;
}

/** The agent's side of one recorded connection: it sends what was recorded, and keeps what comes for comparison. */
export class ReplayedAgent {
  readonly #dialed: Dialed;
  readonly #options: ReplayedAgentOptions;
  readonly #calls = new Map<string, Promise<RpcReplyWithMetadata<unknown>>[]>();
  readonly #requests: ScrapeRequest[] = [];
  readonly #waiting: ((request: ScrapeRequest) => void)[] = [];
  readonly #readers: ReturnType<Dialed['connection']['serverStream']>[] = [];
  #single: ReturnType<Dialed['connection']['clientStream']> | undefined;
  #chunked: ReturnType<Dialed['connection']['clientStream']> | undefined;
  #id: string | undefined;
  #isRegistered = false;

  private constructor(dialed: Dialed, options: ReplayedAgentOptions) {
    this.#dialed = dialed;
    this.#options = options;
  }

  static async connect(options: ReplayedAgentOptions): Promise<ReplayedAgent> {
    return new ReplayedAgent(await dialProxy(options), options);
  }

  get id(): string {
    return this.#id ?? '';
  }

  /** The calls that most recordings leave out. */
  async introduce(): Promise<void> {
    const { name, consolidated } = this.#options;
    if (this.#id === undefined) {
      const connected = await this.#dialed.connection.unary(proxyService.connectAgent, {}, {});
      expect(connected.ok).toBe(true);
      this.#takeId(connected);
    }
    if (this.#isRegistered) return;
    const message = { agentId: this.id, agentName: name, hostName: 'agent-host', launchId: 'l', consolidated };
    const request = proxyService.registerAgent.request.create(message);
    const registered = await this.#dialed.connection.unary(proxyService.registerAgent, request, {});
    expect(registered).toMatchObject({ ok: true, message: { valid: true, agentId: this.id } });
    this.#isRegistered = true;
  }

  /** Sends the message of a unary call. */
  call(rpc: string, message: Fields, hex?: string): void {
    if (rpc === 'registerAgent') this.#isRegistered = true;
    const method = methods[rpc]!;
    const request =
      hex === undefined
        ? method.request.create(toFields(message) as never)
        : method.request.decode(Buffer.from(hex, 'hex'));
    const queue = this.#calls.get(rpc) ?? [];
    this.#calls.set(rpc, [...queue, this.#dialed.connection.unary(method, this.#translate(request), {})]);
  }

  /** Our proxy's answer to the first call of a method that was not looked at yet. */
  async answer(rpc: string): Promise<RpcReplyWithMetadata<Fields>> {
    const [first, ...rest] = this.#calls.get(rpc) ?? [];
    if (first === undefined) throw new Error(`${rpc} was not called`);
    this.#calls.set(rpc, rest);
    const reply = (await first) as RpcReplyWithMetadata<Fields>;
    if (rpc.startsWith('connectAgent') && reply.ok) this.#takeId(reply);
    return reply;
  }

  read(agentId: string): void {
    const { connection } = this.#dialed;
    const reader = connection.serverStream(proxyService.readRequestsFromProxy, { agentId: this.#toId(agentId) });
    this.#readers.push(reader as never);
    this.#single ??= this.#dialed.connection.clientStream(proxyService.writeResponsesToProxy) as never;
    this.#chunked ??= this.#dialed.connection.clientStream(proxyService.writeChunkedResponsesToProxy) as never;
    void (async () => {
      for await (const request of reader.messages) {
        const taken = this.#waiting.shift();
        if (taken === undefined) this.#requests.push(request);
        else taken(request);
      }
    })();
  }

  async nextRequest(recordedScrapeId: bigint): Promise<ScrapeRequest> {
    const request =
      this.#requests.shift() ?? (await new Promise<ScrapeRequest>((resolve) => this.#waiting.push(resolve)));
    this.#options.renamed.scrapes.set(recordedScrapeId, request.scrapeId);
    return request;
  }

  /** Writes a recorded response, or one like it where the recording has not all of its bytes. */
  async write(rpc: string, message: Fields, hex: string | undefined, length = 0): Promise<void> {
    if (rpc === 'writeResponsesToProxy') {
      const bytes =
        hex === undefined ? makeResponse(message, 'x'.repeat(length)) : scrapeResponse.decode(Buffer.from(hex, 'hex'));
      const response = { ...bytes, agentId: this.#toId(bytes.agentId), scrapeId: this.#toScrapeId(bytes.scrapeId) };
      await this.#single?.send(response);
    } else if (hex !== undefined) {
      const { part } = chunkedScrapeResponse.decode(Buffer.from(hex, 'hex'));
      await this.#chunked?.send({ part: part === undefined ? undefined : this.#renumber(part) });
    }
  }

  /** Chunks of a body of this length, where the recording has no bytes of it. */
  async writeChunks(header: Fields, length: number): Promise<void> {
    const fields = Object.fromEntries(
      Object.entries(header).map(([key, value]) => [key.replace('header_', ''), value]),
    );
    const head = makeResponse(fields, '');
    const scrapeId = this.#toScrapeId(head.scrapeId);
    const gzip = gzipSync(
      randomBytes(length)
        .toString('latin1')
        .slice(0, length)
        .replace(/[^ -~]/g, 'x'),
      { level: 1 },
    );
    const parts = splitIntoChunks({ ...head, agentId: this.#toId(head.agentId), scrapeId }, gzip, 1024);
    for (const part of parts) await this.#chunked?.send({ part });
  }

  /** The code of gRPC that a call, or the oldest stream of requests, ended with. */
  async status(rpc: string): Promise<number> {
    if (rpc === 'readRequestsFromProxy') {
      const ended = await Promise.race(this.#readers.map(({ status }) => status));
      return statusCodes[ended.code];
    }
    const stream = this.#streamOf(rpc);
    const reply = stream === undefined ? await this.answer(rpc) : await stream.reply;
    return reply.ok ? 0 : statusCodes[reply.status.code];
  }

  isStream(rpc: string): boolean {
    return rpc === 'readRequestsFromProxy' || this.#isWriteStream(rpc);
  }

  end(rpc: string): void {
    this.#streamOf(rpc)?.end();
  }

  reset(rpc: string): void {
    if (rpc === 'readRequestsFromProxy') this.#readers.shift()?.cancel();
    else this.#streamOf(rpc)?.cancel();
  }

  goAway(): void {
    this.#dialed.connection.close();
  }

  close(): void {
    this.#dialed.connection.destroy();
    this.#dialed.socket.destroy();
  }

  #isWriteStream(rpc: string): boolean {
    return rpc === 'writeResponsesToProxy' || rpc === 'writeChunkedResponsesToProxy';
  }

  #streamOf(rpc: string) {
    if (!this.#isWriteStream(rpc)) return undefined;
    return rpc === 'writeResponsesToProxy' ? this.#single : this.#chunked;
  }

  #takeId({ metadata, ...reply }: RpcReplyWithMetadata<unknown>): void {
    const inBody = reply.ok ? (reply.message as { agentId?: string }).agentId : undefined;
    const id = inBody ?? metadata?.[AGENT_ID_KEY];
    if (typeof id !== 'string' || id === '') throw new Error('the proxy sent no agent id');
    this.#id = id;
    this.#options.renamed.agents.set(this.#options.recordedId, id);
  }

  #translate<T>(request: T): T {
    const named = request as { agentId?: string };
    return named.agentId === undefined ? request : { ...request, agentId: this.#toId(named.agentId) };
  }

  #toId(recorded: string): string {
    return this.#options.renamed.agents.get(recorded) ?? recorded;
  }

  #toScrapeId(recorded: bigint): bigint {
    return this.#options.renamed.scrapes.get(recorded) ?? recorded;
  }

  #renumber(part: ChunkPart): ChunkPart {
    const renumber = <T extends { scrapeId: bigint }>(each: T): T => ({
      ...each,
      scrapeId: this.#toScrapeId(each.scrapeId),
    });
    if (part.kind === 'header') {
      return { ...part, header: { ...renumber(part.header), agentId: this.#toId(part.header.agentId) } };
    }
    return part.kind === 'chunk'
      ? { ...part, chunk: renumber(part.chunk) }
      : { ...part, summary: renumber(part.summary) };
  }
}

/** A response whose gzip the recording has, or only the length of its text. */
function makeResponse({ content_as_zipped: zipped, content_as_text: _text, ...message }: Fields, text: string) {
  const bytes = typeof zipped === 'string' ? Buffer.from(zipped, 'hex') : gzipSync(text);
  const codec: Codec<ReturnType<typeof scrapeResponse.create>> = scrapeResponse;
  return codec.create({ ...(toFields(message) as object), content: { form: 'gzip', bytes } });
}
