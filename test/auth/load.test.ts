import { Agent as HttpAgent } from 'node:http';
import { Agent } from 'node:https';
import { hashSync } from 'bcryptjs';
import { expect, test } from 'vitest';
import { basic, bearer } from '../support/ask.js';
import { makeAuthority } from '../support/certificate-authority.js';
import { startDaemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { startJsonUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { measureHeap } from '../support/heap-size.js';
import { runs } from '../support/runs.js';

const TEST_MS = 180_000;
const WAIT_MS = 60_000;
const RELOADS = runs(200);
const CONNECTIONS = 64;

test(`${RELOADS} reloads while ${CONNECTIONS} connections scrape: no wrong answer, no lost connection`, {
  timeout: TEST_MS,
}, async () => {
  const authority = makeAuthority();
  const [first, second] = [authority.issue('first'), authority.issue('second')];
  const upstream = await startJsonUpstream({ Gauges: [{ Name: 'n', Value: 7, LabelNames: [], LabelValues: [] }] });
  const states = [
    { tokens: 'right\nold\n', 'tls.crt': first.cert, 'tls.key': first.key },
    { tokens: 'right\nnew\n', 'tls.crt': second.cert, 'tls.key': second.key },
  ];
  const zxp = await startDaemon({
    web: 'tls_server_config: { cert_file: tls.crt, key_file: tls.key }\nbearer_tokens_file: tokens\n',
    files: { ...states[0] },
    flags: { upstream: upstream.url, 'web.max-requests': String(CONNECTIONS) },
  });
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ca: authority.cert });
  forThisTest({ close: () => agent.destroy() });
  let handshakes = 0;
  agent.on('keylog', (line: Buffer) => {
    // One a connection over TLS 1.3.
    if (line.toString().startsWith('CLIENT_HANDSHAKE_TRAFFIC_SECRET')) handshakes++;
  });
  let isOver = false;
  const answers = new Map<string, number>();
  let count = 0;
  const scrape = async (i: number) => {
    while (!isOver) {
      const isRight = i % 4 !== 0;
      const { status, text } = await zxp.ask('/metrics', { agent, headers: bearer(isRight ? 'right' : 'wrong') });
      const answer = `${isRight ? 'right' : 'wrong'} ${status} ${/^n 7$/m.test(text)}`;
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      count++;
    }
  };
  const scrapers = Array.from({ length: CONNECTIONS }, (_, i) => scrape(i));
  await eventually('every connection is there', () => handshakes === CONNECTIONS, WAIT_MS);
  for (let i = 1; i <= RELOADS; i++) {
    for (const [name, text] of Object.entries(states[i % 2] ?? {})) zxp.folder.write(name, text);
    const before = count;
    await zxp.reload();
    await eventually('scrapes go on', () => count > before + 8, WAIT_MS);
  }
  isOver = true;
  await Promise.all(scrapers);
  expect([...answers.keys()].sort()).toEqual(['right 200 true', 'wrong 401 false']);
  expect(handshakes).toBe(CONNECTIONS);
});

const WRONG = runs(20_000);
const FLOODERS = 64;
const PASSWORD_LENGTH = 1000;

test(`a right password is answered beside ${WRONG} wrong ones, of which nothing stays`, {
  timeout: TEST_MS,
}, async () => {
  const upstream = await startJsonUpstream({ Gauges: [] });
  const zxp = await startDaemon({
    web: `basic_auth_users: { alice: '${hashSync('wonderland', 4)}' }\ntrusted_proxies: [127.0.0.1]\n`,
    flags: { upstream: upstream.url },
  });
  const agent = new HttpAgent({ keepAlive: true, maxSockets: FLOODERS });
  forThisTest({ close: () => agent.destroy() });
  const ask = async (from: string, password: string) =>
    (await zxp.ask('/metrics', { agent, headers: { 'x-forwarded-for': from, ...basic('alice', password) } })).status;
  const statuses = new Map<number, number>();
  let sent = 0;
  let answered = 0;
  const floodUpTo = async (end: number) => {
    const flood = async () => {
      while (sent < end) {
        const status = await ask('192.0.2.1', `${sent++} `.padEnd(PASSWORD_LENGTH, 'x'));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        answered++;
      }
    };
    await Promise.all(Array.from({ length: FLOODERS }, flood));
  };
  await floodUpTo(WRONG / 10);
  const before = measureHeap();
  const flooded = floodUpTo(WRONG);
  const knock = zxp.ask('/metrics', { headers: { 'x-forwarded-for': '192.0.2.2', ...basic('alice', 'wonderland') } });
  expect((await knock).status).toBe(200);
  expect(answered).toBeLessThan(WRONG);
  await flooded;
  expect([...statuses.keys()].sort()).toEqual([401, 503]);
  expect(measureHeap() - before).toBeLessThan((WRONG * PASSWORD_LENGTH) / 4);
});
