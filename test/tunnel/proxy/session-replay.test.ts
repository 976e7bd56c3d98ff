import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/model/secret.js';
import type { ProxySpec } from '../../../src/model/tunnel.js';
import { ask, type Reply } from '../../support/ask.js';
import { makeAuthority } from '../../support/certificate-authority.js';
import { forThisTest } from '../../support/for-this-test.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { type ProxyUnderTest, startProxyUnderTest } from '../../support/tunnel/proxy-under-test.js';
import { listRecordings, type RecordedEvent, readRecording } from '../../support/tunnel/recordings.js';
import { ReplayedAgent } from '../../support/tunnel/replayed-agent.js';
import {
  type Fields,
  findToken,
  listLiveConnections,
  type RecordedReply,
  readSession,
  type SessionEvent,
} from '../../support/tunnel/session.js';

/*
 * Our proxy in the place of the recorded one: every connection, call and response of the recorded agents is made again in
 * the recorded order, every scrape is made again, and what comes back is held to the recording. Not compared: times, ids of
 * agents and scrapes, words of reasons.
 */

/** Where zxp's proxy differs on purpose: the status, or the body, and why. */
interface Deviation {
  readonly status?: number;
  /** Undefined leaves the body alone. */
  readonly body?: string;
  readonly because: string;
}

const MERGED = '# TYPE a gauge\na{agent="1"} 1\na{agent="2"} 1\n# EOF\n';

const deviations: Readonly<Record<string, Deviation>> = {
  '05 /': { status: 200, because: 'the page of the proxy is there' },
  '10 /app': { body: MERGED, because: 'a family is declared once' },
  '10 /ct': { body: '# TYPE up gauge\nup 1\n# TYPE a gauge\na{agent="2"} 1\n', because: 'no # EOF in the text format' },
  '20 another agent answers this agent’s scrape': {
    status: 503,
    because: 'a response counts only from the agent asked',
  },
  '20 agent ids that are not the connection’s /slash': { status: 503, because: 'a leading slash is no part of a path' },
};

interface ReplayOptions {
  readonly name: string;
  readonly spec?: Partial<ProxySpec>;
  readonly tls?: { readonly ca: string };
  /** Paths of an agent that was there before the recording begins. */
  readonly before?: readonly string[];
}

class Replay {
  readonly #events: readonly SessionEvent[];
  readonly #options: ReplayOptions;
  readonly #agents = new Map<number, ReplayedAgent>();
  readonly #live: ReadonlySet<number>;
  readonly #renamed = { agents: new Map<string, string>(), scrapes: new Map<bigint, bigint>() };
  /** For each scrape of the scraper: the requests that it led to. */
  readonly #claims: ReadonlyMap<SessionEvent, readonly SessionEvent[]>;
  readonly #underWay = new Map<
    SessionEvent,
    { readonly reply: Promise<Reply | Error>; readonly abort: AbortController }
  >();
  #proxy: ProxyUnderTest | undefined;
  #closing: Promise<void> | undefined;
  compared = 0;

  constructor(events: readonly RecordedEvent[], options: ReplayOptions) {
    this.#events = readSession(events);
    this.#options = options;
    this.#live = listLiveConnections(this.#events);
    this.#claims = claimRequests(this.#events);
  }

  async run(): Promise<void> {
    await this.#startProxy();
    forThisTest({ close: () => this.#close() });
    if (this.#options.before !== undefined) await this.#openBefore(this.#options.before);
    for (const [index, event] of this.#events.entries()) {
      await this.#startScrapes(event, index);
      await this.#step(event);
    }
    for (const agent of this.#agents.values()) agent.close();
    await expect
      .poll(() => this.#proxy?.proxy.load)
      .toMatchObject({ agents: 0, connections: 0, streams: 0, pendingScrapes: 0, queuedRequests: 0, bufferedBytes: 0 });
  }

  async #startProxy(): Promise<void> {
    this.#proxy = await startProxyUnderTest(this.#options.spec);
  }

  async #close(): Promise<void> {
    for (const agent of this.#agents.values()) agent.close();
    await this.#closing;
    await this.#proxy?.close();
  }

  /** Scrapes that lead to a request begin when the recorded proxy sends it; those that hang begin before what ends them. */
  async #startScrapes(event: SessionEvent, index: number): Promise<void> {
    for (const [http, requests] of this.#claims) {
      if (!this.#underWay.has(http) && requests[0] === event) this.#startScrape(http, requests[0]);
    }
    if (event.kind !== 'goaway' || event.from !== 'agent') return;
    const next = this.#events.slice(index + 1).find(({ kind }) => kind === 'http' || kind === 'connect');
    if (next?.kind !== 'http' || this.#claims.has(next) || (next.reply.status ?? 0) !== 502) return;
    this.#startScrape(next, undefined);
    await expect.poll(() => this.#proxy?.proxy.load.pendingScrapes).toBeGreaterThan(0);
  }

  #startScrape(http: SessionEvent, request: SessionEvent | undefined): void {
    if (http.kind !== 'http') return;
    const { accept, authHeader } = (request?.kind === 'message' ? request.msg : {}) as Fields;
    const isAnswered = this.#events
      .slice(0, this.#events.indexOf(http))
      .some((each) => each.kind === 'message' && each.from === 'agent' && isResponseTo(each, request));
    const willHang = (http.reply.status === 503 && !isAnswered) || this.#deviation(http)?.status === 503;
    const abort = new AbortController();
    const reply = ask(`${this.#proxy?.url}${http.url}`, {
      signal: abort.signal,
      headers: {
        ...(authHeader === undefined ? {} : { authorization: String(authHeader) }),
        ...(accept === undefined ? {} : { accept: String(accept) }),
        ...(http.reply.decoded_len === undefined ? {} : { 'accept-encoding': 'gzip' }),
        // A second, less the offset.
        ...(willHang ? { 'x-prometheus-scrape-timeout-seconds': '1' } : {}),
      },
    }).catch((thrown: Error) => thrown);
    this.#underWay.set(http, { reply, abort });
  }

  #deviation(http: SessionEvent & { readonly kind: 'http' }): Deviation | undefined {
    const { name } = this.#options;
    const isOfOneAgent = this.#claims.get(http)?.length === 1;
    return name === '10' && isOfOneAgent ? undefined : (deviations[`${name} ${http.url}`] ?? deviations[name]);
  }

  async #step(event: SessionEvent): Promise<void> {
    switch (event.kind) {
      case 'note':
        return this.#act(event.text);
      case 'connect':
        if (this.#live.has(event.conn) && !this.#agents.has(event.conn)) await this.#connect(event.conn);
        return undefined;
      case 'message':
        return event.from === 'agent' ? this.#send(event) : this.#compare(event);
      case 'status': {
        const agent = this.#agents.get(event.conn);
        if (agent === undefined) return undefined;
        // A unary call that succeeds was compared with its message.
        if (event.code === 0 && !agent.isStream(event.rpc)) return undefined;
        if (this.#options.name.startsWith('20 agent ids') && event.code === 2)
          return expect((await agent.answer(event.rpc)).ok).toBe(true) as undefined;
        this.compared++;
        return expect(await agent.status(event.rpc), event.rpc).toBe(event.code) as undefined;
      }
      case 'half-close':
        return this.#agents.get(event.conn)?.end(event.rpc);
      case 'reset':
        return event.from === 'agent' ? this.#agents.get(event.conn)?.reset(event.rpc) : undefined;
      case 'goaway':
        return event.from === 'agent' ? this.#agents.get(event.conn)?.goAway() : undefined;
      case 'disconnect':
        return this.#disconnect(event.conn);
      case 'http':
        return this.#compareReply(event);
      default:
        return undefined;
    }
  }

  async #act(note: string): Promise<void> {
    if (note === 'proxy SIGTERM') this.#closing = this.#proxy?.close();
    if (note !== 'proxy started again') return;
    await this.#closing;
    this.#closing = undefined;
    await this.#startProxy();
  }

  async #connect(conn: number): Promise<void> {
    const { name, tls } = this.#options;
    const token = findToken(this.#events, conn);
    const agent = await ReplayedAgent.connect({
      port: this.#proxy?.port ?? 0,
      ...(token === undefined ? {} : { token }),
      ...(tls === undefined ? {} : { tls }),
      name: name === '10' && conn === 2 ? 'agent-b' : 'agent-a',
      consolidated: name === '10' && conn < 3,
      recordedId: findAgentId(this.#events, conn),
      renamed: this.#renamed,
    });
    this.#agents.set(conn, agent);
  }

  /** Until our proxy has seen it, too. */
  async #disconnect(conn: number): Promise<void> {
    this.#agents.get(conn)?.close();
    this.#agents.delete(conn);
    if (this.#closing === undefined)
      await expect.poll(() => this.#proxy?.proxy.load.connections).toBe(this.#agents.size);
  }

  async #openBefore(paths: readonly string[]): Promise<void> {
    await this.#connect(1);
    const agent = this.#agents.get(1);
    await agent?.introduce();
    for (const path of paths) {
      agent?.call('registerPath', { agent_id: '1', path, labels: '{}' });
      await agent?.answer('registerPath');
    }
    agent?.read('1');
  }

  async #send({ conn, rpc, msg, hex }: SessionEvent & { readonly kind: 'message' }): Promise<void> {
    const agent = this.#agents.get(conn)!;
    if (!/^(connectAgent|registerAgent$)/.test(rpc)) await agent.introduce();
    if (rpc === 'readRequestsFromProxy') return agent.read(String(msg.agent_id));
    if (!agent.isStream(rpc)) return agent.call(rpc, msg, hex);
    if (rpc === 'writeResponsesToProxy') return agent.write(rpc, msg, hex, this.#lengthOf(conn, msg.scrape_id));
    if (hex !== undefined) return agent.write(rpc, msg, hex);
    // The header was sent with its bytes; all chunks follow at once, as of one body of the recorded length.
    const chunk = msg.chunk as Fields | undefined;
    if (chunk?.chunk_count !== 1) return undefined;
    return agent.writeChunks(this.#headerOf(conn, chunk.chunk_scrape_id), this.#lengthOf(conn, chunk.chunk_scrape_id));
  }

  #headerOf(conn: number, scrapeId: unknown): Fields {
    for (const event of this.#events) {
      if (event.kind !== 'message' || event.conn !== conn) continue;
      const header = event.msg.header as Fields | undefined;
      if (header !== undefined && header.header_scrape_id === scrapeId) return header;
    }
    throw new Error(`no header of ${scrapeId}`);
  }

  #lengthOf(conn: number, scrapeId: unknown): number {
    for (const [http, requests] of this.#claims) {
      const isIts = requests.some(
        (each) => each.kind === 'message' && each.conn === conn && (each.msg.scrape_id ?? undefined) === scrapeId,
      );
      if (isIts && http.kind === 'http') return http.reply.decoded_len ?? http.reply.len ?? 0;
    }
    return 0;
  }

  async #compare({ conn, rpc, msg, hex }: SessionEvent & { readonly kind: 'message' }): Promise<void> {
    const agent = this.#agents.get(conn);
    if (agent === undefined) return;
    this.compared++;
    if (rpc === 'readRequestsFromProxy') {
      const request = await agent.nextRequest(BigInt(String(msg.scrape_id ?? 0)));
      expect(request).toMatchObject({
        agentId: agent.id,
        path: msg.path,
        accept: msg.accept ?? '',
        encodedQueryParams: msg.encodedQueryParams ?? '',
        authHeader: msg.authHeader ?? '',
      });
      return;
    }
    // With its status.
    if (agent.isStream(rpc)) return;
    const reply = await agent.answer(rpc);
    expect(reply, `${rpc} ${JSON.stringify(msg)}`).toMatchObject({ ok: true });
    if (!reply.ok || hex === '') return;
    expect(reply.message, `${rpc} ${JSON.stringify(msg)}`).toMatchObject(this.#expectMessage(rpc, msg));
  }

  #expectMessage(rpc: string, msg: Fields): Fields {
    const valid = msg.valid ?? false;
    switch (rpc) {
      case 'registerAgent':
        return { valid };
      case 'registerPath':
        return this.#options.name.startsWith('20 agent ids')
          ? {}
          : { valid, pathCount: msg.path_count, pathId: BigInt(String(msg.path_id ?? 0)) };
      case 'sendHeartBeat':
        return this.#options.name.startsWith('20 agent ids') ? { valid: false } : { valid };
      case 'unregisterPath':
        return { valid };
      default:
        return {};
    }
  }

  async #compareReply(event: SessionEvent & { readonly kind: 'http' }): Promise<void> {
    const { url, reply: recorded } = event;
    // By a method that the recording does not name; scrape.test.ts has them.
    if (this.#options.name === '05' && url === '/app' && !this.#claims.has(event)) return;
    if (!this.#underWay.has(event)) this.#startScrape(event, undefined);
    const underWay = this.#underWay.get(event)!;
    if (recorded.error === 'client-abort' || recorded.error === 'ECONNRESET') underWay.abort.abort();
    const got = await underWay.reply;
    this.compared++;
    if (recorded.error === 'ECONNRESET') return this.#replaceProxy();
    if (recorded.error !== undefined) return expect(got).toBeInstanceOf(Error) as undefined;
    if (got instanceof Error) throw got;
    compareReply(got, recorded, { deviation: this.#deviation(event), hasBytes: this.#hasBytes(event) });
  }

  /** Whether the recording has every byte of the responses to a scrape. */
  #hasBytes(http: SessionEvent): boolean {
    const requests = this.#claims.get(http) ?? [];
    return this.#events.every((event) => {
      if (event.kind !== 'message' || event.from !== 'agent' || event.hex !== undefined) return true;
      const chunk = event.msg.chunk as Fields | undefined;
      const id = String(event.msg.scrape_id ?? chunk?.chunk_scrape_id ?? 0);
      return !requests.some((each) => each.kind === 'message' && String(each.msg.scrape_id ?? 0) === id);
    });
  }

  /** A proxy that is killed: what it held is gone with it. */
  async #replaceProxy(): Promise<void> {
    await this.#proxy?.close();
    await this.#startProxy();
  }
}

function compareReply(
  got: Reply,
  recorded: RecordedReply,
  { deviation, hasBytes }: { readonly deviation: Deviation | undefined; readonly hasBytes: boolean },
): void {
  const status = deviation?.status ?? recorded.status;
  expect(got.status).toBe(status);
  const type = String(got.headers['content-type']).toLowerCase();
  if (recorded.status !== 200 || status !== 200) {
    if (status === 404) expect(got.text).toBe('404 Not Found');
    expect(type).not.toBe('*/*');
    return;
  }
  if (recorded.json !== undefined) {
    const shown = JSON.parse(JSON.stringify(recorded.json), (key, value) =>
      typeof value === 'number' && key !== '' ? String(value) : value,
    );
    expect(JSON.parse(got.text)).toEqual(shown);
    return;
  }
  if (recorded.content_type !== '*/*' && !/^text\/plain; charset=utf-8$/i.test(recorded.content_type ?? '')) {
    expect(type).toBe(recorded.content_type?.toLowerCase());
  }
  if (deviation?.body !== undefined) {
    expect(got.text).toBe(deviation.body);
  } else if (recorded.body !== undefined) expect(got.text).toBe(recorded.body);
  else if (recorded.decoded_len === undefined && recorded.sha256 !== undefined) {
    expect(got.text.length).toBe(recorded.len);
    if (hasBytes) expect(createHash('sha256').update(got.text).digest('hex').slice(0, 16)).toBe(recorded.sha256);
  }
}

function isResponseTo(event: SessionEvent & { readonly kind: 'message' }, request: SessionEvent | undefined): boolean {
  if (request?.kind !== 'message' || event.conn !== request.conn || !event.rpc.startsWith('write')) return false;
  if (event.hex !== undefined && Object.keys(event.msg).length === 0) return true;
  const header = event.msg.header as Fields | undefined;
  return String(event.msg.scrape_id ?? header?.header_scrape_id ?? 0) === String(request.msg.scrape_id ?? 0);
}

/** Which requests to agents each scrape of a session led to: the first ones of its path, one for each agent. */
function claimRequests(events: readonly SessionEvent[]): ReadonlyMap<SessionEvent, readonly SessionEvent[]> {
  const claims = new Map<SessionEvent, readonly SessionEvent[]>();
  const open: (SessionEvent & { readonly kind: 'message' })[] = [];
  for (const event of events) {
    if (event.kind === 'message' && event.rpc === 'readRequestsFromProxy' && event.from === 'proxy') open.push(event);
    if (event.kind !== 'http') continue;
    const [path = '', query = ''] = event.url.slice(1).split('?');
    const ofPath = open.filter(({ msg }) => msg.path === path);
    const exact = ofPath.filter(({ msg }) => msg.encodedQueryParams === query);
    const candidates = exact.length > 0 ? exact : ofPath;
    const claimed = [...new Map(candidates.map((each) => [each.conn, each] as const).reverse()).values()].reverse();
    if (claimed.length === 0) continue;
    claims.set(event, claimed);
    for (const each of claimed) open.splice(open.indexOf(each), 1);
  }
  return claims;
}

function findAgentId(events: readonly SessionEvent[], conn: number): string {
  for (const event of events) {
    if (!('conn' in event) || event.conn !== conn || !('from' in event) || event.from !== 'proxy') continue;
    if (event.kind === 'metadata' && typeof event.headers['agent-id'] === 'string') return event.headers['agent-id'];
    if (event.kind === 'message' && event.rpc.startsWith('connectAgentWith')) return String(event.msg.agent_id);
  }
  return String(conn);
}

function agentToken(name: string, text: string, paths: readonly string[]) {
  return { where: 'proxy.yml:1', name, token: { inline: new Secret(text) }, paths };
}

/** What the recorded proxy was configured with. */
const specs: Readonly<Record<string, Partial<ProxySpec>>> = {
  '08': {
    agents: [agentToken('legacy-agent-token', 'legacy-token', []), agentToken('team-a', 'token-a', ['a_*', 'shared?'])],
  },
  '10': { discovery: { path: 'discovery', targetPrefix: 'http://localhost:8080/', scheme: undefined } },
  '12': { evictionAfterMs: 1000 },
  '13': { transportFilterDisabled: true },
  '15': { discovery: { path: 'discovery', targetPrefix: 'proxy.example:8080', scheme: undefined } },
};

/** Comparisons at least, of each recording. */
const sessions: Readonly<Record<string, number>> = {
  '01': 12,
  '02': 50,
  '03': 8,
  '04': 5,
  '05': 40,
  '06': 16,
  '07': 30,
  '08': 18,
  '09': 30,
  '10': 20,
  '11': 20,
  '12': 25,
  '13': 8,
  '14': 1,
  '15': 15,
  '16': 4,
  '17': 12,
  '18': 14,
};

describe('the recorded agents and our proxy', () => {
  test('every recording is replayed', () => {
    // 19 is TLS, 20 cases of one agent by hand (the others are in replay.test.ts); 21 has no proxy that ours could replace.
    const replayed = [...Object.keys(sessions), '19', '20', '21'].sort();
    expect(
      listRecordings()
        .map((name) => name.slice(0, 2))
        .sort(),
    ).toEqual(replayed);
  });

  test.each(Object.entries(sessions))('%s', async (name, least) => {
    const replay = new Replay(readRecording(name), {
      name,
      ...(specs[name] === undefined ? {} : { spec: specs[name] }),
    });
    await replay.run();
    expect(replay.compared).toBeGreaterThanOrEqual(least);
  });

  test('19, over TLS', async () => {
    const authority = makeAuthority();
    const folder = forThisTest(makeTemporaryFolder());
    const { cert, key } = authority.issue('localhost');
    const tls = {
      where: 'proxy.yml:1',
      cert: { file: folder.write('proxy.pem', cert) },
      key: { file: folder.write('proxy.key', key) },
      clientCa: undefined,
    };
    const replay = new Replay(readRecording('19'), {
      name: '19',
      spec: { tls },
      tls: { ca: authority.cert },
      before: ['app'],
    });
    await replay.run();
    expect(replay.compared).toBeGreaterThan(1);
  });

  /** What a case has of the one before it: streams that end, one of two that is reset. */
  const isOfCase = (name: string) => (event: RecordedEvent) =>
    event['p>a'] !== 'writeChunkedResponsesToProxy' && !(name === 'agent never answers' && event.ev === 'reset');

  interface RecordedCase {
    readonly case: string;
    readonly events: readonly RecordedEvent[];
  }

  test.each(
    (readRecording('20') as unknown as readonly RecordedCase[]).filter(({ case: name }) =>
      [
        'two scrapes, chunks interleaved',
        'another agent answers this agent’s scrape',
        'agent ids that are not the connection’s',
        'two read streams of one agent',
        'agent never answers',
        'agent goes away',
      ].includes(name),
    ),
  )('20: $case', async ({ case: name, events }) => {
    const replay = new Replay(events.filter(isOfCase(name)), { name: `20 ${name}`, before: ['app', 'other'] });
    await replay.run();
    expect(replay.compared).toBeGreaterThan(0);
  });
});
