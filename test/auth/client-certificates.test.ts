import { Agent } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import type { Question } from '../support/ask.js';
import { makeAuthority } from '../support/certificate-authority.js';
import { type Daemon, startDaemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { startJsonUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';

const authority = makeAuthority('authority');
const next = makeAuthority('next');
const stranger = makeAuthority('stranger');
const below = authority.delegate('below');
/** Of the same name, with a key of its own. */
const falseBelow = makeAuthority('below');
const server = authority.issue('zxp');
const certificates = {
  none: {},
  right: authority.issue('prometheus', {
    altNames: 'DNS:prometheus.example,IP:192.0.2.1,email:ops@a.example,URI:spiffe://a/prometheus',
  }),
  ofAnother: stranger.issue('prometheus', { altNames: 'DNS:prometheus.example' }),
  expired: authority.issue('prometheus', { days: -1 }),
  forServers: authority.issue('prometheus', { purpose: 'serverAuth' }),
  ofNext: next.issue('prometheus'),
} as const;

const withoutCa = { cert_file: 'tls.crt', key_file: 'tls.key' };
const TLS = { cert_file: 'tls.crt', key_file: 'tls.key', client_ca_file: 'ca.crt' };

async function start(web: Readonly<Record<string, unknown>>, ca = authority.cert): Promise<Daemon> {
  const upstream = await startJsonUpstream({ Gauges: [] });
  return startDaemon({
    web: JSON.stringify(web),
    files: { 'tls.crt': server.cert, 'tls.key': server.key, 'ca.crt': ca },
    flags: { upstream: upstream.url, 'web.health-listen-address': '127.0.0.1:0' },
    tls: { ca: authority.cert },
  });
}

/** The status of an answer, or the code of the error. */
async function knock(zxp: Daemon, tls: NonNullable<Question['tls']>, more: Question = {}): Promise<number | string> {
  try {
    return (await zxp.ask('/metrics', { ...more, tls })).status;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
  }
}

const isIn = (result: number | string) => result === 200;

describe('client_auth_type', () => {
  test.each([
    ['NoClientCert', withoutCa, ['none', 'right', 'ofAnother', 'expired', 'forServers']],
    ['RequestClientCert', withoutCa, ['none', 'right', 'ofAnother', 'expired', 'forServers']],
    ['RequireAnyClientCert', withoutCa, ['right', 'ofAnother', 'expired', 'forServers']],
    ['VerifyClientCertIfGiven', TLS, ['none', 'right']],
    ['RequireAndVerifyClientCert', TLS, ['right']],
  ] as const)('%s accepts whom Go accepts, by TLS 1.2 and 1.3', async (type, tls, expected) => {
    const zxp = await start({ tls_server_config: { ...tls, client_auth_type: type } });
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const results: string[] = [];
      for (const name of ['none', 'right', 'ofAnother', 'expired', 'forServers'] as const) {
        if (isIn(await knock(zxp, { ...certificates[name], maxVersion }))) results.push(name);
      }
      expect(results, maxVersion).toEqual(expected);
    }
  });

  test('tells a client without a certificate what is missing, in the handshake', async () => {
    const zxp = await start({ tls_server_config: { ...TLS, client_auth_type: 'RequireAndVerifyClientCert' } });
    expect(await knock(zxp, {})).toMatch(/CERTIFICATE_REQUIRED|ECONNRESET/);
    await zxp.untilLogged(
      '{"reason":"certificate","client":"127.0.0.1","cause":"ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE"}',
    );
  });

  test('needs what users need, too', async () => {
    const zxp = await start({
      tls_server_config: { ...TLS, client_auth_type: 'RequireAndVerifyClientCert' },
      bearer_tokens: [{ sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' }],
    });
    const headers = { authorization: 'Bearer test' };
    expect(await knock(zxp, certificates.right)).toBe(401);
    expect(await knock(zxp, certificates.right, { headers })).toBe(200);
    expect(isIn(await knock(zxp, {}, { headers }))).toBe(false);
  });
});

describe('client_allowed_sans', () => {
  const startWith = (...names: readonly string[]) =>
    start({
      tls_server_config: { ...TLS, client_auth_type: 'RequireAndVerifyClientCert', client_allowed_sans: names },
    });

  test.each(['prometheus.example', '192.0.2.1', 'ops@a.example', 'spiffe://a/prometheus'])('%s', async (name) => {
    const zxp = await startWith('nobody.example', name);
    expect(await knock(zxp, certificates.right)).toBe(200);
    expect(isIn(await knock(zxp, authority.issue('other', { altNames: 'DNS:other.example' })))).toBe(false);
    await zxp.untilLogged(
      '{"reason":"certificate","client":"127.0.0.1","cause":"the client certificate has none of the allowed names"}',
    );
  });

  test('is not met by a common name, a wildcard, or the same name by another authority', async () => {
    const zxp = await startWith('prometheus.example', 'prometheus');
    const wildcard = authority.issue('prometheus', { altNames: 'DNS:*.example' });
    expect(isIn(await knock(zxp, wildcard))).toBe(false);
    expect(isIn(await knock(zxp, certificates.ofAnother))).toBe(false);
  });
});

describe('mode: mtls', () => {
  const MTLS = { mode: 'mtls', tls_server_config: TLS };

  test('wants a certificate on every path, and TLS 1.3', async () => {
    const zxp = await start(MTLS);
    expect(await knock(zxp, certificates.right)).toBe(200);
    expect(await knock(zxp, { ...certificates.right, maxVersion: 'TLSv1.2' })).toMatch(/PROTOCOL_VERSION|EPROTO/);
    for (const path of ['/-/healthy', '/', '/-/metrics', '/nothing']) {
      await expect(zxp.ask(path), path).rejects.toThrow();
    }
  });

  test('answers for health, and nothing else, on an address of its own, over plain HTTP', async () => {
    const zxp = await start(MTLS);
    expect(zxp.healthUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    for (const path of ['/-/healthy', '/healthz', '/-/ready', '/readyz']) {
      expect((await fetch(`${zxp.healthUrl}${path}`)).status, path).toBe(200);
    }
    for (const path of ['/metrics', '/probe', '/', '/-/metrics', '/-/config', '/-/targets']) {
      expect((await fetch(`${zxp.healthUrl}${path}`)).status, path).toBe(404);
    }
  });

  test('passes Authorization on: it is not the one that is checked', async () => {
    const upstream = await startJsonUpstream({ Gauges: [] });
    const zxp = await startDaemon({
      web: JSON.stringify(MTLS),
      files: { 'tls.crt': server.cert, 'tls.key': server.key, 'ca.crt': authority.cert },
      flags: { upstream: upstream.url, 'web.health-listen-address': '127.0.0.1:0' },
      tls: { ca: authority.cert, ...certificates.right },
    });
    await zxp.ask('/metrics', { headers: { authorization: 'Basic YTpi' } });
    expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual(['Basic YTpi']);
  });
});

describe('a chain', () => {
  test('comes in by the certificates between that the client sends, or by an authority that is no root', async () => {
    const pair = below.issue('prometheus');
    const zxp = await start({ mode: 'mtls', tls_server_config: TLS });
    expect(await knock(zxp, { ...pair, cert: pair.cert + below.cert })).toBe(200);
    expect(isIn(await knock(zxp, pair))).toBe(false);
    const ofBelow = await start({ mode: 'mtls', tls_server_config: TLS }, below.cert);
    expect(await knock(ofBelow, pair)).toBe(200);
    expect(await knock(ofBelow, { ...pair, cert: pair.cert + below.cert })).toBe(200);
    for (const wrong of [
      {},
      certificates.right,
      certificates.ofAnother,
      below.issue('prometheus', { days: -1 }),
      below.issue('prometheus', { purpose: 'serverAuth' }),
      falseBelow.issue('prometheus'),
    ]) {
      expect(isIn(await knock(ofBelow, wrong))).toBe(false);
    }
  });

  test('to an authority that is no root cannot begin while zxp runs', async () => {
    const zxp = await start({ mode: 'mtls', tls_server_config: TLS });
    zxp.folder.write('ca.crt', authority.cert + below.cert);
    await expect(zxp.reload()).rejects.toMatchObject({
      problems: [{ message: 'needs a restart: client_ca gets a CA that is not a root' }],
    });
    expect(await knock(zxp, certificates.right)).toBe(200);
  });
});

describe('a session that is resumed', () => {
  /** Shakes hands and sends a request; gives the status, whether a session was resumed, and the session to resume. */
  function talk(zxp: Daemon, options: Question['tls']) {
    const { hostname: host, port } = new URL(zxp.url);
    return new Promise<{ status: string; isResumed: boolean; session: Buffer | undefined }>((resolve) => {
      const socket: TLSSocket = connect({ host, port: Number(port), ca: authority.cert, ...options });
      let session: Buffer | undefined;
      let isResumed = false;
      let received = '';
      socket.once('secureConnect', () => {
        isResumed = socket.isSessionReused();
      });
      socket.on('session', (ticket) => {
        session = ticket;
      });
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
      });
      socket.once('close', () => resolve({ status: received.split(' ')[1] ?? 'none', isResumed, session }));
      socket.write('GET /metrics HTTP/1.1\r\nHost: zxp\r\nConnection: close\r\n\r\n');
    });
  }

  const VERIFY_IF_GIVEN = { tls_server_config: { ...TLS, client_auth_type: 'VerifyClientCertIfGiven' } };

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'over %s brings the certificate of its first handshake',
    async (version) => {
      const zxp = await start(VERIFY_IF_GIVEN);
      const versions = { minVersion: version, maxVersion: version };
      const first = await talk(zxp, { ...certificates.right, ...versions });
      const again = await talk(zxp, {
        ...versions,
        ...(first.session === undefined ? {} : { session: first.session }),
      });
      expect(again).toMatchObject({ status: '200', isResumed: true });
    },
  );

  const ANY = { tls_server_config: { ...withoutCa, client_auth_type: 'RequireAnyClientCert' } };
  const VERIFIED = { tls_server_config: { ...TLS, client_auth_type: 'RequireAndVerifyClientCert' } };

  // Node calls a session of TLS 1.3 that is resumed without any certificate authorized.
  test.each([
    ['no certificate', 'TLSv1.2', ANY, certificates.none],
    ['no certificate', 'TLSv1.3', ANY, certificates.none],
    ['one of a stranger', 'TLSv1.2', VERIFIED, certificates.ofAnother],
    ['one of a stranger', 'TLSv1.3', VERIFIED, certificates.ofAnother],
  ] as const)('is not to be had with %s over %s', async (_what, version, web, certificate) => {
    const zxp = await start(web);
    const versions = { minVersion: version, maxVersion: version };
    expect(await talk(zxp, { ...certificate, ...versions })).toEqual({
      status: 'none',
      isResumed: false,
      session: undefined,
    });
    const right = await talk(zxp, { ...certificates.right, ...versions });
    expect(right).toMatchObject({ status: '200', session: expect.any(Buffer) });
  });

  test('from before a change of the CA does not come in by it', async () => {
    const zxp = await start({ mode: 'mtls', tls_server_config: TLS });
    const first = await talk(zxp, certificates.right);
    expect(first).toMatchObject({ status: '200', isResumed: false });
    const session = first.session === undefined ? {} : { session: first.session };
    expect(await talk(zxp, { ...certificates.right, ...session })).toMatchObject({ status: '200', isResumed: true });
    zxp.folder.write('ca.crt', next.cert);
    await zxp.reload();
    expect(await talk(zxp, { ...certificates.right, ...session })).toMatchObject({ status: 'none' });
    expect(await talk(zxp, certificates.ofNext)).toMatchObject({ status: '200', isResumed: false });
  });
});

describe('a connection that stays open while the CA changes', () => {
  async function startWithAgent() {
    const zxp = await start({ mode: 'mtls', tls_server_config: TLS });
    const agent = forThisTest(closable(new Agent({ keepAlive: true, maxSockets: 1, ca: authority.cert })));
    const knockAgain = () => knock(zxp, certificates.right, { agent });
    expect(await knockAgain()).toBe(200);
    return { zxp, knockAgain };
  }

  test('goes on while its CA is one of the new ones', async () => {
    const { zxp, knockAgain } = await startWithAgent();
    zxp.folder.write('ca.crt', next.cert + authority.cert);
    await zxp.reload();
    expect(await knockAgain()).toBe(200);
    expect(await knock(zxp, certificates.ofNext)).toBe(200);
  });

  test('is told that its certificate will not do, and closed, once its CA is gone', async () => {
    const { zxp, knockAgain } = await startWithAgent();
    zxp.folder.write('ca.crt', next.cert);
    await zxp.reload();
    expect(await knockAgain()).toBe(403);
    await eventually('the connection is closed, and the next refused', async () => (await knockAgain()) !== 403);
    expect(isIn(await knockAgain())).toBe(false);
  });
});

function closable(agent: Agent): Agent & { close(): void } {
  return Object.assign(agent, { close: () => agent.destroy() });
}
