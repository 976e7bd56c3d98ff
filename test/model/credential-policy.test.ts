import { describe, expect, test } from 'vitest';
import { openPolicy } from '../../src/auth/policy-files.js';
import { noHttpClient } from '../../src/config/modules/http-client.js';
import type { ClientAuthType } from '../../src/model/access-policy.js';
import { authenticatesClients, decideForwarding, forwardsAuthorization } from '../../src/model/credential-policy.js';
import type { CredentialSpec, RequestSpec } from '../../src/model/module.js';
import { Secret } from '../../src/model/secret.js';

const secret = { inline: new Secret('x') };
const basic: CredentialSpec = { kind: 'basic', username: secret, password: secret };
const digest: CredentialSpec = { kind: 'digest', username: secret, password: secret };
const text = { text: 'x', isTemplate: false, isSecret: false, where: 'f' };

interface Row {
  readonly credential?: CredentialSpec;
  readonly header?: string;
  readonly verified?: boolean;
  readonly forwards?: boolean;
}

function request({
  credential,
  header,
  verified = false,
  forwards = true,
}: Row): Parameters<typeof decideForwarding>[0] {
  const headers: RequestSpec['headers'] = header === undefined ? [] : [[header, text]];
  const httpClient = { ...noHttpClient, credential };
  return { httpClient, headers, forwardsVerified: verified, forwardsAuthorization: forwards };
}

const registry = (own: boolean): CredentialSpec => ({
  kind: 'registry_token',
  realms: [],
  basic: own ? { username: secret, password: secret } : undefined,
});

describe("a module's decision on the caller's Authorization", () => {
  test.each<[string, Row, string]>([
    ['nothing of its own', {}, 'unless_consumed'],
    ['forward_verified', { verified: true }, 'always'],
    ['forward_authorization: false', { forwards: false }, 'never'],
    ['basic_auth', { credential: basic }, 'never'],
    ['digest_auth', { credential: digest }, 'never'],
    ['registry_token for its own user', { credential: registry(true) }, 'never'],
    ["registry_token for the caller's user", { credential: registry(false) }, 'unless_consumed'],
    ['an Authorization among its headers, in any case', { header: 'aUTHORIZATION' }, 'never'],
    ['another header', { header: 'X-Key' }, 'unless_consumed'],
  ])('with %s is %s', (_, row, decision) => {
    expect(decideForwarding(request(row))).toBe(decision);
  });

  test.each([
    [{ forward: false, forwardVerified: false }, 'never'],
    [{ forward: true, forwardVerified: false }, 'unless_consumed'],
    [{ forward: true, forwardVerified: true }, 'always'],
  ])('is that of the auth alone where there is one: %j', (auth, decision) => {
    for (const row of [{}, { verified: true }, { credential: basic }, { header: 'authorization' }]) {
      expect(decideForwarding(request(row), auth)).toBe(decision);
    }
  });

  test('depends on whether zxp consumed it only where it is unless_consumed', () => {
    expect([true, false].map((isConsumed) => forwardsAuthorization('always', isConsumed))).toEqual([true, true]);
    expect([true, false].map((isConsumed) => forwardsAuthorization('unless_consumed', isConsumed))).toEqual([
      false,
      true,
    ]);
    expect([true, false].map((isConsumed) => forwardsAuthorization('never', isConsumed))).toEqual([false, false]);
  });
});

test('clients are authenticated by a password, a token or a verified certificate, and by nothing less', () => {
  const tls = (clientAuthType: ClientAuthType) => ({
    ...openPolicy,
    tls: {
      cert: secret,
      key: secret,
      clientCa: undefined,
      clientAuthType,
      isClientAuthSaid: true,
      clientAllowedSans: [],
      minVersion: 'TLSv1.2' as const,
      maxVersion: 'TLSv1.3' as const,
      ciphers: [],
      curves: [],
      prefersServerCiphers: false,
      where: 'f',
    },
  });
  const enough = [
    { ...openPolicy, mode: 'basic' as const },
    { ...openPolicy, tokenFiles: ['/tokens'] },
    { ...openPolicy, mode: 'mtls' as const },
    tls('RequireAndVerifyClientCert'),
  ];
  expect(enough.map(authenticatesClients)).toEqual([true, true, true, true]);
  const less = [undefined, openPolicy, { ...openPolicy, allowedClients: ['10.0.0.0/8'] }, tls('RequireAnyClientCert')];
  expect(less.map(authenticatesClients)).toEqual([false, false, false, false]);
});
