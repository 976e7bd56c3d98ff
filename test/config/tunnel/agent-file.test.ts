import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agentDefaults } from '../../../src/config/tunnel/defaults.js';
import { readAgent } from './read-tunnel.js';

const WHOLE = `
log: { level: debug }
modules: { stock: { metrics: [] } }
tunnel:
  proxies: ["proxy.example:50051", "[2001:db8::7]:50052"]
  mode: failover
  name: warehouse
  consolidated: true
  token_file: agent.token
  tls: { ca_file: ca.pem, cert_file: agent.pem, key_file: agent.key, server_name: other.example }
  paths:
    - { path: /app_metrics, url: "http://localhost:9100/metrics", labels: { site: north, rack: 7 } }
    - { path: stock, url: "https://api.example/stock?x=1", module: stock }
    - path: app2
      url: "http://bob:p%40ss@localhost/metrics"
      only: ['http_.*']
      drop: ['http_debug_.*']
      http_client_config: { tls_config: { ca_file: app2.pem } }
  include: [paths.d/*.yml]
  transport_filter_disabled: true
  scrape_timeout: 5s
  heartbeat_after: 2s
  reconnect_after: 1s
`;

describe("an agent's file", () => {
  test('is read key by key', () => {
    const { spec, problems, warnings, isHocon } = readAgent(WHOLE);
    expect([problems, warnings, isHocon]).toEqual([[], [], false]);
    expect(spec).toMatchObject({
      proxies: [
        { host: 'proxy.example', port: 50_051 },
        { host: '2001:db8::7', port: 50_052 },
      ],
      mode: 'failover',
      name: 'warehouse',
      consolidated: true,
      token: { file: resolve('agent.token') },
      tls: {
        ca: { file: resolve('ca.pem') },
        cert: { file: resolve('agent.pem') },
        key: { file: resolve('agent.key') },
        serverName: 'other.example',
      },
      include: ['paths.d/*.yml'],
      transportFilterDisabled: true,
      scrapeTimeoutMs: 5000,
      heartbeatAfterMs: 2000,
      reconnectAfterMs: 1000,
      trustAllX509: false,
    });
    const [metrics, stock, app2] = spec.paths;
    expect(metrics).toMatchObject({
      path: 'app_metrics',
      labels: [
        ['site', 'north'],
        ['rack', '7'],
      ],
      module: undefined,
      source: 'STATIC',
    });
    expect(stock).toMatchObject({ path: 'stock', module: 'stock', url: new URL('https://api.example/stock?x=1') });
    expect(app2).toMatchObject({
      only: [{ pattern: 'http_.*' }],
      drop: [{ pattern: 'http_debug_.*' }],
      httpClient: { followRedirects: true, tls: { ca: { file: resolve('app2.pem') } } },
    });
  });

  test('keeps user and password apart from the URL', () => {
    const [, , app2] = readAgent(WHOLE).spec.paths;
    expect(app2?.url.href).toBe('http://localhost/metrics');
    expect(app2?.userinfo?.username).toBe('bob');
    expect(app2?.userinfo?.password.reveal()).toBe('p@ss');
    expect(JSON.stringify(app2)).not.toContain('p@ss');
  });

  test('has the documented defaults', () => {
    const { spec, problems } = readAgent('tunnel: { proxies: ["p:1"] }');
    expect(problems).toEqual([]);
    expect(spec).toEqual({ ...agentDefaults, proxies: [{ host: 'p', port: 1 }] });
  });

  test('takes further paths from included files', () => {
    const files = {
      'paths.d/*.yml': [
        { name: 'paths.d/a.yml', text: 'x-note: { a: b }\npaths: [{ path: a, url: "http://a" }]' },
        { name: 'paths.d/b.yml', text: 'pathConfigs: [{ path: b, url: "http://b", labels: "{\\"k\\": 1}" }]' },
      ],
    };
    const { spec, problems } = readAgent('tunnel: { proxies: ["p:1"], include: [paths.d/*.yml] }', { files });
    expect(problems).toEqual([]);
    expect(spec.paths.map(({ path, source, labels }) => [path, source, labels])).toEqual([
      ['a', 'DISCOVERED', []],
      ['b', 'DISCOVERED', [['k', '1']]],
    ]);
  });

  test('a token may be from the environment', () => {
    const { spec } = readAgent('tunnel: { token: "${TOKEN}" }', { environment: { TOKEN: 'canary' } });
    expect(spec.token !== undefined && 'inline' in spec.token && spec.token.inline.reveal()).toBe('canary');
  });

  test.each<readonly [string, string]>([
    [
      'path: a/b',
      'agent.yml:3: tunnel.paths[0].path has more than one segment; the path is not served; a path is one segment without a slash in it',
    ],
    ['path: ""', 'agent.yml:3: tunnel.paths[0].path is empty; the path is not served; a path such as app_metrics'],
    ['path: /', 'agent.yml:3: tunnel.paths[0].path is empty; the path is not served; a path such as app_metrics'],
    [
      'path: "-"',
      'agent.yml:3: tunnel.paths[0].path is reserved: zxp serves its own pages below /-/; the path is not served',
    ],
    [
      'path: "a b"',
      'agent.yml:3: tunnel.paths[0].path has a character that no URL can have there; the path is not served; letters, digits, _, - and .',
    ],
  ])('a path that cannot be served is left out alone: %s', (path, warning) => {
    const { spec, problems, warnings } = readAgent(
      `tunnel:\n  paths:\n    - { ${path}, url: "http://a" }\n    - { path: metrics, url: "http://b" }\n`,
    );
    expect([problems, warnings]).toEqual([[], [warning]]);
    expect(spec.paths.map((each) => each.path)).toEqual(['metrics']);
  });

  test.each<readonly [string, string]>([
    [
      'proxies: ["proxy.example"]',
      'tunnel.proxies[0] must be a host and port such as proxy.example:50051 or [2001:db8::7]:50051',
    ],
    ['proxies: ["p:1", "P:1"]', 'tunnel.proxies[1] is listed twice; remove one'],
    [
      'proxies: ["https://user:canary@p:1"]',
      'tunnel.proxies[0] must be a host and port such as proxy.example:50051 or [2001:db8::7]:50051',
    ],
    ['proxies: p:1', 'tunnel.proxies must be a list, not text'],
    ['mode: al', 'tunnel.mode must be one of all, failover, not "al"; did you mean all?'],
    [
      'scrape_timeout: 0s',
      'tunnel.scrape_timeout must be a duration above zero such as 500ms, 10s or 1m30s, up to 24d, not "0s"',
    ],
    ['consolidated: 1', 'tunnel.consolidated must be true or false, not a number'],
    ['token_file: ""', 'tunnel.token_file is empty; set it, or remove it'],
    [
      'tls: { cert_file: a.pem }',
      'tunnel.tls needs both cert_file and key_file; without a client certificate, remove both',
    ],
    ['include: ["a*/b.yml"]', 'tunnel.include[0] has * in the name of a folder; name each folder'],
    ['paths: [{ url: "http://a" }]', 'tunnel.paths[0] needs a path; path: app_metrics'],
    ['paths: [{ path: a }]', 'tunnel.paths[0] needs a url; url: http://localhost:9100/metrics'],
    [
      'paths: [{ path: a, url: "ftp://user:canary@a" }]',
      'tunnel.paths[0].url must be an http or https URL such as http://localhost:9100/metrics',
    ],
    ['paths: [{ path: a, url: "http://a", modul: x }]', 'tunnel.paths[0].modul unknown key; did you mean module?'],
    [
      'paths: [{ path: a, url: "http://a", only: [""] }]',
      'tunnel.paths[0].only[0] is an empty pattern; name families: http_.*',
    ],
    [
      'paths: [{ path: a, url: "http://a", labels: { __x: y } }]',
      'tunnel.paths[0].labels has a label with the name "__x", which Prometheus keeps for itself',
    ],
    [
      'paths: [{ path: a, url: "http://a", labels: { agentName: y } }]',
      'tunnel.paths[0].labels has a label with the name "agentName", which the proxy sets itself',
    ],
    [
      'paths: [{ path: a, url: "http://a" }, { path: /a, url: "http://b" }]',
      'tunnel.paths[1] has the path a, which is already at agent.yml:2:13: tunnel.paths[0]; rename one',
    ],
    [
      'paths: [{ path: a, url: "http://a", module: m, http_client_config: {} }]',
      'tunnel.paths[0].http_client_config belongs to an exporter, and this path has a module; put it into m',
    ],
    ['listen_addresses: [":1"]', 'tunnel.listen_addresses makes this the file of a proxy; run zxp proxy with it'],
    [
      'proxies: ["p:1"], listen_addresses: [":1"]',
      'tunnel.listen_addresses is of a proxy, and proxies of an agent; one file is for one of the two',
    ],
    ['hartbeat_after: 1s', 'tunnel.hartbeat_after unknown key; did you mean heartbeat_after?'],
  ])('%s is one clear problem', (keys, problem) => {
    const found = readAgent(`tunnel:\n  { ${keys} }\n`).problems;
    expect(found).toEqual([`agent.yml:2: ${problem}`]);
    expect(found.join()).not.toContain('canary');
  });

  test.each(['upstream: http://a', 'targets: []', 'scrape: {}'])('%s has no place at its top', (line) => {
    const [problem, ...more] = readAgent(`tunnel: { proxies: ["p:1"] }\n${line}\n`).problems;
    expect(more).toEqual([]);
    expect(problem).toMatch(/^agent.yml:2: \w+ unknown key; /);
  });

  test('every problem of all files is reported at once, by file and line', () => {
    const files = {
      'x.yml': [{ name: 'x.yml', text: 'paths:\n  - { path: a }\n  - 1\n' }],
      gone: [{ name: 'gone', problem: 'no such file' }],
    };
    const text = 'tunnel:\n  mode: x\n  include: [x.yml, gone]\n  paths: [{ path: b, url: y }]\nextra: 1\n';
    expect(readAgent(text, { files }).problems.map((each) => each.split(' ')[0])).toEqual([
      'agent.yml:2:',
      'agent.yml:4:',
      'agent.yml:5:',
      'x.yml:2:',
      'x.yml:3:',
      'gone',
    ]);
  });

  test('certificates that are not verified are warned of', () => {
    expect(readAgent('tunnel: { trust_all_x509: true }').warnings).toEqual([
      'agent.yml:1: tunnel.trust_all_x509 certificates of targets are not verified: anyone on the network path can read their credentials; for development only; otherwise trust the CA: http_client_config: {tls_config: {ca_file: ca.pem}}',
    ]);
  });
});
