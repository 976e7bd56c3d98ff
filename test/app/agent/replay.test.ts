import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { startStubUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';
import { type RecordedEvent, readRecording } from '../../support/tunnel/recordings.js';
import type { ReceivedResponse } from '../../tunnel/agent/fake-proxy.js';
import { connected, runProxy, until } from '../../tunnel/agent/run-agent.js';
import { runAgentApp } from './run-agent-app.js';

/*
 * Our agent in the place of the recorded one: its proxy sends what the recorded proxy sent, its targets respond as the
 * recorded targets did, and each message of ours is held to the recorded one. Not compared: ids of launches, words of
 * reasons, bytes of a gzip (another implementation made them). `deviations` are the places where zxp differs on purpose.
 */

type Message = Readonly<Record<string, unknown>>;

interface Recorded {
  readonly registrations: readonly Message[];
  readonly scrapes: readonly { readonly request: Message; readonly response: Message }[];
}

/** What the agent's side and the proxy's side of a session said. */
function collect(events: readonly RecordedEvent[]): Recorded {
  const registrations = events.flatMap((event) => (event['a>p'] === 'registerPath' ? [event.msg as Message] : []));
  const responses = new Map<string, Message>();
  for (const event of events) {
    const message = (event.msg ?? {}) as Message;
    if (event['a>p'] === 'writeResponsesToProxy')
      responses.set(String(message.scrape_id ?? 0), withBody(message, event.hex));
    const header = (message.header ?? undefined) as Message | undefined;
    if (event['a>p'] !== 'writeChunkedResponsesToProxy' || header === undefined) continue;
    const head = Object.fromEntries(Object.entries(header).map(([key, value]) => [key.replace('header_', ''), value]));
    responses.set(String(header.header_scrape_id ?? 0), { ...head, form: 'chunked' });
  }
  const scrapes = events.flatMap((event) => {
    if (event['p>a'] !== 'readRequestsFromProxy' || event.msg === undefined) return [];
    const request = event.msg as Message;
    const response = responses.get(String(request.scrape_id ?? 0));
    return response === undefined ? [] : [{ request, response }];
  });
  return { registrations, scrapes };
}

function withBody(message: Message, hex: unknown): Message {
  const { content_as_text: text, content_as_zipped: zipped } = message;
  if (zipped === undefined) return { ...message, form: 'text', body: typeof text === 'string' ? text : undefined };
  // The gzip is the last field of the message.
  const bytes = Buffer.from(
    typeof zipped === 'string' ? zipped : typeof hex === 'string' ? hex.slice(hex.indexOf('1f8b08')) : '',
    'hex',
  );
  return { ...message, form: 'gzip', body: bytes.length === 0 ? undefined : gunzipSync(bytes).toString() };
}

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** Text that hardly compresses. */
function randomText(length: number): string {
  return [...randomBytes(length)].map((byte) => String.fromCharCode(33 + (byte % 94))).join('');
}

/** The target of the recordings. */
function respond(request: IncomingMessage, response: ServerResponse): unknown {
  const url = new URL(request.url ?? '', 'http://target');
  const n = Number(url.searchParams.get('n'));
  const ok = (body: string | Buffer, headers: Record<string, string> = { 'content-type': TEXT }) =>
    response.writeHead(200, headers).end(body);
  switch (url.pathname) {
    case '/metrics':
      return ok('# TYPE up gauge\nup 1\n');
    case '/empty':
      return ok('');
    case '/size':
      return ok(n < 3 ? '\n'.repeat(n) : `# ${'x'.repeat(n - 3)}\n`);
    case '/rnd':
      return ok(`${randomText(n - 1)}\n`);
    case '/series':
      return ok(
        Array.from(
          { length: n },
          (_, i) => `# HELP s${i} x\ns${i}{label="${randomBytes(20).toString('hex')}"} ${i}\n`,
        ).join(''),
      );
    case '/utf8':
      return ok('# HELP t Temperatur in °C — 温度\nt{city="Zürich"} 21.5\n');
    case '/notutf8':
      return ok(Buffer.from([0x61, 0x20, 0xff, 0xfe, 0x0a]));
    case '/notype':
      return ok('up 1\n', {});
    case '/badtype':
      return ok('up 1\n', { 'content-type': '@@not a type' });
    case '/om':
      return ok(`# TYPE a gauge\na{agent="${url.searchParams.get('a')}"} 1\n# EOF\n`, {
        'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
      });
    case '/gz':
      return ok(gzipSync('# TYPE up gauge\nup 1\n'), { 'content-type': TEXT, 'content-encoding': 'gzip' });
    case '/204':
      return response.writeHead(204).end();
    case '/302':
      return response.writeHead(302, { location: '/metrics' }).end();
    case '/302x':
      return response.writeHead(302, { location: 'http://other.example/auth' }).end();
    case '/auth': {
      const scheme = request.headers.authorization?.split(' ')[0];
      return scheme === undefined
        ? response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end('no\n')
        : ok(`auth_ok{scheme="${scheme}"} 1\n`);
    }
    case '/echo':
      return ok(`echo{url="${request.url}"} 1\n`);
    case '/reset':
      return request.socket.destroy();
    case '/slow': {
      const timer = setTimeout(() => ok('up 1\n'), Number(url.searchParams.get('ms')));
      return response.once('close', () => clearTimeout(timer));
    }
    default:
      return response.writeHead(url.pathname === '/500' ? 500 : 404, { 'content-type': 'text/plain' }).end('nope\n');
  }
}

/** Ours differ here, as docs/moving-from-prometheus-proxy.md says. */
const deviations: Readonly<Record<string, Message>> = {
  // A response without a type gets one.
  '02 notype': { content_type: TEXT },
  '02 n204': { content_type: TEXT },
  // Bytes stay what they are.
  '02 notutf8': { form: 'gzip', zipped: true, body: undefined },
  // A target that compresses is decompressed.
  '02 gz': { form: 'gzip', zipped: true, body: '# TYPE up gauge\nup 1\n' },
  // A line break is the fault of the request.
  '21 #14': { status_code: 400 },
  // Every failure of the agent's own says why.
  '05 big': { hasReason: true },
  // No other origin is requested.
  '05 r302x': { status_code: 503, hasReason: true },
  '07 x': { status_code: 503, hasReason: true },
};

function describeRecorded(message: Message) {
  return {
    valid_response: message.valid_response ?? false,
    agent_id: message.agent_id,
    scrape_id: String(message.scrape_id ?? 0),
    status_code: message.status_code ?? 0,
    content_type: message.content_type ?? '',
    zipped: message.zipped ?? false,
    form: message.form,
    hasReason: message.failure_reason !== undefined,
    url: message.url ?? '',
    body: message.body,
  };
}

function describeOurs(response: ReceivedResponse): ReturnType<typeof describeRecorded> {
  return {
    valid_response: response.validResponse,
    agent_id: response.agentId,
    scrape_id: String(response.scrapeId),
    status_code: response.statusCode,
    content_type: response.contentType,
    zipped: response.zipped,
    form: response.form,
    hasReason: response.failureReason !== '',
    url: response.url,
    body: response.body.toString(),
  };
}

/** Ports of the recording are ours here: the target, one where nothing listens. */
function toOurUrl(url: unknown, port: number): string {
  return String(url).replace(':19100', `:${port}`).replace(':19199', ':1');
}

async function replay(
  number: string,
  events: readonly RecordedEvent[],
  options: { readonly chunkKb?: number; readonly scrapeTimeoutSecs?: number } = {},
) {
  const { registrations, scrapes } = collect(events);
  const target = forThisTest(await startStubUpstream(respond));
  const port = Number(new URL(target.url).port);
  const connectId = events.find((event) => event['p>a'] === 'connectAgent' && event.headers !== undefined);
  const agentId = String((connectId?.headers as Message | undefined)?.['agent-id'] ?? '1');
  const proxy = await runProxy({ agentId });
  const configs = registrations.map(({ path, labels, target_url }) => ({
    path,
    labels,
    url: toOurUrl(target_url, port),
  }));
  await runAgentApp({
    files: {
      'agent.conf': JSON.stringify({
        agent: {
          name: 'agent-a',
          proxy: { hostname: '127.0.0.1', port: proxy.port },
          pathConfigs: configs,
          chunkContentSizeKbs: options.chunkKb ?? 32,
          scrapeTimeoutSecs: options.scrapeTimeoutSecs ?? 15,
        },
      }),
    },
  });
  const connection = await connected(proxy);
  expect(connection.id).toBe(agentId);
  await until(() => expect(connection.paths.size).toBe(configs.length));
  for (const { path, labels, target_url, path_source } of registrations) {
    const masked = toOurUrl(target_url, port)
      .replace(/\/\/.*@/, '//')
      .replace(/=[^&]*/g, '=***');
    expect(connection.paths.get(String(path))).toEqual({
      agentId,
      path,
      labels,
      targetUrl: masked,
      pathSource: path_source,
    });
  }
  for (const { request, response } of scrapes) {
    const ours = describeOurs(
      await connection.scrape({
        agentId: String(request.agent_id ?? ''),
        path: String(request.path ?? ''),
        scrapeId: BigInt(String(request.scrape_id ?? 0)),
        accept: String(request.accept ?? ''),
        debugEnabled: request.debug_enabled === true,
        encodedQueryParams: String(request.encodedQueryParams ?? ''),
        authHeader: String(request.authHeader ?? ''),
      }),
    );
    const deviation =
      deviations[`${number} ${request.path}`] ?? deviations[`${number} #${request.scrape_id ?? 0}`] ?? {};
    const recorded = { ...describeRecorded(response), ...deviation };
    const url = toOurUrl(recorded.url, port);
    // Of long and of random bodies the recording has no bytes.
    const body = /^(rnd|big)/.test(String(request.path)) ? ours.body : (recorded.body ?? ours.body);
    expect(ours, `${request.path} ${request.scrape_id ?? 0}`).toEqual({ ...recorded, url, body });
  }
  return scrapes.length;
}

describe('the recorded proxy and our agent', () => {
  test.each<readonly [string, string, number, object]>([
    ['02', 'payloads', 20, {}],
    ['03', 'chunks of 1 KiB', 3, { chunkKb: 1 }],
    ['04', 'chunks of 32 KiB', 2, {}],
    ['05', 'targets that fail', 11, { scrapeTimeoutSecs: 2 }],
    ['07', 'Authorization, queries, Accept', 10, {}],
    ['17', 'a proxy that debugs', 5, { scrapeTimeoutSecs: 1 }],
    ['18', 'answers out of order, two in chunks', 6, { chunkKb: 1 }],
  ])('%s: %s', async (number, _name, least, options) => {
    expect(await replay(number, readRecording(number), options)).toBeGreaterThanOrEqual(least);
  });

  test('21: all kinds of scrape, by a proxy whose ids are UUIDs', async () => {
    const [first] = readRecording('21');
    const events = (first?.events ?? []) as readonly RecordedEvent[];
    expect(await replay('21', events, { chunkKb: 1, scrapeTimeoutSecs: 3 })).toBeGreaterThan(8);
  });
});
