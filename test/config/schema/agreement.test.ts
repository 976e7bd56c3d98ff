import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfigFile } from '../../../src/config/config-reader.js';
import { loadConfiguration } from '../../../src/config/load.js';
import { metricKeys } from '../../../src/config/modules/metric-spec.js';
import { moduleKeys } from '../../../src/config/modules/module-spec.js';
import { valueKeys } from '../../../src/config/modules/value-spec.js';
import { createConfigSchema } from '../../../src/config/schema/config-schema.js';
import { createWebSchema } from '../../../src/config/schema/web-schema.js';
import { settingRows } from '../../../src/config/settings.js';
import { readWebFile } from '../../../src/config/web/web-file.js';
import type { Findings } from '../../../src/config/yaml-cursor.js';
import { ZxpError } from '../../../src/model/errors.js';
import { findModuleProblems } from '../../../src/modules/compile-modules.js';
import { HASH, SHA256 } from '../web/read-web-config.js';

const ajv = new Ajv2020({ strict: false, allErrors: true });
const matchesConfig = ajv.compile(createConfigSchema());
const matchesWeb = ajv.compile(createWebSchema());

const root = new URL('../../../fixtures/', import.meta.url);

/** Config files of the fixtures, which all are good; those in folders are included by others. */
const fixtures = ['cookbook', 'mapping'].flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yml') && !name.includes('/'))
    .map((name) => `${folder}/${name}`),
);

/** What `zxp check` finds wrong with a config file, apart from files that it names. */
async function check(text: string): Promise<readonly string[]> {
  const environment = new Proxy({}, { get: () => 'secret' });
  const file = readConfigFile({ name: 'zxp.yml', text, environment, include: () => [] });
  try {
    const configuration = loadConfiguration({ flags: new Map(), environment: {}, file });
    return (await findModuleProblems(configuration)).map(({ where, message }) => `${where}: ${message}`);
  } catch (thrown) {
    if (thrown instanceof ZxpError) return thrown.problems.map(({ where, message }) => `${where}: ${message}`);
    throw thrown;
  }
}

describe('the JSON Schema of config files takes what zxp check takes', () => {
  test('there are fixtures to compare', () => {
    expect(fixtures.length).toBeGreaterThan(30);
  });

  test.each(fixtures)('%s', async (name) => {
    const text = readFileSync(fileURLToPath(new URL(name, root)), 'utf8');
    expect(await check(text)).toEqual([]);
    expect(matchesConfig(parse(text, { merge: true })) ? [] : matchesConfig.errors).toEqual([]);
  });

  const METRIC = "{ name: n, path: '{.n}' }";

  test.each([
    '{}',
    'modules: {}',
    'modules: { a: ~ }',
    `modules: { a: { metrics: [${METRIC}] } }`,
    `modules: { a: { unknown: 1, metrics: [{ name: n, path: '{.n}', unknown: 2 }] } }`,
    `metrics: []\nmodules: { a: {} }`,
    'upstream: http://a',
    'upstream: http://a\nlog: { level: warn, requests: true }',
    'web: { listen_addresses: ":8081", max_requests: "7" }',
    'web: { listen_addresses: [":8081", "unix:/run/zxp.sock"], route_prefix: /zxp }',
    'scrape: { timeout: 1m30s, timeout_offset: 0 }',
    'limits: { body_size: 64MiB, depth: 3 }\nx-anything: [1]',
    `targets: [{ name: t, url: "http://a", module: m, labels: { a: b } }]\nmodules: { m: { metrics: [${METRIC}] } }`,
    'auths: { a: { allow: ["http://a"], bearer_token: x } }',
    'auths: { a: { allow: ["http://a"], forward: true } }',
    'budgets: { b: { requests: 60, interval: 1m } }\nmodules: { m: { budget: b } }',
    "targets: []\nmodules: { m: { pages: { items: '{.a}', next: link } } }",
    "targets: []\nmodules: { m: { pages: { items: '{.a}', next: { path: '{.next}' }, max: 3 } } }",
    "targets: []\nmodules: { m: { pages: { items: '{.a}', next: { cursor: '{.c}', param: after } } } }",
    "targets: []\nmodules: { m: { pages: { items: '{.a}', next: { page: page, start: 0 } } } }",
    "targets: []\nmodules: { m: { pages: { items: '{.a}', next: { offset: o, limit: 100 } } } }",
    "targets: []\nmodules: { m: { follow: { each: '{.n[*]}', url: 'a/{{ . }}', on_error: skip } } }",
    "targets: []\nmodules: { m: { discover: { each: '{.n[*]}', target: '{.h}:1', labels: { a: '{.b}' } } } }",
    "targets: []\nmodules: { m: { fail_if: [{ path: '{.s}', not: [ok] }, { cel: 'true' }] } }",
    'targets: []\nmodules: { m: { translator: zot, timeout: 5s } }',
    "targets: [{ name: t, url: 'http://a', module: preset/expvar }]\nmodules: { m: { translator: flatten } }",
    "targets: []\nmodules: { m: { metrics: [{ name: n, type: object, path: ['{.a[*]}'], values: { x: '{.x}' } }] } }",
  ])('%s', async (text) => {
    expect(await check(text)).toEqual([]);
    expect(matchesConfig(parse(text)) ? [] : matchesConfig.errors).toEqual([]);
  });
});

describe('the JSON Schema has every key', () => {
  const schema = JSON.stringify(createConfigSchema());

  test.each([...new Set([...moduleKeys, ...metricKeys, ...valueKeys])])('%s', (key) => {
    expect(schema).toContain(`"${key}":`);
  });

  test.each(settingRows.flatMap(({ key }) => key ?? []))('%s', (key) => {
    expect(schema).toContain(`"${key.split('.').at(-1)}":`);
  });
});

describe('the JSON Schema of config files refuses what zxp check refuses', () => {
  test.each([
    'upstrem: http://a',
    'modules: { preset/expvar: {} }',
    'targets: []\nmodules: { preset/mine: {} }',
    'just text',
    '[a]',
    'upstream: [a]',
    'log: { level: loud }',
    'log: { level: 5 }',
    'log: warn',
    'web: { max_requests: 0 }',
    'web: { max_requests: many }',
    'web: { listen_addresses: [] }',
    'web: { listen_addresses: "8081" }',
    'web: { max_request: 1 }',
    'web: { enable_lifecycle: maybe }',
    'scrape: { timeout: 10 }',
    'scrape: { timeout: 0s }',
    'scrape: { timeout: ten }',
    'limits: { depth: -1 }',
    'limits: { body_size: big }',
    'modules: [a]',
    'modules: { a: [b] }',
    'modules: { a: { metrics: {} } }',
    'modules: { a: { metrics: [text] } }',
    'modules: { a: { alow: [], timeout: 5s } }',
    'modules: { a: { timeout: soon } }',
    'modules: { a: { valid_status_codes: [99] } }',
    'modules: { a: { valid_status_codes: ["200"] } }',
    'modules: { a: { body: text } }',
    "modules: { a: { metrics: [{ path: '{.n}' }] } }",
    "targets: []\nmodules: { a: { metrics: [{ name: n, path: '{.n}', tpye: value }] } }",
    "targets: []\nmodules: { a: { metrics: [{ name: n, path: '{.n}', type: gauge }] } }",
    "targets: []\nmodules: { a: { metrics: [{ name: n, path: '{.n}', valuetype: guage }] } }",
    "targets: []\nmodules: { a: { metrics: [{ name: n, path: '{.n}', unit: miles }] } }",
    "targets: []\nmodules: { a: { metrics: [{ name: n, path: '{.n}', duplicates: all }] } }",
    "targets: []\nmodules: { a: { metrics: [{ name: n, path: '{.n}', labels: [a] }] } }",
    "targets: []\nmodules: { a: { metrics: [{ name: n, path: '{.n}', labels: { a: { pth: b } } }] } }",
    "targets: []\nmodules: { a: { metrics: [{ name: n, path: '{.n}', scale: [1] }] } }",
    "targets: []\nmodules: { a: { metrics: [{ name: n, path: '{.n}', regex: { patern: a } }] } }",
    "targets: []\nmodules: { a: { metrics: [{ name: n, path: '{.n}', states: [] }] } }",
    'targets: []\nmodules: { a: { translator: prometheus } }',
    'targets: []\nmodules: { a: { compat: loose } }',
    'targets: []\nmodules: { a: { headers: { X: { text: b } } } }',
    'targets: []\nmodules: { a: { http_client_config: { basic_auht: {} } } }',
    'targets: []\nmodules: { a: { http_client_config: { tls_config: { min_version: TLS9 } } } }',
    'targets: []\nmodules: { a: { http_client_config: { follow_redirects: 1 } } }',
    'targets: []\nmodules: { a: { http_client_config: { oauth2: { client_id: a } } } }',
    "targets: []\nmodules: { a: { login: { token: { path: '{.t}' } } } }",
    "targets: []\nmodules: { a: { pages: { items: '{.a}' } } }",
    'targets: []\nmodules: { a: { pages: { next: link } } }',
    "targets: []\nmodules: { a: { pages: { items: '{.a}', next: page } } }",
    "targets: []\nmodules: { a: { pages: { items: '{.a}', next: { offset: o } } } }",
    "targets: []\nmodules: { a: { follow: { each: '{.a}' } } }",
    "targets: []\nmodules: { a: { follow: { each: '{.a}', url: b, on_error: ignore } } }",
    "targets: []\nmodules: { a: { discover: { each: '{.a}' } } }",
    'targets: [{ url: "http://a" }]',
    'targets: [{ name: a }]',
    'targets: [{ name: a, url: "http://a", modul: b }]',
    'targets: { name: a }',
    'include: one.yml',
    'auths: { a: { allow: ["http://a"], bearer_tokn: x } }',
    'budgets: { b: { requests: 60 } }',
    'budgets: { b: { requests: 0, interval: 1m } }',
  ])('%s', async (text) => {
    expect(await check(text)).not.toEqual([]);
    expect(matchesConfig(parse(text))).toBe(false);
  });
});

function checkWeb(text: string): readonly string[] {
  const findings: Findings = { problems: [], warnings: [] };
  readWebFile({ name: 'web.yml', text, environment: {}, authMode: undefined }, findings);
  return findings.problems.map(({ where, message }) => `${where}: ${message}`);
}

describe('the JSON Schema of web config files agrees with zxp check', () => {
  const TLS = 'tls_server_config: { cert_file: a, key_file: b';

  test.each([
    '{}',
    'mode: none',
    `basic_auth_users: { alice: '${HASH}' }`,
    `bearer_tokens: [{ sha256: ${SHA256}, name: a, expires: "2030-01-01T00:00:00Z" }]`,
    'bearer_tokens_file: tokens',
    'allowed_clients: [10.0.0.0/8]\ntrusted_proxies: []',
    'rate_limit: { interval: 1s, burst: 20 }',
    'http_server_config: { http2: true, headers: { X-Frame-Options: deny } }',
    `${TLS} }`,
    `${TLS}, min_version: TLS12, cipher_suites: [TLS_AES_128_GCM_SHA256], curve_preferences: [X25519] }`,
    `${TLS}, client_ca_file: c, client_auth_type: RequireAndVerifyClientCert, client_allowed_sans: [a] }`,
    'x-anything: 1',
  ])('takes %s', (text) => {
    expect(checkWeb(text)).toEqual([]);
    expect(matchesWeb(parse(text)) ? [] : matchesWeb.errors).toEqual([]);
  });

  test.each([
    'mode: nobody',
    'modes: none',
    'basic_auth_users: {}',
    'basic_auth_users: [alice]',
    'bearer_tokens: [{ name: a }]',
    'bearer_tokens: [{ sha256: short }]',
    `bearer_tokens: [{ sha256: ${SHA256}, token: x }]`,
    'allowed_clients: []',
    'rate_limit: { burst: 20 }',
    'http_server_config: { headers: { X-Other: a } }',
    'http_server_config: { headers: { X-Frame-Options: maybe } }',
    `${TLS}, min_version: TLS9 }`,
    `${TLS}, client_auth_type: Maybe }`,
    `${TLS}, cipher_suites: [NONE] }`,
    `${TLS}, curve_preferences: [P256] }`,
    `${TLS}, certs: a }`,
  ])('refuses %s', (text) => {
    expect(checkWeb(text)).not.toEqual([]);
    expect(matchesWeb(parse(text))).toBe(false);
  });
});
