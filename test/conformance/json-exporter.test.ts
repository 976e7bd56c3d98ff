import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ZxpError } from '../../src/model/errors.js';
import { type Daemon, sampleRows, startDaemon } from '../support/daemon.js';
import { makeThrowawayCertificates, type ThrowawayCertificates } from '../support/throwaway-certificates.js';

/** What json_exporter v0.7.0 did, one case a line; the README beside the file says what each field is. */
interface Case {
  readonly name: string;
  readonly config: string;
  readonly document: string | { readonly base64: string };
  readonly reply: ReplySpec;
  readonly more_replies?: Readonly<Record<string, ReplySpec>>;
  readonly query: Readonly<Record<string, string | readonly string[] | null>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly probe_headers?: Readonly<Record<string, string>>;
  readonly upstream_tls?: string;
  readonly deviates?: string;
  readonly expect: Expectation;
}

interface ReplySpec {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly document?: string;
}

interface Expectation {
  readonly start: 'ok' | 'refused';
  readonly status?: number | string;
  readonly samples?: readonly {
    name: string;
    labels: Record<string, string>;
    value: string;
    timestamp?: string | number;
  }[];
  readonly families?: Readonly<Record<string, { readonly type: string; readonly help: string }>>;
  readonly request?: SeenRequest | null;
  readonly more_requests?: readonly SeenRequest[];
}

interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

const file = fileURLToPath(new URL('../../fixtures/conformance/json-exporter.jsonl', import.meta.url));
const cases: readonly Case[] = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line));

/** What zxp did with a case. */
interface Outcome {
  /** Undefined where it refused to start. */
  readonly reply: { readonly status: number; readonly text: string } | undefined;
  readonly seen: readonly SeenRequest[];
  readonly target: string;
}

/** What each deviation must look like instead, by how its reason begins. */
const deviations: readonly (readonly [start: string, check: (outcome: Outcome, wanted: Case) => void])[] = [
  ['may:', (outcome, wanted) => (outcome.reply === undefined ? undefined : expectSame(outcome, wanted))],
  ['label numbers', (outcome) => expect(outcome.reply?.text).not.toMatch(/="-?\d(\.\d+)?e\+(0\d|1\d|20)"/)],
  ['numbers above 2^53', (outcome) => expect(outcome.reply?.text).toContain('9007199254740993')],
  ['a path that begins with $', (outcome) => expect(outcome.reply?.text).toMatch(/^target_up 1$/m)],
  ['json_exporter panics and drops the connection; zxp refuses', expectRefused],
  ['json_exporter answers 500 and loses everything; zxp refuses', expectRefused],
  ['json_exporter answers 200 with an exposition that has', expectOnce],
  ['duplicates:', (outcome) => expectDropped(outcome, 'duplicate')],
  ['an integer literal', (outcome) => expect(outcome.reply?.text).toContain('m_n{id="b"}')],
  ['the whole json_exporter process dies', (outcome) => expect(outcome.reply?.text).toMatch(/^target_up 1$/m)],
  ['timestamps:', (outcome) => expect(outcome.reply?.text).toMatch(/ 1[67]\d{8,}$/m)],
  ['json_exporter answers 200 and nothing', expectDecodeFailure],
  ['json_exporter does not decompress', (outcome) => expect(outcome.reply?.text).toMatch(/^n 5$/m)],
  ['json_exporter answers 503; zxp answers 200', (outcome) => expectDown(outcome, /./)],
  ['json_exporter answers 503 at each scrape; zxp may refuse', expectRefused],
  ['json_exporter follows redirects as soon', (outcome) => expectDown(outcome, /redirect/)],
  ['security.md: a target with userinfo', (outcome) => expect(outcome.reply?.status).toBe(400)],
  ['json_exporter sends the raw text', expectRefused],
  ['json_exporter answers 503; for zxp it is no target', (outcome) => expect(outcome.reply?.status).toBe(400)],
  ['json_exporter panics on a target that is no URL', (outcome) => expect(outcome.reply?.status).toBe(400)],
  ['json_exporter answers in the text format', (outcome) => expect(outcome.reply?.text).toMatch(/# EOF\n$/)],
];

describe.runIf(cases.length > 0)('a configuration of json_exporter', () => {
  let certificates: ThrowawayCertificates;
  beforeAll(() => {
    certificates = makeThrowawayCertificates();
  });
  afterAll(() => {
    certificates.remove();
    const different = cases.filter((each) => each.deviates !== undefined);
    process.stdout.write(
      `json_exporter: ${cases.length} recorded cases, ${different.length} of them answered otherwise:\n`,
    );
    for (const { name, deviates } of different) process.stdout.write(`  ${name}: ${deviates}\n`);
  });

  test.each(sampleRows(cases).map((each) => [each.name, each] as const))('%s', async (_name, recorded) => {
    const outcome = await run(recorded, certificates);
    const { deviates } = recorded;
    if (deviates === undefined) {
      expectSame(outcome, recorded);
      return;
    }
    const check = deviations.find(([start]) => deviates.startsWith(start))?.[1];
    expect(check, `no check for the deviation: ${deviates}`).toBeDefined();
    check?.(outcome, recorded);
  });

  test.each(
    cases
      .filter((each) => each.deviates?.startsWith('label numbers') === true)
      .map((each) => [each.name, each] as const),
  )('compat: strict gives what json_exporter gives: %s', async (_name, recorded) => {
    const config = recorded.config.replace(/^( {2}\S.*:)$/m, '$1\n    compat: strict');
    expectSame(await run({ ...recorded, config }, certificates), recorded);
  });
});

function expectRefused({ reply }: Outcome): void {
  expect(reply).toBeUndefined();
}

function expectDown({ reply }: Outcome, reason: RegExp): void {
  expect(reply?.status).toBe(200);
  expect(reply?.text).toMatch(/^target_up 0$/m);
  expect(/target_scrape_error\{reason="(\w+)"\} 1/.exec(reply?.text ?? '')?.[1]).toMatch(reason);
}

/** A byte order mark is skipped, where the recording still has it as a failure. */
function expectDecodeFailure(outcome: Outcome, { name }: Case): void {
  if (name.includes('byte order mark')) expect(outcome.reply?.text).toMatch(/^target_up 1$/m);
  else expectDown(outcome, /decode|limit/);
}

function expectDropped({ reply }: Outcome, cause: string): void {
  expect(reply?.text).toMatch(/^target_up 1$/m);
  expect(reply?.text).toMatch(new RegExp(`^target_scrape_samples_dropped\\{cause="${cause}"\\} [1-9]`, 'm'));
}

function expectOnce({ reply }: Outcome): void {
  const lines = (reply?.text ?? '').split('\n').filter((line) => line.startsWith('# TYPE'));
  expect(new Set(lines).size).toBe(lines.length);
}

/** The same start, status, samples, families and requests. */
function expectSame({ reply, seen, target }: Outcome, { expect: wanted, reply: served }: Case): void {
  if (wanted.start === 'refused') {
    expect(reply).toBeUndefined();
    return;
  }
  expect(reply?.status, reply?.text).toBe(wanted.status);
  if (wanted.status !== 200) return;
  const text = reply?.text ?? '';
  // Prometheus refuses a whole scrape for one negative timestamp, so zxp drops such samples.
  const samples = (wanted.samples ?? []).filter(({ timestamp }) => !String(timestamp ?? '').startsWith('-'));
  expect(listSamples(text)).toEqual(samples.map((sample) => toKey(sample)).sort());
  const exposed = new Set(samples.map(({ name }) => name));
  for (const [name, { type, help }] of Object.entries(wanted.families ?? {})) {
    if (!exposed.has(name)) continue;
    const spelt = text.includes(`# TYPE ${name} `) ? name : `"${name}"`;
    expect(text).toContain(`# TYPE ${spelt} ${type}\n`);
    expect(text).toContain(`# HELP ${spelt} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`);
  }
  const requests = [...(wanted.request == null ? [] : [wanted.request]), ...(wanted.more_requests ?? [])];
  expect(seen).toEqual(requests.map((each) => fillIn(each, target)));
  expect(served.status).toBeGreaterThan(0);
}

function fillIn<T>(value: T, target: string): T {
  return JSON.parse(JSON.stringify(value).replaceAll('TARGET', target));
}

/** Samples of the exposition as texts that compare as sets; zxp's own `target_*` families left out. */
function listSamples(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('target_'))
    .map((line) => parseSample(line))
    .sort();
}

const SAMPLE = /^(?:([a-zA-Z_:][\w:]*)|(?=\{"))(?:\{(.*)\})? (\S+)(?: (\S+))?$/s;
const PART = /(?:"((?:[^"\\]|\\.)*)"|([a-zA-Z_]\w*))(?:="((?:[^"\\]|\\.)*)")?,?/g;

function parseSample(line: string): string {
  const match = SAMPLE.exec(line);
  if (match === null) throw new Error(`no sample: ${line}`);
  const [, bareName, inside = '', value = '', timestamp] = match;
  let name = bareName ?? '';
  const labels: Record<string, string> = {};
  for (const [, quoted, bare, text] of inside.matchAll(PART)) {
    if (text === undefined) name = unescapeText(quoted ?? bare ?? '');
    else labels[unescapeText(quoted ?? bare ?? '')] = unescapeText(text);
  }
  return toKey({ name, labels, value, ...(timestamp === undefined ? {} : { timestamp }) });
}

function unescapeText(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function toKey(sample: {
  name: string;
  labels: Record<string, string>;
  value: string;
  timestamp?: string | number;
}): string {
  const number = Number(sample.value.replace(/Inf$/, 'Infinity'));
  const labels = Object.entries(sample.labels)
    .filter(([, value]) => value !== '')
    .sort();
  const value = Object.is(number, -0) ? '0' : String(number);
  return JSON.stringify([sample.name, labels, value, String(sample.timestamp ?? '')]);
}

/** Starts zxp with the file of a case, as `zxp --config.file` does, and probes as the case does. */
async function run(recorded: Case, certificates: ThrowawayCertificates): Promise<Outcome> {
  const upstream = await startUpstream(recorded, certificates);
  const folder = await mkdtemp(join(tmpdir(), 'zxp-conformance-'));
  let exporter: Daemon | undefined;
  try {
    const path = join(folder, 'config.yml');
    await writeFile(path, recorded.config.replaceAll('TARGET', upstream.target));
    for (const [name, text] of Object.entries(recorded.files ?? {})) await writeFile(join(folder, name), text);
    exporter = await start(path);
    const reply = exporter === undefined ? undefined : await probe(exporter.urls[0] ?? '', recorded, upstream.target);
    return { reply, seen: upstream.seen, target: upstream.target };
  } finally {
    await exporter?.close();
    await upstream.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Undefined where the file is refused. */
async function start(path: string): Promise<Daemon | undefined> {
  try {
    return await startDaemon({ flags: { 'config.file': path, 'web.listen-address': '127.0.0.1:0' } });
  } catch (thrown) {
    if (thrown instanceof ZxpError && thrown.code === 'config') return undefined;
    throw thrown;
  }
}

function probe(url: string, { query, probe_headers }: Case, target: string): Promise<{ status: number; text: string }> {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of value === null ? [] : [value].flat()) parameters.append(name, each.replaceAll('TARGET', target));
  }
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/probe?${parameters}`, { agent: false, headers: probe_headers ?? {} }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    asked.once('error', reject);
    asked.end();
  });
}

interface Upstream {
  readonly target: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/** Headers that the recordings leave out, and zxp's own User-Agent. */
const UNRECORDED = /^(host|connection|content-length|transfer-encoding|accept-encoding|referer)$/;

async function startUpstream(recorded: Case, certificates: ThrowawayCertificates): Promise<Upstream> {
  const seen: SeenRequest[] = [];
  let target = '';
  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    seen.push(describeRequest(incoming, Buffer.concat(chunks).toString('utf8')));
    const path = new URL(incoming.url ?? '/', 'http://x').pathname;
    const more = recorded.more_replies?.[path];
    const reply = more ?? recorded.reply;
    const document = more === undefined ? recorded.document : (more.document ?? '');
    const body = typeof document === 'string' ? Buffer.from(document) : Buffer.from(document.base64, 'base64');
    const headers = fillIn(reply.headers ?? {}, target);
    response.writeHead(reply.status, headers);
    if (Number(headers['content-length'] ?? 0) > body.length) response.write(body, () => response.destroy());
    else response.end(body);
  };
  const server =
    recorded.upstream_tls === undefined
      ? createServer(answer)
      : createTlsServer({ ...certificates.selfSigned }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  target = `127.0.0.1:${isAddress(address) ? address.port : 0}`;
  return {
    target,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

function describeRequest(incoming: IncomingMessage, body: string): SeenRequest {
  const headers: Record<string, string | string[]> = {};
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    const name = (incoming.rawHeaders[i] ?? '').toLowerCase();
    const value = incoming.rawHeaders[i + 1] ?? '';
    if (UNRECORDED.test(name) || (name === 'user-agent' && value.startsWith('zxp/'))) continue;
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return { method: incoming.method ?? '', path: incoming.url ?? '', headers, ...(body === '' ? {} : { body }) };
}
