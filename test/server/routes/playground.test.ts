import { describe, expect, test } from 'vitest';
import { basic, bearer, type Question } from '../../support/ask.js';
import { type Daemon, type DaemonOptions, startDaemon } from '../../support/daemon.js';
import { startStubUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';

const open: DaemonOptions = { flags: { upstream: 'http://127.0.0.1:9' } };
const document = '{"items": [{"sku": "LAMP", "count": 18}]}';
const mapping =
  "metrics: [{ name: stock, type: object, path: '{.items[*]}', labels: { sku: '{.sku}' }, value: '{.count}' }]";

function json(fields: Readonly<Record<string, unknown>>, headers: Question['headers'] = {}): Question {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(fields) };
}

const evaluate = (zxp: Daemon, fields: Readonly<Record<string, unknown>> = { document, mapping }) =>
  zxp.ask('/playground/evaluate', json(fields, { 'x-zxp-results': '1' }));

describe('the playground over sockets', () => {
  test('is a page with a script and two stylesheets of its own origin, and a policy without exceptions', async () => {
    const zxp = await startDaemon({ flags: { ...open.flags, 'web.route-prefix': '/zxp' } });
    const { status, headers, text } = await zxp.ask('/zxp/playground');
    expect(status).toBe(200);
    const policy = headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("script-src 'self'; connect-src 'self'");
    expect(policy).not.toMatch(/unsafe|sha256|nonce/);
    expect(text).not.toMatch(/<script(?! src)|style="| on\w+="/);
    const loaded = [...text.matchAll(/(?:src|href)="(\/zxp\/[^"]*\.(?:js|css))"/g)].map(([, path = '']) => path);
    const types = await Promise.all(loaded.map(async (path) => (await zxp.ask(path)).headers['content-type']));
    expect(types).toEqual(['text/css; charset=utf-8', 'text/css; charset=utf-8', 'text/javascript; charset=utf-8']);
    const schema = await zxp.ask('/zxp/playground/schema.json');
    expect(JSON.parse(schema.text)).toHaveProperty('$defs.module.properties.metrics.description');
  });

  test('shows the results to a form as well, with what was sent still in it', async () => {
    const zxp = await startDaemon(open);
    const body = new URLSearchParams({ document, mapping: `# <b>\r\n${mapping}` }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: zxp.url };
    const { status, text } = await zxp.ask('/playground/evaluate', { method: 'POST', headers, body });
    expect(status).toBe(200);
    expect(text).toContain('stock{sku=&quot;LAMP&quot;} 18\n');
    expect(text).toContain('# &lt;b&gt;\nmetrics');
    expect(text).toContain('<strong class="up">target_up 1</strong> 1 sample, 0 dropped');
  });

  test('makes whatever is in a document or a mapping text', async () => {
    const zxp = await startDaemon(open);
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;
    const hostile = JSON.stringify({ [evil]: { metrics: [{ name: evil, path: `{.${evil}}`, labels: { a: evil } }] } });
    const { text } = await evaluate(zxp, { document: JSON.stringify({ [evil]: evil }), mapping: hostile });
    expect(text).not.toMatch(/<script|<img/);
  });

  test('is behind access control as the rest', async () => {
    const zxp = await startDaemon({ ...open, web: 'bearer_tokens_file: tokens\n', files: { tokens: 'reader\n' } });
    for (const path of ['/playground', '/playground/script.js', '/playground/style.css', '/playground/schema.json'])
      expect((await zxp.ask(path)).status, path).toBe(401);
    expect((await evaluate(zxp)).status).toBe(401);
    const page = await zxp.ask('/playground', { headers: bearer('reader') });
    expect([page.status, page.text.includes('?login')]).toEqual([200, false]);
  });

  test('with --web.disable-ui is not there', async () => {
    const zxp = await startDaemon({ flags: { ...open.flags, 'web.disable-ui': 'true' } });
    expect((await zxp.ask('/playground')).status).toBe(404);
    for (const path of ['evaluate', 'share', 'infer', 'request', 'save'])
      expect((await zxp.ask(`/playground/${path}`, json({}))).status, path).toBe(404);
  });

  test('saves nothing on a daemon', async () => {
    const zxp = await startDaemon(open);
    expect((await zxp.ask('/playground/save', json({ mapping }))).status).toBe(404);
  });

  test.each([
    { origin: 'http://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://rebound.example', host: 'rebound.example' },
  ])('does nothing for another site: %j', async (headers) => {
    const zxp = await startDaemon(open);
    for (const path of ['evaluate', 'share', 'infer', 'request?target=http://127.0.0.1:9/'])
      expect((await zxp.ask(`/playground/${path}`, json({ document, mapping }, headers))).status, path).toBe(403);
  });

  test.each([
    ['text', { 'content-type': 'text/plain' }, '{}', 400],
    ['no JSON', { 'content-type': 'application/json' }, '{', 400],
    ['a list', { 'content-type': 'application/json' }, '[]', 400],
    ['a number for a text', { 'content-type': 'application/json' }, '{"document": 1}', 400],
    [
      'a document of 1 MiB and a byte',
      { 'content-type': 'application/json' },
      JSON.stringify({ document: ' '.repeat(2 ** 20 + 1) }),
      413,
    ],
    [
      'a mapping of 256 KiB and a byte',
      { 'content-type': 'application/json' },
      JSON.stringify({ mapping: ' '.repeat(2 ** 18 + 1) }),
      413,
    ],
    ['a body beyond all of that', { 'content-type': 'application/json' }, `"${'x'.repeat(4 * 2 ** 20)}"`, 413],
  ])('refuses %s', async (_what, headers, body, status) => {
    const zxp = await startDaemon(open);
    const reply = await zxp.ask('/playground/evaluate', { method: 'POST', headers, body });
    expect([reply.status, reply.text.slice(0, 7)]).toEqual([status, 'error: ']);
  });

  test('under 100 evaluations at once gives each its result or 503, and scrapes go on', async () => {
    const upstream = forThisTest(await startStubUpstream((_request, response) => response.end('{"Gauges": []}')));
    const zxp = await startDaemon({ flags: { upstream: upstream.url } });
    const pathological = {
      document: `[${'[1],'.repeat(15_000)}[1]]`,
      mapping: "metrics: [{ name: x, type: object, path: '$..*', value: '$..*' }]",
    };
    const flood = Array.from({ length: 100 }, () => evaluate(zxp, pathological));
    const scrapes = await Promise.all(Array.from({ length: 10 }, () => zxp.ask('/metrics')));
    expect(scrapes.map(({ status, text }) => [status, text.includes('\ntarget_up 1\n')])).toEqual(
      Array(10).fill([200, true]),
    );
    const statuses = (await Promise.all(flood)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 503 && status !== 200 && status !== 422)).toEqual([]);
    expect(statuses).toContain(503);
    expect((await evaluate(zxp)).text).toContain('stock{sku=&quot;LAMP&quot;} 18');
  });

  test('logs and counts nothing of it', async () => {
    const zxp = await startDaemon({ flags: { ...open.flags, 'log.requests': 'true', 'log.level': 'debug' } });
    const secret = 'canary-s3cr3t';
    await evaluate(zxp, {
      document: `"${secret}"`,
      mapping: `headers: { X: ${secret} }\nmetrics: [{ name: ${secret}, path: '{' }]`,
    });
    await zxp.ask('/playground/share', json({ document: secret, mapping: secret }));
    expect(zxp.logged.join('\n')).toContain('/playground/evaluate');
    expect(zxp.logged.join('\n')).not.toContain(secret);
    expect((await zxp.ask('/-/metrics')).text).not.toMatch(/^zxp_scrapes_total.* [1-9]/m);
  });
});

describe('a target that the playground requests', () => {
  const seen: (readonly [authorization: string | undefined, path: string])[] = [];

  async function startUpstream(body = document, type = 'application/json') {
    seen.length = 0;
    return forThisTest(
      await startStubUpstream((request, response) => {
        seen.push([request.headers.authorization, request.url ?? '']);
        response.writeHead(200, { 'content-type': type }).end(body);
      }),
    );
  }

  const request = (zxp: Daemon, query: Readonly<Record<string, string>>, headers: Question['headers'] = {}) =>
    zxp.ask(`/playground/request?${new URLSearchParams(query)}`, json({}, headers));

  const configure = (modules: Readonly<Record<string, object>>, url: string) => {
    const targets = Object.keys(modules).map((name) => ({ name, url: `${url}/${name}`, module: name }));
    const full = Object.entries(modules).map(([name, module]) => [name, { metrics: [], ...module }]);
    return JSON.stringify({ targets, modules: Object.fromEntries(full) });
  };

  test('is that of a name, with the credentials of the reader, byte for byte', async () => {
    const { url } = await startUpstream();
    const zxp = await startDaemon({ config: configure({ stock: {} }, url) });
    const reply = await request(zxp, { target: 'stock' }, basic('bob', 'builder'));
    expect([reply.status, JSON.parse(reply.text)]).toEqual([200, { document }]);
    expect(seen).toEqual([[basic('bob', 'builder').authorization, '/stock']]);
  });

  test('without a name is the upstream', async () => {
    const { url } = await startUpstream();
    const zxp = await startDaemon({ flags: { upstream: url } });
    expect((await request(zxp, {})).status).toBe(200);
    expect(seen).toEqual([[undefined, '/metrics']]);
  });

  test('gets no credentials that were for zxp', async () => {
    const { url } = await startUpstream();
    const tokens = { web: 'bearer_tokens_file: tokens\n', files: { tokens: 'reader\n' } };
    const zxp = await startDaemon({ config: configure({ stock: {} }, url), ...tokens });
    expect((await request(zxp, { target: 'stock' }, bearer('reader'))).status).toBe(200);
    expect(seen).toEqual([[undefined, '/stock']]);
  });

  test.each([
    ['credentials', { http_client_config: { basic_auth: { username: 'zxp', password: 's3cr3t' } } }],
    ['a header', { headers: { 'X-Api-Key': 's3cr3t' } }],
    ['a header for every request', { http_client_config: { http_headers: { 'X-Any': { values: ['s3cr3t'] } } } }],
    ['a header of any other name', { headers: { 'X-Any': 's3cr3t' } }],
    ['a header with a template', { headers: { 'X-Any': { template: 's3cr3t{{ .a }}' } } }],
    ['a template with a text', { params: { any: { template: '{{ "s3cr3t" }}' } } }],
    ['a parameter', { params: { token: 's3cr3t' } }],
    ['a parameter of any other name', { params: { any: 's3cr3t' } }],
    ['a body', { body: { content: '{"password": "s3cr3t"}' } }],
    ['a login', { login: { url: '/login', username: 'zxp', password: 's3cr3t', token: { path: '{.token}' } } }],
    ['an auth', { auth: 'team' }],
  ])('is not requested where %s of the configuration opens it', async (_what, module) => {
    const { url } = await startUpstream();
    const config = {
      ...JSON.parse(configure({ stock: module }, url)),
      auths: { team: { allow: [url], bearer_token: 's3cr3t' } },
    };
    const zxp = await startDaemon({ config: JSON.stringify(config) });
    const reply = await request(zxp, { target: 'stock' });
    expect([reply.status, reply.text]).toEqual([403, expect.stringContaining('with more than your credentials')]);
    expect([seen, reply.text.includes('s3cr3t')]).toEqual([[], false]);
  });

  test('is requested where all that the module sends is public, or of the request itself', async () => {
    const { url } = await startUpstream();
    const headers = { Accept: 'application/json', 'User-Agent': 'zxp', 'Accept-Language': 'en' };
    const module = { headers, params: { any: { template: '{{ .any }}' } } };
    const zxp = await startDaemon({ config: configure({ stock: module }, url) });
    expect((await request(zxp, { target: 'stock', any: '1' })).status).toBe(200);
  });

  test('is not requested where its URL has a secret, or is a file or a socket', async () => {
    const { url } = await startUpstream();
    const targets = ['url?token=s3cr3t', 'file:///etc/hostname', 'unix:///run/x.sock:/'].map((each, i) => ({
      name: `t${i}`,
      url: each.startsWith('url') ? each.replace('url', `${url}/`) : each,
      module: 'stock',
    }));
    const zxp = await startDaemon({ config: JSON.stringify({ targets, modules: { stock: { metrics: [] } } }) });
    for (const { name } of targets) expect((await request(zxp, { target: name })).status, name).toBe(403);
    expect(seen).toEqual([]);
  });

  test('is one that /probe may request, and no other', async () => {
    const { url } = await startUpstream();
    const other = await startUpstream();
    const config = configure({ stock: { allow: ['http://*.example', 'http://169.254.169.254'] } }, url);
    const zxp = await startDaemon({ config });
    const queries = [
      { target: `${url}/other`, module: 'stock' },
      { target: `${other.url}/`, module: 'stock' },
      { target: 'http://localhost:9/', module: 'stock' },
      { target: 'http://me:s3cr3t@a.example/', module: 'stock' },
      { target: 'file:///etc/passwd', module: 'stock' },
      { target: 'http://[::ffff:169.254.169.254]/', module: 'stock' },
      { target: 'gopher://a.example/', module: 'stock' },
      { target: 'stock', module: 'nowhere' },
      { target: 'nowhere' },
      {},
    ];
    for (const query of queries) {
      const probed = await zxp.ask(`/probe?${new URLSearchParams(query)}`);
      const requested = await request(zxp, query);
      const isRefused = probed.status !== 200;
      expect([requested.status !== 200, JSON.stringify(query)]).toEqual([isRefused, JSON.stringify(query)]);
      if (isRefused && 'target' in query) expect(requested.status).toBe(probed.status);
    }
    expect(other.arrived).toBe(0);
  });

  test('of a module without allow is shown to clients that zxp authenticates, and to nobody else', async () => {
    const { url } = await startUpstream();
    const open = JSON.stringify({ modules: { default: { metrics: [] } } });
    const query = { target: `${url}/any` };
    const anonymous = await startDaemon({ config: open });
    const reply = await request(anonymous, query, basic('bob', 'builder'));
    expect(reply).toMatchObject({
      status: 403,
      text: `error: documents are not shown: zxp authenticates no clients, and the module default has no allow
hint: set allow of the module, name the target under targets, or authenticate clients with --web.config.file
`,
    });
    expect(seen).toEqual([]);
    expect((await anonymous.ask(`/probe?${new URLSearchParams(query)}`)).status).toBe(200);
    const tokens = { web: 'bearer_tokens_file: tokens\n', files: { tokens: 'reader\n' } };
    const authenticated = await startDaemon({ config: open, ...tokens });
    expect((await request(authenticated, query, bearer('reader'))).status).toBe(200);
    const allowed = { modules: { default: { allow: [url], metrics: [] } } };
    const restricted = await startDaemon({ config: JSON.stringify(allowed) });
    expect((await request(restricted, query)).status).toBe(200);
  });

  test('that is not given, where there is no upstream, is to be filled in on the page', async () => {
    const zxp = await startDaemon({ config: configure({ stock: {} }, 'http://127.0.0.1:9') });
    expect(await request(zxp, {})).toMatchObject({
      status: 400,
      text: expect.stringContaining('hint: fill in Target: a name or a URL'),
    });
  });

  test('is shown only where it is JSON, or a document per line, and of 1 MiB at most', async () => {
    const replies = async (body: string) => {
      const { url } = await startUpstream(body, 'text/html');
      const zxp = await startDaemon({ config: configure({ stock: {} }, url) });
      const { status, text } = await request(zxp, { target: 'stock' });
      return [status, text.includes('canary')];
    };
    expect(await replies('<html>canary</html>')).toEqual([502, false]);
    expect(await replies('{"a": "canary"}\n{"a": 2}\n')).toEqual([200, true]);
    expect(await replies(JSON.stringify('canary'.padEnd(2 ** 20)))).toEqual([502, false]);
  });
});
