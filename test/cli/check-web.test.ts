import { describe, expect, test } from 'vitest';
import { HASH, SHA256 } from '../config/web/read-web-config.js';
import { runCommandLine, type World } from '../support/command-line.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

/** `zxp check --web.config.file web.yml` with these files in its folder, which is left out of what it says. */
async function check(files: Readonly<Record<string, string>>, argv: readonly string[] = [], world: World = {}) {
  const folder = forThisTest(makeTemporaryFolder());
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  const inFolder = argv.map((word) => word.replace('./', `${folder.path}/`));
  const web = 'web.yml' in files ? ['--web.config.file', `${folder.path}/web.yml`] : [];
  const transcript = await runCommandLine(['check', '--upstream', 'http://a', ...web, ...inFolder], world);
  return { ...transcript, stderr: transcript.stderr.replaceAll(`${folder.path}/`, '') };
}

const isRight = (mode: string) => ({
  exitCode: 0,
  stdout: `zxp: configuration is valid: http://a/metrics by module zot; authentication ${mode}\n`,
  stderr: '',
});
const HERE = ['--web.listen-address', '127.0.0.1:8081'];
const users = `basic_auth_users: { alice: '${HASH}' }\n`;

describe('zxp check of a web config file', () => {
  test('that is right says what has to be shown', async () => {
    expect(await check({ 'web.yml': users }, HERE)).toEqual(isRight('basic'));
    const tokens = 'canary\n';
    expect(await check({ 'web.yml': 'bearer_tokens_file: tokens', tokens }, HERE)).toEqual(isRight('bearer'));
    expect(await check({ tokens }, [...HERE, '--web.auth.token-file', './tokens'])).toEqual(isRight('bearer'));
  });

  test('needs no upstream, where it is checked alone', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const web = folder.write('web.yml', users);
    const argv = ['check', '--web.config.file', web, ...HERE];
    const stdout = 'zxp: configuration is valid: authentication basic\n';
    expect(await runCommandLine(argv)).toEqual({ exitCode: 0, stdout, stderr: '' });
    const file = folder.write('zxp.yml', '{}');
    for (const refused of [
      await runCommandLine([...argv, file]),
      await runCommandLine(argv, { environment: { ZXP_CONFIG_FILE: file } }),
      await runCommandLine(['check']),
    ]) {
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain('zxp: error: --upstream: is not set\n');
    }
  });

  test('finds it where --config.file names it, relative to that', async () => {
    const files = { 'zxp.yml': 'web: { config_file: access.yml }\n', 'access.yml': 'mod: none\n' };
    const { exitCode, stderr } = await check(files, ['./zxp.yml']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr:
        'zxp: error: access.yml:1:1: mod: unknown key\n   1 | mod: …\n     | ^\nzxp: hint: did you mean mode?\n' +
        "zxp: zxp.yml is a config file of zxp's own: it has web at the top\n",
    });
  });

  test('warns of what is not as it might be', async () => {
    const { exitCode, stdout, stderr } = await check({ 'web.yml': users.replace('$10', '$05') });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: isRight('basic').stdout });
    expect(stderr).toBe(`\
zxp: warning: web.yml:1:21: basic_auth_users.alice: has a cost of 05: whoever gets the hash can try many passwords a second
   1 | basic_auth_users: { alice: '…' }
     |                     ^
zxp: hint: zxp hash-password makes one
zxp: warning: --web.listen-address :8081: accepts passwords or tokens over plaintext HTTP: anyone on the network path can read them
zxp: hint: give tls_server_config a certificate, or listen on 127.0.0.1 behind a proxy that has one
`);
  });

  test('tells what is wrong with the settings, the file and the files that it names at once', async () => {
    const files = {
      'web.yml': `\
mode: bearer
tls_server_config:
  cert_file: crt.pem
  key_file: key.pem
  min_version: TLS9
bearer_tokens_file: tokens
`,
      'key.pem': '',
      tokens: 'canary expires=never\n',
      'zxp.yml': "log: { level: loud }\nmodules: { m: { metrics: [{ name: a, path: '{.a[' }] } }\n",
    };
    const { exitCode, stdout, stderr } = await check(files, ['./zxp.yml', '--web.auth.token-file', './no-tokens']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    const places = stderr.split('\n').filter((line) => line.startsWith('zxp: error: '));
    expect(places.map((line) => line.replace(/^zxp: error: /, ''))).toEqual([
      'zxp.yml:1:8: log.level: must be one of error, warn, info, debug, not "loud"',
      'zxp.yml:2:27: modules.m.metrics[0]: "{.a[" is not a path: a bracket is not closed at position 3',
      'web.yml:2:1: tls_server_config: has cert_file crt.pem, which is unavailable: the file crt.pem cannot be read: no such file or directory',
      'web.yml:2:1: tls_server_config: has key_file key.pem, which is empty',
      'web.yml:5:3: tls_server_config.min_version: must be one of TLS10, TLS11, TLS12, TLS13, not "TLS9"',
      'no-tokens: cannot be read: no such file or directory',
      'tokens:1: has an expires= that is not a time',
    ]);
    expect(stderr).not.toContain('canary');
  });

  test('that is not there, or is a folder, is refused', async () => {
    expect(await check({}, ['--web.config.file', './web.yml'])).toMatchObject({
      exitCode: 2,
      stderr: 'zxp: error: web.yml: cannot be read: no such file or directory\n',
    });
    const { stderr } = await check({}, ['--web.config.file', './.']);
    expect(stderr).toContain('zxp: error: .: cannot be read: not a regular file\n');
  });

  test.each([
    ['basic', '--web.auth.mode: is basic, and there are no users'],
    ['bearer', '--web.auth.mode: is bearer, and there are no tokens'],
    ['mtls', '--web.auth.mode: is mtls, and there is no TLS'],
  ])('a mode of %s that nothing backs is refused', async (mode, problem) => {
    const { exitCode, stderr } = await check({}, ['--web.auth.mode', mode]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`zxp: error: ${problem}\n`);
  });

  test('takes hashes from its environment', async () => {
    const files = { 'web.yml': `basic_auth_users: { alice: '\${ALICE}' }\n` };
    expect(await check(files, HERE, { environment: { ALICE: HASH } })).toEqual(isRight('basic'));
    expect((await check(files, HERE)).stderr).toContain(
      'zxp: error: web.yml:1:21: basic_auth_users.alice: environment variable ALICE is not set\n',
    );
  });
});

test('zxp config checks the web config file that a flag names beside the file of zot’s exporter', async () => {
  const folder = forThisTest(makeTemporaryFolder());
  const file = folder.write('zot.json', '{}');
  const web = folder.write('web.yml', 'mode: basic\n');
  const { exitCode, stderr } = await runCommandLine(['config', '--web.config.file', web, file]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`zxp: error: ${web}:1:1: mode: is basic, and there are no users\n`);
});

test('zxp scrape needs nothing of what guards the daemon', async () => {
  const folder = forThisTest(makeTemporaryFolder());
  const file = folder.write(
    'zxp.yml',
    'web: { config_file: no-web.yml, auth_mode: basic, auth_token_files: [none] }\n',
  );
  const argv = ['scrape', '--config.file', file, '-'];
  expect(await runCommandLine(argv, { stdin: '{}' })).toMatchObject({ exitCode: 0, stderr: '' });
});

test('no digest and no hash is in what zxp check says', async () => {
  const text = `${users}bearer_tokens: [{ sha256: ${SHA256}, expires: soon }]\nmode: none\n`;
  const { exitCode, stdout, stderr } = await check({ 'web.yml': text });
  expect(exitCode).toBe(2);
  expect(stdout + stderr).not.toContain(SHA256);
  expect(stdout + stderr).not.toContain(HASH);
});

test('a web config file that cannot be read is one problem, whatever modules want of it', async () => {
  const folder = forThisTest(makeTemporaryFolder());
  const file = folder.write(
    'zxp.yml',
    "web: { config_file: web.yml }\nmodules: { m: { allow: [], forward_verified: true, metrics: [{ name: n, path: '{.n}' }] } }\n",
  );
  for (const text of ['basic_auth_users: [', undefined]) {
    if (text !== undefined) folder.write('web.yml', text);
    const { exitCode, stderr } = await runCommandLine(['check', file, '--web.config.file', `${folder.path}/web.yml`]);
    expect(exitCode).toBe(2);
    expect(stderr.match(/^zxp: error: .*$/gm)).toHaveLength(1);
    expect(stderr).not.toContain('forward_verified');
  }
});
