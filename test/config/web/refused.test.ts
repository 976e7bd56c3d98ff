import { describe, expect, test } from 'vitest';
import { type Around, HASH, read, SHA256, tls } from './read-web-config.js';

type Case = readonly [title: string, text: string, problems: readonly string[], around?: Around];
type Part = readonly [what: string, cases: readonly Case[]];

const users = `basic_auth_users: { alice: '${HASH}' }\n`;
const tokens = `bearer_tokens: [{ sha256: ${SHA256} }]\n`;
const EITHER = 'take one of them out; without a mode, users and tokens both get in';
const EMPTY = 'is there, and empty; say what it is, or take it out';
const BCRYPT = 'zxp hash-password makes one';
const PEM = '"-----BEGIN CERTIFICATE-----\\nx\\n"';

const files: readonly Case[] = [
  ['no YAML', 'mode: [', ['web.yml:1 "[" is not closed']],
  ['a list', '- mode: none', ['web.yml:1 must be a map, not a list']],
  ['text', 'canary', ['web.yml:1 must be a map, not text']],
  ['an unknown key', 'basic_auth_user: {}', ['web.yml:1: basic_auth_user unknown key; did you mean basic_auth_users?']],
  [
    'a key of another file',
    'upstream: http://a',
    [
      'web.yml:1: upstream unknown key; known keys: allowed_clients, basic_auth_users, bearer_tokens, ' +
        'bearer_tokens_file, http_server_config, mode, rate_limit, tls_server_config, trusted_proxies',
    ],
  ],
  [
    'a key twice',
    `${users}mode: basic\nmode: none`,
    expect.arrayContaining(['web.yml:3: mode duplicate key; keep one']),
  ],
  [
    'a second document behind the end of the first',
    `mode: none\n...\n${users}`,
    ['web.yml multiple YAML documents are not supported; make it one'],
  ],
  [
    'a second document',
    `# first\n---\nmode: none\n---\n${users}`,
    ['web.yml multiple YAML documents are not supported; make it one'],
  ],
  ...[
    'mode',
    'tls_server_config',
    'basic_auth_users',
    'bearer_tokens',
    'bearer_tokens_file',
    'allowed_clients',
    'rate_limit',
  ].map((key): Case => [`an empty ${key}`, `${key}:\n`, [`web.yml:1: ${key} ${EMPTY}`]]),
  ['a mode of no letters', "mode: ''", [`web.yml:1: mode ${EMPTY}`]],
  ['no users in a map of users', 'basic_auth_users: {}', [`web.yml:1: basic_auth_users ${EMPTY}`]],
  ['no ranges in a list of ranges', 'allowed_clients: []', [`web.yml:1: allowed_clients ${EMPTY}`]],
];

const certificates: readonly Case[] = [
  [
    'neither certificate nor key',
    'tls_server_config: { min_version: TLS13 }',
    [
      'web.yml:1: tls_server_config needs cert_file or cert; for plain HTTP, take tls_server_config out',
      'web.yml:1: tls_server_config needs key_file or key; for plain HTTP, take tls_server_config out',
    ],
  ],
  [
    'a certificate without its key',
    'tls_server_config: { cert_file: crt.pem }',
    ['web.yml:1: tls_server_config needs key_file or key; for plain HTTP, take tls_server_config out'],
  ],
  [
    'a key without its certificate',
    'tls_server_config: { key_file: key.pem, cert_file: "" }',
    ['web.yml:1: tls_server_config needs cert_file or cert; for plain HTTP, take tls_server_config out'],
  ],
  [
    'a certificate twice',
    tls(`cert: ${PEM}`),
    ['web.yml:4: tls_server_config.cert cannot be combined with cert_file; keep one'],
  ],
  ['a key twice', tls('key: canary'), ['web.yml:4: tls_server_config.key cannot be combined with key_file; keep one']],
  [
    'a CA twice',
    tls('client_auth_type: RequireAndVerifyClientCert', 'client_ca_file: ca.pem', `client_ca: ${PEM}`),
    ['web.yml:6: tls_server_config.client_ca cannot be combined with client_ca_file; keep one'],
  ],
  [
    'the path of a certificate in place of its text',
    'tls_server_config: { cert: /crt.pem, key_file: key.pem }',
    ['web.yml:1: tls_server_config.cert is not the PEM text of a certificate; the path of a file goes into cert_file'],
  ],
  [
    'a key with a passphrase',
    'tls_server_config: { cert_file: crt.pem, key: "-----BEGIN ENCRYPTED PRIVATE KEY-----\\ncanary" }',
    [
      'web.yml:1: tls_server_config.key is not the PEM text of a key without a passphrase; the path of a file goes into key_file',
    ],
  ],
  [
    'a key in a variable that is not set',
    `tls_server_config: { cert_file: crt.pem, key: '\${KEY}' }`,
    ['web.yml:1: tls_server_config.key environment variable KEY is not set'],
  ],
  [
    'a path of a CA in place of its text',
    tls('client_auth_type: VerifyClientCertIfGiven', 'client_ca: /ca.pem'),
    [
      'web.yml:5: tls_server_config.client_ca is not the PEM text of a certificate; the path of a file goes into client_ca_file',
    ],
  ],
  [
    'an unknown key of TLS',
    tls('client_ca_path: ca.pem'),
    ['web.yml:4: tls_server_config.client_ca_path unknown key; did you mean client_ca_file?'],
  ],
];

const TYPES =
  'NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert, RequireClientCert';
const MUTUAL = 'client_auth_type: RequireAndVerifyClientCert, or the mode mtls, use it';

const policies: readonly Case[] = [
  [
    'an unknown policy',
    tls('client_auth_type: RequireAndVerifyClient', 'client_ca_file: ca.pem'),
    [
      `web.yml:4: tls_server_config.client_auth_type must be one of ${TYPES}, not "RequireAndVerifyClient"; did you mean RequireAndVerifyClientCert?`,
    ],
  ],
  [
    'a CA without a policy',
    tls('client_ca_file: ca.pem'),
    [
      `web.yml:4: tls_server_config.client_ca_file has no use: client_auth_type is NoClientCert, which verifies nobody; ${MUTUAL}`,
    ],
  ],
  ...['RequestClientCert', 'RequireAnyClientCert'].map(
    (type): Case => [
      `a CA with ${type}, which does not use it`,
      tls(`client_auth_type: ${type}`, `client_ca: ${PEM}`),
      [
        `web.yml:5: tls_server_config.client_ca has no use: client_auth_type is ${type}, which verifies nobody; ${MUTUAL}`,
      ],
    ],
  ),
  [
    'verification of all without a CA',
    tls('client_auth_type: RequireAndVerifyClientCert'),
    [
      'web.yml:4: tls_server_config.client_auth_type verifies every client, and there is no CA for them; name the CA in client_ca_file',
    ],
  ],
  [
    'a policy that verifies every client, with an empty CA',
    tls('client_auth_type: RequireAndVerifyClientCert', "client_ca_file: ''"),
    [
      'web.yml:4: tls_server_config.client_auth_type verifies every client, and there is no CA for them; name the CA in client_ca_file',
    ],
  ],
  ...['NoClientCert', 'RequestClientCert', 'VerifyClientCertIfGiven'].map(
    (type): Case => [
      `names of clients with ${type}`,
      tls(`client_auth_type: ${type}`, 'client_allowed_sans: [prometheus]'),
      [
        `web.yml:5: tls_server_config.client_allowed_sans has no use: client_auth_type is ${type}, which requires no certificate; client_auth_type: RequireAndVerifyClientCert does`,
      ],
    ],
  ),
];

const versions: readonly Case[] = [
  [
    'an unknown version',
    tls('min_version: TLS1.2'),
    [
      'web.yml:4: tls_server_config.min_version must be one of TLS10, TLS11, TLS12, TLS13, not "TLS1.2"; did you mean TLS12?',
    ],
  ],
  [
    'SSL 3',
    tls('max_version: SSL30'),
    ['web.yml:4: tls_server_config.max_version must be one of TLS10, TLS11, TLS12, TLS13, not "SSL30"'],
  ],
  [
    'a least version above the last',
    tls('min_version: TLS13', 'max_version: TLS12'),
    ['web.yml:5: tls_server_config.max_version is below min_version, which is TLS12 unless it is said'],
  ],
  [
    'a last version below the least that is the default',
    tls('max_version: TLS11'),
    ['web.yml:4: tls_server_config.max_version is below min_version, which is TLS12 unless it is said'],
  ],
  [
    'a suite that is none',
    tls('cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA]'),
    [
      'web.yml:4: tls_server_config.cipher_suites[0] is no name that is known here: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA"; did you mean TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256?',
    ],
  ],
  [
    "a suite by OpenSSL's name",
    tls('cipher_suites: [TLS_AES_128_GCM_SHA256, AES]'),
    [
      expect.stringMatching(
        /^web\.yml:4: tls_server_config\.cipher_suites\[1\] is no name that is known here: "AES"; there is TLS_AES_128/,
      ),
    ],
  ],
  ...['TLS_RSA_WITH_AES_128_CBC_SHA', 'TLS_ECDHE_RSA_WITH_RC4_128_SHA', 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256'].map(
    (suite): Case => [
      `the suite ${suite}, which Go holds for insecure`,
      tls(`cipher_suites: [${suite}]`),
      [
        `web.yml:4: tls_server_config.cipher_suites[0] is no name that is known here: "${suite}"; Go counts this one among the insecure ones, and exporter-toolkit refuses it as well`,
      ],
    ],
  ),
  [
    'suites of TLS 1.3 alone where it is not spoken',
    tls('cipher_suites: [TLS_AES_128_GCM_SHA256]', 'max_version: TLS12'),
    ['web.yml:4: tls_server_config.cipher_suites are of TLS 1.3 alone, and max_version is below it'],
  ],
  [
    'suites that are no list',
    tls('cipher_suites: TLS_AES_128_GCM_SHA256'),
    ['web.yml:4: tls_server_config.cipher_suites must be a list, not text'],
  ],
  [
    'an unknown curve',
    tls('curve_preferences: [X25519, P-256]'),
    [
      'web.yml:4: tls_server_config.curve_preferences[1] is no name that is known here: "P-256"; there is X25519, CurveP256, CurveP384, CurveP521',
    ],
  ],
];

const http: readonly Case[] = [
  [
    'a header that is none of the five',
    'http_server_config: { headers: { Server: zxp } }',
    [
      'web.yml:1: http_server_config.headers.Server is no header that can be set here; there is Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection',
    ],
  ],
  [
    'a header in other letters',
    'http_server_config: { headers: { x-frame-options: deny } }',
    [
      'web.yml:1: http_server_config.headers.x-frame-options is no header that can be set here; did you mean X-Frame-Options?',
    ],
  ],
  [
    'frames from elsewhere',
    'http_server_config: { headers: { X-Frame-Options: ALLOW } }',
    ['web.yml:1: http_server_config.headers.X-Frame-Options must be deny or sameorigin'],
  ],
  [
    'a type to sniff',
    'http_server_config: { headers: { X-Content-Type-Options: sniff } }',
    ['web.yml:1: http_server_config.headers.X-Content-Type-Options must be nosniff'],
  ],
  [
    'a header of two lines',
    'http_server_config: { headers: { Content-Security-Policy: "a\\r\\nSet-Cookie: b" } }',
    ['web.yml:1: http_server_config.headers.Content-Security-Policy must be printable ASCII on one line'],
  ],
  [
    'an http2 that is no boolean',
    'http_server_config: { http2: 2 }',
    ['web.yml:1: http_server_config.http2 must be true or false, not a number'],
  ],
  [
    'a limit without an interval',
    'rate_limit: { burst: 20 }',
    ['web.yml:1: rate_limit needs an interval; interval: 1s lets one request a second in'],
  ],
  [
    'a limit without a burst',
    'rate_limit: { interval: 1s }',
    ['web.yml:1: rate_limit needs a burst; burst: 20 lets 20 requests in at once'],
  ],
  [
    'a limit that lets nobody in',
    'rate_limit: { interval: 1s, burst: 0 }',
    ['web.yml:1: rate_limit.burst must be a whole number of at least 1, not "0"'],
  ],
  [
    'an interval without a unit',
    'rate_limit: { interval: 10, burst: 1 }',
    ['web.yml:1: rate_limit.interval must be a duration such as 1s, 500ms or 1m30s, or 0 for no limit, not "10"'],
  ],
  [
    'an interval before now',
    'rate_limit: { interval: -1s, burst: 1 }',
    ['web.yml:1: rate_limit.interval must be a duration such as 1s, 500ms or 1m30s, or 0 for no limit'],
  ],
];

const credentials: readonly Case[] = [
  [
    'a password in place of its hash',
    'basic_auth_users: { alice: canary }',
    [`web.yml:1: basic_auth_users.alice not a bcrypt hash of a password; ${BCRYPT}`],
  ],
  [
    'no password',
    'basic_auth_users: { alice: }',
    [`web.yml:1: basic_auth_users.<key> not a bcrypt hash of a password; ${BCRYPT}`],
  ],
  [
    'a hash that is cut short',
    `basic_auth_users: { alice: '${HASH.slice(0, -1)}' }`,
    [`web.yml:1: basic_auth_users.alice not a bcrypt hash of a password; ${BCRYPT}`],
  ],
  [
    'a hash of another kind',
    `basic_auth_users: { alice: '${HASH.replace('$2y', '$2x')}' }`,
    [`web.yml:1: basic_auth_users.alice not a bcrypt hash of a password; ${BCRYPT}`],
  ],
  ...['03', '32'].map(
    (cost): Case => [
      `the cost ${cost}`,
      `basic_auth_users: { alice: '${HASH.replace('$10', `$${cost}`)}' }`,
      [`web.yml:1: basic_auth_users.alice has a cost of ${cost}, and bcrypt's are from 04 to 31; ${BCRYPT}`],
    ],
  ),
  [
    'a hash in a variable that is not set',
    `basic_auth_users: { alice: '\${ALICE}' }`,
    ['web.yml:1: basic_auth_users.alice environment variable ALICE is not set'],
  ],
  [
    'a hash in a variable that is none',
    `basic_auth_users: { alice: '\${ALICE}' }`,
    [`web.yml:1: basic_auth_users.alice not a bcrypt hash of a password; ${BCRYPT}`],
    { environment: { ALICE: 'canary' } },
  ],
  [
    'a user with a colon',
    `basic_auth_users: { 'a:b': '${HASH}' }`,
    [
      'web.yml:1: basic_auth_users.<key> has a colon or a control character in its name; no browser and no scraper can send it',
    ],
  ],
  [
    'a user twice',
    `basic_auth_users:\n  a: '${HASH}'\n  a: '${HASH}'`,
    ['web.yml:3: basic_auth_users.a duplicate key; keep one'],
  ],
  ['users in a list', 'basic_auth_users: [alice]', ['web.yml:1: basic_auth_users must be a map, not a list']],
  [
    'a token as it is',
    'bearer_tokens: [{ token: canary }]',
    [
      'web.yml:1: bearer_tokens[0].token has no place here, where all who read the file see it; printf %s "$TOKEN" | sha256sum makes one',
    ],
  ],
  [
    'a token without its digest',
    'bearer_tokens: [{ name: a }]',
    ['web.yml:1: bearer_tokens[0] needs a sha256; printf %s "$TOKEN" | sha256sum makes one'],
  ],
  [
    'a digest that is none',
    'bearer_tokens: [{ sha256: canary }]',
    ['web.yml:1: bearer_tokens[0].sha256 must be the SHA-256 digest of a token: 64 hex digits'],
  ],
  [
    'the digest of nothing',
    'bearer_tokens: [{ sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 }]',
    ['web.yml:1: bearer_tokens[0] has the digest of an empty token; printf %s "$TOKEN" | sha256sum makes one'],
  ],
  [
    'a token twice',
    `bearer_tokens:\n  - { name: a, sha256: ${SHA256} }\n  - { name: b, sha256: ${SHA256.toUpperCase()} }`,
    ['web.yml:3: bearer_tokens[1] has the name or digest of web.yml:2:5: bearer_tokens[0]; keep one'],
  ],
  [
    'a name twice',
    `bearer_tokens:\n  - { name: a, sha256: ${SHA256} }\n  - { name: a, sha256: ${'0'.repeat(64)} }`,
    ['web.yml:3: bearer_tokens[1] has the name or digest of web.yml:2:5: bearer_tokens[0]; keep one'],
  ],
  ...['2027-01-01', '2027-02-30T00:00:00Z', '2027-01-01T00:00:00', 'tomorrow'].map(
    (end): Case => [
      `the end ${end}`,
      `bearer_tokens: [{ sha256: ${SHA256}, expires: ${end} }]`,
      ['web.yml:1: bearer_tokens[0].expires must be a time with its zone such as 2027-01-01T00:00:00Z'],
    ],
  ),
  [
    'an empty end',
    `bearer_tokens: [{ sha256: ${SHA256}, expires: }]`,
    ['web.yml:1: bearer_tokens[0] has an empty expires; say when, or take it out'],
  ],
  [
    'an unknown key of a token',
    `bearer_tokens: [{ sha256: ${SHA256}, expiry: 2027-01-01T00:00:00Z }]`,
    ['web.yml:1: bearer_tokens[0].expiry unknown key; did you mean expires?'],
  ],
  ['a token that is no map', 'bearer_tokens: [canary]', ['web.yml:1: bearer_tokens[0] must be a map, not text']],
  ['two files of tokens', 'bearer_tokens_file: [a, b]', ['web.yml:1: bearer_tokens_file must be text, not a list']],
];

const ranges: readonly Case[] = [
  [
    'a name in place of an address',
    'allowed_clients: [prometheus]',
    ['web.yml:1: allowed_clients[0] must be a range of addresses such as 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32'],
  ],
  [
    'bits behind the prefix',
    'allowed_clients: ["::1", 10.0.0.1/8]',
    ['web.yml:1: allowed_clients[1] has bits set behind its prefix of 8; did you mean 10.0.0.0/8?'],
  ],
  [
    'a prefix too long',
    'trusted_proxies: [10.0.0.0/33]',
    ['web.yml:1: trusted_proxies[0] has a prefix of more than 32 bits'],
  ],
  ...['0.0.0.0/0', '::/0'].map(
    (range): Case => [
      `trust in everybody, ${range}`,
      `trusted_proxies: ['${range}']`,
      [
        'web.yml:1: trusted_proxies[0] matches every address, so that any client could claim any address; list the proxies alone',
      ],
    ],
  ),
  ['ranges that are no list', 'allowed_clients: 10.0.0.0/8', ['web.yml:1: allowed_clients must be a list, not text']],
];

const USERS = 'name them: basic_auth_users in the web config file';
const TOKENS = 'name them: --web.auth.token-file, or bearer_tokens in the web config file';
const BOTH = 'to ask for both: client_auth_type: RequireAndVerifyClientCert in place of the mode';
const caAndType = ['client_ca_file: ca.pem', 'client_auth_type: RequireAndVerifyClientCert'];

const modes: readonly Case[] = [
  [
    'an unknown mode',
    'mode: bearr',
    ['web.yml:1: mode must be one of none, basic, bearer, mtls, not "bearr"; did you mean bearer?'],
  ],
  ['basic without users', 'mode: basic', [`web.yml:1: mode is basic, and there are no users; ${USERS}`]],
  [
    'basic with tokens alone',
    `mode: basic\n${tokens}`,
    [
      `web.yml:1: mode is basic, and there are no users; ${USERS}`,
      `web.yml:1: mode is basic, and there are bearer tokens; ${EITHER}`,
    ],
  ],
  [
    'basic with users and tokens',
    `${users}${tokens}mode: basic`,
    [`web.yml:3: mode is basic, and there are bearer tokens; ${EITHER}`],
  ],
  ['bearer without tokens', 'mode: bearer', [`web.yml:1: mode is bearer, and there are no tokens; ${TOKENS}`]],
  [
    'bearer with users alone',
    `${users}mode: bearer`,
    [
      `web.yml:2: mode is bearer, and there are no tokens; ${TOKENS}`,
      `web.yml:2: mode is bearer, and there are basic_auth_users; ${EITHER}`,
    ],
  ],
  [
    'none with users',
    `${users}mode: none`,
    ['web.yml:2: mode is none, and there are users or tokens; take them out, or the mode'],
  ],
  [
    'none with certificates that are required',
    `${tls(...caAndType)}mode: none`,
    ['web.yml:6: mode is none, and client_auth_type requires a certificate; take one of them out'],
  ],
  [
    'none with tokens of a flag',
    'mode: none',
    ['web.yml:1: mode is none, and there are users or tokens; take them out, or the mode'],
    { authTokenFiles: ['tokens'] },
  ],
  [
    'another mode than the flag',
    `mode: basic\n${users}`,
    ['web.yml:1: mode is basic, and --web.auth.mode is bearer; say it in one place'],
    { authMode: 'bearer', authTokenFiles: ['tokens'] },
  ],
  [
    'mtls without TLS',
    'mode: mtls',
    ['web.yml:1: mode is mtls, and there is no TLS; give certificate, key and CA: tls_server_config'],
  ],
  [
    'mtls without a CA',
    `${tls()}mode: mtls`,
    ['web.yml:1: tls_server_config has no CA for clients, and the mode is mtls; name it in client_ca_file'],
  ],
  [
    'mtls with a policy that does not verify',
    `${tls('client_ca_file: ca.pem', 'client_auth_type: VerifyClientCertIfGiven')}mode: mtls`,
    [
      'web.yml:5: tls_server_config.client_auth_type is VerifyClientCertIfGiven, and the mode is mtls; take it out, or the mode',
    ],
  ],
  ...['min_version: TLS12', 'max_version: TLS12', 'min_version: TLS10'].map(
    (said): Case => [
      `mtls with ${said}`,
      `${tls('client_ca_file: ca.pem', said)}mode: mtls`,
      [
        `web.yml:5: tls_server_config.${said.replace(/:.*/, '')} is below TLS 1.3, and the mode is mtls; take it out, or the mode`,
      ],
    ],
  ),
  [
    'mtls with users',
    `${tls('client_ca_file: ca.pem')}${users}mode: mtls`,
    [`web.yml:6: mode is mtls, and there are users or tokens; ${BOTH}`],
  ],
];

describe.each<Part>([
  ['the file', files],
  ['certificates', certificates],
  ['policies for clients', policies],
  ['versions, suites and curves', versions],
  ['headers and the rate limit', http],
  ['users and tokens', credentials],
  ['ranges of addresses', ranges],
  ['modes', modes],
])('what a web config file is refused for, of %s', (_, cases) => {
  test.for(cases)('%s', ([, text, problems, around]) => {
    expect(read(text, around).problems).toEqual(problems);
  });
});

test('every problem is told at once, in the order of the lines', () => {
  const { problems } = read(
    'mode: basic\nallowed_clients: [a]\nrate_limit: { burst: 1 }\nbearer_tokens: [b]\nmod: c\n',
  );
  expect(problems.map((problem) => problem.replace(/ .*/, ''))).toEqual([
    'web.yml:1:',
    'web.yml:1:',
    'web.yml:2:',
    'web.yml:3:',
    'web.yml:4:',
    'web.yml:5:',
  ]);
});

test('no secret is in what is said of a file, be it wrong in every way', () => {
  const { problems } = read(
    `\
tls_server_config: { cert: canary, key: canary, client_ca: canary, min_version: [canary] }
basic_auth_users: { alice: canary, bob: [canary], carol: { canary: canary }, dave: '\${DAVE}' }
bearer_tokens: [canary, { token: canary }, { sha256: canary, expires: canary }]
`,
    { environment: { DAVE: 'canary' } },
  );
  expect(problems.length).toBeGreaterThan(8);
  expect(problems.join('\n').replaceAll('carol.canary', '')).not.toContain('canary');
});
