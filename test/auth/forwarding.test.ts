import { describe, expect, test } from 'vitest';
import { basic, bearer } from '../support/ask.js';
import { type DaemonOptions, startDaemon } from '../support/daemon.js';
import { startJsonUpstream } from '../support/fake-upstream.js';

const TOKENS = { web: 'bearer_tokens_file: tokens\n', files: { tokens: 'scraper\n' } };
const right = bearer('scraper');
const METRICS = "metrics: [{ name: n, path: '{.n}' }]";

/** A module `m` with these keys, asked by the upstream of `--upstream` and as a target of `/probe`. */
async function start(keys: string, guarded: DaemonOptions = TOKENS, status = 200) {
  const upstream = await startJsonUpstream({ n: 7 }, { status });
  const zxp = await startDaemon({
    ...guarded,
    config: `upstream: ${upstream.url}\nmodule: m\nmodules: { m: { ${keys}${keys === '' ? '' : ', '}${METRICS} } }\n`,
  });
  const shown = () => upstream.requests.map(({ headers }) => headers.authorization);
  return { zxp, upstream, shown };
}

const paths = (upstream: { readonly url: string }) => ['/metrics', `/probe?module=m&target=${upstream.url}/metrics`];

describe('with users or tokens of its own, zxp', () => {
  test('passes no Authorization on, in /metrics and in /probe', async () => {
    const { zxp, upstream, shown } = await start('');
    for (const path of paths(upstream)) expect((await zxp.ask(path, { headers: right })).text).toContain('\nn 7\n');
    expect(shown()).toEqual([undefined, undefined]);
  });

  test("shows the module's credentials and not the scraper's", async () => {
    const { zxp, upstream, shown } = await start('http_client_config: { basic_auth: { username: u, password: p } }');
    for (const path of paths(upstream)) await zxp.ask(path, { headers: right });
    expect(shown()).toEqual([basic('u', 'p').authorization, basic('u', 'p').authorization]);
  });

  test('passes on what it has checked where the module says forward_verified', async () => {
    const { zxp, upstream, shown } = await start('forward_verified: true');
    for (const path of paths(upstream)) await zxp.ask(path, { headers: right });
    expect(shown()).toEqual([right.authorization, right.authorization]);
    await zxp.ask('/metrics', { headers: bearer('wrong') });
    expect(shown()).toHaveLength(2);
  });

  test('passes other headers on only where the module lists them, and Authorization not by that way', async () => {
    const { zxp, upstream } = await start('forward_headers: [X-Scope-OrgID, Cookie]');
    const headers = { ...right, 'x-scope-orgid': 'a', cookie: 'b=c', 'x-other': 'd' };
    await zxp.ask('/metrics', { headers });
    expect(upstream.requests[0]?.headers).toMatchObject({ 'x-scope-orgid': 'a', cookie: 'b=c' });
    expect(upstream.requests[0]?.headers).not.toHaveProperty('x-other');
    expect(upstream.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  test('logs at its start which modules send no credentials', async () => {
    const told = async (keys: string) =>
      (await start(keys)).zxp.logged.filter((line) => line.includes('for zxp alone'));
    expect(await told('')).toEqual([expect.stringContaining('"modules":"m"')]);
    expect(await told('forward_verified: true')).toEqual([]);
    expect(await told('http_client_config: { basic_auth: { username: u, password: p } }')).toEqual([]);
  });

  test('shows on the status page whether credentials are forwarded', async () => {
    const page = async (keys: string) => (await (await start(keys)).zxp.ask('/', { headers: right })).text;
    expect(await page('')).not.toContain('Credentials of the scraper are forwarded');
    expect(await page('headers: { Authorization: Bearer own }')).not.toContain(
      'Credentials of the scraper are forwarded',
    );
    expect(await page('forward_verified: true')).toContain('Credentials of the scraper are forwarded');
  });

  test.each([
    ['', 502],
    ['forward_verified: true', 401],
  ])('answers a 401 of the upstream with --scrape.fail-status, %j, with %i', async (keys, status) => {
    const { zxp } = await start(keys, { ...TOKENS, flags: { 'scrape.fail-status': 'true' } }, 401);
    const reply = await zxp.ask('/metrics', { headers: right });
    expect(reply.status).toBe(status);
    expect(reply.headers['www-authenticate'] === undefined).toBe(status === 502);
  });
});

describe('without, it', () => {
  test('passes Authorization on', async () => {
    const { zxp, shown } = await start('', { web: 'allowed_clients: [127.0.0.0/8]\n' });
    await zxp.ask('/metrics', { headers: right });
    expect(shown()).toEqual([right.authorization]);
    expect(zxp.logged.join('\n')).not.toContain('for zxp alone');
  });

  test('shows on the status page that they are, but for a module with its own Authorization header', async () => {
    const page = async (keys: string) => (await (await start(keys, { web: 'mode: none\n' })).zxp.ask('/')).text;
    expect(await page('')).toContain('Credentials of the scraper are forwarded');
    expect(await page('headers: { Authorization: Bearer own }')).not.toContain(
      'Credentials of the scraper are forwarded',
    );
  });
});

describe('the start is refused', () => {
  test.each([
    [
      'without users or tokens',
      'forward_verified: true',
      { web: 'mode: none\n' },
      'has forward_verified, and zxp has neither users nor tokens to verify callers with',
    ],
    [
      "beside the module's own credentials",
      'forward_verified: true, http_client_config: { authorization: { credentials: c } }',
      TOKENS,
      'has forward_verified and a credential of its own',
    ],
    [
      "beside an Authorization among the module's headers",
      'forward_verified: true, headers: { authorization: c }',
      TOKENS,
      'has forward_verified and a credential of its own',
    ],
  ])('by forward_verified %s', async (_what, keys, guarded, message) => {
    await expect(start(keys, guarded)).rejects.toMatchObject({
      code: 'config',
      problems: [{ where: expect.stringMatching(/zxp\.yml:3:\d+: modules\.m$/), message, hint: expect.any(String) }],
    });
  });

  test('and so is a reload that leaves forward_verified without anybody who verifies', async () => {
    const { zxp, shown } = await start('forward_verified: true');
    zxp.folder.write('web.yml', 'mode: none\n');
    await expect(zxp.reload()).rejects.toMatchObject({ code: 'config' });
    expect((await zxp.ask('/metrics')).status).toBe(401);
    expect(shown()).toEqual([]);
  });
});
