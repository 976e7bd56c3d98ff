import { createVerify, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { noTls } from '../../src/config/modules/tls.js';
import type { AssertionSpec, Oauth2Spec } from '../../src/model/module.js';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { startConnectProxy } from './connect-proxy.js';
import { inline, openClient, readFailure } from './open-client.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const toPem = (key: KeyObject, type: 'pkcs1' | 'pkcs8' = 'pkcs8') => String(key.export({ type, format: 'pem' }));
const clock = () => new Date('2026-11-21T10:00:00.900Z');

function describeClient(endpoint: FakeUpstream, assertion: Partial<AssertionSpec> = {}): Oauth2Spec {
  return {
    kind: 'oauth2',
    clientId: 'zxp',
    clientSecret: undefined,
    assertion: {
      key: inline(toPem(privateKey)),
      keyId: undefined,
      algorithm: 'RS256',
      issuer: 'zxp',
      audience: 'https://login.example',
      claims: {},
      ...assertion,
    },
    tokenUrl: new URL(`${endpoint.url}/token`),
    scopes: [],
    endpointParams: [],
    tls: noTls,
    proxy: undefined,
  };
}

const startEndpoint = async () =>
  forThisTest(
    await startFakeUpstream((_, count) => ({ body: JSON.stringify({ access_token: `t${count}`, expires_in: 3600 }) })),
  );

/** What a JWT says, once its signature is found to be good. */
function readJwt(jwt: string, hash: string) {
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  const isGood = createVerify(hash).update(`${header}.${payload}`).verify(publicKey, signature, 'base64url');
  const parse = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { isGood, header: parse(header), claims: parse(payload) };
}

describe('a token by a signed JWT', () => {
  test('is asked for with the claims of prometheus/common, and no other proof', async () => {
    const endpoint = await startEndpoint();
    const server = forThisTest(await startFakeUpstream());
    const credential = { ...describeClient(endpoint), scopes: ['a', 'b'], endpointParams: [['tenant', 'x']] as const };
    await openClient({ credential }, { clock }).ask(server.url);
    expect(server.requests[0]?.allHeaders.get('authorization')).toEqual(['Bearer t1']);
    const [asked] = endpoint.requests;
    expect(asked).toMatchObject({ method: 'POST', path: '/token' });
    expect(asked?.allHeaders.has('authorization')).toBe(false);
    const { assertion = '', ...form } = Object.fromEntries(new URLSearchParams(asked?.body));
    expect(form).toEqual({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', tenant: 'x' });
    const iat = 1_795_255_200;
    expect(readJwt(assertion, 'RSA-SHA256')).toEqual({
      isGood: true,
      header: { alg: 'RS256', typ: 'JWT' },
      claims: {
        iss: 'zxp',
        sub: 'zxp',
        aud: 'https://login.example',
        iat,
        exp: iat + 600,
        jti: expect.stringMatching(/^[0-9a-f]{8}-/),
        scope: 'a b',
      },
    });
  });

  test.each([
    ['RS384', 'RSA-SHA384'],
    ['RS512', 'RSA-SHA512'],
  ] as const)(
    'may be signed by %s, with a key of PKCS#1, an identifier and claims that win',
    async (algorithm, hash) => {
      const endpoint = await startEndpoint();
      const server = forThisTest(await startFakeUpstream());
      const claims = { sub: 'other', tenant: { id: 7 } };
      const key = inline(toPem(privateKey, 'pkcs1'));
      const credential = describeClient(endpoint, { algorithm, keyId: 'k1', issuer: 'who', claims, key });
      await openClient({ credential }, { clock }).ask(server.url);
      const jwt = new URLSearchParams(endpoint.requests[0]?.body).get('assertion') ?? '';
      expect(readJwt(jwt, hash)).toMatchObject({
        isGood: true,
        header: { alg: algorithm, kid: 'k1' },
        claims: { iss: 'who', sub: 'other', tenant: { id: 7 } },
      });
    },
  );

  test('is asked for again when the file of its key changes', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const endpoint = await startEndpoint();
    const server = forThisTest(await startFakeUpstream());
    const credential = describeClient(endpoint, { key: { file: folder.write('key', toPem(privateKey)) } });
    const client = openClient({ credential }, { clock });
    for (let i = 0; i < 2; i++) await client.ask(server.url);
    folder.write('key', toPem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey));
    await client.ask(server.url);
    expect(endpoint.requests).toHaveLength(2);
  });

  test.each([
    ['no key', 'CANARY', 'is no private key'],
    ['a public key', toPem(publicKey, 'pkcs1'), 'is no private key'],
    ['a key of another kind', toPem(generateKeyPairSync('ed25519').privateKey), 'is no RSA key'],
    ['a key that is too short', toPem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey), 'of 1024 bits'],
  ])('is not asked for with %s, and the message tells nothing of it', async (_, pem, words) => {
    const endpoint = await startEndpoint();
    const server = forThisTest(await startFakeUpstream());
    const credential = describeClient(endpoint, { key: inline(pem) });
    const { code, text } = await readFailure(openClient({ credential }, { clock }).ask(server.url));
    expect(code).toBe('config');
    expect(text).toContain(
      `client_certificate_key of oauth2 ${words}`.replace('of oauth2 of', 'of oauth2 is an RSA key of'),
    );
    expect(text).not.toContain('CANARY');
    expect([endpoint.accepted, server.accepted]).toEqual([0, 0]);
  });
});

describe('a token endpoint behind a proxy', () => {
  test('is asked through it, and the target is not', async () => {
    const proxy = forThisTest(await startConnectProxy());
    const endpoint = await startEndpoint();
    const server = forThisTest(await startFakeUpstream());
    const credential = {
      ...describeClient(endpoint),
      proxy: { url: new URL(proxy.url), noProxy: '', connectHeaders: [] },
    };
    await openClient({ credential }, { clock }).ask(server.url);
    expect(proxy.requests.map(({ line }) => line)).toEqual([`POST ${endpoint.url}/token`]);
    expect(endpoint.requests).toHaveLength(1);
  });

  test('may have one of the environment, and hosts that are asked without it', async () => {
    const endpoint = await startEndpoint();
    const server = forThisTest(await startFakeUpstream());
    const proxy = forThisTest(await startConnectProxy({ hosts: { 'login.example': endpoint.port } }));
    const environment = { HTTP_PROXY: proxy.url };
    const far = {
      ...describeClient(endpoint),
      tokenUrl: new URL('http://login.example/token'),
      proxy: { url: 'environment' as const, noProxy: '', connectHeaders: [] },
    };
    await openClient({ credential: far }, { clock, environment }).ask(server.url);
    expect(proxy.requests.map(({ line }) => line)).toEqual(['POST http://login.example/token']);
    const near = {
      ...describeClient(endpoint),
      proxy: { url: new URL(proxy.url), noProxy: '127.0.0.1', connectHeaders: [] },
    };
    await openClient({ credential: near }, { clock }).ask(server.url);
    expect(proxy.requests).toHaveLength(1);
    expect(endpoint.requests).toHaveLength(2);
  });
});
