import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ZxpError } from '../../src/model/errors.js';
import type { TlsVersion } from '../../src/model/module.js';
import type { KeyPair } from '../support/certificate-authority.js';
import { eventually } from '../support/eventually.js';
import { JSON_BODY, startFakeUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { findClosedPort } from '../support/hostile-upstream.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { type Authority, makeAuthority } from './authority.js';
import { inline, openClient, readFailure, type TestClient, withTls } from './open-client.js';

let authority: Authority;
let other: Authority;
let here: KeyPair;
let clientPair: KeyPair;
let otherClientPair: KeyPair;

beforeAll(() => {
  authority = makeAuthority();
  other = makeAuthority('other');
  here = authority.issue('here');
  clientPair = authority.issue('client one');
  otherClientPair = authority.issue('client two');
});

afterAll(() => {
  authority.close();
  other.close();
});

const startSecure = async (options = {}) => forThisTest(await startFakeUpstream(undefined, { ...here, ...options }));
/** Servers that want a certificate of `authority`. */
const startMutual = () => startSecure({ ca: authority.cert, requestCert: true, rejectUnauthorized: true });

async function expectTlsFailure(asked: Promise<unknown>): Promise<string> {
  const { code, text } = await readFailure(asked);
  expect(code).toBe('tls');
  return text;
}

describe('ca', () => {
  test('is trusted', async () => {
    const server = await startSecure();
    expect(await openClient({ tls: withTls({ ca: inline(authority.cert) }) }).text(server.url)).toBe(JSON_BODY);
  });

  test('may be several certificates with text around them', async () => {
    const server = await startSecure();
    const bundle = `# other\n${other.cert}\n# ours\n${authority.cert}\n`;
    expect(await openClient({ tls: withTls({ ca: inline(bundle) }) }).text(server.url)).toBe(JSON_BODY);
  });

  test('may be the certificate of the server itself, signed by another', async () => {
    const server = await startSecure();
    expect(await openClient({ tls: withTls({ ca: inline(here.cert) }) }).text(server.url)).toBe(JSON_BODY);
  });

  test('is trusted alone: not what --upstream.ca-file adds to the roots', async () => {
    const server = await startSecure();
    const options = { extraCa: [authority.cert] };
    expect(await openClient({}, options).text(server.url)).toBe(JSON_BODY);
    await expectTlsFailure(openClient({ tls: withTls({ ca: inline(other.cert) }) }, options).ask(server.url));
    expect(server.requests).toHaveLength(1);
  });

  test.each(['', 'CANARY', '-----BEGIN CERTIFICATE-----\nCANARY\n-----END CERTIFICATE-----'])(
    'without a certificate trusts nobody: %j',
    async (text) => {
      const server = await startSecure();
      const said = await expectTlsFailure(openClient({ tls: withTls({ ca: inline(text) }) }).ask(server.url));
      expect(said).toContain('the ca of tls_config has no PEM certificate');
      expect(said).not.toContain('CANARY');
      expect(server.accepted).toBe(0);
    },
  );

  test('that cannot be read fails https, and http not at all', async () => {
    const client = openClient({ tls: withTls({ ca: { file: '/nowhere/ca.crt' } }) });
    expect(await expectTlsFailure(client.ask((await startSecure()).url))).toContain('/nowhere/ca.crt');
    expect(await client.text(forThisTest(await startFakeUpstream()).url)).toBe(JSON_BODY);
  });
});

describe('the name of the server', () => {
  const named = () => authority.issue('named', 'DNS:registry.internal');

  test('is its own where nothing else is said', async () => {
    const server = await startSecure(named());
    await expectTlsFailure(openClient({ tls: withTls({ ca: inline(authority.cert) }) }).ask(server.url));
    expect(server.requests).toHaveLength(0);
  });

  test('is server_name, in the handshake and in the certificate', async () => {
    const server = await startSecure(named());
    const tls = withTls({ ca: inline(authority.cert), serverName: 'registry.internal' });
    await openClient({ tls }).ask(server.url);
    expect(server.requests[0]?.tls?.sni).toBe('registry.internal');
    expect(server.requests[0]?.allHeaders.get('host')).toEqual([`127.0.0.1:${server.port}`]);
  });

  test('as server_name must be in the certificate, although the host is', async () => {
    const server = await startSecure();
    const tls = withTls({ ca: inline(authority.cert), serverName: 'registry.internal' });
    await expectTlsFailure(openClient({ tls }).ask(server.url));
  });

  test.each([
    ['127.0.0.1', true],
    ['127.0.0.9', false],
  ])('may be the address %s, which no handshake names', async (serverName, isGood) => {
    const server = await startSecure(authority.issue('addressed', 'IP:127.0.0.1'));
    const asked = openClient({ tls: withTls({ ca: inline(authority.cert), serverName }) }).ask(
      server.url.replace('127.0.0.1', 'localhost'),
    );
    if (isGood) await asked;
    else await expectTlsFailure(asked);
  });

  test('is the host of the URL, whatever the Host header says', async () => {
    const server = await startSecure();
    const url = server.url.replace('127.0.0.1', 'localhost');
    const client = openClient({ tls: withTls({ ca: inline(authority.cert) }) });
    await client.ask(url, { headers: [['Host', 'virtual.example']] });
    expect(server.requests[0]?.tls?.sni).toBe('localhost');
    expect(server.requests[0]?.allHeaders.get('host')).toEqual(['virtual.example']);
  });

  test('has no dot at its end', async () => {
    const server = await startSecure(authority.issue('dotted', 'DNS:dotted.example'));
    const lookup = async () => [{ address: '127.0.0.1', family: 4 }];
    const client = openClient({ tls: withTls({ ca: inline(authority.cert) }) }, { lookup });
    await client.ask(`https://dotted.example.:${server.port}/`);
    expect(server.requests[0]?.tls?.sni).toBe('dotted.example');
  });
});

describe('insecure_skip_verify', () => {
  test('takes any certificate', async () => {
    const server = await startSecure(other.issue('elsewhere', 'DNS:elsewhere.invalid'));
    await expectTlsFailure(openClient().ask(server.url));
    expect(await openClient({ tls: withTls({ insecureSkipVerify: true }) }).text(server.url)).toBe(JSON_BODY);
  });
});

describe('min_version and max_version', () => {
  const old = { ciphers: 'DEFAULT:@SECLEVEL=0' };
  const ask = async (
    client: { readonly minVersion?: TlsVersion; readonly maxVersion?: TlsVersion },
    server: { readonly minVersion?: TlsVersion; readonly maxVersion?: TlsVersion },
  ) => {
    const target = await startSecure({ ...old, ...server });
    await openClient({ tls: withTls({ ca: inline(authority.cert), ...client }) }).ask(target.url);
    return target.requests[0]?.tls?.version;
  };

  test.each([
    [{}, { minVersion: 'TLSv1' }, 'TLSv1.3'],
    [{ maxVersion: 'TLSv1.2' }, {}, 'TLSv1.2'],
    [{ minVersion: 'TLSv1.3' }, {}, 'TLSv1.3'],
    [{ minVersion: 'TLSv1' }, { minVersion: 'TLSv1', maxVersion: 'TLSv1' }, 'TLSv1'],
    [{ minVersion: 'TLSv1.1' }, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }, 'TLSv1.1'],
  ] as const)('%j with %j speak %s', async (client, server, version) => {
    expect(await ask(client, server)).toBe(version);
  });

  test.each([
    [{ minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' }],
    [{ maxVersion: 'TLSv1.2' }, { minVersion: 'TLSv1.3' }],
    [{}, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }],
    [{ maxVersion: 'TLSv1.1' }, { minVersion: 'TLSv1' }],
  ] as const)('%j with %j fail', async (client, server) => {
    await expectTlsFailure(ask(client, server));
  });
});

describe('cert and key', () => {
  const pair = (each: KeyPair) => ({ ca: inline(authority.cert), cert: inline(each.cert), key: inline(each.key) });

  test('are shown to a server that asks for them', async () => {
    const server = await startMutual();
    await expectTlsOrClosed(openClient({ tls: withTls({ ca: inline(authority.cert) }) }).ask(server.url));
    await openClient({ tls: withTls(pair(clientPair)) }).ask(server.url);
    expect(server.requests.map((request) => request.tls?.client)).toEqual(['client one']);
  });

  test('are each of their own client', async () => {
    const server = await startMutual();
    const [one, two] = [clientPair, otherClientPair].map((each) => openClient({ tls: withTls(pair(each)) }));
    for (const client of [one, two, one, two]) await client?.ask(server.url);
    expect(server.requests.map((request) => request.tls?.client)).toEqual([
      'client one',
      'client two',
      'client one',
      'client two',
    ]);
  });

  test.each([
    ['that do not belong together', () => ({ ...pair(clientPair), key: inline(otherClientPair.key) })],
    ['that are no PEM', () => ({ ...pair(clientPair), cert: inline('CANARY') })],
    ['whose key is none', () => ({ ...pair(clientPair), key: inline('CANARY') })],
    ['whose key is not there', () => ({ ...pair(clientPair), key: { file: '/nowhere/client.key' } })],
  ])('%s fail without a connection', async (_, spec) => {
    const server = await startMutual();
    expect(await expectTlsFailure(openClient({ tls: withTls(spec()) }).ask(server.url))).not.toContain('CANARY');
    expect(server.accepted).toBe(0);
  });
});

describe('a server that refuses the client certificate', () => {
  /** OpenSSL's own server, which verifies certificates while it shakes hands; `version` is an option of it. */
  async function startOpenssl(version: string): Promise<string> {
    const folder = forThisTest(makeTemporaryFolder());
    const port = await findClosedPort();
    const files = { cert: here.cert, key: here.key, CAfile: authority.cert };
    const options = Object.entries(files).flatMap(([name, text]) => [`-${name}`, folder.write(name, text)]);
    const words = ['s_server', '-accept', String(port), '-Verify', '1', '-verify_return_error', version, '-www'];
    const program = spawn('openssl', [...words, ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
    forThisTest({
      close: async () => {
        program.kill();
        await once(program, 'exit');
      },
    });
    let said = '';
    program.stdout.on('data', (chunk) => {
      said += chunk;
    });
    await eventually('it accepts connections', () => said.includes('ACCEPT'));
    return `https://127.0.0.1:${port}`;
  }

  test.each([
    ['-tls1_3', 'certificate_required', undefined],
    ['-tls1_3', 'unknown_ca', () => other.issue('stranger')],
    ['-tls1_2', 'handshake_failure', undefined],
    ['-tls1_2', 'unknown_ca', () => other.issue('stranger')],
  ] as const)(
    'with %s and the alert %s fails for tls, names it, and hints at cert_file',
    async (version, alert, issue) => {
      const url = await startOpenssl(version);
      const pair = issue?.();
      const own = pair === undefined ? {} : { cert: inline(pair.cert), key: inline(pair.key) };
      const client = openClient({ tls: withTls({ ca: inline(authority.cert), ...own }) });
      for (let i = 0; i < 5; i++) {
        const { code, text } = await readFailure(client.ask(url));
        expect(text).toContain(`the upstream refused the TLS connection with the alert ${alert}`);
        expect(text).toContain('cert_file');
        expect(code).toBe('tls');
      }
    },
  );

  test('of which there is none says so in TLS 1.3 as well', async () => {
    const server = await startMutual();
    const { code, text } = await readFailure(
      openClient({ tls: withTls({ ca: inline(authority.cert) }) }).ask(server.url),
    );
    expect(text).toContain('certificate_required');
    expect(code).toBe('tls');
  });
});

/** A server may refuse a client in the handshake, or right after it in TLS 1.3. */
async function expectTlsOrClosed(asked: Promise<unknown>): Promise<void> {
  expect(['tls', 'closed']).toContain((await readFailure(asked)).code);
}

describe('files that change', () => {
  interface Files {
    readonly client: TestClient;
    readonly unusable: readonly ZxpError[];
    write(name: 'ca' | 'cert' | 'key', content: string): void;
    remove(name: 'ca' | 'cert' | 'key'): void;
  }

  function openFiles(pair: KeyPair): Files {
    const folder = forThisTest(makeTemporaryFolder());
    const unusable: ZxpError[] = [];
    const tls = withTls({
      ca: { file: folder.write('ca', authority.cert) },
      cert: { file: folder.write('cert', pair.cert) },
      key: { file: folder.write('key', pair.key) },
    });
    return {
      client: openClient({ tls }, { onUnusableFiles: (error) => unusable.push(error) }),
      unusable,
      write: folder.write,
      remove: (name) => rmSync(join(folder.path, name)),
    };
  }

  test('are used by the next connection, and one with the old ones is not used again', async () => {
    const server = await startMutual();
    const { client, write, unusable } = openFiles(clientPair);
    await client.ask(server.url);
    await client.ask(server.url);
    expect(server.accepted).toBe(1);
    write('cert', otherClientPair.cert);
    write('key', otherClientPair.key);
    await client.ask(server.url);
    await client.ask(server.url);
    expect(server.requests.map((request) => request.tls?.client)).toEqual([
      'client one',
      'client one',
      'client two',
      'client two',
    ]);
    expect(server.accepted).toBe(2);
    await eventually('the old connection is gone', () => server.open === 1);
    expect(unusable).toEqual([]);
  });

  test('do not break off what is under way', async () => {
    const server = await startMutual();
    const { client, write } = openFiles(clientPair);
    const held: (() => void)[] = [];
    server.respond((_, count) => (count === 1 ? new Promise((resolve) => held.push(() => resolve({}))) : {}));
    const before = client.text(server.url);
    await eventually('the first request is there', () => held.length === 1);
    write('cert', otherClientPair.cert);
    write('key', otherClientPair.key);
    expect(await client.text(server.url)).toBe(JSON_BODY);
    expect(server.open).toBe(2);
    held[0]?.();
    expect(await before).toBe(JSON_BODY);
    await eventually('the old connection is gone', () => server.open === 1);
  });

  test('half replaced leave the old ones active, and it is said once', async () => {
    const server = await startMutual();
    const { client, write, remove, unusable } = openFiles(clientPair);
    await client.ask(server.url);
    write('cert', otherClientPair.cert);
    await client.ask(server.url);
    await client.ask(server.url);
    expect(unusable.map(({ code }) => code)).toEqual(['tls']);
    remove('key');
    await client.ask(server.url);
    await client.ask(server.url);
    expect(unusable).toHaveLength(2);
    expect(unusable[1]?.message).toContain('key cannot be read: no such file or directory');
    write('key', otherClientPair.key);
    await client.ask(server.url);
    expect(server.requests.map((request) => request.tls?.client)).toEqual([
      ...Array(5).fill('client one'),
      'client two',
    ]);
  });

  test('take trust away when the ca is another', async () => {
    const server = await startMutual();
    const { client, write } = openFiles(clientPair);
    await client.ask(server.url);
    write('ca', other.cert);
    await expectTlsFailure(client.ask(server.url));
    write('ca', `${other.cert}${authority.cert}`);
    await client.ask(server.url);
    expect(server.requests).toHaveLength(2);
  });

  test('that never were usable fail until they are', async () => {
    const server = await startMutual();
    const { client, write, unusable } = openFiles({ cert: clientPair.cert, key: '' });
    await expectTlsFailure(client.ask(server.url));
    write('key', clientPair.key);
    await client.ask(server.url);
    expect(server.requests).toHaveLength(1);
    expect(unusable).toEqual([]);
  });

  test('are found behind the double symlinks of Kubernetes', async () => {
    const server = await startMutual();
    const folder = forThisTest(makeTemporaryFolder());
    const mount = (name: string, pair: KeyPair) => {
      mkdirSync(join(folder.path, name));
      writeFileSync(join(folder.path, name, 'tls.crt'), pair.cert);
      writeFileSync(join(folder.path, name, 'tls.key'), pair.key);
      symlinkSync(name, join(folder.path, '..data_tmp'));
      renameSync(join(folder.path, '..data_tmp'), join(folder.path, '..data'));
    };
    mount('..one', clientPair);
    for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('..data', name), join(folder.path, name));
    const [cert, key] = ['tls.crt', 'tls.key'].map((name) => ({ file: join(folder.path, name) }));
    const client = openClient({ tls: withTls({ ca: inline(authority.cert), cert, key }) });
    await client.ask(server.url);
    mount('..two', otherClientPair);
    await client.ask(server.url);
    expect(server.requests.map((request) => request.tls?.client)).toEqual(['client one', 'client two']);
  });

  test('lose no request of many that are asked meanwhile', async () => {
    const server = await startMutual();
    const { client, write } = openFiles(clientPair);
    let asked = 0;
    const askOn = async () => {
      while (asked < 300) {
        asked++;
        expect(await client.text(server.url)).toBe(JSON_BODY);
      }
    };
    const replace = async () => {
      for (const pair of Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? otherClientPair : clientPair))) {
        const before = asked;
        write('cert', pair.cert);
        write('key', pair.key);
        await eventually('some requests more', () => asked > before + 5 || asked >= 300);
      }
    };
    await Promise.all([askOn(), askOn(), askOn(), replace()]);
    expect(server.requests.length).toBeGreaterThanOrEqual(300);
    expect(new Set(server.requests.map((request) => request.tls?.client)).size).toBe(2);
  });
});
