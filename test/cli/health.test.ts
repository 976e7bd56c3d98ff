import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHealthTarget } from '../../src/cli/health-target.js';
import { startBuilt } from '../support/built-program.js';
import { runCommandLine } from '../support/command-line.js';
import { startDaemon } from '../support/daemon.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { findFreePort } from '../support/free-port.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { makeThrowawayCertificates, type ThrowawayCertificates } from '../support/throwaway-certificates.js';

const good = (url: string) => ({ exitCode: 0, stdout: `zxp: ${url}/-/healthy is healthy\n`, stderr: '' });

async function start() {
  const { url } = await startDaemon({ flags: { upstream: 'http://127.0.0.1:9' } });
  return { url, address: url.replace('http://', '') };
}

/** Something that is no zxp, and answers every path with a status. */
async function startAnswering(status: number) {
  return forThisTest(await startStubUpstream((_request, response) => response.writeHead(status).end()));
}

describe('zxp health URL', () => {
  test('exits with 0 where the daemon is well', async () => {
    const { url } = await start();
    expect(await runCommandLine(['health', url])).toEqual(good(url));
  });

  test('asks a path that the URL has', async () => {
    const { url } = await start();
    const ready = await runCommandLine(['health', `${url}/-/ready`]);
    expect(ready).toEqual({ exitCode: 0, stdout: `zxp: ${url}/-/ready is healthy\n`, stderr: '' });
    expect(await runCommandLine(['health', `${url}/nothing`])).toMatchObject({ exitCode: 1, stdout: '' });
  });

  test('exits with 1 for any other status, a redirect too', async () => {
    for (const status of [204, 301, 401, 503]) {
      const { url } = await startAnswering(status);
      const stderr = `zxp: error: ${url}/-/healthy responded with ${status}\n`;
      expect(await runCommandLine(['health', url])).toEqual({ exitCode: 1, stdout: '', stderr });
    }
  });

  test('exits with 1 where nobody listens', async () => {
    const url = `http://127.0.0.1:${await findFreePort()}`;
    expect(await runCommandLine(['health', url])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `zxp: error: ${url}/-/healthy refused the connection\nzxp: hint: is zxp running, and does it listen there?\n`,
    });
  });

  test('exits with 1 where no answer comes within --timeout', async () => {
    const { url } = forThisTest(await startStubUpstream(() => undefined));
    expect(await runCommandLine(['health', '--timeout', '50ms', url])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `zxp: error: ${url}/-/healthy did not respond within 50 ms\n`,
    });
  });

  test('exits with 1, not 2, where the command line is wrong', async () => {
    const wrong = await runCommandLine(['health', 'ftp://here', '--timeout', '3', '--pid', 'x', '--wen']);
    expect(wrong).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `\
zxp: error: the command line has problems
zxp: error: --wen: unknown flag
zxp: hint: see zxp help
zxp: error: --timeout: must be a duration above zero such as 500ms, 10s or 1m30s, up to 24d, not "3"
zxp: error: URL: must be one such as http://localhost:8081 or unix:/run/zxp.sock
zxp: error: --pid: must be the number of a process, not "x"
zxp: error: zxp health: a URL, --pid and settings cannot be combined
`,
    });
  });
});

describe('zxp health without a URL', () => {
  test('asks where the flags and the environment say that the daemon listens', async () => {
    const { url, address } = await start();
    expect(await runCommandLine(['health', '--web.listen-address', address])).toEqual(good(url));
    const environment = { ZXP_WEB_LISTEN_ADDRESS: address };
    expect(await runCommandLine(['health'], { environment })).toEqual(good(url));
  });

  test('asks this machine where the daemon listens on every address of it', async () => {
    const { url, address } = await start();
    const port = address.replace(/.*:/, '');
    for (const every of [`:${port}`, `0.0.0.0:${port}`]) {
      expect(await runCommandLine(['health', '--web.listen-address', every])).toEqual(good(url));
    }
  });

  test('asks where the config file says, though the file has become wrong in other places', async () => {
    const { url, address } = await start();
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write(
      'zxp.yml',
      `web: { listen_addresses: ["${address}"] }\nmodules: { broken: 7 }\nupstrem: 1\n`,
    );
    expect(await runCommandLine(['health', '--config.file', file])).toEqual(good(url));
    const environment = { ZXP_CONFIG_FILE: file, ZXP_UPSTRAEM: 'http://wrong' };
    expect(await runCommandLine(['health'], { environment })).toEqual(good(url));
  });

  test('asks the health listener where there is one, in plain HTTP', async () => {
    const { url, address } = await start();
    const flags = ['--web.listen-address', '127.0.0.1:9', '--web.health-listen-address', address];
    expect(await runCommandLine(['health', ...flags])).toEqual(good(url));
  });

  test('says what to do where the port is any', async () => {
    expect(await runCommandLine(['health', '--web.listen-address', '127.0.0.1:0'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'zxp: error: the settings have no port\nzxp: hint: name it: zxp health http://localhost:8081, or unix:/run/zxp.sock\n',
    });
  });
});

describe('zxp health --pid', () => {
  const start = async (argv: readonly string[]) => {
    const zxp = forThisTest(startBuilt(argv));
    await zxp.untilSaid('server started');
    return zxp;
  };

  test('asks a daemon by the flags that it was started with', async () => {
    const address = `127.0.0.1:${await findFreePort()}`;
    const { pid } = await start(['--upstream', 'http://127.0.0.1:9', `--web.listen-address=${address}`]);
    expect(await runCommandLine(['health', '--pid', String(pid)])).toEqual(good(`http://${address}`));
  });

  test('asks a daemon by the file of zot’s exporter that it was started with', async () => {
    const port = await findFreePort();
    const file = forThisTest(makeTemporaryFolder()).write('config.json', `{"Exporter": {"Port": "${port}"}}`);
    const { pid } = await start(['config', file]);
    expect(await runCommandLine(['health', '--pid', String(pid)])).toEqual(good(`http://127.0.0.1:${port}`));
  });

  test('exits with 1 where the process is none, or not a zxp', async () => {
    const other = await runCommandLine(['health', '--pid', String(process.pid)]);
    expect(other).toMatchObject({ exitCode: 1, stdout: '' });
    expect(other.stderr).toContain(`zxp: error: process ${process.pid} is not a zxp\n`);
    const none = await runCommandLine(['health', '--pid', '999999999']);
    expect(none.stderr).toContain('zxp: error: process 999999999 cannot be looked at: no such file or directory\n');
  });
});

describe('a certificate', () => {
  let certificates: ThrowawayCertificates;
  beforeAll(() => {
    certificates = makeThrowawayCertificates();
  });
  afterAll(() => certificates.remove());

  /** A daemon with TLS of its own, and its settings, on a free port. */
  async function startWithTls(webConfig: string, more: readonly string[] = []) {
    const folder = forThisTest(makeTemporaryFolder());
    folder.write('tls.crt', certificates.selfSigned.cert);
    folder.write('tls.key', certificates.selfSigned.key);
    const web = folder.write('web.yml', webConfig);
    const address = `127.0.0.1:${await findFreePort()}`;
    const settings = ['--web.config.file', web, '--web.listen-address', address, ...more];
    const zxp = forThisTest(startBuilt(['--upstream', 'http://127.0.0.1:9', ...settings]));
    await zxp.untilSaid('server started');
    return { address, settings, pid: String(zxp.pid) };
  }

  test('of a daemon with TLS and users is no hindrance, and neither are they', async () => {
    const hash = '$2b$10$UFdFhOOGGBeJ1TjqZgQZBuGdyQtQ5wRVtaDd4FHEtFPNwlaDq2fLO';
    const { address, settings, pid } = await startWithTls(
      `tls_server_config: { cert_file: tls.crt, key_file: tls.key }\nbasic_auth_users: { prometheus: ${hash} }\n`,
    );
    expect(await runCommandLine(['health', ...settings])).toEqual(good(`https://${address}`));
    expect(await runCommandLine(['health', '--pid', pid])).toEqual(good(`https://${address}`));
  });

  test('of a scraper is not asked for where health has a listener of its own', async () => {
    const health = `127.0.0.1:${await findFreePort()}`;
    const tls = `{ cert_file: tls.crt, key_file: tls.key, client_ca_file: ${certificates.caFile} }`;
    const { settings } = await startWithTls(`mode: mtls\ntls_server_config: ${tls}\n`, [
      '--web.health-listen-address',
      health,
    ]);
    expect(await runCommandLine(['health', ...settings])).toEqual(good(`http://${health}`));
  });

  test('of the machine’s own zxp need not be one to trust', async () => {
    const server = createTlsServer(certificates.selfSigned, (_request, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    forThisTest({ close: () => void server.close() });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await runCommandLine(['health', url])).toEqual(good(url));
  });

  test.each([
    ['https://zxp.example:8081', true],
    ['https://127.0.0.1.example', true],
    ['https://localhost:8081', false],
    ['https://127.0.0.1', false],
    ['https://[::1]:8081', false],
  ])('of %s is verified: %s', async (word, verifiesCertificate) => {
    const flags = { values: new Map(), problems: [], words: [word] };
    // Nothing of the context is asked for a URL.
    const question = await toHealthTarget({ environment: {} }, { flags, timeout: '1s' });
    expect(question).toMatchObject({ verifiesCertificate });
  });
});
