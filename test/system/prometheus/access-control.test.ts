import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { ask, bearer } from '../../support/ask.js';
import { type CertificateAuthority, makeAuthority } from '../../support/certificate-authority.js';
import { type Daemon, type DaemonOptions, startDaemon, webLog } from '../../support/daemon.js';
import { eventually } from '../../support/eventually.js';
import { startJsonUpstream } from '../../support/fake-upstream.js';
import { forThisTest } from '../../support/for-this-test.js';
import { type PrometheusServer, startPrometheus } from '../../support/prometheus-tools.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';

const MTLS = 'mode: mtls\ntls_server_config: { cert_file: tls.crt, key_file: tls.key, client_ca_file: ca.crt }\n';
/** Scrapers of one job, each with a time of its own. */
const SCRAPERS = ['a', 'b', 'c', 'd', 'e'];
const WAIT_MS = 60_000;
const TEST_MS = 120_000;

describe('with a real Prometheus', () => {
  let first: CertificateAuthority;
  let second: CertificateAuthority;
  beforeAll(() => {
    first = makeAuthority('first');
    second = makeAuthority('second');
  });

  async function startZxp(options: DaemonOptions): Promise<Daemon> {
    const upstream = await startJsonUpstream({ Gauges: [] });
    const flags = { upstream: upstream.url, 'web.health-listen-address': '127.0.0.1:0' };
    return startDaemon({ ...options, flags });
  }

  async function startMutualZxp(): Promise<Daemon> {
    const { cert, key } = first.issue('zxp');
    return startZxp({ web: MTLS, files: { 'tls.crt': cert, 'tls.key': key, 'ca.crt': first.cert } });
  }

  test('up is 1 with the right password, token or certificate, and 0 with the wrong one or none', {
    timeout: TEST_MS,
  }, async () => {
    const files = forThisTest(makeTemporaryFolder());
    const stranger = second.issue('prometheus');
    const right = first.issue('prometheus');
    for (const [name, text] of Object.entries({
      token: 'right\n',
      guess: 'guess\n',
      ca: first.cert,
      cert: right.cert,
      key: right.key,
      'stranger-cert': stranger.cert,
      'stranger-key': stranger.key,
    })) {
      files.write(name, text);
    }
    const basic = await startZxp({ web: `basic_auth_users: { prometheus: '${hashSync('right', 4)}' }\n` });
    const token = await startZxp({ web: 'bearer_tokens_file: tokens\n', files: { tokens: 'right\n' } });
    const mutual = await startMutualZxp();
    const prometheus = forThisTest(
      await startPrometheus(
        [
          writeJob('basic-right', basic, 'basic_auth: { username: prometheus, password: right }'),
          writeJob('basic-wrong', basic, 'basic_auth: { username: prometheus, password: guess }'),
          writeJob('basic-none', basic),
          writeJob('bearer-right', token, `authorization: { credentials_file: ${files.path}/token }`),
          writeJob('bearer-wrong', token, `authorization: { credentials_file: ${files.path}/guess }`),
          writeJob('bearer-none', token),
          writeJob('mtls-right', mutual, writeTls(files, 'ca', 'cert', 'key')),
          writeJob('mtls-wrong', mutual, writeTls(files, 'ca', 'stranger-cert', 'stranger-key')),
          writeJob('mtls-none', mutual, `tls_config: { ca_file: ${files.path}/ca }`),
        ].join(''),
      ),
    );
    await untilScraped(prometheus, { jobs: 9, times: 2 });
    const best = await prometheus.query('max by (job) (max_over_time(up[10m]))');
    expect(Object.fromEntries(best.map(({ labels, value }) => [labels.job, value]))).toEqual({
      'basic-right': 1,
      'basic-wrong': 0,
      'basic-none': 0,
      'bearer-right': 1,
      'bearer-wrong': 0,
      'bearer-none': 0,
      'mtls-right': 1,
      'mtls-wrong': 0,
      'mtls-none': 0,
    });
    expect(await listFailed(prometheus)).toEqual(
      ['basic', 'bearer', 'mtls'].flatMap((way) => [`${way}-none`, `${way}-wrong`]),
    );
    const good = await prometheus.query('group by (job) (target_up == 1)');
    expect(good.map(({ labels }) => labels.job).sort()).toEqual(['basic-right', 'bearer-right', 'mtls-right']);
  });

  test('no scrape fails while its token is changed for another', { timeout: TEST_MS }, async () => {
    const files = forThisTest(makeTemporaryFolder());
    files.write('token', 'old\n');
    const zxp = await startZxp({ web: 'bearer_tokens_file: tokens\n', files: { tokens: 'old\n' } });
    const job = writeJob('rotation', zxp, `authorization: { credentials_file: ${files.path}/token }`);
    const prometheus = forThisTest(await startPrometheus(job));
    await untilScraped(prometheus);

    zxp.folder.write('tokens', 'old\nnew\n');
    await zxp.untilLogged(webLog.loaded);
    await untilScraped(prometheus);
    replace(files, 'token', 'new\n');
    await untilScraped(prometheus);
    zxp.folder.write('tokens', 'new\n');
    await zxp.untilLogged(webLog.loaded, 2);
    await untilScraped(prometheus);

    expect(await listFailed(prometheus)).toEqual([]);
    expect(await zxp.ask('/metrics', { headers: bearer('old') })).toMatchObject({ status: 401 });
  });

  test('no scrape fails while the certificates of both sides, and their authority, are changed for others', {
    timeout: TEST_MS,
  }, async () => {
    const files = forThisTest(makeTemporaryFolder());
    const client = first.issue('prometheus');
    for (const [name, text] of Object.entries({ ca: first.cert, ...client })) files.write(name, text);
    const zxp = await startMutualZxp();
    const prometheus = forThisTest(
      await startPrometheus(writeJob('rotation', zxp, writeTls(files, 'ca', 'cert', 'key'))),
    );
    await untilScraped(prometheus);

    const both = first.cert + second.cert;
    zxp.folder.write('ca.crt', both);
    replace(files, 'ca', both);
    await zxp.untilLogged(webLog.loaded);
    await untilScraped(prometheus);

    const server = second.issue('zxp');
    zxp.folder.write('tls.crt', server.cert);
    zxp.folder.write('tls.key', server.key);
    // Prometheus reads its files one after another, perhaps in the midst of a change: the new certificate has the key of
    // the old one.
    replace(files, 'cert', second.issue('prometheus', { key: client.key }).cert);
    await zxp.untilLogged(webLog.loaded, 2);
    await untilScraped(prometheus);

    replace(files, 'ca', second.cert);
    await untilScraped(prometheus);
    zxp.folder.write('ca.crt', second.cert);
    await zxp.untilLogged(webLog.loaded, 3);
    await untilScraped(prometheus);

    expect(await listFailed(prometheus)).toEqual([]);
    await expect(ask(`${zxp.url}/metrics`, { tls: { ca: second.cert, ...client } })).rejects.toThrow();
  });
});

function writeJob(name: string, { url }: Daemon, how = ''): string {
  const { protocol, host } = new URL(url);
  const targets = SCRAPERS.map((scraper) => `{ targets: ['${host}'], labels: { scraper: ${scraper} } }`);
  const lines = [
    `- job_name: ${name}`,
    `  scheme: ${protocol.replace(':', '')}`,
    '  scrape_interval: 2s',
    '  scrape_timeout: 2s',
    ...(how === '' ? [] : [`  ${how}`]),
    `  static_configs: [${targets.join(', ')}]`,
  ];
  return `${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

function writeTls({ path }: TemporaryFolder, ...[ca, cert, key]: readonly [string, string, string]): string {
  return `tls_config: { ca_file: ${path}/${ca}, cert_file: ${path}/${cert}, key_file: ${path}/${key} }`;
}

/** Writes a file so that whoever reads it sees the old text or the new. */
function replace(folder: TemporaryFolder, name: string, text: string): void {
  renameSync(folder.write(`${name}.new`, text), join(folder.path, name));
}

/**
 * Waits until every scraper has come so many times more. Each second one of them has begun after the call, and so
 * with what its files say now.
 */
async function untilScraped(prometheus: PrometheusServer, { jobs = 1, times = 2 } = {}): Promise<void> {
  const before = await countScrapes(prometheus);
  await eventually(
    `every scraper came ${times} times more`,
    async () => {
      const now = await countScrapes(prometheus);
      const isEverybody = now.size === jobs * SCRAPERS.length;
      return isEverybody && [...now].every(([scraper, count]) => count >= (before.get(scraper) ?? 0) + times);
    },
    WAIT_MS,
  );
}

async function countScrapes(prometheus: PrometheusServer): Promise<ReadonlyMap<string, number>> {
  const counts = await prometheus.query('count_over_time(up[10m])');
  return new Map(counts.map(({ labels, value }) => [`${labels.job} ${labels.scraper}`, value]));
}

/** The jobs of which a scrape has failed, at any time. */
async function listFailed(prometheus: PrometheusServer): Promise<readonly string[]> {
  const failed = await prometheus.query('min by (job) (min_over_time(up[10m])) == 0');
  return failed.map(({ labels }) => labels.job ?? '').sort();
}
