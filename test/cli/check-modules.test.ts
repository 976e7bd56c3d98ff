import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runCommandLine, type World } from '../support/command-line.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

/** `zxp check` of a file `config.yml`, whose folder is left out of what it says. */
async function check(text: string, world: World = {}) {
  const folder = forThisTest(makeTemporaryFolder());
  const file = folder.write('config.yml', text);
  const transcript = await runCommandLine(['check', file], world);
  const withoutFolder = (text: string) => text.replaceAll(`${folder.path}/`, '');
  return { ...transcript, stdout: withoutFolder(transcript.stdout), stderr: withoutFolder(transcript.stderr) };
}

/** What is said without the lines that are quoted, which tests of their own show. */
const withoutQuotes = (text: string) => text.replace(/^ *\d* \|.*\n/gm, '');

const JSON_EXPORTER =
  "zxp: config.yml is a config file of json_exporter: it has modules and no other key of zxp's at the top\n";

test('zxp check names the place of an auth and of a budget that are unknown', async () => {
  const { stderr } = await check(`\
targets: []
modules:
  m:
    auth: teem
    budget: bud
    metrics: [{ name: n, path: '{.n}' }]
auths: { team: { allow: ['http://a'], basic_auth: { username: a, password: b } } }
budgets: { other: { requests: 1, interval: 1m } }
`);
  expect(withoutQuotes(stderr)).toBe(`\
zxp: error: config.yml:4:5: modules.m.auth: unknown auth "teem"
zxp: hint: did you mean team?
zxp: error: config.yml:5:5: modules.m.budget: unknown budget "bud"
zxp: hint: known: other
zxp: config.yml is a config file of zxp's own: it has targets at the top
`);
});

describe('zxp check of a file of json_exporter', () => {
  test('that zxp takes as it is, and that names whom it may ask, says nothing but that it is right', async () => {
    expect(await check("modules: { default: { allow: [], metrics: [{ name: n, path: '{.n}' }] } }")).toEqual({
      exitCode: 0,
      stdout: `zxp: configuration is valid: json_exporter modules default\n${JSON_EXPORTER}`,
      stderr: '',
    });
  });

  test('warns with file and line of everything that is otherwise here', async () => {
    const { exitCode, stdout, stderr } = await check(`\
modules:
  default:
    http_client_config:
      bearer_token: canary
    scheme: https
    metrics:
      - name: a
        path: '{.a}'
        epochTimestamp: '{.t}'
        valuetype: guage
      - name: b
        path: '{.b['
        lables: { x: y }
      - name: c
        values: { d: '{.d}' }
`);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`zxp: configuration is valid: json_exporter modules default\n${JSON_EXPORTER}`);
    expect(withoutQuotes(stderr)).toBe(`\
zxp: warning: config.yml:2:3: modules.default: has credentials and no allow: any client of zxp can have them sent anywhere
zxp: hint: list the origins that it may request: allow: ["https://api.example"], or name its targets
zxp: warning: config.yml:3:5: modules.default.http_client_config: json_exporter follows redirects here, zxp does not
zxp: hint: follow_redirects: true follows them
zxp: warning: config.yml:5:5: modules.default.scheme: unknown key, ignored
zxp: warning: config.yml:9:9: modules.default.metrics[0].epochTimestamp: json_exporter ignores this key and reads epochtimestamp; zxp reads both
zxp: warning: config.yml:10:9: modules.default.metrics[0].valuetype: must be one of untyped, gauge, counter, not "guage"; taken for untyped
zxp: warning: config.yml:11:9: modules.default.metrics[1]: "{.b[" is not a path: a bracket is not closed at position 3; it matches nothing
zxp: warning: config.yml:13:9: modules.default.metrics[1].lables: unknown key, ignored
zxp: hint: did you mean labels?
zxp: warning: config.yml:15:9: modules.default.metrics[2].values: belongs to type: object, ignored
`);
  });

  test('refuses that of which json_exporter dies at a scrape, or which it would send as it is', async () => {
    const { exitCode, stdout, stderr } = await check(`\
modules:
  default:
    allow: []
    body: { content: '{{ nope }}', templatize: true }
    metrics:
      - { name: '', path: '{.a}' }
      - { name: b, path: '{.b}', labels: { __x: y } }
      - { name: b, path: '{.b}', labels: { z: y } }
      - { name: b, path: '{.b}', help: another, labels: { __x: y } }
`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(withoutQuotes(stderr).replace(/^(.*is not a template: ).*\n.*$/m, '$1...')).toBe(`\
zxp: error: config.yml:4:5: modules.default.body: is not a template: ...
zxp: error: config.yml:6:11: modules.default.metrics[0].name: must not be empty
zxp: hint: name: stock_items
zxp: error: config.yml:7:44: modules.default.metrics[1].labels.__x: "__x" cannot be the name of a label
zxp: hint: letters, digits and _, and not __ in front
zxp: error: config.yml:8:9: modules.default.metrics[2]: b is there already with other label names
zxp: hint: give both the same labels, or two names
zxp: error: config.yml:9:9: modules.default.metrics[3]: b has two helps
zxp: hint: give it one help
zxp: error: config.yml:9:59: modules.default.metrics[3].labels.__x: "__x" cannot be the name of a label
zxp: hint: letters, digits and _, and not __ in front
${JSON_EXPORTER}`);
  });
});

describe('zxp check of a file of zxp', () => {
  test('says what there is', async () => {
    const text = readFileSync(new URL('../../fixtures/mapping/named-targets.yml', import.meta.url), 'utf8');
    expect(await check(text)).toEqual({
      exitCode: 0,
      stdout:
        'zxp: configuration is valid: modules stock; targets warehouse, shop\n' +
        "zxp: config.yml is a config file of zxp's own: it has module at the top\n",
      stderr: '',
    });
    expect((await check(`upstream: http://a\n${text}`)).stdout).toContain(
      'zxp: configuration is valid: http://a/metrics by module stock; modules stock; targets warehouse, shop\n',
    );
  });

  test('tells every problem at once, of settings, modules, targets and paths, in the order of their lines', async () => {
    const { exitCode, stderr } = await check(`\
upstrem: http://a
targets:
  - { name: a, url: 'ftp://a', module: m }
modules:
  m:
    metrics:
      - { name: a, path: '{.a[}' }
      - { name: b, path: '{.b}', regex: '(' }
      - { name: c, path: '{.c}', unit: miles }
    params: { q: { template: '{{ .q' } }
log: { level: loud }
`);
    expect(exitCode).toBe(2);
    const said = withoutQuotes(stderr).split('\n');
    expect(said.filter((line) => !line.startsWith('zxp: hint: '))).toEqual([
      'zxp: error: config.yml:1:1: upstrem: unknown key',
      'zxp: error: config.yml:3:16: targets[0].url: must be an http or https URL without a user',
      'zxp: error: config.yml:7:9: modules.m.metrics[0]: "{.a[}" is not a path: a bracket is not closed at position 3',
      expect.stringMatching(/^zxp: error: config\.yml:8:9: modules\.m\.metrics\[1\]: is not a regular expression: /),
      'zxp: error: config.yml:9:34: modules.m.metrics[2].unit: must be one of bytes, duration, percent, not "miles"',
      expect.stringMatching(/^zxp: error: config\.yml:10:15: modules\.m\.params\.q: is not a template: /),
      'zxp: error: config.yml:11:8: log.level: must be one of error, warn, info, debug, not "loud"',
      "zxp: config.yml is a config file of zxp's own: it has targets at the top",
      '',
    ]);
  });

  test('never prints a secret', async () => {
    const text = `\
targets: []
modules:
  m:
    http_client_config:
      basic_auth: { username: canary, password: canary, pasword: canary }
      authorization: { credentials: '\${TOKEN}', type: [canary] }
      oauth2: { client_secret: canary, token_url: 'http://u:canary@x y' }
      proxy_url: 'http://u:canary@nowhere:99999'
    headers: { X-Key: '\${TOKEN}', 'Bad Name': canary }
    params: { a: '\${TOKEN}' }
    timeout: '\${TOKEN}'
`;
    const { exitCode, stdout, stderr } = await check(text, { environment: { TOKEN: 'canary' } });
    expect(exitCode).toBe(2);
    expect(`${stdout}${stderr}`).not.toContain('canary');
  });

  test('that says nothing of whom to ask is refused', async () => {
    expect((await check('x-a: 1\n')).stderr).toContain('zxp: error: --upstream: is not set\n');
  });

  test('whose --module is none is refused, with the nearest', async () => {
    const { stderr } = await check('upstream: http://a\nmodule: stok\nmodules: { stock: { metrics: [] } }');
    expect(stderr).toContain('zxp: error: --module: names no module: "stok"\nzxp: hint: did you mean stock?\n');
  });
});
