import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agentDefaults, proxyDefaults } from '../../../src/config/tunnel/defaults.js';
import { recognizeTunnelFile } from '../../../src/config/tunnel/recognize.js';
import { readAgent, readProxy } from './read-tunnel.js';

const AGENT = `
agent {
  name = warehouse
  proxy.endpoints = ["one.example", "two.example:50052"]
  consolidated = true
  agentToken = \${AGENT_TOKEN}
  transportFilterDisabled = true
  pathConfigs: [
    { name: "App", path: app_metrics, url: "http://localhost:9100/metrics", labels: "{\\"site\\": \\"north\\", \\"n\\": 1}" }
    { name: "User", path: /user, url: "http://u:secret@localhost/metrics" }
  ]
  filters: [{ path: app_metrics, metricNameAllow: ["http_.*"], metricNameDeny: "http_debug_.*" }]
  discovery { enabled = true, file.path = more.conf, reconcileIntervalSecs = 5 }
  chunkContentSizeKbs = 1
  minGzipSizeBytes = 100
  scrapeTimeoutSecs = 5
  http { enableTrustAllX509Certificates = true, maxConcurrentClients = 4, maxContentLengthMBytes = 20 }
  tls { trustCertCollectionFilePath = ca.pem, certChainFilePath = a.pem, privateKeyFilePath = a.key, overrideAuthority = x }
  grpc { unaryDeadlineSecs = 0, keepAliveTimeSecs = 10 }
  internal { reconnectPauseSecs = 1, heartbeatMaxInactivitySecs = 2 }
  admin { enabled = true, port = 8093 }
}
`;

describe("prometheus-proxy's own agent configuration", () => {
  test('is read where a key has a counterpart', () => {
    const file = readAgent(AGENT, { name: 'agent.conf', environment: { AGENT_TOKEN: 'canary' } });
    expect(file.problems).toEqual([]);
    expect(file).toMatchObject({ isHocon: true, bodyBytes: 20 * 1024 ** 2, maxRequests: 4 });
    expect(file.spec).toMatchObject({
      proxies: [
        { host: 'one.example', port: 50_051 },
        { host: 'two.example', port: 50_052 },
      ],
      mode: 'failover',
      name: 'warehouse',
      consolidated: true,
      transportFilterDisabled: true,
      include: [resolve('more.conf')],
      scrapeTimeoutMs: 5000,
      heartbeatAfterMs: 2000,
      reconnectAfterMs: 1000,
      trustAllX509: true,
      gzipAboveBytes: 100,
      chunkBytes: 1024,
      callTimeoutMs: undefined,
      tls: {
        ca: { file: resolve('ca.pem') },
        cert: { file: resolve('a.pem') },
        key: { file: resolve('a.key') },
        serverName: 'x',
      },
      paths: [
        {
          path: 'app_metrics',
          labels: [
            ['site', 'north'],
            ['n', '1'],
          ],
          only: [{ pattern: 'http_.*' }],
          drop: [{ pattern: 'http_debug_.*' }],
        },
        { path: 'user', userinfo: { username: 'u' } },
      ],
    });
    expect(JSON.stringify(file)).not.toMatch(/canary|secret@/);
  });

  test('names each key that has none, with its line', () => {
    const { warnings } = readAgent(AGENT, { name: 'agent.conf', environment: { AGENT_TOKEN: 't' } });
    expect(warnings).toEqual([
      expect.stringContaining(
        'agent.conf:17:10: agent.http.enableTrustAllX509Certificates certificates of targets are not verified',
      ),
      'agent.conf:19:33: agent.grpc.keepAliveTimeSecs no counterpart in zxp, ignored; heartbeats and eviction end dead connections',
      'agent.conf:21:11: agent.admin.enabled no counterpart in zxp, ignored; --web.listen-address of zxp agent serves health and metrics; zxp proxy has them at /-/',
      'agent.conf:21:27: agent.admin.port no counterpart in zxp, ignored; --web.listen-address of zxp agent serves health and metrics; zxp proxy has them at /-/',
    ]);
  });

  test('has its own defaults', () => {
    const { spec, problems } = readAgent('agent {}', { name: 'agent.conf' });
    expect(problems).toEqual([]);
    expect(spec).toEqual({ ...agentDefaults, mode: 'failover', proxies: [{ host: 'localhost', port: 50_051 }] });
  });

  test.each<readonly [string, string]>([
    [
      'agent.json',
      '{"agent": {"proxy": {"hostname": "p", "port": 1}, "pathConfigs": [{"path": "a", "url": "http://a"}]}}',
    ],
    [
      'agent.properties',
      'agent.proxy.hostname=p\nagent.proxy.port=1\nagent.pathConfigs.0.path=a\nagent.pathConfigs.0.url=http://a\n',
    ],
    ['agent.conf', 'agent.proxy.hostname = "p:1"\nagent.pathConfigs = [{path = a, url = "http://a"}]'],
  ])('may be %s', (name, text) => {
    const { spec, problems, isHocon } = readAgent(text, { name });
    expect([problems, isHocon]).toEqual([[], true]);
    expect(spec.proxies).toEqual([{ host: 'p', port: 1 }]);
    expect(spec.paths.map(({ path, url }) => [path, url.href])).toEqual([['a', 'http://a/']]);
  });

  test('a path or label that cannot be served is left out alone', () => {
    const text = `agent { pathConfigs: [
      { path: x/y, url: "http://a" }, { path: ok, url: "http://a", labels: "not json" },
      { path: two, url: "http://a", labels: "{\\"agentName\\": \\"spoof\\", \\"a\\": [1], \\"b\\": true}" } ] }`;
    const { spec, problems, warnings } = readAgent(text, { name: 'agent.conf' });
    expect(problems).toEqual([]);
    expect(spec.paths.map(({ path, labels }) => [path, labels])).toEqual([
      ['ok', []],
      ['two', [['b', 'true']]],
    ]);
    expect(warnings).toEqual([
      'agent.conf:2:9: agent.pathConfigs[0].path has more than one segment; the path is not served; a path is one segment without a slash in it',
      'agent.conf:2:68: agent.pathConfigs[1].labels is not the text of a JSON object; the path has no labels',
      'agent.conf:3:37: agent.pathConfigs[2].labels has a label "agentName", which the proxy sets itself; it is left out',
      'agent.conf:3:37: agent.pathConfigs[2].labels has a label "a", which has a value that is neither text, a number nor a boolean; it is left out',
    ]);
  });

  test.each<readonly [string, string]>([
    ['agent { name = "x', 'agent.conf:1:16 a text has no closing quote'],
    ['agent = 1', 'agent.conf:1:1: agent must be an object'],
    ['proxy {}', 'agent.conf:1:1 has no agent; agent { ... }'],
    ['agent.consolidated = 2', 'agent.conf:1:1: agent.consolidated must be true or false'],
    ['agent.scrapeTimeoutSecs = 0', 'agent.conf:1:1: agent.scrapeTimeoutSecs must be a whole number of at least 1'],
    ['agent.pathConfigs = [{ path = a }]', 'agent.conf:1:22: agent.pathConfigs[0] needs a url'],
    ['agent.pathConfigs = x', 'agent.conf:1:1: agent.pathConfigs must be a list'],
    ['agent.discovery.enabled = true', 'agent.conf:1:1: agent.discovery is enabled and has no file.path'],
    [
      'agent.agentToken = ${CANARY}',
      'agent.conf:1:20 ${CANARY} is neither a key of the file nor a variable that is set; set it, or put a ? in front of its name where it may be absent',
    ],
    [
      'agent.tls.certChainFilePath = a',
      'agent.conf:1:1: agent.tls needs both certChainFilePath and privateKeyFilePath; without a client certificate, remove both',
    ],
    [
      'agent.tls { certChainFilePath = a, privateKeyFilePath = b }',
      'agent.conf:1:1: agent.tls needs trustCertCollectionFilePath to verify the proxy with',
    ],
    ['agent.chunkContentSizeKbs = 5000', 'agent.conf:1:1: agent.chunkContentSizeKbs must be at most 4000'],
  ])('%s is one clear problem', (text, problem) => {
    expect(readAgent(text, { name: 'agent.conf' }).problems).toEqual([problem]);
  });
});

const PROXY = `
proxy {
  agent.port = 50052
  http { port = 8181, idleTimeoutSecs = 45 }
  transportFilterDisabled = true
  agentToken = legacy
  auth: [{ name: a, token: one, paths: ["app_*", "/x"] }]
  service.discovery { enabled = true, path = sd, targetPrefix = "https://proxy.example:8080/" }
  tls { certChainFilePath = p.pem, privateKeyFilePath = p.key, trustCertCollectionFilePath = ca.pem }
  internal { maxAgentInactivitySecs = 30, scrapeRequestTimeoutSecs = 20, maxZippedContentSizeMBytes = 6, maxUnzippedContentSizeMBytes = 7 }
  dashboard.enabled = true
}
`;

describe("prometheus-proxy's own proxy configuration", () => {
  test('is read where a key has a counterpart', () => {
    const { spec, problems, warnings, httpPort } = readProxy(PROXY, { name: 'proxy.conf' });
    expect(problems).toEqual([]);
    expect(httpPort).toBe(8181);
    expect(spec).toMatchObject({
      listenAddresses: [{ host: undefined, port: 50_052 }],
      transportFilterDisabled: true,
      agents: [
        { name: 'a', paths: ['app_*', 'x'] },
        { name: 'legacy-agent-token', paths: [] },
      ],
      discovery: { path: 'sd', targetPrefix: 'proxy.example:8080', scheme: 'https' },
      tls: { clientCa: { file: resolve('ca.pem') } },
      limits: { compressedBytes: 6 * 1024 ** 2, bodyBytes: 7 * 1024 ** 2 },
      evictionAfterMs: 30_000,
      scrapeTimeoutMs: 20_000,
    });
    expect(
      warnings.map(
        (each) =>
          each
            .replace(/ .*? (?=\w+ )/, ' ')
            .split(' ')
            .slice(0, 1)[0],
      ),
    ).toEqual(['proxy.conf:4:23:', 'proxy.conf:7:50:', 'proxy.conf:11:3:']);
  });

  test('has its own defaults', () => {
    expect(readProxy('proxy {}', { name: 'proxy.conf' })).toMatchObject({
      spec: proxyDefaults,
      httpPort: 8080,
      problems: [],
      warnings: [],
    });
  });

  test.each<readonly [string, string]>([
    [
      'proxy.tls.trustCertCollectionFilePath = ca.pem',
      'proxy.conf:1:1: proxy.tls needs both certChainFilePath and privateKeyFilePath; trustCertCollectionFilePath alone leaves the tunnel in plaintext; for plaintext remove all of them',
    ],
    [
      'proxy.auth = [{ name = a, token = canary }, { name = b, token = canary }]',
      'proxy.conf:1:45: proxy.auth[1] has the token of another agent: proxy.conf:1:15: proxy.auth[0]; change one',
    ],
    [
      'proxy.auth = [{ name = a, token = t }, { name = a, token = u }]',
      'proxy.conf:1:40: proxy.auth[1] has the name of another agent: proxy.conf:1:15: proxy.auth[0]; rename one',
    ],
    ['proxy.auth = [{ name = a }]', 'proxy.conf:1:15: proxy.auth[0] needs a token'],
    ['proxy.auth = [{ name = a, token = "" }]', 'proxy.conf:1:15: proxy.auth[0] needs a token'],
  ])('%s is one clear problem', (text, problem) => {
    const { problems } = readProxy(text, { name: 'proxy.conf' });
    expect(problems).toEqual([problem]);
    expect(problems.join()).not.toContain('canary');
  });
});

describe('the kind of a file', () => {
  test.each<readonly [string, string, unknown]>([
    ['a.yml', 'tunnel: { proxies: [] }', { dialect: 'zxp', sides: ['agent'], mark: 'tunnel.proxies' }],
    [
      'a.yml',
      'tunnel: { listen_addresses: [] }',
      { dialect: 'zxp', sides: ['proxy'], mark: 'tunnel.listen_addresses' },
    ],
    ['a.yml', 'tunnel: { paths: [] }', { dialect: 'zxp', sides: ['agent'], mark: 'tunnel.paths' }],
    ['a.yml', 'tunnel: { discovery: {} }', { dialect: 'zxp', sides: ['proxy'], mark: 'tunnel.discovery' }],
    [
      'a.yml',
      'tunnel: { listen_addresses: [], proxies: [] }',
      { dialect: 'zxp', sides: ['agent', 'proxy'], mark: 'tunnel.proxies' },
    ],
    ['a.yml', 'tunnel: {}', { dialect: 'zxp', sides: [] }],
    [
      'a.yml',
      'tunnel:\n  - "',
      { dialect: 'zxp', sides: [], problems: [{ where: 'a.yml:2:5', message: 'quote is not closed' }] },
    ],
    ['a', 'agent { }\nproxy { }', { dialect: 'prometheus-proxy', sides: ['agent', 'proxy'] }],
    ['a', '# proxy { }\n"agent" : {}', { dialect: 'prometheus-proxy', sides: ['agent'] }],
    ['a', '{"proxy": {}}', { dialect: 'prometheus-proxy', sides: ['proxy'] }],
    ['a', 'proxy.http.port = 1', { dialect: 'prometheus-proxy', sides: ['proxy'] }],
    ['a.yml', 'modules: { agent: {} }', undefined],
    ['a.yml', 'upstream: http://a', undefined],
    ['a.yml', '', undefined],
  ])('of %s with %j is told by its content', (name, text, kind) => {
    expect(recognizeTunnelFile(name, text)).toEqual(kind);
  });
});
