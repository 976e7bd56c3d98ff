import { describe, expect, test } from 'vitest';
import type { ScrapeRequest } from '../../../src/tunnel/protocol/messages.js';
import { reply } from '../../../src/tunnel/protocol/reply.js';
import { type StatusName, statusCodes } from '../../../src/tunnel/protocol/status.js';
import { makeAuthority } from '../../support/certificate-authority.js';
import { startStubUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { listRecordings, type RecordedEvent, readRecording } from '../../support/tunnel/recordings.js';
import {
  type ScriptedConnection,
  type ScriptedProxy,
  startScriptedProxy,
} from '../../support/tunnel/scripted-proxy.js';
import {
  type Fields,
  findToken,
  listLiveConnections,
  readSession,
  type SessionEvent,
  toFields,
} from '../../support/tunnel/session.js';
import { type RunningAgent, runAgentApp } from './run-agent-app.js';

/*
 * Our agent in the place of the recorded one, from its first connection to its last: the proxy answers each call as the
 * recorded one did, ends streams and connections when it did, and our agent has to make the same calls, with the same
 * messages, and as many connections. Not compared: times, ids of launches, words of reasons. Bodies are compared in
 * replay.test.ts.
 */

interface SessionOptions {
  /** The connections that an agent of its own made first, with what it is configured with besides its paths. */
  readonly starts?: Readonly<Record<number, Fields>>;
  /** Notes at which the agents are stopped. */
  readonly stopsAt?: readonly string[];
  /** The note after which there is nothing to compare: the agent is killed, say. */
  readonly until?: string;
  /** Connections that the recorded agent ended and ours keeps, as a refused path is not a refused agent. */
  readonly kept?: readonly number[];
  /** Connections that only the recorded agent makes, for the same reason. */
  readonly without?: readonly number[];
  readonly isConf?: boolean;
  readonly tls?: boolean;
}

type Message = SessionEvent & { readonly kind: 'message' };
/** What an agent ends: a stream, or the connection. */
interface AgentEnd {
  readonly kind: string;
  readonly conn: number;
  readonly rpc?: string;
}

class Session {
  readonly #events: readonly SessionEvent[];
  readonly #options: SessionOptions;
  readonly #live: ReadonlySet<number>;
  readonly #starts = new Map<number, Fields>();
  readonly #bound = new Map<number, ScriptedConnection>();
  /** Connections that have a place in the session. */
  readonly #known = new Set<ScriptedConnection>();
  readonly #agents = new Map<number, RunningAgent>();
  /** Calls that were compared and are to be answered. */
  readonly #open = new Map<string, ReturnType<ScriptedConnection['take']>[]>();
  readonly #requested: { readonly url: string; readonly authorization: string | undefined }[] = [];
  readonly #stopping: Promise<void>[] = [];
  #proxy: ScriptedProxy | undefined;
  #targetPort = 0;
  #tls: { readonly ca: string } | undefined;
  compared = 0;

  constructor(events: readonly RecordedEvent[], options: SessionOptions) {
    const all = readSession(events);
    const end = all.findIndex((event) => event.kind === 'note' && event.text === options.until);
    const gone = options.without ?? [];
    this.#events = (end < 0 ? all : all.slice(0, end)).filter((each) => !('conn' in each && gone.includes(each.conn)));
    this.#options = options;
    this.#live = listLiveConnections(this.#events);
    for (const [conn, each] of Object.entries(options.starts ?? { 1: {} })) this.#starts.set(Number(conn), each);
  }

  /** What the agent of a connection is configured with. */
  configure(conn: number, options: Fields): void {
    this.#starts.set(conn, options);
  }

  async run(): Promise<void> {
    await this.#prepare();
    for (const event of this.#events) await this.#step(event);
    await Promise.all(this.#stopping);
  }

  async #prepare(): Promise<void> {
    const target = forThisTest(
      await startStubUpstream((request, response) => {
        this.#requested.push({ url: request.url ?? '', authorization: request.headers.authorization });
        const type = request.url?.startsWith('/om')
          ? 'application/openmetrics-text; version=1.0.0; charset=utf-8'
          : TEXT;
        if (request.url === '/e') return response.writeHead(404, { 'content-type': 'text/plain' }).end('nope\n');
        const delayMs = request.url?.startsWith('/slow') ? 50 : 0;
        const timer = setTimeout(() => response.writeHead(200, { 'content-type': type }).end('up 1\n'), delayMs);
        return response.once('close', () => clearTimeout(timer));
      }),
    );
    this.#targetPort = Number(new URL(target.url).port);
    if (this.#options.tls === true) {
      const authority = makeAuthority();
      const { cert, key } = authority.issue('localhost');
      this.#tls = { ca: forThisTest(makeTemporaryFolder()).write('ca.pem', authority.cert) };
      this.#proxy = forThisTest(await startScriptedProxy({ cert: Buffer.from(cert), key: Buffer.from(key) }));
    } else {
      this.#proxy = forThisTest(await startScriptedProxy());
    }
  }

  async #step(event: SessionEvent): Promise<unknown> {
    switch (event.kind) {
      case 'note':
        return this.#options.stopsAt?.includes(event.text) ? this.#stopAll() : undefined;
      case 'connect':
        return this.#live.has(event.conn) ? this.#accept(event.conn) : undefined;
      case 'message':
        return event.from === 'agent' ? this.#expectMessage(event) : this.#answer(event);
      case 'status':
        return this.#endCall(event.conn, event.rpc, event.code);
      case 'goaway':
        if (event.from === 'proxy') return this.#bound.get(event.conn)?.connection.close();
        return this.#expectEnd(event);
      case 'half-close':
        return event.from === 'agent' && event.rpc.startsWith('write') ? this.#expectEnd(event) : undefined;
      case 'reset':
        return event.from === 'agent' && isStream(event.rpc) ? this.#expectEnd(event) : undefined;
      case 'disconnect':
        if (event.from === 'agent') return this.#expectEnd(event);
        return this.#bound.get(event.conn)?.connection.destroy();
      case 'target':
        this.compared++;
        return expect
          .poll(() => this.#requested.map(({ url, authorization = '' }) => `${url} ${authorization}`))
          .toContain(`${event.url} ${event.headers.authorization ?? ''}`);
      default:
        return undefined;
    }
  }

  async #accept(conn: number): Promise<void> {
    const options = this.#starts.get(conn);
    if (options !== undefined) this.#agents.set(conn, await this.#startAgent(conn, options));
    await expect.poll(() => this.#proxy?.connections.length, PATIENT).toBeGreaterThan(this.#known.size);
    this.#bind(conn);
  }

  /** The oldest connection that is none of those that the session knows. */
  #bind(conn: number): void {
    const next = this.#proxy?.connections.find((each) => !this.#known.has(each));
    if (next === undefined) return;
    this.#known.add(next);
    this.#bound.set(conn, next);
  }

  async #startAgent(conn: number, options: Fields): Promise<RunningAgent> {
    const port = this.#proxy?.port ?? 0;
    const paths = this.#listPaths(conn);
    const token = findToken(this.#events, conn);
    if (this.#options.isConf === true) {
      const agent = { name: 'agent-a', proxy: { hostname: '127.0.0.1', port }, pathConfigs: paths, ...options };
      return runAgentApp({ files: { 'agent.conf': JSON.stringify({ agent }) } });
    }
    const tunnel = {
      proxies: [`localhost:${port}`],
      name: this.#nameOf(conn),
      reconnect_after: '20ms',
      heartbeat_after: '1h',
      paths: paths.map(({ path, url, labels }) => ({ path, url, labels: JSON.parse(labels) })),
      ...(token === undefined ? {} : { token }),
      ...(this.#tls === undefined ? {} : { tls: { ca_file: this.#tls.ca, server_name: 'localhost' } }),
      ...options,
    };
    return runAgentApp({ files: { 'agent.yml': JSON.stringify({ tunnel }).replaceAll(':PORT', `:${port}`) } });
  }

  #nameOf(conn: number): string {
    const introduced = this.#events.find(
      (event) =>
        event.kind === 'message' && event.conn === conn && event.rpc === 'registerAgent' && event.from === 'agent',
    );
    return introduced?.kind === 'message' ? String(introduced.msg.agent_name) : 'agent-a';
  }

  #listPaths(conn: number) {
    const paths = this.#events.flatMap((event) => {
      if (event.kind !== 'message' || event.conn !== conn || event.rpc !== 'registerPath' || event.from !== 'agent')
        return [];
      const { path, labels, target_url, path_source } = event.msg;
      if (path_source !== 'STATIC') return [];
      return [{ path: String(path), labels: String(labels), url: this.#toOurUrl(String(target_url)) }];
    });
    // A recording of calls that come to nothing, or without their messages.
    return paths.length > 0
      ? paths
      : [{ path: 'app', labels: '{}', url: this.#toOurUrl('http://127.0.0.1:19100/metrics') }];
  }

  #toOurUrl(url: string): string {
    return url.replace(':19100', `:${this.#targetPort}`);
  }

  async #expectMessage({ conn, rpc, msg }: Message): Promise<void> {
    this.compared++;
    if (rpc === 'readRequestsFromProxy') {
      await expect
        .poll(() => this.#bound.get(conn)?.readers.map(({ agentId }) => agentId), PATIENT)
        .toEqual([msg.agent_id]);
      return;
    }
    if (rpc.startsWith('write')) return this.#expectResponse(conn, msg);
    if (rpc === 'unregisterPath' || (rpc === 'registerPath' && msg.path_source === 'DISCOVERED'))
      this.#discover(conn, msg, rpc);
    // Our agent does not send what no proxy takes.
    if (String(msg.path).includes('/')) return;
    const isIt = (message: Fields) => msg.path === undefined || message.path === msg.path;
    if (!rpc.startsWith('connectAgent')) await this.#introduce(conn);
    const call = await this.#take(conn, rpc, isIt);
    if (call === undefined) throw new Error(`our agent did not call ${rpc} ${JSON.stringify(msg)}`);
    expect(call.token).toBe(findToken(this.#events, conn));
    expect(call.message, rpc).toMatchObject(this.#toExpected(rpc, msg));
    this.#open.set(`${conn} ${rpc}`, [...(this.#open.get(`${conn} ${rpc}`) ?? []), call]);
  }

  /** Waits for a call; our agent tries each failed connectAgent again on a connection of its own. */
  async #take(conn: number, rpc: string, isIt: (message: Fields) => boolean) {
    let call: ReturnType<ScriptedConnection['take']>;
    await expect
      .poll(() => {
        const bound = this.#bound.get(conn);
        call = bound?.take(rpc, isIt);
        if (call === undefined && rpc === 'connectAgent' && bound?.connection.signal.aborted) this.#bind(conn);
        return call !== undefined;
      }, PATIENT)
      .toBe(true);
    return call;
  }

  /** connectAgent and registerAgent, where the recording leaves them out. */
  async #introduce(conn: number): Promise<void> {
    const id = this.#idOf(conn);
    const isRecorded = (rpc: string) =>
      this.#events.some(
        (event) => event.kind === 'message' && event.conn === conn && event.rpc === rpc && event.from === 'agent',
      );
    const bound = this.#bound.get(conn);
    if (bound === undefined || this.#introduced.has(bound)) return;
    this.#introduced.add(bound);
    if (!isRecorded('connectAgent') && !isRecorded('connectAgentWithTransportFilterDisabled')) {
      (await this.#take(conn, 'connectAgent', () => true))?.answer(reply({}), id);
    }
    if (!isRecorded('registerAgent') && !isRecorded('connectAgentWithTransportFilterDisabled')) {
      const call = await this.#take(conn, 'registerAgent', ({ agentId }) => agentId === id);
      call?.answer(reply({ valid: true, reason: '', agentId: id }));
    }
    if (isRecorded('registerPath') || isRecorded('registerAgent')) return;
    const call = await this.#take(conn, 'registerPath', () => true);
    call?.answer(reply({ valid: true, reason: '', pathCount: 1, pathId: 0n }));
  }

  readonly #introduced = new Set<ScriptedConnection>();

  #idOf(conn: number): string {
    for (const event of this.#events) {
      if (event.kind !== 'metadata' || event.conn !== conn || event.from !== 'proxy') continue;
      if (typeof event.headers['agent-id'] === 'string') return event.headers['agent-id'];
    }
    return String(conn);
  }

  #toExpected(rpc: string, msg: Fields): Fields {
    const { launch_id: _launch, host_name: _host, proxy_endpoints: endpoints, labels, target_url: url, ...rest } = msg;
    const fields = toFields(rest);
    if (rpc === 'registerAgent') {
      return { ...fields, proxyEndpoints: (endpoints as readonly string[]).map(() => expect.stringMatching(/:\d+$/)) };
    }
    if (rpc !== 'registerPath') return fields;
    return {
      ...fields,
      labels: JSON.stringify(toTexts(String(labels))),
      targetUrl: this.#toOurUrl(String(url)).replace(/=[^&]*/g, '=***'),
    };
  }

  async #expectResponse(conn: number, msg: Fields): Promise<void> {
    const header = msg.header as Fields | undefined;
    if (msg.chunk !== undefined || msg.summary !== undefined) return;
    const recorded = Object.fromEntries(
      Object.entries(header ?? msg).map(([key, value]) => [key.replace('header_', ''), value]),
    );
    const id = BigInt(String(recorded.scrape_id ?? 0));
    await expect.poll(() => this.#bound.get(conn)?.responses.has(id), PATIENT).toBe(true);
    expect(this.#bound.get(conn)?.responses.get(id)).toMatchObject({
      validResponse: recorded.valid_response ?? false,
      agentId: recorded.agent_id,
      statusCode: recorded.status_code,
      contentType: recorded.content_type ?? '',
      url: recorded.url ?? '',
    });
  }

  async #answer({ conn, rpc, msg }: Message): Promise<void> {
    const bound = this.#bound.get(conn);
    if (rpc === 'readRequestsFromProxy') {
      await this.#introduce(conn);
      await expect.poll(() => bound?.readers.length, PATIENT).toBeGreaterThan(0);
      bound?.request(toFields(msg) as Partial<ScrapeRequest>);
      return this.#expectTarget(msg);
    }
    // The end of a stream is in its status.
    if (rpc.startsWith('write')) return;
    const call = this.#open.get(`${conn} ${rpc}`)?.shift();
    if (call === undefined) return;
    const hasId = this.#events.some(
      (event) => event.kind === 'metadata' && event.conn === conn && event.from === 'proxy',
    );
    const message = { valid: false, reason: '', agentId: '', pathCount: 0, pathId: 0n, ...toFields(msg) };
    call.answer(reply(message), hasId ? this.#idOf(conn) : undefined);
  }

  /** Where the recorded agent requested its target, ours does before anything else happens. */
  async #expectTarget({ path, encodedQueryParams: query }: Fields): Promise<void> {
    const registered = this.#events.find(
      (event) => event.kind === 'message' && event.rpc === 'registerPath' && event.msg.path === path,
    );
    if (registered?.kind !== 'message') return;
    const url = new URL(String(registered.msg.target_url));
    const requested = `${url.pathname}${url.search}${query === undefined ? '' : `${url.search === '' ? '?' : '&'}${query}`}`;
    if (!this.#events.some((event) => event.kind === 'target' && event.url === requested)) return;
    await expect.poll(() => this.#requested.map((each) => each.url), PATIENT).toContain(requested);
  }

  /** The proxy ends a call: one that failed, or a stream. */
  async #endCall(conn: number, rpc: string, code: number): Promise<void> {
    const bound = this.#bound.get(conn);
    const call = this.#open.get(`${conn} ${rpc}`)?.[0];
    const name = Object.entries(statusCodes).find(([, number]) => number === code)?.[0] as StatusName;
    if (call !== undefined) {
      this.#open.get(`${conn} ${rpc}`)?.shift();
      return call.answer({ ok: false, status: { code: name, message: 'as recorded' } });
    }
    if (code === 0 && !isStream(rpc)) return;
    if (isStream(rpc)) {
      await this.#introduce(conn);
      await expect.poll(() => bound?.streams.has(rpc), PATIENT).toBe(true);
    }
    bound?.streams.get(rpc)?.end({ code: name, message: code === 0 ? '' : 'as recorded' });
  }

  /** The agent ends a stream or the connection: by itself, or because it is stopped. */
  async #expectEnd(event: AgentEnd): Promise<void> {
    const { conn } = event;
    const bound = this.#bound.get(conn);
    if (bound === undefined || this.#options.kept?.includes(conn) === true) return;
    if (!this.#isProvoked(event)) this.#stopping.push(this.#stop(conn));
    this.compared++;
    const hasEnded = () => bound.connection.signal.aborted || (event.rpc !== undefined && bound.ended.has(event.rpc));
    await expect.poll(hasEnded, PATIENT).toBe(true);
  }

  /** Whether the proxy gave a reason, by ending or refusing something on the connection. */
  #isProvoked(event: AgentEnd): boolean {
    return (
      this.#events.slice(0, this.#events.indexOf(event as SessionEvent)).some((each) => {
        if (!('conn' in each) || each.conn !== event.conn) return false;
        if (each.kind === 'status') return each.code !== 0 || isStream(each.rpc);
        if (each.kind === 'message') return each.from === 'proxy' && each.msg.valid === false;
        return (
          (each.kind === 'goaway' && each.from === 'proxy') || (each.kind === 'reset' && each.rpc === 'registerAgent')
        );
      }) ||
      (event.kind === 'reset' && event.rpc === 'registerAgent')
    );
  }

  /** Stops the agent whose connection this is. */
  async #stop(conn: number): Promise<void> {
    const owner = [...this.#agents.keys()].filter((first) => first <= conn).at(-1);
    const isSingle = this.#options.starts === undefined || this.#options.stopsAt !== undefined;
    const first = isSingle ? owner : conn;
    const agent = this.#agents.get(first ?? 1);
    this.#agents.delete(first ?? 1);
    await agent?.agent.close();
  }

  async #stopAll(): Promise<void> {
    const agents = [...this.#agents.values()];
    this.#agents.clear();
    await Promise.all(agents.map(({ agent }) => agent.close()));
    // Attempts that the recording does not have.
    for (const extra of this.#proxy?.connections ?? []) this.#known.add(extra);
  }

  /** Writes the file of discovered paths as it was when the recorded agent sent this. */
  #discover(conn: number, msg: Fields, rpc: string): void {
    const index = this.#events.findIndex((event) => event.kind === 'message' && event.msg === msg);
    const active = new Map<string, Fields>();
    for (const event of this.#events.slice(0, index + (rpc === 'unregisterPath' ? 4 : 1))) {
      if (event.kind !== 'message' || event.conn !== conn || event.from !== 'agent') continue;
      if (event.rpc === 'unregisterPath') active.delete(String(event.msg.path));
      if (event.rpc !== 'registerPath' || event.msg.path_source !== 'DISCOVERED') continue;
      const { path, labels, target_url: url } = event.msg;
      active.set(String(path), { path, labels, url: this.#toOurUrl(String(url)) });
    }
    this.#discovered.write('paths.conf', JSON.stringify({ pathConfigs: [...active.values()] }));
  }

  readonly #discovered = forThisTest(makeTemporaryFolder());

  get discoveredFile(): string {
    return this.#discovered.write('paths.conf', JSON.stringify({ pathConfigs: [] }));
  }
}

function isStream(rpc: string): boolean {
  return /^(read|write)/.test(rpc);
}

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const PATIENT = { timeout: 15_000, interval: 5 };

/** Labels as our agent sends them: texts, none that the proxy sets itself, none at all where they are no JSON object. */
function toTexts(labels: string): Fields {
  try {
    return Object.fromEntries(
      Object.entries(JSON.parse(labels) as Fields)
        .filter(([name]) => name !== 'agentName')
        .map(([name, value]) => [name, String(value)]),
    );
  } catch {
    return {};
  }
}

/** The whole sessions of an agent; what else there is, is named below with its reason. */
const sessions: Readonly<Record<string, SessionOptions & { readonly least: number }>> = {
  '01': { starts: { 1: { heartbeat_after: '200ms' } }, least: 14 },
  '06': { starts: { 1: { heartbeat_after: '100ms' } }, least: 18 },
  '08': {
    starts: { 1: {}, 2: {}, 3: {}, 4: {}, 5: {} },
    stopsAt: ['wrong token', 'legacy token', 'team-a, allowed paths', 'team-a, a path that is not its own'],
    kept: [5],
    without: [6],
    least: 20,
  },
  '09': { starts: { 1: {}, 2: {} }, least: 30 },
  '10': { starts: { 1: { consolidated: true }, 2: { consolidated: true }, 3: {} }, kept: [3], least: 25 },
  '11': { until: 'agent SIGKILL during a scrape', least: 20 },
  '12': {
    starts: { 1: { heartbeat_after: '30ms' }, 2: {}, 4: {} },
    stopsAt: ['heartbeats off: evicted after 3 s', 'heartbeat later than eviction'],
    least: 30,
  },
  '13': {
    starts: { 1: {}, 2: { transport_filter_disabled: true }, 3: {} },
    stopsAt: ['agent with the config key', 'agent with only the command-line flag'],
    least: 10,
  },
  '14': { starts: { 1: { transport_filter_disabled: true } }, least: 1 },
  '16': { starts: { 1: { proxies: ['127.0.0.1:1', '127.0.0.1:PORT'], mode: 'failover' } }, least: 5 },
  '19': { tls: true, least: 1 },
};

/** Of these the scrapes alone are worth a replay: replay.test.ts. */
const SCRAPES = ['02', '03', '04', '05', '07', '17', '18'];

describe('the recorded proxy and our agent, from the first connection to the last', () => {
  test('every recording is replayed', () => {
    // 15 and 21 are below; 20 has no agent that ours could replace.
    const replayed = [...Object.keys(sessions), ...SCRAPES, '15', '20', '21'].sort();
    expect(
      listRecordings()
        .map((name) => name.slice(0, 2))
        .sort(),
    ).toEqual(replayed);
  });

  test.each(Object.entries(sessions))('%s', async (number, { least, ...options }) => {
    const session = new Session(readRecording(number), options);
    await session.run();
    expect(session.compared).toBeGreaterThanOrEqual(least);
  });

  test('15: paths that are discovered, registered and unregistered', async () => {
    const session = new Session(readRecording('15'), { isConf: true });
    const discovery = { enabled: true, file: { path: session.discoveredFile } };
    session.configure(1, { discovery, internal: { heartbeatEnabled: false } });
    await session.run();
    expect(session.compared).toBeGreaterThanOrEqual(12);
  });

  const cases = readRecording('21') as unknown as readonly { case: string; events: readonly RecordedEvent[] }[];

  test.each(cases.slice(1))('21: $case', async ({ case: name, events }) => {
    const first = readSession(events).find((event) => 'conn' in event);
    const isTimed = name.startsWith('unary');
    const session = new Session(events, { isConf: isTimed });
    const conf = { grpc: { unaryDeadlineSecs: 1 }, internal: { reconnectPauseSecs: 1 } };
    session.configure(
      first !== undefined && 'conn' in first ? first.conn : 1,
      isTimed ? conf : { heartbeat_after: '50ms' },
    );
    await session.run();
    expect(session.compared).toBeGreaterThan(0);
  });
});
