import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { JSON_BODY, type SeenRequest, startFakeUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';
import { inline, openClient, readFailure } from '../open-client.js';

const USER = 'Mufasa';
const PASSWORD = 'Circle of Life';
const credential = { kind: 'digest', username: inline(USER), password: inline(PASSWORD) } as const;

/** The fields of a Digest header. */
function parse(header: string): ReadonlyMap<string, string> {
  return new Map(
    [...header.matchAll(/([\w*]+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s]*))/g)].map(([, name = '', quoted, plain]) => [
      name,
      quoted ?? plain ?? '',
    ]),
  );
}

/** Whether a request proves the password, worked out from RFC 7616, 3.4.1. */
function proves(request: SeenRequest, { hash, isSession = false }: { hash: string; isSession?: boolean }): boolean {
  const fields = parse(request.allHeaders.get('authorization')?.[0] ?? '');
  const h = (text: string) => createHash(hash).update(text).digest('hex');
  const get = (name: string) => fields.get(name) ?? '';
  const base = h(`${USER}:${get('realm')}:${PASSWORD}`);
  const a1 = isSession ? h(`${base}:${get('nonce')}:${get('cnonce')}`) : base;
  const a2 = h(`${request.method}:${get('uri')}`);
  const middle = get('qop') === '' ? '' : `${get('nc')}:${get('cnonce')}:${get('qop')}:`;
  return get('uri') === request.path && get('response') === h(`${a1}:${get('nonce')}:${middle}${a2}`);
}

async function start(challenge: string | string[], options = { hash: 'sha256', isSession: false }) {
  const server = forThisTest(await startFakeUpstream());
  let current = challenge;
  server.respond((request) =>
    proves(request, options) ? {} : { status: 401, headers: { 'www-authenticate': current } },
  );
  const client = openClient({ credential });
  return {
    server,
    client,
    challenge: (next: string) => {
      current = next;
    },
    shown: () => server.requests.map(({ allHeaders }) => allHeaders.get('authorization')?.[0]),
  };
}

const CHALLENGE =
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf", opaque="FQh"';

describe('Digest', () => {
  test.each([
    ['SHA-256', 'sha256', false],
    ['MD5', 'md5', false],
    ['SHA-512-256', 'sha512-256', false],
    ['SHA-256-sess', 'sha256', true],
    ['MD5-sess', 'md5', true],
  ])('with %s proves the password and never sends it', async (algorithm, hash, isSession) => {
    const { server, client } = await start(CHALLENGE.replace('SHA-256', algorithm), { hash, isSession });
    expect(await client.text(`${server.url}/dir/index.html?a=1,"2"`)).toBe(JSON_BODY);
    expect(JSON.stringify(server.requests.map(({ allHeaders }) => [...allHeaders]))).not.toContain('Circle');
  });

  test('without qop and algorithm is the MD5 of old', async () => {
    const { server, client } = await start('Digest realm="r", nonce="n"', { hash: 'md5', isSession: false });
    expect(await client.text(server.url)).toBe(JSON_BODY);
  });

  test('uses a nonce again with a count that grows, and the newer one that a server comes with', async () => {
    const { server, client, shown, challenge } = await start(CHALLENGE);
    for (let i = 0; i < 3; i++) await client.ask(server.url);
    const counts = shown().map((header) => (header === undefined ? undefined : parse(header).get('nc')));
    expect(counts).toEqual([undefined, '00000001', '00000002', '00000003']);
    server.respond((request) => {
      const isNew = (request.allHeaders.get('authorization')?.[0] ?? '').includes('nonce="newer"');
      return isNew
        ? {}
        : { status: 401, headers: { 'www-authenticate': `${CHALLENGE.replace('7ypf', 'newer')}, stale=true` } };
    });
    challenge(CHALLENGE);
    expect(await client.text(server.url)).toBe(JSON_BODY);
  });

  test('takes the strongest of several challenges', async () => {
    const weak = 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5';
    const { server, client, shown } = await start(['Basic realm="r"', weak, CHALLENGE]);
    await client.ask(server.url);
    expect(parse(shown()[1] ?? '').get('algorithm')).toBe('SHA-256');
  });

  test('asks once more only: a password that is wrong is a 401', async () => {
    const server = forThisTest(
      await startFakeUpstream(() => ({ status: 401, headers: { 'www-authenticate': CHALLENGE } })),
    );
    const client = openClient({ credential });
    expect((await client.ask(server.url)).statusCode).toBe(401);
    expect((await client.ask(server.url)).statusCode).toBe(401);
    expect(server.requests).toHaveLength(3);
  });

  test('fails for unauthorized where the server wants what zxp does not know', async () => {
    for (const challenge of [CHALLENGE.replace('SHA-256', 'SHA-1'), CHALLENGE.replace('auth, auth-int', 'auth-int')]) {
      const server = forThisTest(
        await startFakeUpstream(() => ({ status: 401, headers: { 'www-authenticate': challenge } })),
      );
      expect((await readFailure(openClient({ credential }).ask(server.url))).code).toBe('unauthorized');
      expect(server.requests).toHaveLength(1);
    }
  });

  test('is for a POST too', async () => {
    const { server, client } = await start(CHALLENGE);
    expect(await client.text(server.url, { method: 'POST', body: 'x' })).toBe(JSON_BODY);
    expect(server.requests.map(({ body }) => body)).toEqual(['x', 'x']);
  });
});
