import { describe, expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { startJsonUpstream, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';

/** A module that finds hosts, and one that does not. */
function inventory(url: string, rest = ''): string {
  return `targets: [{ name: hosts, url: '${url}/hosts', module: inventory }]
modules:
  inventory:
    ${rest}
    discover:
      each: '{.items[*]}'
      target: '{.host}:9100'
      labels: { __param_id: '{.id}', site: '{.place.site}' }
  other:
    allow: ['${url}']
    metrics: [{ name: n, path: '{.n}' }]
`;
}

const hosts = {
  items: [
    { host: 'a.example', id: 12345678, place: { site: 'north' } },
    { host: 'b.example', id: '2', place: {} },
    { host: 'c.example', id: null, place: null },
  ],
};

describe('/discover', () => {
  test('gives the targets that a document names as http_sd_configs wants them, with the caller’s credentials', async () => {
    const api = await startJsonUpstream(hosts);
    const zxp = await startDaemon({ config: inventory(api.url) });
    const reply = await zxp.ask('/discover?module=inventory&target=hosts', {
      headers: { Authorization: 'Bearer mine' },
    });
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(reply.text)).toEqual([
      { targets: ['a.example:9100'], labels: { __param_id: '12345678', site: 'north' } },
      { targets: ['b.example:9100'], labels: { __param_id: '2' } },
      { targets: ['c.example:9100'], labels: {} },
    ]);
    expect(api.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([['/hosts', 'Bearer mine']]);
  });

  test('gives the elements of all pages', async () => {
    const api = forThisTest(
      await startStubUpstream((request, response) => {
        const page = Number(new URL(request.url ?? '', 'http://api').searchParams.get('page'));
        response.end(JSON.stringify({ items: page < 4 ? [{ host: `h${page}`, id: page }] : [] }));
      }),
    );
    const zxp = await startDaemon({ config: inventory(api.url, "pages: { items: '{.items}', next: { page: page } }") });
    const { text } = await zxp.ask('/discover?target=hosts');
    expect(text.match(/h\d:9100/g)).toEqual(['h1:9100', 'h2:9100', 'h3:9100']);
  });

  test('gives an empty list for an empty array, and for a filter that nothing passes', async () => {
    const api = await startJsonUpstream({ items: [] });
    const zxp = await startDaemon({ config: inventory(api.url) });
    expect(await zxp.ask('/discover?target=hosts')).toMatchObject({ status: 200, text: '[]\n' });
    const other = await startJsonUpstream(hosts);
    const filtering = await startDaemon({
      config: inventory(other.url).replace('{.items[*]}', '{.items[?(@.host=="x")]}'),
    });
    expect(await filtering.ask('/discover?target=hosts')).toMatchObject({ status: 200, text: '[]\n' });
  });

  test('leaves out elements without a target, and counts them in the log', async () => {
    const items = [{ id: 1 }, { host: 'b' }, { host: null }, 'text', { host: 'secret-name' }];
    const api = await startJsonUpstream({ items });
    const zxp = await startDaemon({ config: inventory(api.url) });
    const { text } = await zxp.ask('/discover?target=hosts');
    expect(text.match(/[\w-]+:9100/g)).toEqual(['b:9100', 'secret-name:9100']);
    const [line = '', ...more] = zxp.logged.filter((each) => each.startsWith('warn elements without a target'));
    expect(line).toContain('"elements":3');
    expect(line).toContain('element 1: host is not found');
    expect([line, ...more].join()).not.toContain('secret-name');
  });

  test('keeps a response for min_interval, and answers again from it', async () => {
    const api = await startJsonUpstream(hosts);
    const zxp = await startDaemon({ config: inventory(api.url, 'min_interval: 1h') });
    const first = await zxp.ask('/discover?target=hosts');
    expect((await zxp.ask('/discover?target=hosts')).text).toBe(first.text);
    expect(api.requests).toHaveLength(1);
  });

  test('counts what it did, by reason', async () => {
    const api = await startJsonUpstream({ items: {} }, { status: 500 });
    const zxp = await startDaemon({ config: inventory(api.url) });
    await zxp.ask('/discover?target=hosts');
    expect((await zxp.ask('/-/metrics')).text).toContain('zxp_discoveries_total{reason="status"} 1');
  });
});

describe('/discover answers with an error, and never with an empty list', () => {
  const bad: Readonly<
    Record<string, { readonly document: unknown; readonly status?: number; readonly rest?: string }>
  > = {
    'where the upstream answers 401': { document: {}, status: 401 },
    'where the upstream answers 403': { document: {}, status: 403 },
    'where the upstream answers 500': { document: {}, status: 500 },
    'where the response is not JSON': { document: '<html>' },
    'where each leads nowhere': { document: { error: 'no' } },
    'where what should have elements is null': { document: { items: null } },
    'where what should have elements is text': { document: { items: 'text' } },
    'where a check of fail_if holds': {
      document: { items: [], ok: false },
      rest: "fail_if: [{ path: '{.ok}', is: ['false'] }]",
    },
  };
  for (const [name, { document, status, rest = '' }] of Object.entries(bad)) {
    test(name, async () => {
      const api = await startJsonUpstream(document, status === undefined ? {} : { status });
      const zxp = await startDaemon({ config: inventory(api.url, rest) });
      const reply = await zxp.ask('/discover?target=hosts');
      expect(reply.status).toBe(502);
      expect(reply.text).toMatch(/^error: /);
      expect(zxp.logged.filter((each) => each.startsWith('warn discovery failed'))).toHaveLength(1);
    });
  }

  test('where there is no response in time: 504', async () => {
    const api = forThisTest(await startStubUpstream(() => undefined));
    const zxp = await startDaemon({ config: inventory(api.url, 'timeout: 200ms') });
    expect((await zxp.ask('/discover?target=hosts')).status).toBe(504);
  });

  test('where there are more targets than limits.series', async () => {
    const api = await startJsonUpstream(hosts);
    const zxp = await startDaemon({ config: `${inventory(api.url)}limits: { series: 2 }\n` });
    expect((await zxp.ask('/discover?target=hosts')).status).toBe(502);
  });
});

describe('/discover refuses', () => {
  const refusals: Readonly<Record<string, { readonly query: string; readonly status: number; readonly text: string }>> =
    {
      'a module without discover': {
        query: 'module=other&target=$api',
        status: 400,
        text: 'the module other has no discover',
      },
      'a module that is not there': {
        query: 'module=nobody&target=$api',
        status: 400,
        text: 'there is no module "nobody"',
      },
      'no target': { query: 'module=inventory', status: 400, text: 'the parameter target is missing' },
      'an origin that the module does not allow': {
        query: 'module=inventory&target=http://127.0.0.1:1/hosts',
        status: 403,
        text: 'may not request this target',
      },
    };
  for (const [name, { query, status, text }] of Object.entries(refusals)) {
    test(`${name}: ${status}`, async () => {
      const api = await startJsonUpstream(hosts);
      const zxp = await startDaemon({ config: inventory(api.url) });
      const reply = await zxp.ask(`/discover?${query.replace('$api', api.url)}`);
      expect(reply.status).toBe(status);
      expect(reply.text).toContain(text);
      expect(api.accepted).toBe(0);
    });
  }

  test('a client without credentials, before the upstream is requested: 401', async () => {
    const api = await startJsonUpstream(hosts);
    const web = JSON.stringify({ bearer_tokens_file: 'tokens' });
    const zxp = await startDaemon({ web, files: { tokens: 'right\n' }, config: inventory(api.url) });
    expect((await zxp.ask('/discover?target=hosts')).status).toBe(401);
    expect(api.accepted).toBe(0);
    const headers = { authorization: 'Bearer right' };
    expect((await zxp.ask('/discover?target=hosts', { headers })).status).toBe(200);
    // What was shown to zxp goes no further.
    expect(api.requests.map((each) => each.headers.authorization)).toEqual([undefined]);
  });

  test('another method than GET and HEAD: 405', async () => {
    const api = await startJsonUpstream(hosts);
    const zxp = await startDaemon({ config: inventory(api.url) });
    expect((await zxp.ask('/discover?target=hosts', { method: 'POST' })).status).toBe(405);
    expect(api.accepted).toBe(0);
  });
});

test('a path of discover that does not parse refuses the start, with its place', async () => {
  const config = inventory('http://127.0.0.1:1').replace('{.host}:9100', '{.host');
  const problems = [expect.objectContaining({ message: expect.stringContaining('"{.host" is not a path') })];
  await expect(startDaemon({ config: config })).rejects.toMatchObject({ problems });
});
