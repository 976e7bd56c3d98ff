import { describe, expect, test } from 'vitest';
import type { ServerTlsSpec } from '../../../src/model/access-policy.js';
import { type Around, HASH, read, readRight, SHA256, tls } from './read-web-config.js';

const PEM = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n';

function readTls(...keys: readonly string[]): ServerTlsSpec {
  const spec = readRight(tls(...keys)).tls;
  if (spec === undefined) throw new Error('there is no TLS');
  return spec;
}

describe('without anything', () => {
  test('there is no access control', () => {
    expect(read(undefined)).toEqual({ access: undefined, problems: [], warnings: [] });
  });

  test.each(['', '# nothing yet\n', '{}', 'x-later: { mode: basic }'])('but the file %j, nobody is asked', (text) => {
    expect(readRight(text)).toEqual({
      mode: 'none',
      isModeSaid: false,
      users: [],
      tokens: [],
      tokenFiles: [],
      tls: undefined,
      headers: [],
      rateLimit: undefined,
      allowedClients: undefined,
      trustedProxies: [],
    });
  });
});

describe('tls_server_config', () => {
  test('has the defaults of exporter-toolkit, and paths relative to the file', () => {
    expect(readTls()).toEqual({
      cert: { file: '/zxp/crt.pem' },
      key: { file: '/zxp/key.pem' },
      clientCa: undefined,
      clientAuthType: 'NoClientCert',
      isClientAuthSaid: false,
      clientAllowedSans: [],
      minVersion: 'TLSv1.2',
      maxVersion: undefined,
      ciphers: [],
      curves: [],
      prefersServerCiphers: true,
      where: '/zxp/web.yml:1:1: tls_server_config',
    });
  });

  test.each(["''", '""', '', '~', '[]'])('takes %j for an absent key, as Go programs do', (nothing) => {
    const isList = nothing === '[]';
    const scalars = ['cert', 'key', 'client_ca', 'client_ca_file', 'client_auth_type', 'min_version', 'max_version'];
    const lists = ['client_allowed_sans', 'cipher_suites', 'curve_preferences'];
    const flags = ['prefer_server_cipher_suites'];
    const keys = isList ? lists : [...scalars, ...lists, ...flags];
    expect(readTls(...keys.map((key) => `${key}: ${nothing}`))).toEqual(readTls());
  });

  test('takes an empty list of names for none, and verifies clients all the same', () => {
    const keys = ['client_auth_type: RequireAndVerifyClientCert', 'client_ca_file: ca.pem', 'client_allowed_sans: []'];
    expect(readTls(...keys)).toMatchObject({
      clientAuthType: 'RequireAndVerifyClientCert',
      clientCa: { file: '/zxp/ca.pem' },
      clientAllowedSans: [],
    });
  });

  test('takes texts in place of files, and a key of the environment', () => {
    const key = '-----BEGIN RSA PRIVATE KEY-----\nx';
    const text = JSON.stringify({ tls_server_config: { cert: PEM, key: '${KEY}' } });
    const { tls: spec } = readRight(text, { environment: { KEY: key } });
    const reveal = (source: ServerTlsSpec['cert'] | undefined) =>
      source !== undefined && 'inline' in source ? source.inline.reveal() : source;
    expect([reveal(spec?.cert), reveal(spec?.key)]).toEqual([PEM, key]);
  });

  test.each(['NoClientCert', 'RequestClientCert', 'RequireAnyClientCert', 'VerifyClientCertIfGiven'])(
    'takes the policy %s without a CA',
    (type) => {
      const said = readTls(`client_auth_type: ${type}`);
      expect([said.clientAuthType, said.clientCa, said.isClientAuthSaid]).toEqual([type, undefined, true]);
    },
  );

  test('takes RequireClientCert for RequireAnyClientCert, as it was once called', () => {
    expect(readTls('client_auth_type: RequireClientCert').clientAuthType).toBe('RequireAnyClientCert');
  });

  test.each(['VerifyClientCertIfGiven', 'RequireAndVerifyClientCert'])('takes the policy %s with a CA', (type) => {
    const said = readTls(`client_auth_type: ${type}`, 'client_ca_file: /ca/ca.pem');
    expect(said).toMatchObject({ clientAuthType: type, clientCa: { file: '/ca/ca.pem' }, minVersion: 'TLSv1.2' });
  });

  test.each(['RequireAnyClientCert', 'RequireAndVerifyClientCert'])('takes names of clients with %s', (type) => {
    const ca = type === 'RequireAnyClientCert' ? [] : ['client_ca_file: ca.pem'];
    const said = readTls(`client_auth_type: ${type}`, ...ca, 'client_allowed_sans: [prometheus, "10.0.0.1"]');
    expect(said.clientAllowedSans).toEqual(['prometheus', '10.0.0.1']);
  });

  test.each([
    ['TLS10', 'TLSv1'],
    ['TLS11', 'TLSv1.1'],
    ['TLS12', 'TLSv1.2'],
    ['TLS13', 'TLSv1.3'],
  ])('takes the version %s for %s', (name, version) => {
    const { minVersion, maxVersion } = readTls(`min_version: ${name}`, `max_version: ${name}`);
    expect([minVersion, maxVersion]).toEqual([version, version]);
  });

  const tls13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

  test('leaves TLS 1.3 all of its suites where those of TLS 1.2 alone are named, as in Go', () => {
    expect(
      readTls('cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA]').ciphers,
    ).toEqual([...tls13, 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-SHA']);
  });

  test('takes the suites of TLS 1.3 that are named, and no other', () => {
    expect(
      readTls('cipher_suites: [TLS_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256]').ciphers,
    ).toEqual(['TLS_AES_256_GCM_SHA384', 'ECDHE-RSA-CHACHA20-POLY1305']);
  });

  test('has no suites of its own for an empty list', () => {
    expect(readTls('cipher_suites: []', 'curve_preferences: []')).toMatchObject({ ciphers: [], curves: [] });
  });

  test('takes curves by the names of Go, and the order of the client', () => {
    expect(
      readTls('curve_preferences: [CurveP521, X25519, CurveP384, CurveP256]', 'prefer_server_cipher_suites: false'),
    ).toMatchObject({
      curves: ['secp521r1', 'X25519', 'secp384r1', 'prime256v1'],
      prefersServerCiphers: false,
    });
  });
});

describe('the mode mtls', () => {
  test.each<readonly [string, string, Around]>([
    ['the file', 'mode: mtls\n', {}],
    ['the flag', '', { authMode: 'mtls' }],
    ['both', 'mode: mtls\n', { authMode: 'mtls' }],
  ])('of %s requires certificates, over TLS 1.3', (_, mode, around) => {
    expect(readRight(`${mode}${tls('client_ca_file: ca.pem')}`, around)).toMatchObject({
      mode: 'mtls',
      isModeSaid: true,
      tls: { clientAuthType: 'RequireAndVerifyClientCert', isClientAuthSaid: true, minVersion: 'TLSv1.3' },
    });
  });

  test('goes with what it says anyway, and with names of clients', () => {
    const keys = [
      'client_auth_type: RequireAndVerifyClientCert',
      'min_version: TLS13',
      'max_version: TLS13',
      'client_ca_file: ca.pem',
      'client_allowed_sans: [prometheus]',
    ];
    expect(readRight(`${tls(...keys)}mode: mtls`).tls?.clientAllowedSans).toEqual(['prometheus']);
  });

  test('is not what RequireAndVerifyClientCert means, which keeps to TLS 1.2 and to users', () => {
    const text = `${tls('client_ca_file: ca.pem', 'client_auth_type: RequireAndVerifyClientCert')}basic_auth_users: { a: '${HASH}' }`;
    expect(readRight(text)).toMatchObject({ mode: 'basic', isModeSaid: false, tls: { minVersion: 'TLSv1.2' } });
  });
});

describe('users and tokens', () => {
  test.each(['$2a', '$2b', '$2y'])('a bcrypt hash that begins with %s is taken', (kind) => {
    const hash = HASH.replace('$2y', kind);
    const [user] = readRight(`basic_auth_users: { alice: '${hash}' }`).users;
    expect(user?.hash.reveal()).toBe(hash);
  });

  test('a hash may stand in the environment', () => {
    const around = { environment: { ALICE: HASH } };
    const [user] = readRight(`basic_auth_users: { alice: '\${ALICE}' }`, around).users;
    expect(user).toMatchObject({ name: 'alice', where: '/zxp/web.yml:1:21: basic_auth_users.alice' });
    expect(user?.hash.reveal()).toBe(HASH);
  });

  test('a token has a digest, and may have a name and an end', () => {
    const second = 'A'.repeat(64);
    const text = `bearer_tokens:\n  - sha256: ${SHA256}\n  - { name: b, sha256: ${second}, expires: 2027-01-01T02:00:00+02:00 }`;
    expect(readRight(text).tokens).toEqual([
      { name: undefined, sha256: SHA256, expiresMs: undefined, where: '/zxp/web.yml:2:5: bearer_tokens[0]' },
      {
        name: 'b',
        sha256: 'a'.repeat(64),
        expiresMs: Date.UTC(2027, 0, 1),
        where: '/zxp/web.yml:3:5: bearer_tokens[1]',
      },
    ]);
  });

  test('files of tokens are those of the flag and that of the file, each once', () => {
    const around = { authTokenFiles: ['/tokens', '/zxp/more'] };
    expect(readRight('bearer_tokens_file: more', around).tokenFiles).toEqual(['/tokens', '/zxp/more']);
  });
});

describe('the mode that follows', () => {
  const users = `basic_auth_users: { alice: '${HASH}' }\n`;
  const tokens = `bearer_tokens: [{ sha256: ${SHA256} }]\n`;

  test.each([
    ['basic', users],
    ['basic', users + tokens],
    ['bearer', tokens],
    ['bearer', 'bearer_tokens_file: tokens'],
    ['none', tls()],
    ['none', tls('client_ca_file: ca.pem', 'client_auth_type: RequireAndVerifyClientCert')],
  ])('is %s for %j', (mode, text) => {
    expect(readRight(text)).toMatchObject({ mode, isModeSaid: false });
  });

  test('without a file is that of the flags', () => {
    expect(readRight(undefined, { authTokenFiles: ['/tokens'] })).toMatchObject({ mode: 'bearer', isModeSaid: false });
    const said = { authMode: 'bearer', authTokenFiles: ['/tokens'] } as const;
    expect(readRight(undefined, said)).toMatchObject({ mode: 'bearer', isModeSaid: true, tokenFiles: ['/tokens'] });
    expect(readRight(undefined, { authMode: 'none' })).toMatchObject({ mode: 'none', isModeSaid: true });
  });

  test.each([
    ['basic', users],
    ['bearer', tokens],
    ['none', 'allowed_clients: [10.0.0.0/8]\n'],
  ])('may be said as well: %s', (mode, text) => {
    expect(readRight(`${text}mode: ${mode}`)).toMatchObject({ mode, isModeSaid: true });
  });
});

describe('the rest', () => {
  test('headers are the five, and a blank one is none', () => {
    const text = `http_server_config:
  http2: true
  headers:
    Content-Security-Policy: default-src 'none'
    Strict-Transport-Security: max-age=31536000
    X-Content-Type-Options: nosniff
    X-Frame-Options: sameorigin
    X-XSS-Protection: ''
`;
    expect(readRight(text).headers).toEqual([
      ['Content-Security-Policy', "default-src 'none'"],
      ['Strict-Transport-Security', 'max-age=31536000'],
      ['X-Content-Type-Options', 'nosniff'],
      ['X-Frame-Options', 'sameorigin'],
    ]);
  });

  test.each([
    ['1s', 1000],
    ['1m30s', 90_000],
    ['1.5s', 1500],
    ['500us', 0.5],
    ['2h', 7_200_000],
  ])('an interval of %s is %d ms', (interval, intervalMs) => {
    expect(readRight(`rate_limit: { interval: ${interval}, burst: 20 }`).rateLimit).toEqual({ intervalMs, burst: 20 });
  });

  test.each(['0', '0s', '"0"'])('an interval of %s is no limit, whatever the burst', (interval) => {
    expect(readRight(`rate_limit: { interval: ${interval}, burst: 0 }`).rateLimit).toBe('none');
    expect(readRight(`rate_limit: { interval: ${interval} }`).rateLimit).toBe('none');
  });

  test('ranges are given in canonical form', () => {
    const text = 'allowed_clients: [10.0.0.0/8, "::1", "2001:DB8:0::/32"]\ntrusted_proxies: ["::ffff:10.1.0.0/112"]';
    expect(readRight(text)).toMatchObject({
      allowedClients: ['10.0.0.0/8', '::1/128', '2001:db8::/32'],
      trustedProxies: ['10.1.0.0/16'],
    });
  });

  test('JSON is read like YAML', () => {
    const file = { basic_auth_users: { alice: HASH }, rate_limit: { interval: '1s', burst: 20 } };
    expect(readRight(JSON.stringify(file))).toMatchObject({
      mode: 'basic',
      rateLimit: { intervalMs: 1000, burst: 20 },
    });
  });

  test.each([
    '\uFEFF# access\n\n---\nmode: none\n',
    '%YAML 1.2\n---\nmode: none\n',
    'mode: none\n...\n',
    '\r\n---\r\nmode: none\r\n',
    `${'\n'.repeat(5000)}mode: none`,
  ])('markers around the one document are none of a second', (text) => {
    expect(readRight(text).mode).toBe('none');
  });
});

describe('what is warned of', () => {
  const users = `basic_auth_users: { alice: '${HASH}' }\n`;
  const warn = (text: string, around: Around = {}) => {
    const { problems, warnings } = read(text, around);
    expect(problems).toEqual([]);
    return warnings;
  };

  test.each(['04', '09'])('the cost %s, which is guessed too fast', (cost) => {
    expect(warn(users.replace('$10', `$${cost}`))).toEqual([
      `web.yml:1: basic_auth_users.alice has a cost of ${cost}: whoever gets the hash can try many passwords a second; zxp hash-password makes one`,
    ]);
  });

  test('the cost 16, which takes seconds', () => {
    expect(warn(users.replace('$10', '$16'))).toEqual([
      'web.yml:1: basic_auth_users.alice has a cost of 16: checking a password takes seconds; zxp hash-password makes one',
    ]);
  });

  test.each(['10', '15'])('not the cost %s', (cost) => {
    expect(warn(users.replace('$10', `$${cost}`))).toEqual([]);
  });

  test.each(['RequestClientCert', 'RequireAnyClientCert'])('the policy %s, which verifies nobody', (type) => {
    expect(warn(tls(`client_auth_type: ${type}`))).toEqual([
      `web.yml:4: tls_server_config.client_auth_type is ${type}: anybody can make such a certificate; RequireAndVerifyClientCert with a client_ca_file verifies it`,
    ]);
  });

  test('suites of TLS 1.2 where TLS 1.3 alone is spoken, which are not used', () => {
    const text = tls('min_version: TLS13', 'cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]');
    expect(warn(text)).toEqual([
      'web.yml:5: tls_server_config.cipher_suites have no use: TLS 1.3 has suites of its own; take them out',
    ]);
    expect(readRight(text).tls?.ciphers).toEqual([]);
  });

  const exposed = (address: string) =>
    `--web.listen-address ${address} accepts passwords or tokens over plaintext HTTP: anyone on the network path can read them; ` +
    'give tls_server_config a certificate, or listen on 127.0.0.1 behind a proxy that has one';

  test.each([':8081', '0.0.0.0:8081', '[::]:8081', '192.0.2.1:8081', 'zxp.example:8081', '[::ffff:192.0.2.1]:8081'])(
    'passwords and tokens without TLS on %s',
    (address) => {
      const listen = ['127.0.0.1:1', address];
      expect(warn(users, { listen })).toEqual([exposed(address)]);
      expect(warn(`bearer_tokens: [{ sha256: ${SHA256} }]`, { listen })).toEqual([exposed(address)]);
      expect(warn(`${tls()}${users}`, { listen })).toEqual([]);
      expect(warn('', { listen })).toEqual([]);
    },
  );

  test.each(['127.0.0.1:8081', '127.1.2.3:8081', '[::1]:8081', 'localhost:8081', '[::ffff:127.0.0.1]:8081'])(
    'not passwords without TLS on %s',
    (address) => {
      expect(warn(users, { listen: [address] })).toEqual([]);
    },
  );
});
