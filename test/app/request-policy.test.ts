import { describe, expect, test } from 'vitest';
import { bearer } from '../support/ask.js';
import { startDaemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { createHold, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';

const METRICS = "metrics: [{ name: n, path: '{.n}' }]";

/** What the upstream does from now on. */
interface Behaviour {
  status: number;
  body: string;
  headers: Record<string, string>;
}

/** An upstream to be turned, behind a module `m` with these keys. */
async function start(keys: string, { more = '', flags = {} }: { more?: string; flags?: Record<string, string> } = {}) {
  const behaviour: Behaviour = { status: 200, body: '{"n":1}', headers: {} };
  const upstream = forThisTest(
    await startStubUpstream((_, response) => {
      response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body);
    }),
  );
  const config = `modules: { m: { allow: ['${upstream.url}'], ${keys}, ${METRICS} } }\ntargets: []\n${more}`;
  const zxp = await startDaemon({ config: config, flags });
  const probe = (who = 'alice') => zxp.probe({ target: upstream.url, module: 'm' }, bearer(who));
  return { zxp, upstream, behaviour, probe, config };
}

const samples = (text: string, ...names: readonly string[]) =>
  text.split('\n').filter((line) => names.some((name) => line.startsWith(`${name} `) || line.startsWith(`${name}{`)));

describe('stale_on_error', () => {
  test.each<[string, Partial<Behaviour>, string]>([
    ['a status', { status: 500 }, 'status'],
    ['what is no JSON', { body: 'sorry' }, 'decode'],
    ['a redirect', { status: 302 }, 'redirect'],
  ])(
    'repeats the last good families after %s, with target_up 0, the reason and the age',
    async (_, failure, reason) => {
      const { behaviour, probe } = await start('stale_on_error: 10m');
      expect(samples((await probe()).text, 'n', 'target_up')).toEqual(['n 1', 'target_up 1']);
      Object.assign(behaviour, failure);
      const { text } = await probe();
      expect(samples(text, 'n', 'target_up', 'target_scrape_error', 'target_scrape_samples')).toEqual([
        'n 1',
        'target_up 0',
        'target_scrape_samples 1',
        `target_scrape_error{reason="${reason}"} 1`,
      ]);
      expect(samples(text, 'target_scrape_age_seconds')).toHaveLength(1);
      Object.assign(behaviour, { status: 200, body: '{"n":2}' });
      expect(samples((await probe()).text, 'n', 'target_up')).toEqual(['n 2', 'target_up 1']);
    },
  );

  test('repeats nothing to another caller, after 401 and 403, or once the time is over', async () => {
    const { behaviour, probe } = await start('stale_on_error: 300ms');
    await probe();
    for (const status of [401, 403]) {
      behaviour.status = status;
      expect(samples((await probe()).text, 'n')).toEqual([]);
    }
    behaviour.status = 200;
    await probe();
    behaviour.status = 500;
    expect(samples((await probe()).text, 'n')).toEqual(['n 1']);
    expect(samples((await probe('bob')).text, 'n')).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(samples((await probe()).text, 'n', 'target_up')).toEqual(['target_up 0']);
  });

  test.each([401, 403])('forgets what these credentials got after %i, until they are good again', async (status) => {
    const { behaviour, probe } = await start('stale_on_error: 10m');
    await probe('alice');
    await probe('bob');
    behaviour.status = status;
    await probe('alice');
    behaviour.status = 500;
    expect(samples((await probe('alice')).text, 'n')).toEqual([]);
    expect(samples((await probe('bob')).text, 'n')).toEqual(['n 1']);
    behaviour.status = 200;
    await probe('alice');
    behaviour.status = 500;
    expect(samples((await probe('alice')).text, 'n')).toEqual(['n 1']);
  });

  test('repeats nothing with --scrape.fail-status, which answers with the error', async () => {
    const { behaviour, probe } = await start('stale_on_error: 10m', { flags: { 'scrape.fail-status': 'true' } });
    await probe();
    behaviour.status = 500;
    const { status, text } = await probe();
    expect(status).toBe(502);
    expect(samples(text, 'n')).toEqual([]);
  });

  test('repeats large families as well', async () => {
    const { behaviour, probe } = await start('stale_on_error: 10m');
    const large = JSON.stringify({ n: 5, filler: 'x'.repeat(3_000_000) });
    behaviour.body = large;
    expect(samples((await probe()).text, 'n', 'target_up')).toEqual(['n 5', 'target_up 1']);
    behaviour.status = 500;
    expect(samples((await probe()).text, 'n', 'target_up')).toEqual(['n 5', 'target_up 0']);
  });
});

describe('max_requests_per', () => {
  test('lets the API see no more requests, and repeats the last answer with its own target_up', async () => {
    const { upstream, behaviour, probe } = await start('max_requests_per: { requests: 2, interval: 1h }');
    await probe();
    behaviour.status = 503;
    expect(samples((await probe()).text, 'target_up')).toEqual(['target_up 0']);
    behaviour.status = 200;
    const { text } = await probe();
    expect(samples(text, 'target_up', 'target_scrape_http_status_code')).toEqual([
      'target_up 0',
      'target_scrape_http_status_code 503',
    ]);
    expect(samples(text, 'target_scrape_age_seconds')).toHaveLength(1);
    expect(upstream.arrived).toBe(2);
  });

  test('counts per credential, and fails for limit where there is no last answer', async () => {
    const { upstream, probe, zxp } = await start('max_requests_per: { requests: 1, interval: 1h }');
    await probe('alice');
    await probe('bob');
    expect(upstream.arrived).toBe(2);
    const { text } = await zxp.probe({ target: `${upstream.url}/other`, module: 'm' }, bearer('alice'));
    expect(samples(text, 'target_scrape_error')).toEqual(['target_scrape_error{reason="limit"} 1']);
    expect(upstream.arrived).toBe(2);
  });

  test('is silent for as long as Retry-After asks for, also after a 200, and a minute after a 429 without it', async () => {
    for (const answer of [{ headers: { 'retry-after': '3600' } }, { status: 429 }]) {
      const { upstream, behaviour, probe } = await start('max_requests_per: { requests: 100, interval: 1h }');
      Object.assign(behaviour, answer);
      for (let i = 0; i < 5; i++) await probe();
      expect(upstream.arrived).toBe(1);
    }
  });

  test('goes on counting over a reload that does not change it', async () => {
    const { upstream, probe, zxp, config } = await start('max_requests_per: { requests: 1, interval: 1h }');
    await probe();
    zxp.write(`${config}\n# changed`);
    await zxp.reload();
    await probe();
    expect(upstream.arrived).toBe(1);
  });

  test('of a name is one for all modules that have it', async () => {
    const { upstream, probe, zxp } = await start('budget: api', {
      more: 'budgets: { api: { requests: 3, interval: 1h } }',
    });
    for (let i = 0; i < 5; i++) await probe();
    expect(upstream.arrived).toBe(3);
    expect((await zxp.probe({ target: upstream.url, module: 'm' }, bearer('alice'))).status).toBe(200);
  });

  test('holds for redirects, and for what a token was refused for', async () => {
    const { upstream, behaviour, probe } = await start(
      'max_requests_per: { requests: 3, interval: 1h }, http_client_config: { follow_redirects: true }',
    );
    Object.assign(behaviour, { status: 302, headers: { location: '/again' } });
    const { text } = await probe();
    expect(samples(text, 'target_scrape_error')).toEqual(['target_scrape_error{reason="limit"} 1']);
    expect(upstream.arrived).toBe(3);
  });
});

describe('coalesce', () => {
  test('makes one request of identical scrapes at the same time, for each caller, and keeps nothing', async () => {
    const hold = createHold();
    const upstream = forThisTest(
      await startStubUpstream(async (_, response) => {
        await hold.pass();
        response.end('{"n":1}');
      }),
    );
    for (const [config, flags, path] of [
      [`modules: { m: { allow: ['${upstream.url}'], coalesce: true, ${METRICS} } }\ntargets: []`, {}, undefined],
    ] as const) {
      const zxp = await startDaemon({ config: config, flags });
      const ask = (who: string) => zxp.probe({ target: path ?? upstream.url, module: 'm' }, bearer(who));
      const waiting = ['a', 'a', 'b', 'a'].map(ask);
      await eventually('both callers are asked for', () => upstream.arrived === 2);
      hold.release();
      for (const { text } of await Promise.all(waiting)) expect(samples(text, 'n')).toEqual(['n 1']);
      expect(upstream.arrived).toBe(2);
      await ask('a');
      expect(upstream.arrived).toBe(3);
    }
  });

  test('of --upstream is --scrape.coalesce', async () => {
    const hold = createHold();
    const upstream = forThisTest(
      await startStubUpstream(async (_, response) => {
        await hold.pass();
        response.end('{"Gauges":[]}');
      }),
    );
    const zxp = await startDaemon({ config: '', flags: { upstream: upstream.url, 'scrape.coalesce': 'true' } });
    const waiting = Array.from({ length: 5 }, () => zxp.ask('/metrics'));
    await eventually('it is asked', () => upstream.arrived > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    hold.release();
    await Promise.all(waiting);
    expect(upstream.arrived).toBe(1);
  });
});

describe('forward_authorization: false', () => {
  test("keeps the caller's Authorization from the module's targets", async () => {
    const seen: (string | undefined)[] = [];
    const upstream = forThisTest(
      await startStubUpstream((request, response) => {
        seen.push(request.headers.authorization);
        response.end('{"n":1}');
      }),
    );
    const zxp = await startDaemon({
      config: `modules: { m: { allow: ['${upstream.url}'], forward_authorization: false, ${METRICS} } }\ntargets: []`,
    });
    await zxp.probe({ target: upstream.url, module: 'm' }, bearer('CANARY'));
    expect(seen).toEqual([undefined]);
  });
});

test.each([
  ['max_requests_per: { requests: 0, interval: 1m }', 'requests'],
  ['max_requests_per: { requests: 5 }', 'interval'],
  ['max_requests_per: { requests: 10001, interval: 1m }', 'must be at most 10000'],
  ['budget: nowhere', 'unknown budget'],
  ['stale_on_error: soon', 'stale_on_error'],
  ['coalesce: perhaps', 'coalesce'],
  ['forward_authorization: false, forward_verified: true', 'cannot be combined with forward_verified'],
  ['digest_auth: { password: CANARY }', 'username'],
])('%s is one clear problem', async (keys, words) => {
  const config = `modules: { m: { allow: ['http://a.example'], ${keys}, ${METRICS} } }\ntargets: []`;
  const failure: unknown = await startDaemon({ config: config }).catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({ problems: expect.arrayContaining([expect.anything()]) });
  const text = failure instanceof Error && 'problems' in failure ? JSON.stringify(failure.problems) : '';
  expect(text).toContain(words);
  expect(text).not.toContain('CANARY');
});
