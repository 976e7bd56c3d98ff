import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { matchesOrigin } from '../../src/modules/origins.js';
import { startDaemon } from '../support/daemon.js';
import { startJsonUpstream, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { samplesOf } from '../support/samples.js';

const METRIC = "metrics: [{ name: n, path: '{.n}' }]";

function readFixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/mapping/${name}`, import.meta.url), 'utf8');
}

describe('a target by its name', () => {
  test('is asked at its URL by its module, which need not be said', async () => {
    const upstream = await startJsonUpstream({ n: 7 });
    const zxp = await startDaemon({
      config: `\
targets: [{ name: box, url: '${upstream.url}/status?a=1', module: m, labels: { site: north } }]
modules: { m: { ${METRIC} } }`,
    });
    for (const parameters of [{ target: 'box' }, { target: 'box', module: 'm' }]) {
      const reply = await zxp.probe(parameters);
      expect(reply.status).toBe(200);
      expect(samplesOf(reply)).toEqual(['n 7']);
      expect(reply.text).toContain('\ntarget_up 1\n');
    }
    expect(upstream.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /status?a=1',
      'GET /status?a=1',
    ]);
    expect(upstream.requests[0]?.headers).toMatchObject({ accept: 'application/json' });
  });

  test('is enough to start with: registries need neither --upstream nor a module of the file', async () => {
    const north = await startJsonUpstream({ Gauges: [{ Name: 'zot.info', Value: 1 }] });
    const south = await startJsonUpstream({ Gauges: [{ Name: 'zot.info', Value: 2 }] });
    const zxp = await startDaemon({
      config: `\
targets:
  - { name: north, url: '${north.url}/metrics', module: zot }
  - { name: south, url: '${south.url}/metrics', module: zot }
`,
    });
    expect((await zxp.probe({ target: 'north' })).text).toContain('\nzot_info 1\n');
    expect((await zxp.probe({ target: 'south' })).text).toContain('\nzot_info 2\n');
  });

  test('may be one that every object has a key for', async () => {
    const upstream = await startJsonUpstream({ n: 7 });
    const zxp = await startDaemon({
      config: `\
targets: [{ name: __proto__, url: '${upstream.url}', module: constructor }]
modules: { constructor: { ${METRIC} }, toString: { ${METRIC} } }`,
    });
    expect(samplesOf(await zxp.probe({ target: '__proto__' }))).toEqual(['n 7']);
    for (const name of ['hasOwnProperty', 'valueOf', 'toString']) {
      expect((await zxp.probe({ target: name, module: 'toString' })).status).toBe(400);
      expect((await zxp.probe({ target: '__proto__', module: name })).status).toBe(400);
    }
    expect(upstream.requests).toHaveLength(1);
  });
});

describe('a target by its URL', () => {
  test('is asked where its origin is that of a named target, of --upstream, or in allow', async () => {
    const upstream = await startJsonUpstream({ n: 7 });
    const configs = [
      `targets: [{ name: box, url: '${upstream.url}/other', module: m }]\nmodules: { m: { ${METRIC} } }`,
      `upstream: ${upstream.url}\nmodule: m\nmodules: { m: { ${METRIC} } }`,
      `targets: []\nmodules: { m: { allow: ['${upstream.url}'], ${METRIC} } }`,
      `modules: { m: { allow: ['${upstream.url}/'], ${METRIC} } }`,
      `modules: { m: { ${METRIC} } }`,
    ];
    for (const config of configs) {
      const zxp = await startDaemon({ config: config });
      const reply = await zxp.probe({ target: `${upstream.url}/x?y=z#f`, module: 'm' });
      expect(samplesOf(reply), config).toEqual(['n 7']);
    }
    expect(upstream.requests.map(({ path }) => path)).toEqual(configs.map(() => '/x?y=z'));
  });

  test('of a file of json_exporter has the module default, which must be there', async () => {
    const upstream = await startJsonUpstream({ n: 7 });
    const zxp = await startDaemon({ config: `modules: { default: { ${METRIC} } }` });
    expect(samplesOf(await zxp.probe({ target: upstream.url }))).toEqual(['n 7']);
    const without = await startDaemon({ config: `modules: { m: { ${METRIC} } }` });
    expect(await without.probe({ target: upstream.url })).toMatchObject({
      status: 400,
      text: 'error: there is no module "default"\nhint: module is one of flatten, zot, m\n',
    });
  });

  test('of a file of zxp has the module default, or the one that --module says', async () => {
    const upstream = await startJsonUpstream({ n: 7 });
    const module = `{ allow: ['${upstream.url}'], ${METRIC} }`;
    const byDefault = await startDaemon({ config: `targets: []\nmodules: { default: ${module} }` });
    expect(samplesOf(await byDefault.probe({ target: upstream.url }))).toEqual(['n 7']);
    const bySetting = await startDaemon({ config: `module: m\nmodules: { m: ${module} }` });
    expect(samplesOf(await bySetting.probe({ target: upstream.url }))).toEqual(['n 7']);
    const other = `{ allow: ['${upstream.url}'], metrics: [{ name: other, path: '{.n}' }] }`;
    const byBoth = await startDaemon({ config: `module: m\nmodules: { default: ${other}, m: ${module} }` });
    expect(samplesOf(await byBoth.probe({ target: upstream.url }))).toEqual(['n 7']);
  });
});

/** Each is a target, or parameters, with what `/probe` says of it. */
const refusals: readonly (readonly [
  what: string,
  parameters: (port: number) => Readonly<Record<string, string>>,
  status: number,
  text: string,
])[] = [
  ['no target', () => ({ module: 'm' }), 400, 'error: the parameter target is missing\nhint: a URL, or one of box'],
  ['an empty target', () => ({ target: '', module: 'm' }), 400, 'error: the parameter target is missing'],
  [
    'an unknown module',
    () => ({ target: 'box', module: 'mm' }),
    400,
    'error: there is no module "mm"\nhint: module is one of flatten, zot, m, other',
  ],
  [
    'a target of another module',
    () => ({ target: 'box', module: 'other' }),
    400,
    'error: the target box belongs to the module m\nhint: leave module out',
  ],
  [
    'a name that is none',
    () => ({ target: 'bax', module: 'm' }),
    400,
    'error: the target is not an http or https URL without a user, and no name\nhint: a URL, or one of box',
  ],
  [
    'no scheme',
    (port) => ({ target: `127.0.0.1:${port}`, module: 'm' }),
    400,
    'error: the target is not an http or https URL',
  ],
  ['no host', () => ({ target: 'http://', module: 'm' }), 400, 'error: the target is not an http or https URL'],
  ['one slash', (port) => ({ target: `http:/127.0.0.1:${port}/`, module: 'm' }), 400, 'error: the target is not'],
  ['backslashes', (port) => ({ target: `http:\\\\127.0.0.1:${port}/`, module: 'm' }), 400, 'error: the target is not'],
  ['a file on a host', () => ({ target: 'file://host/etc/passwd', module: 'm' }), 400, 'error: the target is not'],
  [
    'a scheme of sockets',
    (port) => ({ target: `ws://127.0.0.1:${port}/`, module: 'm' }),
    400,
    'error: the target is not',
  ],
  ['a zone', (port) => ({ target: `http://[fe80::1%25lo]:${port}/`, module: 'm' }), 400, 'error: the target is not'],
  ['a zone, bare', (port) => ({ target: `http://[::1%lo]:${port}/`, module: 'm' }), 400, 'error: the target is not'],
  ['a user', (port) => ({ target: `http://u:p@127.0.0.1:${port}/`, module: 'm' }), 400, 'error: the target is not'],
  [
    'an empty user',
    (port) => ({ target: `http://:p@127.0.0.1:${port}/`, module: 'm' }),
    400,
    'error: the target is not',
  ],
  [
    'another port',
    (port) => ({ target: `http://127.0.0.1:${port + 1}/`, module: 'm' }),
    403,
    "error: the module m may not request this target\nhint: add its origin to the module's allow list, or name it under targets",
  ],
  [
    'another scheme',
    (port) => ({ target: `https://127.0.0.1:${port}/`, module: 'm' }),
    403,
    'error: the module m may not request this target',
  ],
  [
    'another spelling of the host',
    (port) => ({ target: `http://localhost:${port}/`, module: 'm' }),
    403,
    'error: the module m may not',
  ],
  [
    'the origin, but another module',
    (port) => ({ target: `http://127.0.0.1:${port}/`, module: 'other' }),
    403,
    'error: the module other may not',
  ],
  [
    'the origin, but the module of a translator',
    (port) => ({ target: `http://127.0.0.1:${port}/`, module: 'zot' }),
    403,
    'error: the module zot may not',
  ],
  ['a file', () => ({ target: 'file:///etc/passwd', module: 'm' }), 400, 'error: the target is not an http'],
  ['a socket', () => ({ target: 'unix:///run/x.sock:/', module: 'm' }), 400, 'error: the target is not an http'],
  [
    'a user that looks like the origin',
    (port) => ({ target: `http://127.0.0.1:${port}@evil.example/`, module: 'm' }),
    400,
    'error: the target is not',
  ],
  [
    'a host that begins like it',
    (port) => ({ target: `http://127.0.0.1:${port}.evil.example/`, module: 'm' }),
    400,
    'error: the target is not',
  ],
];

describe('what may not be asked', () => {
  test.each(refusals)('%s', async (_what, parameters, status, text) => {
    const upstream = await startJsonUpstream();
    const zxp = await startDaemon({
      config: `\
targets: [{ name: box, url: '${upstream.url}', module: m }]
modules: { m: { ${METRIC} }, other: { ${METRIC} } }`,
    });
    const reply = await zxp.probe(parameters(upstream.port));
    expect(reply.status, reply.text).toBe(status);
    expect(reply.text).toContain(text);
    expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(upstream.accepted).toBe(0);
    const cause = status === 400 ? 'request' : 'refused';
    expect((await zxp.ask('/-/metrics')).text).toContain(`zxp_scrapes_refused_total{cause="${cause}"} 1\n`);
  });

  test.each([
    '169.254.169.254',
    '169.254.0.1',
    '2852039166',
    '0xa9fea9fe',
    '0xa9.0xfe.0xa9.0xfe',
    '0251.0376.0251.0376',
    '169.254.43518',
    '169.0xfea9fe',
    '１６９.２５４.１６９.２５４',
    '169。254。169。254',
    '169.254.169.254.',
    '%31%36%39.254.169.254',
    '[::ffff:169.254.169.254]',
    '[::ffff:a9fe:a9fe]',
    '[0:0:0:0:0:ffff:a9fe:a9fe]',
    '[64:ff9b::169.254.169.254]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[::169.254.169.254]',
    '[2002:a9fe:a9fe::1]',
    '①⑥⑨.254.169.254',
    '169.254.169.254..',
    '100.100.100.200',
    '168.63.129.16',
  ])('a link-local or metadata address, as %s, in a file of json_exporter that is open to any other', async (host) => {
    const upstream = await startJsonUpstream();
    const zxp = await startDaemon({ config: `modules: { default: { ${METRIC} } }` });
    const reply = await zxp.probe({ target: `http://${host}:${upstream.port}/` });
    expect(reply.status, reply.text).toBe(403);
    expect(upstream.accepted).toBe(0);
  });

  test('a link-local address that a wildcard or a named target of another module allows', async () => {
    const zxp = await startDaemon({
      config: `\
targets: [{ name: box, url: 'http://169.254.7.7/', module: other }]
modules:
  m: { allow: ['http://*.254.7.7', 'http://169.254.8.8'], ${METRIC} }
  other: { ${METRIC} }`,
    });
    const reply = await zxp.probe({ target: 'http://169.254.7.7/', module: 'm' });
    expect(reply.status).toBe(403);
  });
});

describe('an origin in allow', () => {
  test.each([
    ['https://a.example', 'https://a.example/', true],
    ['https://a.example', 'https://A.EXAMPLE:443/x', true],
    ['https://a.example:443', 'https://a.example/', true],
    ['http://a.example:80', 'http://a.example/', true],
    ['http://a.example:8080', 'http://a.example:8080/', true],
    ['http://[::1]', 'http://[0:0:0:0:0:0:0:1]/', true],
    ['http://127.0.0.1', 'http://0x7f000001/', true],
    ['https://bücher.example', 'https://xn--bcher-kva.example/', true],
    ['https://a.example', 'http://a.example/', false],
    ['https://a.example', 'https://a.example:8443/', false],
    ['https://a.example', 'https://b.a.example/', false],
    ['https://a.example', 'https://a.example.evil/', false],
    ['https://a.example', 'https://a.example./', false],
    ['https://*.example', 'https://a.example/', true],
    ['https://*.example', 'https://a.b.example/', true],
    ['https://*.EXAMPLE', 'https://a.example:443/', true],
    ['https://*.example:8443', 'https://a.example:8443/', true],
    ['https://*.example:443', 'https://a.example/', true],
    ['https://*.bücher.example', 'https://a.xn--bcher-kva.example/', true],
    ['https://*.example', 'https://example/', false],
    ['https://*.example', 'https://.example/', false],
    ['https://*.example', 'https://aexample/', false],
    ['https://*.example', 'https://a.example.evil/', false],
    ['https://*.example', 'http://a.example/', false],
    ['https://*.example', 'https://a.example:8443/', false],
    ['https://*.example:8443', 'https://a.example/', false],
  ])('%s, asked for %s: %s', (pattern, url, matches) => {
    expect(URL.canParse(url) && matchesOrigin(new URL(url), pattern)).toBe(matches);
  });
});

describe('what the upstream is asked', () => {
  test('query-parameters.yml: constants, lists and templates behind what the target has', async () => {
    const upstream = await startJsonUpstream(readFixture('query-parameters.json'));
    const zxp = await startDaemon({
      config: readFixture('query-parameters.yml').replace('http://127.0.0.1', upstream.url),
    });
    const ask = async (target: string, more = {}) => {
      const reply = await zxp.probe({ target: `${upstream.url}${target}`, module: 'weather', ...more });
      expect(samplesOf(reply)).toEqual(['temperature_celsius 3.5']);
      return upstream.requests.at(-1)?.path;
    };
    expect(await ask('/')).toBe('/?units=metric&fields=temp&fields=wind&city=Oslo');
    expect(await ask('/now?key=1', { city: ['Åre & more', 'Bergen'] })).toBe(
      '/now?key=1&units=metric&fields=temp&fields=wind&city=%C3%85re+%26+more',
    );
  });

  test('templated-request.yml: a POST with headers and a body of the parameters, and the scraper’s listed headers', async () => {
    const upstream = await startJsonUpstream(readFixture('templated-request.json'));
    const zxp = await startDaemon({
      config: readFixture('templated-request.yml').replace('http://127.0.0.1', upstream.url),
    });
    const headers = { 'X-Scope-OrgID': 'tenant', 'X-Other': 'stays', Cookie: 'stays', Authorization: 'Bearer theirs' };
    const reply = await zxp.probe({ target: upstream.url, module: 'graphql', warehouse: 'north"1' }, headers);
    expect(samplesOf(reply)).toEqual(['stock_items 12']);
    expect(upstream.requests).toMatchObject([
      {
        method: 'POST',
        body: '{"query":"{ stock(id: "north\\"1") }"}\n',
        headers: {
          'content-type': 'application/json',
          'x-warehouse': 'NORTH"1',
          'x-scope-orgid': 'tenant',
          authorization: 'Bearer theirs',
        },
      },
    ]);
    expect(upstream.requests[0]?.headers).not.toHaveProperty('x-other');
    expect(upstream.requests[0]?.headers).not.toHaveProperty('cookie');
  });

  test('a parameter that does not fit a template, or would break a header, is a 400 and no request', async () => {
    const upstream = await startJsonUpstream();
    const zxp = await startDaemon({
      config: `\
targets: []
modules:
  m:
    allow: ['${upstream.url}']
    headers: { X-A: { template: '{{ .a | first }}' } }
    params: { i: { template: '{{ index .i 0 }}' } }
    ${METRIC}`,
    });
    const probe = (more: Record<string, string>) => zxp.probe({ target: upstream.url, module: 'm', i: 'x', ...more });
    expect(await probe({ a: 'b\r\nX-Evil: 1' })).toMatchObject({
      status: 400,
      text: 'error: the parameters put a line break or a control character into the header X-A\n',
    });
    const { status, text } = await zxp.probe({ target: upstream.url, module: 'm', a: 'b' });
    expect(status).toBe(400);
    expect(text).toMatch(/^error: the parameters do not fit the template .*zxp\.yml:6:15: modules\.m\.params\.i: /);
    expect(upstream.accepted).toBe(0);
    expect((await probe({ a: 'b' })).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
  });

  test('headers of the module win over those of the scraper, and repeat as they are listed', async () => {
    const upstream = await startJsonUpstream();
    const zxp = await startDaemon({
      config: `\
targets: []
modules:
  m:
    allow: ['${upstream.url}']
    headers: { X-Scope-OrgID: [a, b], Accept: text/json }
    forward_headers: [X-Scope-OrgID, X-Trace]
    ${METRIC}`,
    });
    await zxp.probe(
      { target: upstream.url, module: 'm' },
      { 'X-Scope-OrgID': 'c', 'X-Trace': 't', Accept: 'text/plain' },
    );
    expect(upstream.requests[0]?.headers).toMatchObject({
      'x-scope-orgid': 'a, b',
      'x-trace': 't',
      accept: 'text/json',
    });
  });

  test('two scrapers at once have each their own headers and parameters', async () => {
    const upstream = await startJsonUpstream();
    const zxp = await startDaemon({
      config: `\
targets: []
modules:
  m:
    allow: ['${upstream.url}']
    params: { who: { template: '{{ .who | first }}' } }
    ${METRIC}`,
    });
    const scrapers = Array.from({ length: 30 }, (_, i) => `s${i}`);
    await Promise.all(
      scrapers.map((who) => zxp.probe({ target: upstream.url, module: 'm', who }, { Authorization: `Bearer ${who}` })),
    );
    for (const { path, headers } of upstream.requests)
      expect(headers.authorization).toBe(`Bearer ${path.replace('/?who=', '')}`);
    expect(upstream.requests).toHaveLength(30);
  });
});

describe('/probe', () => {
  test('answers HEAD with the headers alone, having asked the target', async () => {
    const upstream = await startJsonUpstream();
    const zxp = await startDaemon({ config: `modules: { default: { ${METRIC} } }` });
    const target = encodeURIComponent(upstream.url);
    const reply = await zxp.ask(`/probe?target=${target}`, { method: 'HEAD' });
    expect(reply).toMatchObject({ status: 200, text: '' });
    expect(reply.headers['content-type']).toContain('text/plain; version=0.0.4');
    const debug = await zxp.ask(`/probe?target=${target}&debug=true`, { method: 'HEAD' });
    expect(debug).toMatchObject({ status: 200, text: '' });
    expect(upstream.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
    expect(await zxp.ask('/probe', { method: 'HEAD' })).toMatchObject({ status: 400, text: '' });
    expect((await zxp.ask(`/probe?target=${target}`, { method: 'POST' })).status).toBe(405);
  });

  test.each(['target', 'module'])(
    'two parameters %s are 400: another reader might take the other one',
    async (name) => {
      const upstream = await startJsonUpstream();
      const zxp = await startDaemon({ config: `modules: { default: { ${METRIC} }, b: { ${METRIC} } }` });
      const one = { target: upstream.url, module: 'default' };
      const reply = await zxp.probe({ ...one, [name]: [one.target, 'b'] });
      expect(reply).toMatchObject({
        status: 400,
        text: `error: the parameter ${name} is given twice\nhint: keep one\n`,
      });
      expect(upstream.requests).toEqual([]);
    },
  );

  test('says that a target which is not there is down, and why', async () => {
    const zxp = await startDaemon({ config: `modules: { default: { ${METRIC} } }` });
    const reply = await zxp.probe({ target: 'http://127.0.0.1:1/' });
    expect(reply.status).toBe(200);
    expect(reply.text).toContain('\ntarget_up 0\n');
    expect(reply.text).toContain('\ntarget_scrape_error{reason="connect"} 1\n');
  });

  test('keeps to the timeout of the module', async () => {
    const zxp = await startDaemon({ config: `modules: { default: { timeout: 200ms, ${METRIC} } }` });
    const silent = forThisTest(await startStubUpstream(() => undefined));
    const reply = await zxp.probe({ target: `${silent.url}/` });
    expect(reply.text).toContain('\ntarget_scrape_error{reason="timeout"} 1\n');
  });

  test('without a config file asks the upstream alone, as zot, and nobody else', async () => {
    const upstream = await startJsonUpstream({ Gauges: [{ Name: 'g', Value: 1, LabelNames: [], LabelValues: [] }] });
    const other = await startJsonUpstream();
    const zxp = await startDaemon({ config: `upstream: ${upstream.url}` });
    const reply = await zxp.probe({ target: `${upstream.url}/metrics` });
    expect(samplesOf(reply)).toEqual(['g 1', 'zot_up 1']);
    expect((await zxp.probe({ target: other.url })).status).toBe(403);
    expect(other.accepted).toBe(0);
  });
});
