import { CancellationSource } from '../../async/cancellation.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import type { MonotonicClock } from '../../model/ports.js';
import type { RpcConnection, RpcReplyWithMetadata } from '../protocol/client.js';
import type { AgentInfo, ChunkPart, ScrapeRequest } from '../protocol/messages.js';
import { AGENT_ID_KEY, proxyService } from '../protocol/methods.js';
import { startHeartbeats } from './heartbeats.js';
import { PathRegistrar } from './path-registrar.js';
import type { ScrapeReply } from './scrape-reply.js';
import type { ServedPath } from './target.js';

/** How an agent introduces itself to a proxy. */
export interface AgentIntroduction {
  /** Random for each process. */
  readonly launchId: string;
  readonly agentName: string;
  readonly hostName: string;
  readonly consolidated: boolean;
  /** `host:port` of every proxy, and which of them this one is. */
  readonly endpoints: readonly string[];
  readonly endpointIndex: number;
}

export interface SessionOptions {
  readonly introduction: AgentIntroduction;
  readonly transportFilterDisabled: boolean;
  readonly callTimeoutMs: number | undefined;
  readonly heartbeatAfterMs: number | undefined;
  readonly heartbeatTimeoutMs: number;
  readonly now: MonotonicClock;
  /** Brings the token up to date. Never rejects. */
  readonly beforeCall: () => Promise<void>;
  /** The paths as they are now. */
  readonly paths: () => ReadonlyMap<string, ServedPath>;
  /** Responds to one scrape, also where the agent is stopping. Never rejects. */
  readonly answer: (request: ScrapeRequest, context: ScrapeContext) => Promise<PendingReply>;
  /** Waits for a place among the scrapes of the whole agent, and gives what frees it. */
  readonly enter: () => Promise<() => void>;
  /** How long scrapes under way may go on after the proxy has ended the session. */
  readonly lingerMs: number;
  readonly onPathRefused: (path: string, reason: string) => void;
  /** How many paths this proxy does not take. */
  readonly onRefusedCount: (count: number) => void;
}

export interface ScrapeContext {
  /** Aborts when the response cannot be delivered any more. */
  readonly signal: CancellationSignal;
  readonly isStopping: boolean;
}

/** A response that is to be sent. */
export interface PendingReply {
  readonly reply: ScrapeReply;
  /** Told whether it went out. */
  readonly sent: (isDelivered: boolean) => void;
}

/** Why a session is over. */
export interface SessionEnd {
  readonly reason: 'read_stream' | 'write_stream' | 'connection' | 'heartbeat' | 'evicted' | 'stopped';
  readonly message: string;
  /** Scrapes that the agent was told to wait for, and that got no response in time. */
  readonly abortedScrapes?: number;
}

/** One connection to one proxy on which paths are served. */
export interface AgentSession {
  readonly agentId: string;
  /** Resolves when the proxy sends no more requests. */
  readonly ended: Promise<SessionEnd>;
  /** Resolves when everything of it is closed, which is later where scrapes under way can still be answered. */
  readonly closed: Promise<void>;
  /** Registers and unregisters what differs from the paths as they are now. Never rejects. */
  update(): Promise<void>;
  /** Lets scrapes under way end, for at most so long, and closes the session. */
  drain(timeoutMs: number): Promise<void>;
}

/** How long the proxy may take to end its side of the streams. */
const GOODBYE_MS = 500;

/**
 * Introduces an agent on a connection and serves its paths until either side ends it. Throws what the introduction failed
 * with, and then the connection is destroyed; a path that the proxy refuses is no failure.
 */
export async function openSession(rpc: RpcConnection, options: SessionOptions): Promise<AgentSession> {
  try {
    const agentId = await introduce(rpc, options);
    const session = new Session(rpc, options, agentId);
    await session.open();
    return session;
  } catch (thrown) {
    rpc.destroy();
    throw thrown;
  }
}

/** Connects and registers the agent; gives the id that the proxy knows it by. */
async function introduce(rpc: RpcConnection, options: SessionOptions): Promise<string> {
  const { introduction, callTimeoutMs: timeoutMs, transportFilterDisabled } = options;
  const agentId = transportFilterDisabled ? await connectWithoutFilter(rpc, timeoutMs) : await connect(rpc, timeoutMs);
  const { launchId, agentName, hostName, consolidated, endpoints, endpointIndex } = introduction;
  const registered = await rpc.unary(
    proxyService.registerAgent,
    {
      agentId,
      launchId,
      agentName,
      hostName,
      consolidated,
      proxyEndpoints: [...endpoints],
      currentEndpointIndex: endpointIndex,
    },
    { timeoutMs },
  );
  const { valid, reason } = requireOk(registered, 'registerAgent');
  if (!valid) throw new ZxpError('refused', `the proxy refused the agent: ${toLogText(reason)}`);
  return agentId;
}

async function connect(rpc: RpcConnection, timeoutMs: number | undefined): Promise<string> {
  const reply = await rpc.unary(proxyService.connectAgent, {}, { timeoutMs });
  requireOk(reply, 'connectAgent');
  const id = reply.metadata?.[AGENT_ID_KEY];
  if (typeof id === 'string' && id !== '') return id;
  throw new ZxpError('protocol', 'the proxy sent no agent-id', { hint: FILTER_HINT });
}

async function connectWithoutFilter(rpc: RpcConnection, timeoutMs: number | undefined): Promise<string> {
  const reply = await rpc.unary(proxyService.connectAgentWithTransportFilterDisabled, {}, { timeoutMs });
  const { agentId } = requireOk<AgentInfo>(reply, 'connectAgentWithTransportFilterDisabled');
  if (agentId !== '') return agentId;
  throw new ZxpError('protocol', 'the proxy sent no agent id', { hint: FILTER_HINT });
}

const FILTER_HINT = 'set transport_filter_disabled on both sides or on neither';

/** The message of a reply. Throws what its status means. */
function requireOk<Message>(reply: RpcReplyWithMetadata<Message>, method: string): Message {
  if (reply.ok) return reply.message;
  const { code, message } = reply.status;
  const text = `${method}: ${message === '' ? code : toLogText(message)}`;
  switch (code) {
    case 'unauthenticated':
      throw new ZxpError('unauthorized', text, { hint: 'see that token_file has the token that the proxy knows' });
    case 'permissionDenied':
      throw new ZxpError('forbidden', text);
    case 'failedPrecondition':
    case 'unimplemented':
      throw new ZxpError('protocol', text, { hint: FILTER_HINT });
    case 'deadlineExceeded':
      throw new ZxpError('timeout', text);
    default:
      throw new ZxpError('closed', text);
  }
}

/** Text of a proxy, as one line of a log. */
function toLogText(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 300);
}

class Session implements AgentSession {
  readonly agentId: string;
  readonly ended: Promise<SessionEnd>;
  readonly closed: Promise<void>;
  readonly #rpc: RpcConnection;
  readonly #options: SessionOptions;
  readonly #registrar: PathRegistrar;
  /** Aborts when no response can be delivered any more. */
  readonly #cut = new CancellationSource();
  readonly #underWay = new Set<Promise<void>>();
  #streams: Streams | undefined;
  #heartbeats: ReturnType<typeof startHeartbeats> | undefined;
  /** The chunks of one response follow one another. */
  #lastChunks: Promise<unknown> = Promise.resolve();
  #resolveEnd: ((end: SessionEnd) => void) | undefined;
  #isStopping = false;
  #lastSentMs: number;

  constructor(rpc: RpcConnection, options: SessionOptions, agentId: string) {
    this.#rpc = rpc;
    this.#options = options;
    this.agentId = agentId;
    this.#lastSentMs = options.now();
    this.#registrar = new PathRegistrar({
      rpc,
      agentId,
      timeoutMs: options.callTimeoutMs,
      paths: options.paths,
      onSent: () => this.#touch(),
      onRefused: options.onPathRefused,
      onRefusedCount: options.onRefusedCount,
    });
    this.ended = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
    this.closed = this.ended.then((end) => this.#close(end));
  }

  /** Registers the paths and opens the streams. */
  async open(): Promise<void> {
    await this.#registrar.registerStatic();
    const streams = openStreams(this.#rpc, this.agentId);
    this.#streams = streams;
    void this.#serve(streams.read.messages);
    void streams.read.status.then(({ code, message }) => {
      if (code === 'ok') this.#end('read_stream', 'the proxy ended it');
      else if (code === 'unavailable') this.#end('connection', 'the connection was lost');
      else this.#end('read_stream', `${code} ${toLogText(message)}`.trim());
    });
    void streams.single.reply.then(() => this.#end('write_stream', 'the proxy ended the stream of responses'));
    void streams.chunked.reply.then(() => this.#end('write_stream', 'the proxy ended the stream of chunks'));
    void whenAborted(this.#rpc.signal).then(() => this.#end('connection', 'the proxy closed the connection'));
    this.#heartbeats = this.#startHeartbeats();
    void this.#registrar.update();
  }

  async update(): Promise<void> {
    await this.#options.beforeCall();
    await this.#registrar.update();
  }

  async drain(timeoutMs: number): Promise<void> {
    this.#isStopping = true;
    await within(Promise.race([this.#untilQuiet(), this.ended]), timeoutMs);
    this.#end('stopped', 'the agent stopped', this.#underWay.size);
    await this.closed;
  }

  #end(reason: SessionEnd['reason'], message: string, abortedScrapes = 0): void {
    this.#resolveEnd?.({ reason, message, ...(abortedScrapes === 0 ? {} : { abortedScrapes }) });
  }

  async #untilQuiet(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Reads no further request while there is no place for one, so that the proxy has to wait. */
  async #serve(requests: AsyncIterable<ScrapeRequest>): Promise<void> {
    for await (const request of requests) {
      const leave = await this.#options.enter();
      const work = this.#answer(request).finally(() => {
        leave();
        this.#underWay.delete(work);
      });
      this.#underWay.add(work);
    }
  }

  async #answer(request: ScrapeRequest): Promise<void> {
    const context = { signal: this.#cut, isStopping: this.#isStopping };
    const { reply, sent } = await this.#options.answer(request, context);
    this.#touch();
    sent(await this.#send(reply));
  }

  async #send(reply: ScrapeReply): Promise<boolean> {
    if (this.#cut.aborted) return false;
    if (reply.kind === 'single') return (await this.#streams?.single.send(reply.message)) ?? false;
    const sending = this.#lastChunks.then(() => this.#sendChunks(reply.parts));
    this.#lastChunks = sending;
    return sending;
  }

  async #sendChunks(parts: Iterable<ChunkPart>): Promise<boolean> {
    for (const part of parts) {
      const isSent = (await this.#streams?.chunked.send({ part })) ?? false;
      if (!isSent) return false;
      this.#touch();
    }
    return true;
  }

  #touch(): void {
    this.#lastSentMs = this.#options.now();
  }

  #startHeartbeats() {
    const { heartbeatAfterMs, now } = this.#options;
    if (heartbeatAfterMs === undefined) return undefined;
    return startHeartbeats({
      afterMs: heartbeatAfterMs,
      now,
      lastSentMs: () => this.#lastSentMs,
      send: async () => {
        const { agentId } = this;
        const options = { timeoutMs: this.#options.heartbeatTimeoutMs };
        await this.#options.beforeCall();
        const reply = await this.#rpc.unary(proxyService.sendHeartBeat, { agentId }, options);
        if (!reply.ok) return 'failed';
        this.#touch();
        return reply.message.valid ? 'alive' : 'unknown';
      },
      onUnknown: () => this.#end('evicted', 'the proxy does not know this agent any more'),
      onDead: () => this.#end('heartbeat', 'three heartbeats in a row failed'),
    });
  }

  /** A proxy that ended in order may still be waiting for responses to what it requested before. */
  async #close({ reason }: SessionEnd): Promise<void> {
    this.#heartbeats?.stop();
    this.#registrar.stop();
    const isOrderly = reason === 'read_stream' || reason === 'connection';
    if (isOrderly) await within(Promise.race([this.#untilQuiet(), this.#untilLost()]), this.#options.lingerMs);
    this.#cut.abort(new ZxpError('cancelled', 'the connection to the proxy has ended'));
    this.#streams?.single.end();
    this.#streams?.chunked.end();
    await within(Promise.all([this.#streams?.single.reply, this.#streams?.chunked.reply]), GOODBYE_MS);
    this.#streams?.read.cancel();
    this.#rpc.close();
    await within(this.#streams?.read.status ?? Promise.resolve(), GOODBYE_MS);
    this.#rpc.destroy();
  }

  /** Resolves when no response can be sent any more. */
  async #untilLost(): Promise<void> {
    await Promise.race([this.#streams?.single.reply, this.#streams?.chunked.reply]);
  }
}

type Streams = ReturnType<typeof openStreams>;

function openStreams(rpc: RpcConnection, agentId: string) {
  return {
    read: rpc.serverStream(proxyService.readRequestsFromProxy, { agentId }),
    single: rpc.clientStream(proxyService.writeResponsesToProxy),
    chunked: rpc.clientStream(proxyService.writeChunkedResponsesToProxy),
  };
}

/** Resolves with the work, or after so long without it. */
async function within(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}

function whenAborted(signal: CancellationSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
    if (signal.aborted) resolve();
  });
}
