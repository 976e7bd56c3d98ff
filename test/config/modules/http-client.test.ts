import { describe, expect, test } from 'vitest';
import { noHttpClient, readHttpClient } from '../../../src/config/modules/http-client.js';
import { noTls } from '../../../src/config/modules/tls.js';
import { readingOfOwnFile, Section, type Reading as SectionReading } from '../../../src/config/section.js';
import { type Findings, YamlCursor } from '../../../src/config/yaml-cursor.js';
import type { HttpClientSpec, SecretSource } from '../../../src/model/module.js';
import { dropColumn } from '../read-modules.js';

interface Reading {
  readonly spec: HttpClientSpec;
  /** `line: message`, without the name of the file. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads the YAML of an http_client_config in `/etc/zxp/zxp.yml`. */
function read(yaml: string, options: Partial<SectionReading> = {}): Reading {
  const findings: Findings = { problems: [], warnings: [] };
  const cursor = YamlCursor.open('/etc/zxp/zxp.yml', yaml, findings);
  if (cursor === undefined) throw new Error('no YAML');
  const environment = { TOKEN: 'from the environment', EMPTY: '' };
  const section = Section.open(cursor, {
    ...readingOfOwnFile({ findings, environment, folder: '/etc/zxp' }),
    ...options,
  });
  if (section === undefined) throw new Error('no map');
  const spec = readHttpClient(section);
  const list = (found: Findings['problems']) =>
    found.map(({ where, message }) => `${dropColumn(where)} ${message}`.slice('/etc/zxp/zxp.yml'.length));
  return { spec, problems: list(findings.problems), warnings: list(findings.warnings) };
}

/** What was read of a file without problems. */
function readWell(yaml: string): HttpClientSpec {
  const { spec, problems } = read(yaml);
  expect(problems).toEqual([]);
  return spec;
}

const tell = (source: SecretSource | undefined) =>
  source === undefined ? undefined : 'inline' in source ? source.inline.reveal() : { file: source.file };

/** How a file names a variable of the environment. */
const variable = (name: string) => `\${${name}}`;

const CA = '-----BEGIN CERTIFICATE-----\\nx\\n-----END CERTIFICATE-----';

describe('an http_client_config', () => {
  test('that is empty says nothing', () => {
    expect(readWell('{}')).toEqual(noHttpClient);
  });

  test('follows redirects where it says so, and speaks HTTP/1.1 whatever it says', () => {
    expect(readWell('follow_redirects: true').followRedirects).toBe(true);
    expect(readWell('{follow_redirects: false, enable_http2: true}').followRedirects).toBe(false);
  });

  test('refuses keys that it does not know, and warns of them in a json_exporter file', () => {
    const strict = read('basic_auht: {}');
    expect(strict.problems.join()).toContain('basic_auht unknown key');
    expect(strict.warnings).toEqual([]);
    const lenient = read('basic_auht: {}', { unknownKeys: 'warn' });
    expect(lenient.problems).toEqual([]);
    expect(lenient.warnings.join()).toContain('basic_auht unknown key');
  });
});

describe('basic_auth', () => {
  test.each([
    ['{username: u, password: p}', 'u', 'p'],
    ['{username: u}', 'u', undefined],
    ['{password: p}', '', 'p'],
    ['{}', '', undefined],
    ['{username_file: user, password_file: /run/pass}', { file: '/etc/zxp/user' }, { file: '/run/pass' }],
    ["{username: '', username_file: user}", { file: '/etc/zxp/user' }, undefined],
    ["{username: u, password: p, password_file: ''}", 'u', 'p'],
    [`{username: u, password: "${variable('TOKEN')}"}`, 'u', 'from the environment'],
    [`{username: u, password: "${variable('EMPTY')}"}`, 'u', ''],
    [`{username: u, password: 'x${variable('TOKEN')}'}`, 'u', `x${variable('TOKEN')}`],
    ['{username: 007, password: 1.10}', '007', '1.10'],
  ])('%s', (yaml, username, password) => {
    const { credential } = readWell(`basic_auth: ${yaml}`);
    if (credential?.kind !== 'basic') throw new Error('it is not basic');
    expect([tell(credential.username), tell(credential.password)]).toEqual([username, password]);
  });

  test.each([
    ['{username: u, password: p, password_file: f}', ':1: basic_auth.password cannot be combined with password_file'],
    ['{username: u, username_file: f}', ':1: basic_auth.username cannot be combined with username_file'],
    [`{password: "${variable('UNSET')}"}`, ':1: basic_auth.password environment variable UNSET is not set'],
    ['{password: [a]}', ':1: basic_auth.password must be text'],
  ])('%s is refused', (yaml, problem) => {
    const { problems } = read(`basic_auth: ${yaml}`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });
});

describe('authorization and bearer_token', () => {
  test.each([
    ['authorization: {credentials: c}', 'Bearer', 'c'],
    ['authorization: {type: Token, credentials: c}', 'Token', 'c'],
    ["authorization: {type: ' Token ', credentials: c}", 'Token', 'c'],
    ["authorization: {type: '', credentials: c}", 'Bearer', 'c'],
    ['authorization: {credentials_file: c}', 'Bearer', { file: '/etc/zxp/c' }],
    ['authorization: {type: token=abc}', 'token=abc', ''],
    ['bearer_token: t', 'Bearer', 't'],
    [`bearer_token: ${variable('TOKEN')}`, 'Bearer', 'from the environment'],
    ['bearer_token_file: t', 'Bearer', { file: '/etc/zxp/t' }],
  ])('%s', (yaml, scheme, credentials) => {
    const { credential } = readWell(yaml);
    if (credential?.kind !== 'authorization') throw new Error('it is not authorization');
    expect([credential.scheme, tell(credential.credentials)]).toEqual([scheme, credentials]);
  });

  test.each(["bearer_token: ''", "bearer_token_file: ''", 'bearer_token: null', 'authorization: null', 'basic_auth:'])(
    '%s is no credential',
    (yaml) => {
      expect(readWell(yaml).credential).toBeUndefined();
    },
  );

  test.each([
    ['authorization: {type: basic, credentials: c}', ':1: authorization.type cannot be basic'],
    ['authorization: {type: BASIC, credentials: c}', ':1: authorization.type cannot be basic'],
    [
      'authorization: {type: "a\\nb", credentials: c}',
      ':1: authorization.type has a line break or a control character',
    ],
    [
      'authorization: {credentials: c, credentials_file: f}',
      ':1: authorization.credentials cannot be combined with credentials_file',
    ],
    ['{bearer_token: t, bearer_token_file: f}', ':1: bearer_token cannot be combined with bearer_token_file'],
    ['{bearer_token: t, basic_auth: {}}', ':1 more than one of basic_auth, authorization, bearer_token and oauth2'],
    [
      '{bearer_token_file: t, authorization: {credentials: c}}',
      ':1 more than one of basic_auth, authorization, bearer_token and oauth2',
    ],
    [
      '{basic_auth: {}, authorization: {credentials: c}}',
      ':1 more than one of basic_auth, authorization, bearer_token and oauth2',
    ],
    [
      '{basic_auth: {}, oauth2: {client_id: i, token_url: "http://t/"}}',
      ':1 more than one of basic_auth, authorization, bearer_token and oauth2',
    ],
    [
      '{bearer_token: t, oauth2: {client_id: i, token_url: "http://t/"}}',
      ':1 more than one of basic_auth, authorization, bearer_token and oauth2',
    ],
  ])('%s is refused', (yaml, words) => {
    const { problems } = read(yaml);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
  });
});

describe('oauth2', () => {
  test('has all its keys', () => {
    const { credential } = readWell(`
oauth2:
  client_id: me
  client_secret_file: secret
  scopes: [read, write]
  token_url: https://login.example/token?tenant=1
  endpoint_params: {audience: api, version: 1.10}
  tls_config: {server_name: login}
`);
    expect(credential).toEqual({
      kind: 'oauth2',
      clientId: 'me',
      clientSecret: { file: '/etc/zxp/secret' },
      assertion: undefined,
      tokenUrl: new URL('https://login.example/token?tenant=1'),
      scopes: ['read', 'write'],
      endpointParams: [
        ['audience', 'api'],
        ['version', '1.10'],
      ],
      tls: { ...noTls, serverName: 'login' },
      proxy: undefined,
    });
  });

  const JWT = 'grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer"';
  const PEM = 'client_certificate_key: "-----BEGIN PRIVATE KEY-----"';

  test('may have a JWT signed, with the keys of prometheus/common', () => {
    const { credential } = readWell(`
oauth2:
  client_id: me
  token_url: https://login.example
  ${JWT}
  client_certificate_key_file: oauth.key
  client_certificate_key_id: k1
  signature_algorithm: RS512
  iss: who
  audience: whom
  claims: {a: 1, b: [yes, {c: null}], __proto__: d}
`);
    const claims = Object.fromEntries<unknown>([
      ['a', 1],
      ['b', ['yes', { c: null }]],
      ['__proto__', 'd'],
    ]);
    expect(credential).toMatchObject({
      assertion: {
        key: { file: '/etc/zxp/oauth.key' },
        keyId: 'k1',
        algorithm: 'RS512',
        issuer: 'who',
        audience: 'whom',
        claims,
      },
    });
  });

  test('has a JWT by the client, for the URL as it is written, where nothing else is said', () => {
    const { credential } = readWell(`oauth2: {client_id: me, token_url: "https://login.example", ${JWT}, ${PEM}}`);
    expect(credential).toMatchObject({
      assertion: { keyId: undefined, algorithm: 'RS256', issuer: 'me', audience: 'https://login.example', claims: {} },
    });
  });

  test('is warned of a secret that a JWT does not need', () => {
    const { problems, warnings } = read(
      `oauth2: {client_id: me, token_url: "http://t", client_secret: s, ${JWT}, ${PEM}}`,
    );
    expect(problems).toEqual([]);
    expect(warnings.join()).toContain(':1: oauth2.client_secret has no effect with this grant_type');
  });

  test('may have a proxy of its own', () => {
    const { credential, proxy } = readWell('oauth2: {client_id: me, token_url: "http://t", proxy_url: "http://p:1"}');
    expect(credential).toMatchObject({ proxy: { url: new URL('http://p:1'), noProxy: '' } });
    expect(proxy).toBeUndefined();
  });

  test('may be without a secret', () => {
    const { credential } = readWell('oauth2: {client_id: me, token_url: "http://t/"}');
    expect(credential).toMatchObject({ kind: 'oauth2', clientSecret: undefined });
  });

  test('may say the grant by itself', () => {
    const yaml = 'oauth2: {client_id: me, token_url: "http://t/", endpoint_params: {grant_type: x, scope: y}}';
    expect(readWell(yaml).credential).toMatchObject({
      endpointParams: [
        ['grant_type', 'x'],
        ['scope', 'y'],
      ],
    });
  });

  test.each([
    ['{token_url: "http://t/"}', 'needs a client_id'],
    ['{client_id: me}', 'needs a token_url'],
    ['{client_id: me, token_url: login.example}', 'must be an http or https URL without a user'],
    ['{client_id: me, token_url: "http://u:p@t/"}', 'must be an http or https URL without a user'],
    [
      '{client_id: me, token_url: "http://t/", client_secret: a, client_secret_file: b}',
      ':1: oauth2.client_secret cannot be combined with client_secret_file',
    ],
    [
      '{client_id: me, token_url: "http://t/", scopes: [a], endpoint_params: {scope: b}}',
      ':1: oauth2.endpoint_params.scope cannot be combined with scopes',
    ],
    ['{client_id: me, token_url: "http://t/", scopes: a}', 'must be a list'],
    ['{client_id: me, token_url: "http://t/", no_proxy: a}', 'no_proxy needs proxy_url'],
    ['{client_id: me, token_url: "http://t/", grant_type: password}', 'must be one of client_credentials, urn:'],
    [`{client_id: me, token_url: "http://t/", ${JWT}}`, 'needs a client_certificate_key for its grant_type'],
    [`{client_id: me, token_url: "http://t/", ${PEM}}`, ':1: oauth2 client_certificate_key needs its grant_type'],
    [
      `{client_id: me, token_url: "http://t/", ${JWT}, client_certificate_key: a.key}`,
      ':1: oauth2.client_certificate_key not a key in PEM form',
    ],
    [
      `{client_id: me, token_url: "http://t/", ${JWT}, ${PEM}, signature_algorithm: ES256}`,
      'one of RS256, RS384, RS512',
    ],
  ])('%s is refused', (yaml, words) => {
    expect(read(`oauth2: ${yaml}`).problems.join('\n')).toContain(words);
  });

  test('may say that it has no proxy', () => {
    readWell('oauth2: {client_id: me, token_url: "http://t/", proxy_url: "", proxy_from_environment: false}');
  });
});

describe('tls_config', () => {
  test('has all its keys', () => {
    const { tls } = readWell(`
tls_config:
  ca_file: ca.crt
  cert: C
  key_file: /run/key
  server_name: registry
  min_version: TLS12
  max_version: TLS13
`);
    expect(tls).toMatchObject({
      ca: { file: '/etc/zxp/ca.crt' },
      key: { file: '/run/key' },
      serverName: 'registry',
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      insecureSkipVerify: false,
    });
    expect(tell(tls.cert)).toBe('C');
  });

  test('with empty texts says nothing', () => {
    expect(readWell("tls_config: {ca: '', ca_file: '', cert: '', key: '', server_name: ''}").tls).toEqual(noTls);
  });

  test('with insecure_skip_verify warns', () => {
    const { spec, warnings } = read('tls_config: {insecure_skip_verify: true}');
    expect(spec.tls.insecureSkipVerify).toBe(true);
    expect(warnings).toEqual([
      ':1: tls_config.insecure_skip_verify anyone can impersonate the target and receive its credentials',
    ]);
  });

  test.each([
    [`{ca: "${CA}", ca_file: f}`, ':1: tls_config.ca cannot be combined with ca_file'],
    ['{cert_file: f}', 'needs both a certificate and a key'],
    ['{key: k}', 'needs both a certificate and a key'],
    ['{ca: /etc/ca.crt}', ':1: tls_config.ca not a certificate in PEM form'],
    ['{min_version: TLS13, max_version: TLS12}', ':1: tls_config.min_version above max_version'],
    ['{min_version: TLS9}', 'must be one of TLS10, TLS11, TLS12, TLS13'],
    ['{min_version: tls12}', 'must be one of TLS10, TLS11, TLS12, TLS13'],
    ['{insecure_skip_verify: 1}', 'must be true or false'],
    ['{next_protos: [h2]}', 'next_protos unknown key'],
  ])('%s is refused', (yaml, words) => {
    expect(read(`tls_config: ${yaml}`).problems.join('\n')).toContain(words);
  });
});

describe('a proxy', () => {
  test('has a URL, exceptions and headers', () => {
    const { proxy } = readWell(`
proxy_url: http://me:secret@proxy:3128
no_proxy: localhost, .example
proxy_connect_header:
  X-One: [a, "\${TOKEN}"]
  X-Two: b
`);
    if (proxy === undefined || proxy.url === 'environment') throw new Error('there is no proxy');
    expect(proxy.url.href).toBe('http://me:secret@proxy:3128/');
    expect(proxy.noProxy).toBe('localhost, .example');
    expect(proxy.connectHeaders.map(([name, value]) => [name, tell(value)])).toEqual([
      ['X-One', 'a'],
      ['X-One', 'from the environment'],
      ['X-Two', 'b'],
    ]);
  });

  test('may be of the environment, or none', () => {
    expect(readWell('proxy_from_environment: true').proxy).toMatchObject({ url: 'environment', connectHeaders: [] });
    expect(readWell("{proxy_from_environment: true, proxy_url: ''}").proxy).toMatchObject({ url: 'environment' });
    const { proxy } = readWell('{proxy_from_environment: true, proxy_connect_header: {X-Way: [out, up]}}');
    expect(proxy?.connectHeaders.map(([name, value]) => [name, tell(value)])).toEqual([
      ['X-Way', 'out'],
      ['X-Way', 'up'],
    ]);
    expect(readWell("{proxy_from_environment: false, proxy_url: ''}").proxy).toBeUndefined();
  });

  test.each([
    ['proxy_url: socks5://proxy', 'must be an http or https URL'],
    ['proxy_url: proxy:3128', 'must be an http or https URL'],
    ['no_proxy: a', 'no_proxy needs proxy_url'],
    ['proxy_connect_header: {A: b}', ':1: proxy_connect_header needs proxy_url or proxy_from_environment'],
    [
      '{proxy_from_environment: true, proxy_url: "http://p"}',
      ':1 proxy_from_environment cannot be combined with proxy_url or no_proxy',
    ],
    [
      '{proxy_from_environment: true, no_proxy: a}',
      ':1 proxy_from_environment cannot be combined with proxy_url or no_proxy',
    ],
    ['{proxy_url: "http://p", proxy_connect_header: {A: "b\\nc"}}', 'invalid header value'],
    ['{proxy_url: "http://p", proxy_connect_header: {"A b": c}}', 'invalid header name'],
  ])('%s is refused', (yaml, words) => {
    expect(read(yaml).problems.join('\n')).toContain(words);
  });

  test('whose URL is wrong is not repeated: it may have a password', () => {
    expect(read('proxy_url: me:CANARY@proxy').problems.join()).not.toContain('CANARY');
  });
});

describe('http_headers', () => {
  test('have values, secrets and files', () => {
    const { headers } = readWell(`
http_headers:
  X-One:
    values: [a, 1.10]
    secrets: ["\${TOKEN}"]
    files: [header, /run/header]
  X-Two: {values: [b]}
`);
    expect(headers.map(([name, value]) => [name, tell(value)])).toEqual([
      ['X-One', 'a'],
      ['X-One', '1.10'],
      ['X-One', 'from the environment'],
      ['X-One', { file: '/etc/zxp/header' }],
      ['X-One', { file: '/run/header' }],
      ['X-Two', 'b'],
    ]);
  });

  test.each([
    'Authorization',
    'authorization',
    'HOST',
    'Content-Type',
    'Content-Length',
    'Content-Encoding',
    'User-Agent',
    'Connection',
    'Keep-Alive',
    'Proxy-Authorization',
    'Accept-Encoding',
    'X-Prometheus-Scrape-Timeout-Seconds',
    'X-Amz-Date',
    'X-Amz-Security-Token',
    'X-Amz-Content-Sha256',
  ])('cannot set %s', (name) => {
    const { problems, spec } = read(`http_headers: {${name}: {values: [a]}}`);
    expect(problems).toEqual([`:1: http_headers.${name} cannot be set here`]);
    expect(spec.headers).toEqual([]);
  });

  test.each([
    ['{X-A: [a]}', 'must be a map'],
    ['{X-A: {value: [a]}}', 'value unknown key'],
    ['{X-A: {values: a}}', 'must be a list'],
    ['{"X A": {values: [a]}}', 'invalid header name'],
    ['{X-A: {values: ["a\\nb"]}}', 'invalid header value'],
    ['{X-A: {secrets: ["CANARY\\0"]}}', 'invalid header value'],
  ])('%s is refused', (yaml, words) => {
    const { problems } = read(`http_headers: ${yaml}`);
    expect(problems.join('\n')).toContain(words);
    expect(problems.join('\n')).not.toContain('CANARY');
  });
});
