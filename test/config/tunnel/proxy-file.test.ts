import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { proxyDefaults } from '../../../src/config/tunnel/defaults.js';
import { readProxy } from './read-tunnel.js';

const WHOLE = `
web: { listen_addresses: [":8080"] }
tunnel:
  listen_addresses: [":50051", "[::1]:50052"]
  tls: { cert_file: proxy.pem, key_file: proxy.key, client_ca_file: agents-ca.pem }
  agents:
    - { name: warehouse, token_file: warehouse.token, paths: ['app_*', /stock] }
  allow_plaintext_credentials: true
  transport_filter_disabled: true
  forward_verified: true
  discovery: { enabled: true, path: /sd, target_prefix: "proxy.example:8080", scheme: https }
  limits: { agents: 1, paths: 2, paths_per_agent: 3, compressed_size: 4MiB, body_size: 5MiB, label_bytes: 6KiB }
  eviction_after: 30s
  scrape_timeout: 20s
`;

describe("a proxy's file", () => {
  test('is read key by key', () => {
    const { spec, problems, warnings } = readProxy(WHOLE);
    expect([problems, warnings]).toEqual([[], []]);
    expect(spec).toMatchObject({
      listenAddresses: [
        { host: undefined, port: 50_051 },
        { host: '::1', port: 50_052 },
      ],
      tls: {
        cert: { file: resolve('proxy.pem') },
        key: { file: resolve('proxy.key') },
        clientCa: { file: resolve('agents-ca.pem') },
      },
      agents: [{ name: 'warehouse', token: { file: resolve('warehouse.token') }, paths: ['app_*', 'stock'] }],
      allowPlaintextCredentials: true,
      transportFilterDisabled: true,
      forwardVerified: true,
      discovery: { path: 'sd', targetPrefix: 'proxy.example:8080', scheme: 'https' },
      limits: {
        agents: 1,
        paths: 2,
        pathsPerAgent: 3,
        compressedBytes: 4 * 1024 ** 2,
        bodyBytes: 5 * 1024 ** 2,
        labelBytes: 6 * 1024,
      },
      evictionAfterMs: 30_000,
      scrapeTimeoutMs: 20_000,
    });
  });

  test('has the documented defaults', () => {
    expect(readProxy('tunnel: {}')).toMatchObject({ spec: proxyDefaults, problems: [] });
    expect(readProxy('')).toMatchObject({ spec: proxyDefaults, problems: [] });
  });

  test.each<readonly [string, string]>([
    [
      'listen_addresses: [50051]',
      'tunnel.listen_addresses[0] must be an address such as :8081, 127.0.0.1:8081 or [::1]:8081',
    ],
    [
      'tls: { client_ca_file: ca.pem }',
      'tunnel.tls needs both cert_file and key_file; a client_ca_file alone would leave the tunnel in plaintext; for plaintext remove tls',
    ],
    [
      'tls: {}',
      'tunnel.tls needs both cert_file and key_file; a client_ca_file alone would leave the tunnel in plaintext; for plaintext remove tls',
    ],
    ['agents: [{ token: canary }]', 'tunnel.agents[0] needs a name; name: warehouse'],
    ['agents: [{ name: a }]', 'tunnel.agents[0] needs a token_file; token_file: warehouse.token'],
    [
      'agents: [{ name: a, token: t }, { name: a, token: u }]',
      'tunnel.agents[1] has the name of another agent: proxy.yml:2:14: tunnel.agents[0]; rename one',
    ],
    [
      'agents: [{ name: a, token: canary }, { name: b, token: canary }]',
      'tunnel.agents[1] has the token of another agent: proxy.yml:2:14: tunnel.agents[0]; change one',
    ],
    [
      'agents: [{ name: a, token: t, paths: [""] }]',
      "tunnel.agents[0].paths[0] is an empty pattern, which matches no path; app_* or '*'",
    ],
    [
      'agents: [{ name: a, token: t, paths: [a/b] }]',
      'tunnel.agents[0].paths[0] has a slash, which no path has; app_*',
    ],
    [
      'discovery: { enabled: true, path: a/b }',
      'tunnel.discovery.path has more than one segment; a path is one segment without a slash in it',
    ],
    [
      'discovery: { target_prefix: "http://x" }',
      'tunnel.discovery.target_prefix must be a host and port such as proxy.example:8080, without a scheme',
    ],
    ['limits: { agents: 0 }', 'tunnel.limits.agents must be a whole number of at least 1, not "0"'],
    [
      'eviction_after: 0',
      'tunnel.eviction_after must be a duration above zero such as 500ms, 10s or 1m30s, up to 24d, not "0"',
    ],
    ['proxies: ["p:1"]', 'tunnel.proxies makes this the file of an agent; run zxp agent with it'],
    [
      'allow_plain_credentials: true',
      'tunnel.allow_plain_credentials unknown key; did you mean allow_plaintext_credentials?',
    ],
  ])('%s is one clear problem', (keys, problem) => {
    const found = readProxy(`tunnel:\n  { ${keys} }\n`).problems;
    expect(found).toEqual([`proxy.yml:2: ${problem}`]);
    expect(found.join()).not.toContain('canary');
  });
});
