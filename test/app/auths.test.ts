import { describe, expect, test } from 'vitest';
import { basic, bearer } from '../support/ask.js';
import { startDaemon } from '../support/daemon.js';
import { startFakeUpstream, startJsonUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';

const METRICS = "metrics: [{ name: n, path: '{.n}' }]";

/** A module `m` that may request two upstreams, `a` of which the auth of its name may go to. */
async function start(more = '', keys = '') {
  const [a, b] = [await startJsonUpstream({ n: 1 }), await startJsonUpstream({ n: 2 })];
  const zxp = await startDaemon({
    config: `
modules: { m: { allow: ['${a.url}', '${b.url}'], ${keys}${keys === '' ? '' : ', '}${METRICS} } }
auths:
  team-a: { allow: ['${a.url}'], basic_auth: { username: zxp, password: of-a } }
  team-b: { allow: ['${b.url}'], authorization: { credentials: of-b } }
  own: { allow: ['${a.url}'], forward: true }
${more.replaceAll('A_URL', a.url).replaceAll('B_URL', b.url)}`,
  });
  const shown = () => [...a.requests, ...b.requests].map(({ headers }) => headers.authorization);
  return { zxp, a, b, shown };
}

describe('an auth that the query names', () => {
  test("goes to the origins in its allow, in place of the caller's Authorization", async () => {
    const { zxp, a, b, shown } = await start();
    const caller = bearer('caller');
    for (const [auth, { url }] of [
      ['team-a', a],
      ['team-b', b],
      ['own', a],
    ] as const) {
      expect((await zxp.probe({ module: 'm', target: url, auth }, caller)).text).toContain('\ntarget_up 1\n');
    }
    expect(shown()).toEqual([basic('zxp', 'of-a').authorization, caller.authorization, 'Bearer of-b']);
  });

  test("replaces the module's own credentials, also those among its headers", async () => {
    const { zxp, a, shown } = await start('', "headers: { Authorization: 'Basic module' }");
    await zxp.probe({ module: 'm', target: a.url });
    await zxp.probe({ module: 'm', target: a.url, auth: 'team-a' });
    expect(shown()).toEqual(['Basic module', basic('zxp', 'of-a').authorization]);
  });

  test.each([
    ['another port', (a: string) => a.replace(/:\d+$/, ':1')],
    ['another scheme', (a: string) => a.replace('http:', 'https:')],
    ['another name', (a: string) => a.replace('127.0.0.1', 'localhost')],
  ])('is refused before a connection is made for %s', async (_, change) => {
    const { zxp, a } = await start('', 'timeout: 5s, valid_status_codes: [200]');
    const { status } = await zxp.probe({ module: 'm', target: change(a.url), auth: 'team-a' });
    expect(status).toBe(403);
    expect(a.requests).toEqual([]);
  });

  test('is refused for an origin of the module that is not its own, and for a user in the URL', async () => {
    const { zxp, a, b } = await start();
    const refused = await zxp.probe({ module: 'm', target: b.url, auth: 'team-a' });
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('the auth team-a may not go to')]);
    const withUser = a.url.replace('//', '//me:p@');
    expect((await zxp.probe({ module: 'm', target: withUser, auth: 'team-a' })).status).toBe(400);
    expect([...a.requests, ...b.requests]).toEqual([]);
  });

  test('is 400 where it is unknown or given twice, and repeats nothing of it', async () => {
    const { zxp, a } = await start();
    for (const auth of ['CANARY', ['team-a', 'CANARY']]) {
      const { status, text } = await zxp.probe({ module: 'm', target: a.url, auth });
      expect(status).toBe(400);
      expect(text).not.toContain('CANARY');
    }
    expect(a.requests).toEqual([]);
  });

  test('never follows a redirect to another origin', async () => {
    const { a, b } = await start();
    const redirect = { status: 302, headers: { location: `${b.url}/` } };
    const { url: origin } = forThisTest(await startFakeUpstream(() => redirect));
    const zxp = await startDaemon({
      config: `
modules: { m: { allow: ['${origin}', '${b.url}'], http_client_config: { follow_redirects: true }, ${METRICS} } }
auths: { team: { allow: ['${origin}', '${b.url}'], authorization: { credentials: CANARY } } }
targets: []`,
    });
    const { text } = await zxp.probe({ module: 'm', target: origin, auth: 'team' });
    expect(text).toContain('target_scrape_error{reason="redirect"} 1');
    expect([...a.requests, ...b.requests]).toEqual([]);
  });

  test('is an ordinary parameter in a file without auths', async () => {
    const upstream = await startJsonUpstream({ n: 1 });
    const zxp = await startDaemon({
      config: `modules: { m: { allow: ['${upstream.url}'], params: { x: { template: '{{ .auth }}' } }, ${METRICS} } }\ntargets: []`,
    });
    expect((await zxp.probe({ module: 'm', target: upstream.url, auth: 'anything' })).status).toBe(200);
  });
});

describe('an auth that a target or a module names', () => {
  test('goes: that of the target before that of the module', async () => {
    const { zxp, b, shown } = await start(
      "targets: [{ name: north, url: 'A_URL', module: m, auth: team-a }]",
      'auth: team-b',
    );
    await zxp.probe({ target: 'north' });
    await zxp.probe({ module: 'm', target: b.url });
    expect(shown()).toEqual([basic('zxp', 'of-a').authorization, 'Bearer of-b']);
  });

  test('of a named target may be repeated in the query, and no other may be named', async () => {
    const { zxp, a } = await start("targets: [{ name: north, url: 'A_URL', module: m, auth: team-a }]");
    expect((await zxp.probe({ target: 'north', auth: 'team-a' })).status).toBe(200);
    expect((await zxp.probe({ target: 'north', auth: 'own' })).status).toBe(403);
    expect(a.requests).toHaveLength(1);
  });

  test('without allow goes to the targets that name it alone', async () => {
    const { zxp, a, b } = await start(`  only: { authorization: { credentials: x } }
targets: [{ name: north, url: 'A_URL/x', module: m, auth: only }]`);
    expect((await zxp.probe({ target: 'north' })).status).toBe(200);
    expect((await zxp.probe({ module: 'm', target: `${a.url}/y`, auth: 'only' })).status).toBe(403);
    expect((await zxp.probe({ module: 'm', target: b.url, auth: 'only' })).status).toBe(403);
    expect(a.requests).toHaveLength(1);
  });
});

test('a hundred targets of one module have a hundred tokens, and each sees its own, at the same time', async () => {
  const upstream = await startJsonUpstream({ n: 1 });
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  const zxp = await startDaemon({
    config: `
modules: { m: { ${METRICS} } }
auths:
${numbers.map((i) => `  a${i}: { authorization: { credentials: token-${i} } }`).join('\n')}
targets:
${numbers.map((i) => `  - { name: t${i}, url: '${upstream.url}/${i}', module: m, auth: a${i} }`).join('\n')}`,
  });
  for (let round = 0; round < 2; round++) {
    const replies = await Promise.all(numbers.slice(0, 50).map((i) => zxp.probe({ target: `t${i}` })));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  }
  for (const { path, headers } of upstream.requests)
    expect(headers.authorization).toBe(`Bearer token-${path.slice(1)}`);
  expect(upstream.requests).toHaveLength(100);
});

describe('the start is refused', () => {
  const modules = `modules: { m: { allow: ['http://a.example'], ${METRICS} } }`;
  test.each([
    [
      "where a module's auth may not go to its target",
      `modules: { m: { auth: x, ${METRICS} } }\ntargets: [{ name: t, url: 'http://a.example', module: m }]
auths: { x: { allow: ['http://b.example'], basic_auth: { username: u } } }`,
      'the auth x may not go to http://a.example',
    ],
    [
      'where a login of an auth is on an origin that it may not go to',
      `${modules}\nauths: { x: { allow: ['http://a.example'], login: { url: 'http://b.example/login', token: { header: X } } } }`,
      'url is not in allow of the auth',
    ],
    [
      'where an auth has neither allow nor a target',
      `${modules}\nauths: { x: { basic_auth: { username: u, password: CANARY } } }`,
      'needs allow or a target that names it',
    ],
  ])('%s', async (_, config, words) => {
    const failure: unknown = await startDaemon({ config: config }).catch((thrown: unknown) => thrown);
    const problems = failure instanceof Error && 'problems' in failure ? JSON.stringify(failure.problems) : '';
    expect(problems).toContain(words);
    expect(problems).not.toContain('CANARY');
    expect(failure).toMatchObject({ problems: [expect.anything()] });
  });

  test('where forward: true forwards nothing, as zxp takes Authorization for itself', async () => {
    const config = `${modules}\nauths: { x: { allow: ['http://a.example'], forward: true } }`;
    const started = startDaemon({ web: 'bearer_tokens_file: tokens\n', files: { tokens: 'scraper\n' }, config });
    await expect(started).rejects.toMatchObject({
      problems: [expect.objectContaining({ message: expect.stringContaining('forwards nothing') })],
    });
  });
});
