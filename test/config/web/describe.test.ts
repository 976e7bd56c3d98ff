import { expect, test } from 'vitest';
import { describeAccess } from '../../../src/config/web/describe.js';
import { HASH, readRight, SHA256, tls } from './read-web-config.js';

test('access control is described by its names, places and ranges, without a hash and without a digest', () => {
  const text = `\
${tls('client_ca_file: ca.pem', 'client_auth_type: RequireAndVerifyClientCert', 'client_allowed_sans: [a, b]', 'max_version: TLS12')}\
basic_auth_users: { alice: '${HASH}' }
bearer_tokens:
  - { name: prometheus, sha256: ${SHA256}, expires: 2027-01-01T00:00:00Z }
  - { sha256: ${'0'.repeat(64)} }
bearer_tokens_file: tokens
http_server_config: { headers: { X-Frame-Options: deny } }
rate_limit: { interval: 1s, burst: 20 }
allowed_clients: [10.0.0.0/8, '::1']
trusted_proxies: [10.1.0.0/16]
`;
  expect(describeAccess(readRight(text))).toEqual([
    'access: basic',
    'access: user alice (/zxp/web.yml:8:21: basic_auth_users.alice)',
    'access: token prometheus until 2027-01-01T00:00:00.000Z (/zxp/web.yml:10:5: bearer_tokens[0])',
    'access: token without a name (/zxp/web.yml:11:5: bearer_tokens[1])',
    'access: tokens of /zxp/tokens',
    'access: TLSv1.2 to TLSv1.2, RequireAndVerifyClientCert for a, b (/zxp/web.yml:1:1: tls_server_config)',
    'access: header X-Frame-Options: deny',
    'access: 20 requests, one more each 1000ms',
    'access: clients 10.0.0.0/8, ::1/128',
    'access: proxies 10.1.0.0/16',
  ]);
});

test('what is not there is not described', () => {
  expect(describeAccess(undefined)).toEqual([]);
  expect(describeAccess(readRight(''))).toEqual(['access: none']);
  expect(describeAccess(readRight(tls()))).toEqual([
    'access: none',
    'access: TLSv1.2 or later, NoClientCert (/zxp/web.yml:1:1: tls_server_config)',
  ]);
});
