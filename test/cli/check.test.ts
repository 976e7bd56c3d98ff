import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadConfiguration } from '../../src/config/load.js';
import { settingRows } from '../../src/config/settings.js';
import { runCommandLine } from '../support/command-line.js';
import { forThisTest } from '../support/for-this-test.js';
import { parseConfigFile } from '../support/read-config.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { readDoorOf } from '../support/web-config-reader.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/configs/${name}`, import.meta.url));

describe('zxp check', () => {
  test('of a right file says what it is for', async () => {
    const good = fixture('good.json');
    const valid = 'zxp: configuration is valid: http://registry:8080/metrics by module zot\n';
    const dialect = `zxp: ${good} is a config file of zxp's own: it has upstream at the top\n`;
    const right = { exitCode: 0, stdout: `${valid}${dialect}`, stderr: '' };
    expect(await runCommandLine(['check', good])).toEqual(right);
    expect(await runCommandLine(['check', '--config.file', good])).toEqual(right);
    expect(await runCommandLine(['check'], { environment: { ZXP_CONFIG_FILE: good } })).toEqual(right);
    expect(await runCommandLine(['check', '--upstream', 'http://registry:8080'])).toEqual({ ...right, stdout: valid });
  });

  test('of a wrong file tells every problem with its line', async () => {
    const bad = fixture('bad.yml');
    const { exitCode, stdout, stderr } = await runCommandLine(['check', bad]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.replaceAll(bad, 'bad.yml')).toBe(`\
zxp: error: bad.yml:1:1: upstrem: unknown key
   1 | upstrem: …
     | ^
zxp: hint: did you mean upstream?
zxp: error: bad.yml:2:1: upstream: must be an http or https URL such as http://registry:8080, without user, query or fragment
   2 | upstream: …
     | ^
zxp: hint: zxp forwards the credentials of the scraper: set basic_auth in the Prometheus job instead
zxp: error: bad.yml:4:3: scrape.timeout: must be a duration above zero such as 500ms, 10s or 1m30s, up to 24d, not "10"
   4 |   timeout: 10
     |   ^
zxp: error: bad.yml:5:3: scrape.timeout_ofset: unknown key
   5 |   timeout_ofset: …
     |   ^
zxp: hint: did you mean timeout_offset?
zxp: error: bad.yml:7:31: web.listen_addresses[1]: must be an address such as :8081, 127.0.0.1:8081, [::1]:8081 or unix:/run/zxp.sock, not "8082"
   7 |   listen_addresses: ["…", "8082"]
     |                           ^
zxp: error: bad.yml:10:3: log.level: must be one of error, warn, info, debug, not "warning"
  10 |   level: warning
     |   ^
zxp: error: bad.yml:11:3: log.format: must be one of logfmt, json, not "yes"
  11 |   format: yes
     |   ^
zxp: error: --web.telemetry-path: cannot be /-/metrics, which serves something else
zxp: hint: choose another, such as /metrics
zxp: bad.yml is a config file of zxp's own: it has upstream at the top
`);
  });

  test('of a certificate that cannot be read, or is none, refuses it', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write('zxp.yml', 'upstream: https://registry\nupstream_ca_file: ca.pem\n');
    const ca = `${folder.path}/ca.pem`;
    const missing = await runCommandLine(['check', file]);
    expect(missing).toMatchObject({ exitCode: 2, stdout: '' });
    expect(missing.stderr).toContain(
      `zxp: error: --upstream.ca-file ${ca}: cannot be read: no such file or directory\n`,
    );
    folder.write('ca.pem', 'not a certificate');
    const wrong = await runCommandLine(['check', file]);
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
    expect(wrong.stderr).toContain(`zxp: error: --upstream.ca-file ${ca}: has no PEM certificate\n`);
  });

  test('takes one file', async () => {
    const { exitCode, stderr } = await runCommandLine([
      'check',
      '--config.file',
      fixture('bad.yml'),
      fixture('good.json'),
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('zxp: error: --config.file: given 2 times\nzxp: hint: keep one\n');
  });

  test('of a folder, or of nothing, says what is wrong with it', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const { exitCode, stderr } = await runCommandLine(['check', folder.path]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`zxp: error: ${folder.path}: cannot be read: not a regular file\n`);
    expect(await runCommandLine(['check'])).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

test('the fixture with everything says every setting that a file can say, and none as its default', () => {
  const file = parseConfigFile('everything.yml', readFileSync(fixture('everything.yml'), 'utf8'));
  expect(file.problems).toEqual([]);
  for (const row of settingRows) {
    if (row.key !== undefined) expect(file.find(row.key, row.repeatable === true), row.key).not.toEqual([]);
  }
  const configuration = loadConfiguration({ flags: new Map(), environment: {}, file, readWebConfig: readDoorOf('') });
  expect(configuration).toMatchObject({
    upstream: { url: new URL('https://registry.example:8443/zot/metrics.json'), caFile: 'ca.pem', maxConnections: 8 },
    web: {
      readTimeoutMs: 45_000,
      writeTimeoutMs: 45_000,
      listenAddresses: [{ host: '127.0.0.1' }, { host: '::1' }, { socketPath: '/run/zxp/zxp.sock' }],
    },
    log: { level: 'debug', format: 'json', output: '/var/log/zxp.log' },
  });
});
