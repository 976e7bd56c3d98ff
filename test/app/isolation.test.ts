import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { createHold, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { runs } from '../support/runs.js';
import { findSample } from '../support/samples.js';

const CALLERS = runs(1000);
const CONNECTIONS = 64;
/** Every seventh has the wrong password. */
const isRefused = (caller: number) => caller % 7 === 3;
const toName = (caller: number) => `caller-${String(caller).padStart(4, '0')}`;
const toCredential = (caller: number) =>
  `Basic ${Buffer.from(`${toName(caller)}:password-${caller}`).toString('base64')}`;

/**
 * An upstream that tells each caller of their own series only, after a delay that the seed decides. The first answers
 * wait until every connection has asked, so that it is certain that callers overlap.
 */
async function startPrivateUpstream() {
  const callers = new Map(Array.from({ length: CALLERS }, (_, caller) => [toCredential(caller), caller]));
  const random = createRandom(42);
  const everybody = createHold();
  return startStubUpstream(async (incoming, response) => {
    if (everybody.held === CONNECTIONS - 1) everybody.release();
    await everybody.pass();
    await wait(random() * 12);
    const caller = callers.get(incoming.headers.authorization ?? '');
    if (caller === undefined || isRefused(caller)) response.writeHead(401).end('who are you');
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(describeFor(caller)));
  });
}

/** As many repositories as the last digit of the caller's number says, each counting what is theirs alone. */
function describeFor(caller: number) {
  const repos = Array.from({ length: 1 + (caller % 10) }, (_, i) => `${toName(caller)}/repo-${i}`);
  const Counters = repos.map((repo, i) => ({
    Name: 'pulls',
    Count: caller * 100 + i,
    LabelNames: ['repo'],
    LabelValues: [repo],
  }));
  return { Counters };
}

/** Marsaglia's xorshift32, 0 to 1. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

async function scrape(url: string, agent: Agent, caller: number): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`${url}/metrics`, { agent, headers: { authorization: toCredential(caller) } })
      .once('response', resolve)
      .once('error', reject)
      .end();
  });
  expect(response.statusCode).toBe(200);
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return body;
}

test(`${CALLERS} interleaved scrapes over ${CONNECTIONS} connections: each body is its caller's own`, async () => {
  const upstream = forThisTest(await startPrivateUpstream());
  const flags = { 'web.max-requests': String(CONNECTIONS), 'upstream.max-connections': String(CONNECTIONS) };
  const zxp = await startDaemon({ flags: { upstream: upstream.url, 'log.level': 'debug', ...flags } });
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  forThisTest({ close: () => agent.destroy() });

  const bodies = await Promise.all(Array.from({ length: CALLERS }, (_, caller) => scrape(zxp.url, agent, caller)));

  for (const [caller, body] of bodies.entries()) {
    const names = new Set(body.match(/caller-\d+/g));
    if (isRefused(caller)) {
      expect([...names]).toEqual([]);
      expect(body).toContain('\ntarget_scrape_error{reason="unauthorized"} 1\n');
      expect(findSample(body, 'target_scrape_http_status_code')).toBe(401);
      continue;
    }
    expect([...names]).toEqual([toName(caller)]);
    expect(findSample(body, 'target_up')).toBe(1);
    expect(findSample(body, 'target_scrape_samples')).toBe(1 + (caller % 10));
    for (const { LabelValues, Count } of describeFor(caller).Counters) {
      expect(findSample(body, `pulls_total{repo="${LabelValues[0]}"}`)).toBe(Count);
    }
  }
  expect(upstream.arrived).toBe(CALLERS);

  const own = await zxp.ownMetrics();
  const refused = Array.from({ length: CALLERS }, (_, caller) => caller).filter(isRefused).length;
  expect(findSample(own, 'zxp_scrapes_total{reason=""}')).toBe(CALLERS - refused);
  expect(findSample(own, 'zxp_scrapes_total{reason="unauthorized"}')).toBe(refused);
  expect(findSample(own, 'zxp_scrapes_in_flight')).toBe(0);
  for (const text of [own, zxp.logged.join('\n')]) expect(text).not.toMatch(/caller-|password-|Y2FsbGVyL/);
});
