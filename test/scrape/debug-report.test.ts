import { describe, expect, test } from 'vitest';
import { DropTally } from '../../src/model/drops.js';
import { FetchRecord } from '../../src/model/fetch-record.js';
import type { ScrapeOutcome, ScrapeTrace } from '../../src/model/scrape.js';
import { UpstreamCollector } from '../../src/scrape/collector.js';
import { renderDebugReport } from '../../src/scrape/debug-report.js';
import { startDaemon } from '../support/daemon.js';
import { startJsonUpstream, startStubUpstream } from '../support/fake-upstream.js';
import { translatorOf } from '../translate/translate-at-once.js';

function outcome(more: Partial<ScrapeOutcome> = {}, trace: Partial<ScrapeTrace> = {}): ScrapeOutcome {
  return {
    up: true,
    statusCode: 200,
    durationSeconds: 0.012,
    samples: 2,
    drops: new DropTally(),
    trace: () => ({ request: undefined, response: undefined, details: [], ...trace }),
    ...more,
  };
}

describe('the report', () => {
  test('tells the request, the reply, every metric and what was dropped', () => {
    const drops = new DropTally();
    drops.add({ cause: 'missing', samples: 1, where: 'm_a', message: 'a is not found' });
    drops.add({ cause: 'value', samples: 3, where: 'm_b', message: 'the text is not a number' });
    const report = renderDebugReport(
      outcome(
        { drops },
        {
          request: { method: 'POST', url: 'http://a.example/x?y=1', headers: [['accept', 'application/json']] },
          response: { statusCode: 200, headers: [['content-type', 'application/json']], bytes: 512 },
          details: [
            {
              name: 'm',
              where: 'f.yml:3: modules.m.metrics[0]',
              path: '{.l[*]}',
              elements: 3,
              samples: 2,
              failures: ['m_a: a is not found'],
            },
            { name: 'n', where: 'f.yml:9: modules.m.metrics[1]', path: '', elements: 1, samples: 0, failures: [] },
          ],
        },
      ),
    );
    expect(report).toBe(`\
request: POST http://a.example/x?y=1
  accept: application/json

reply: 200, 512 bytes decoded, after 0.012 s
  content-type: application/json

metric m (f.yml:3: modules.m.metrics[0])
  path {.l[*]}: 3 matched, 2 samples
  failed: m_a: a is not found
metric n (f.yml:9: modules.m.metrics[1])
  path (empty): 1 matched, 0 samples

dropped: 4 samples (missing 1, value 3)
  missing: m_a: a is not found
  value: m_b: the text is not a number

target_up 1, 2 samples
`);
  });

  test('says of what fails before there is a request or a reply how far it came', () => {
    expect(
      renderDebugReport(outcome({ up: false, reason: 'internal', message: 'm', samples: 0, statusCode: 0 })),
    ).toBe(`\
request: none was made

reply: none, after 0.012 s

target_up 0, internal: m
`);
    const trace = { request: { method: 'GET', url: 'http://a/', headers: [] } };
    expect(
      renderDebugReport(outcome({ up: false, reason: 'connect', message: 'm', hint: 'h', statusCode: 0 }, trace)),
    ).toBe(`\
request: GET http://a/

reply: none, after 0.012 s

target_up 0, connect: m
hint: h
`);
  });

  test('shows how old a repeated response is, and why it was repeated', () => {
    const fetched = new FetchRecord(() => 0);
    fetched.ageSeconds = 20;
    expect(renderDebugReport(outcome({ fetched }))).toContain('repeated: the upstream sent this response 20 s ago\n');
    fetched.repeatedBecause = 'the budget of 1 request in 60 s is used up for 40 s';
    expect(renderDebugReport(outcome({ fetched }))).toContain(
      'repeated: the upstream sent this response 20 s ago; the budget of 1 request in 60 s is used up for 40 s\n',
    );
  });

  test('shows the status of a reply that was not read to its end', () => {
    const trace = { request: { method: 'GET', url: 'http://a/', headers: [] } };
    const failed = outcome({ up: false, reason: 'redirect', message: 'm', statusCode: 302 }, trace);
    expect(renderDebugReport(failed)).toContain('\nreply: 302, not read to its end, after 0.012 s\n');
  });

  test('shows the first fifty drops, and counts them all', () => {
    const drops = new DropTally();
    for (let i = 0; i < 1000; i++) drops.add({ cause: 'value', samples: 1, where: `m${i}`, message: 'x' });
    const report = renderDebugReport(outcome({ drops }));
    expect(report).toContain('dropped: 1000 samples (value 1000), of which the first 50:\n');
    expect(report.split('\n').filter((line) => line.startsWith('  value: '))).toHaveLength(50);
  });
});

describe('a redirect', () => {
  /** The report of a target that redirects to `location`, from its request on, without headers and times. */
  async function report(location: string, { follows = false, path = '/old' } = {}) {
    const upstream = await startStubUpstream((request, response) => {
      if (request.url === '/new?token=canary') response.end('{"n":1}');
      else response.writeHead(302, location === '' ? {} : { location }).end();
    });
    const config = `targets: [{ name: a, url: '${upstream.url}${path}', module: m }]
modules: { m: { http_client_config: { follow_redirects: ${follows} }, metrics: [{ name: n, path: '{.n}' }] } }\n`;
    const zxp = await startDaemon({ config });
    const { text } = await zxp.probe({ target: 'a', debug: 'true' });
    expect(text).not.toContain('canary');
    return text.replaceAll(upstream.url, 'http://up');
  }

  test.each([
    ['/new?token=canary', 'hint: it redirects to /new?token=<secret>: name that URL\n'],
    [
      'https://u:canary@there.example/x#canary',
      'hint: it redirects to another origin, https://<secret>@there.example/x: name that URL only if the credentials may go there\n',
    ],
    ['', 'hint: it names no place to go to (Location): request it with curl -i\n'],
  ])('to %j that is not followed ends with where it leads', async (location, end) => {
    expect(await report(location)).toMatch(
      new RegExp(`\\ntarget_up 0, redirect: the upstream answered 302\\n${quote(end)}$`),
    );
  });

  test('that is followed is shown behind the request', async () => {
    const text = await report('/new?token=canary', { follows: true });
    expect(text).toContain('\n  (redirected to http://up/new?token=<secret>)\n\nreply: 200,');
    expect(text).toMatch(/\ntarget_up 1, 1 sample\n$/);
  });

  test('in a circle, or to another origin, ends with where the last one leads', async () => {
    expect(await report('/old', { follows: true })).toMatch(
      /\ntarget_up 0, redirect: the upstream answered 302 after 9 redirects, the maximum\nfound: location: \/old\nhint: it may redirect in a circle: see where with curl -iL\n$/,
    );
    expect(await report('http://there.example/x?key=canary', { follows: true })).toMatch(
      /\nfound: location: http:\/\/there.example\/x\?key=<secret>\nhint: redirects are followed on the same scheme/,
    );
  });
});

const quote = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

describe('what nobody may see', () => {
  const canary = 'canary-5b1f';

  async function report(
    url: string,
    headers: readonly (readonly [string, string])[],
    secretParams: readonly string[] = [],
  ) {
    const collector = new UpstreamCollector({
      url: new URL(url),
      request: { method: 'GET', headers, validStatusCodes: [], secretParams, passesAuthorization: true },
      client: async () => ({
        statusCode: 200,
        headers: () => [
          ['set-cookie', canary],
          ['x-auth-token', canary],
          ['location', `http://a/?x=1&token=${canary}`],
          ['content-type', 'application/json'],
        ],
        body: Buffer.from('{}'),
      }),
      translator: translatorOf(() => ({ families: [], drops: new DropTally() })),
      limits: { bodyBytes: 100, depth: 5, nodes: 5, series: 5, labels: 5, labelLength: 50 },
      timeoutMs: 1000,
      now: () => 0,
    });
    const { outcome: scraped } = await collector.withHeaders([['authorization', `Basic ${canary}`]]).collect({});
    expect(JSON.stringify(scraped)).not.toContain(canary);
    return renderDebugReport(scraped);
  }

  test('is masked: values of headers that are not known to be harmless, and of parameters with telling names', async () => {
    const names = [
      'token',
      'API_KEY',
      'password',
      'sig',
      'X-Amz-Signature',
      'session',
      'jwt',
      'client_secret',
      'auth',
      'pwd',
    ];
    const query = names.map((name) => `${name}=${canary}`).join('&');
    const text = await report(`http://a.example/x?lang=en&${query}#f`, [
      ['Accept', 'text/json'],
      ['X-Api-Key', canary],
      ['Cookie', canary],
    ]);
    expect(text).toContain(
      `request: GET http://a.example/x?lang=en&${names.map((name) => `${name}=<secret>`).join('&')}#f\n`,
    );
    expect(text).toContain(
      '  Accept: text/json\n  X-Api-Key: <secret>\n  Cookie: <secret>\n  authorization: Basic <secret>\n',
    );
    expect(text).toContain(
      '  set-cookie: <secret>\n  x-auth-token: <secret>\n  location: http://a/?x=1&token=<secret>\n',
    );
  });

  test('is masked under any spelling of the name, and where the module says that it is secret', async () => {
    const url = `http://a.example/?%74oken=${canary}&appid=${canary}&app+id=${canary}&q=${'x'}`;
    expect(await report(url, [], ['appid', 'app id'])).toContain(
      'GET http://a.example/?%74oken=<secret>&appid=<secret>&app+id=<secret>&q=x\n',
    );
  });
});

describe('/probe with debug=true', () => {
  const canary = 'canary-5b1f';

  test('answers with the scrape step by step as text, and hides every credential that there is', async () => {
    const upstream = await startJsonUpstream(
      { a: [{ v: 1 }, { v: 'x' }, {}] },
      { headers: { 'set-cookie': `s=${canary}` } },
    );
    const zxp = await startDaemon({
      config: `\
targets: []
modules:
  m:
    allow: ['${upstream.url}']
    headers: { X-Key: '\${KEY}', Accept: application/json }
    params: { appid: '\${KEY}', lang: en }
    forward_headers: [X-Tenant]
    body: { content: 'secret=${canary}' }
    metrics:
      - { name: n, type: object, path: '{.a[*]}', value: '{.v}', labels: { i: { key: true } } }`,
      environment: { KEY: canary },
    });
    const target = encodeURIComponent(`${upstream.url}/?token=${canary}`);
    const { status, headers, text } = await zxp.ask(`/probe?target=${target}&module=m&debug=true`, {
      headers: { Authorization: `Bearer ${canary}`, 'X-Tenant': canary },
    });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text).not.toContain(canary);
    expect(zxp.logged.join('\n')).not.toContain(canary);
    expect(upstream.requests).toMatchObject([
      {
        path: `/?token=${canary}&appid=${canary}&lang=en`,
        headers: { 'x-key': canary, authorization: `Bearer ${canary}` },
      },
    ]);
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        `request: POST ${upstream.url}/?token=<secret>&appid=<secret>&lang=en`,
        '  X-Key: <secret>',
        '  Accept: application/json',
        '  authorization: Bearer <secret>',
        '  x-tenant: <secret>',
        '  set-cookie: <secret>',
        expect.stringMatching(/^reply: 200, \d+ bytes decoded, after [\d.]+ s$/),
        expect.stringMatching(/^metric n \(.*zxp\.yml:10:9: modules\.m\.metrics\[0\]\)$/),
        '  path {.a[*]}: 3 matched, 1 sample',
        '  failed: n: a[1].v is a text: not a number',
        '  failed: n: a[2].v not found',
        'dropped: 2 samples (missing 1, value 1)',
        'target_up 1, 1 sample',
      ]),
    );
  });

  test('of a failed scrape is 200 and says why, also with --scrape.fail-status', async () => {
    const upstream = await startJsonUpstream('not JSON', { status: 500 });
    const config = "modules: { default: { metrics: [{ name: n, path: '{.n}' }] } }";
    for (const failStatus of ['false', 'true']) {
      const zxp = await startDaemon({ config: config, flags: { 'scrape.fail-status': failStatus } });
      const reply = await zxp.probe({ target: upstream.url, debug: 'true' });
      expect(reply.status).toBe(200);
      expect(reply.text).toContain('\ntarget_up 0, status: the upstream answered 500\nhint: ');
    }
  });

  test('is no view of a request that is refused, and any other value of debug is none at all', async () => {
    const upstream = await startJsonUpstream({ n: 1 });
    const zxp = await startDaemon({ config: "modules: { default: { metrics: [{ name: n, path: '{.n}' }] } }" });
    expect((await zxp.probe({ target: 'nowhere', debug: 'true' })).status).toBe(400);
    expect((await zxp.probe({ target: upstream.url, debug: 'false' })).text).toContain('\ntarget_up 1\n');
  });
});
