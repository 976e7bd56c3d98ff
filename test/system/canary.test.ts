import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { ask, basic, bearer } from '../support/ask.js';
import { runBuilt, startBuilt } from '../support/built-program.js';
import { CANARY } from '../support/canary.js';
import { makeAuthority } from '../support/certificate-authority.js';
import { answerByTurns, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { exchangeRaw } from '../support/raw-connection.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const METRICS = "metrics: [{ name: n, path: '{.n}' }]";
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const ALICE = hashSync('canary-password', 4);
const USERS = `basic_auth_users: { alice: '${ALICE}' }\n`;
const right = basic('alice', 'canary-password');

/** The real program at level debug, in a folder with these files. */
async function startZxp(files: Readonly<Record<string, string>>) {
  const folder = forThisTest(makeTemporaryFolder());
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  const argv = ['--config.file', 'zxp.yml', '--web.config.file', 'web.yml', '--web.listen-address', '127.0.0.1:0'];
  const more = ['--scrape.timeout', '300ms', '--log.level', 'debug', '--web.enable-lifecycle'];
  const zxp = forThisTest(startBuilt([...argv, ...more], { folder: folder.path }));
  await zxp.untilSaid('server started');
  const url = /listening=(\S+)/.exec(zxp.stderr)?.[1] ?? '';
  return { zxp, url, folder };
}

const PAGES = ['/', '/-/metrics', '/-/config', '/-/targets', '/-/ready', '/nothing'];

/** What zxp says to whoever comes in by these headers, on every page that has something to say. */
async function readPages(url: string, headers: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const replies = await Promise.all(PAGES.map((page) => ask(url + page, { headers })));
  return replies.map((reply) => JSON.stringify(reply));
}

const findCanaries = (texts: readonly string[]) => texts.filter((text) => CANARY.test(text));

describe('no credential is in a log, a metric, a page or an error', () => {
  test('of those who show one to zxp, right or wrong', async () => {
    const upstream = forThisTest(await startStubUpstream(answerByTurns()));
    const { zxp, url } = await startZxp({
      'web.yml': `${USERS}bearer_tokens_file: tokens\nbearer_tokens: [{ name: b, sha256: ${sha256('canary-other')} }]\n`,
      tokens: 'canary-token name=a\ncanary-old name=old expires=2020-01-01T00:00:00Z\n',
      'zxp.yml': `upstream: ${upstream.url}\nmodule: m\nmodules: { m: { ${METRICS}, forward_verified: true } }\n`,
    });
    const shown: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
      [right, 200],
      [bearer('canary-token'), 200],
      [bearer('canary-other'), 200],
      [basic('alice', 'canary-guess'), 401],
      [basic('canary-user', 'canary-guess'), 401],
      [bearer('canary-guess'), 401],
      [bearer('canary-old'), 401],
      [{ authorization: 'canary' }, 401],
      [{ authorization: 'Canary canary' }, 401],
      [{ authorization: 'Basic canary-is-no-base64' }, 401],
      [bearer('canary'.repeat(1500)), 400],
      [bearer('canary'.repeat(8000)), 431],
      [{ ...right, 'x-prometheus-scrape-timeout-seconds': 'canary' }, 400],
    ];
    const said: string[] = [];
    for (let mood = 0; mood < 5; mood++) {
      for (const [headers, status] of shown) {
        const reply = await ask(`${url}/metrics`, { headers });
        expect(reply.status).toBe(status);
        said.push(JSON.stringify(reply));
      }
    }
    const line = `Authorization: ${right.authorization}\r\n`;
    for (const wrong of [`${line}${line}`, `${line.trim()}\x01\r\n`, 'Authorization canary\r\n']) {
      said.push(await exchangeRaw(url, `GET /metrics HTTP/1.1\r\nHost: zxp\r\nConnection: close\r\n${wrong}\r\n`));
    }
    // Dozens of passwords at once: more than may wait.
    const many = Array.from({ length: 60 }, (_, i) =>
      ask(`${url}/metrics`, { headers: basic('alice', `canary-${i}`) }),
    );
    const statuses = (await Promise.all(many)).map((reply) => {
      said.push(JSON.stringify(reply));
      return reply.status;
    });
    expect([...new Set(statuses)].sort()).toEqual([401, 503]);
    said.push(...(await readPages(url, right)), zxp.stdout, zxp.stderr);
    expect(findCanaries(said)).toEqual([]);
    expect(zxp.stderr).toContain('level=debug');
    expect(zxp.stderr).toContain('request rejected');
  });

  test('of modules, whatever becomes of their scrapes', async () => {
    const upstream = forThisTest(await startStubUpstream(answerByTurns()));
    const target = (module: string) => `{ name: ${module}, url: '${upstream.url}', module: ${module} }`;
    const module = (name: string, client: string) => `  ${name}: { ${METRICS}, http_client_config: { ${client} } }\n`;
    const modules = {
      basic: 'basic_auth: { username: canary-user, password: canary-password }',
      file: 'basic_auth: { username: canary-user, password_file: secret }',
      missing: 'authorization: { credentials_file: not-there }',
      token: 'authorization: { credentials: canary-token }',
      header: "http_headers: { X-Key: { secrets: ['canary-key'] } }",
      oauth: `oauth2: { client_id: canary-id, client_secret: canary-secret, token_url: '${upstream.url}/token' }`,
      proxy: "proxy_url: 'http://canary-user:canary-password@127.0.0.1:1'",
    };
    const names = Object.keys(modules);
    const { zxp, url } = await startZxp({
      'web.yml': USERS,
      secret: 'canary-password\n',
      'zxp.yml': `modules:\n${Object.entries(modules)
        .map((entry) => module(...entry))
        .join('')}targets: [${names.map(target).join(', ')}]\n`,
    });
    const said: string[] = [];
    for (let mood = 0; mood < 5; mood++) {
      for (const name of names) {
        for (const debug of ['', '&debug=true']) {
          said.push(JSON.stringify(await ask(`${url}/probe?target=${name}${debug}`, { headers: right })));
        }
      }
    }
    said.push(...(await readPages(url, right)), zxp.stdout, zxp.stderr);
    expect(findCanaries(said)).toEqual([]);
  });

  test('of files that will not do, at the start and while zxp runs', async () => {
    const authority = makeAuthority();
    const { cert, key } = authority.issue('zxp');
    const tls = 'tls_server_config: { cert_file: tls.crt, key_file: tls.key }\n';
    const canaryPem = '-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n';
    const good = {
      'web.yml': `${tls}bearer_tokens_file: tokens\n`,
      tokens: 'canary-right\n',
      'tls.crt': cert,
      'tls.key': key,
      'zxp.yml': 'upstream: http://127.0.0.1:1\n',
    };
    const broken: readonly Readonly<Record<string, string>>[] = [
      { tokens: 'canary-token canary\n' },
      { tokens: 'canary"token\n' },
      { tokens: 'sha256:canary\n' },
      { tokens: 'canary-token expires=canary\n' },
      { 'tls.key': canaryPem },
      { 'tls.crt': canaryPem },
      { 'web.yml': `${tls}basic_auth_users: { alice: canary }\n` },
      { 'web.yml': `${tls}basic_auth_users: { alice: canary\n` },
      { 'web.yml': `${tls}basic_auth_users: "canary\n` },
      { 'web.yml': `${tls}bearer_tokens: [{ token: canary, sha256: canary }]\n` },
      { 'web.yml': `tls_server_config: { cert: canary, key: "canary" }\n` },
      { 'zxp.yml': 'upstream: http://canary:canary@127.0.0.1:1\n' },
      { 'zxp.yml': 'modules: { m: { http_client_config: { basic_auth: { password: "canary } } } }\n' },
    ];
    const said: string[] = [];
    const { zxp, url, folder } = await startZxp(good);
    const reload = () =>
      ask(`${url}/-/reload`, { method: 'POST', headers: bearer('canary-right'), tls: { ca: authority.cert } });
    for (const files of broken) {
      for (const [name, text] of Object.entries({ ...good, ...files })) writeFileSync(join(folder.path, name), text);
      const atStart = await runBuilt(['check', 'zxp.yml', '--web.config.file', 'web.yml'], {
        folder: folder.path,
      });
      const reloaded = await reload();
      expect([atStart.exitCode, reloaded.status], JSON.stringify(files)).toEqual([2, 500]);
      said.push(atStart.stderr, atStart.stdout, JSON.stringify(reloaded));
    }
    expect(findCanaries([...said, zxp.stdout, zxp.stderr])).toEqual([]);
  });
});
