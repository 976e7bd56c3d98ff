import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runCommandLine } from '../support/command-line.js';
import { startJsonUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/mapping/${name}`, import.meta.url));

function samplesOf(stdout: string): readonly string[] {
  return stdout.split('\n').filter((line) => line !== '' && !/^(#|target_)/.test(line));
}

describe('zxp scrape --config.file', () => {
  test('translates a document by the module that the file names, or --module says', async () => {
    const expected = samplesOf(readFileSync(fixture('nested-arrays.prom'), 'utf8'));
    const byFile = await runCommandLine([
      'scrape',
      '--config.file',
      fixture('nested-arrays.yml'),
      fixture('nested-arrays.json'),
    ]);
    expect(byFile).toMatchObject({ exitCode: 0, stderr: '' });
    expect(samplesOf(byFile.stdout)).toEqual(expected);
    const stdin = '{"b": 2}';
    const args = ['scrape', '--config.file', fixture('split.yml'), '--module', 'second', '-'];
    expect(samplesOf((await runCommandLine(args, { stdin })).stdout)).toEqual(['second 2']);
  });

  test('takes the module default of a file of json_exporter, and says which there are where it has none', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const scrape = (text: string) =>
      runCommandLine(['scrape', '--config.file', folder.write('theirs.yml', text), '-'], { stdin: '{"n": 3}' });
    const metrics = "metrics: [{ name: n, path: '{.n}' }]";
    expect(samplesOf((await scrape(`modules: { default: { ${metrics} } }`)).stdout)).toEqual(['n 3']);
    expect(await scrape(`modules: { m: { ${metrics} } }`)).toMatchObject({
      exitCode: 2,
      stderr: 'zxp: error: no module is named\nzxp: hint: --module is one of flatten, zot, m\n',
    });
  });

  test('asks a URL as the module says, wherever it is: the command line may name what /probe may not', async () => {
    const upstream = await startJsonUpstream({ n: 1 });
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write(
      'zxp.yml',
      "targets: []\nmodules: { m: { allow: [], params: { a: b }, headers: { X-A: '${A}' }, metrics: [{ name: n, path: '{.n}' }] } }",
    );
    const args = ['scrape', '--config.file', file, '--module', 'm', '-u', 'alice:wonderland', `${upstream.url}/x?y=z`];
    const { exitCode, stdout } = await runCommandLine(args, { environment: { A: 'from-environment' } });
    expect(exitCode).toBe(0);
    expect(samplesOf(stdout)).toEqual(['n 1']);
    expect(upstream.requests).toMatchObject([
      { path: '/x?y=z&a=b', headers: { 'x-a': 'from-environment', authorization: 'Basic YWxpY2U6d29uZGVybGFuZA==' } },
    ]);
  });

  test('-H sends headers, each as it is given, and the debug view shows no value of an unknown one', async () => {
    const upstream = await startJsonUpstream({ Gauges: [] });
    const args = ['scrape', '--debug', '-H', 'Authorization: Bearer canary', '-H', 'X-Key:canary two', upstream.url];
    const { exitCode, stderr } = await runCommandLine(args);
    expect({ exitCode, leaks: stderr.includes('canary') }).toEqual({ exitCode: 0, leaks: false });
    expect(upstream.requests[0]?.headers).toMatchObject({ authorization: 'Bearer canary', 'x-key': 'canary two' });
  });

  test('--debug tells the scrape on standard error, secrets masked, and the metrics stay on standard output', async () => {
    const upstream = await startJsonUpstream({ a: [{ v: 1 }, {}] });
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write(
      'zxp.yml',
      "targets: []\nmodules: { m: { allow: [], params: { appid: '${A}' }, metrics: [{ name: n, type: object, path: '{.a[*]}', value: '{.v}' }] } }",
    );
    const args = ['scrape', '--debug', '--config.file', file, '--module', 'm', '-u', 'alice:canary', upstream.url];
    const { exitCode, stdout, stderr } = await runCommandLine(args, { environment: { A: 'canary' } });
    expect(exitCode).toBe(0);
    expect(samplesOf(stdout)).toEqual(['n 1']);
    expect(`${stdout}${stderr}`).not.toContain('canary');
    const report = stderr
      .replaceAll(`${folder.path}/`, '')
      .replaceAll(upstream.url, 'http://upstream')
      .replace(/after [\d.]+ s/, 'after SECONDS s')
      .replace(/^time: .*\n\n/m, '')
      .replace(/^ {2}(date|connection|keep-alive|transfer-encoding): [^<\n]+\n/gm, '');
    expect(report).toBe(`\
request: GET http://upstream/?appid=<secret>
  accept: application/json
  accept-encoding: gzip, deflate, br
  user-agent: zxp/1.2.3
  authorization: Basic <secret>

reply: 200, 18 bytes decoded, after SECONDS s
  content-type: application/json

metric n (zxp.yml:2:65: modules.m.metrics[0])
  path {.a[*]}: 2 matched, 1 sample
  failed: n: a[1].v not found

dropped: 1 sample (missing 1)
  missing: n: v is not found

target_up 1, 1 sample
zxp: warning: 1 sample was dropped (missing 1)
`);
  });

  test('--debug of a target that is down says so twice: in the report, and as the error', async () => {
    const args = [
      'scrape',
      '--debug',
      '--config.file',
      fixture('duplicates-error.yml'),
      fixture('duplicates-error.json'),
    ];
    const { exitCode, stdout, stderr } = await runCommandLine(args);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('target_scrape_error{reason="schema"} 1\n');
    expect(stderr).toContain('\ntarget_up 0, schema: sample has a series twice, and its duplicates are an error\n');
    expect(stderr).toContain('/duplicates-error.json: sample has a series twice, and its duplicates are an error\n');
  });

  test('of a module that is not there is a wrong configuration', async () => {
    const args = ['scrape', '--config.file', fixture('units.yml'), '--module', 'volume', fixture('units.json')];
    expect(await runCommandLine(args)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'zxp: error: --module: names no module: "volume"\nzxp: hint: did you mean volumes?\n',
    });
  });

  test('of a file of json_exporter scrapes by its module, and says nothing of who else may', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write('config.yml', "modules: { default: { metrics: [{ name: n, path: '{.n}' }] } }");
    const args = ['scrape', '--config.file', file, '--module', 'default', '-'];
    const { exitCode, stdout, stderr } = await runCommandLine(args, { stdin: '{"n": 5}' });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(samplesOf(stdout)).toEqual(['n 5']);
  });
});

describe('--auth', () => {
  async function start() {
    const upstream = await startJsonUpstream({ n: 1 });
    const other = await startJsonUpstream({ n: 2 });
    const config = `auths:
  team-a: { allow: ['${upstream.url}'], basic_auth: { username: a, password: canary } }
  team-b: { bearer_token: canary-b }
modules:
  m: { allow: ['${upstream.url}', '${other.url}'], metrics: [{ name: n, path: '{.n}' }] }
targets:
  - { name: open, url: '${upstream.url}/open', module: m }
  - { name: named, url: '${other.url}/named', module: m, auth: team-b }
`;
    const file = forThisTest(makeTemporaryFolder()).write('zxp.yml', config);
    const run = (command: string, auth: string, source: string, stdin?: string) =>
      runCommandLine(
        [command, '--config.file', file, '--module', 'm', '--auth', auth, source],
        stdin === undefined ? {} : { stdin },
      );
    return { upstream, other, run };
  }
  const teamA = `Basic ${Buffer.from('a:canary').toString('base64')}`;

  test('sends the credentials of that name to a target and to a URL, from scrape, doctor and infer', async () => {
    const { upstream, other, run } = await start();
    for (const command of ['scrape', 'doctor', 'infer']) {
      for (const source of ['open', `${upstream.url}/url`]) {
        const { exitCode, stdout, stderr } = await run(command, 'team-a', source);
        expect({ command, source, exitCode }).toEqual({ command, source, exitCode: 0 });
        expect(`${stdout}${stderr}`).not.toContain('canary');
      }
    }
    expect((await run('scrape', 'team-b', 'named')).stdout).toContain('\nn 2\n');
    expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual(Array(6).fill(teamA));
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer canary-b']);
  });

  test.each<readonly [auth: string, source: string, error: string, hint: string]>([
    ['teem-a', 'open', '--auth: unknown auth "teem-a"', 'did you mean team-a?'],
    ['', 'open', '--auth: unknown auth ""', '--auth is one of team-a, team-b'],
    ['team-b', 'open', 'the auth team-b may not go to this target', 'add the target'],
    ['team-a', 'OTHER/url', 'the auth team-a may not go to this target', 'add the target'],
    ['team-a', 'named', 'the target named is requested with the auth team-b only', 'leave --auth out'],
    ['team-a', '-', '--auth: a document is read without credentials', 'name a target of the config file, or a URL'],
  ])('%s for %s is refused before anything is requested', async (auth, source, error, hint) => {
    const { upstream, other, run } = await start();
    const { exitCode, stderr } = await run('scrape', auth, source.replace('OTHER', other.url), '{}');
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`zxp: error: ${error}\n`),
    });
    expect(stderr).toContain(`zxp: hint: ${hint}`);
    expect([...upstream.requests, ...other.requests]).toEqual([]);
  });

  test('without any auths says so', async () => {
    const args = ['scrape', '--auth', 'a', 'http://127.0.0.1:1/'];
    expect(await runCommandLine(args)).toMatchObject({
      exitCode: 2,
      stderr:
        'zxp: error: --auth: the configuration has no auths\nzxp: hint: name a config file that has auths: --config.file FILE\n',
    });
  });
});
