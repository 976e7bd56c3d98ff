import { describe, expect, test } from 'vitest';
import { runCommandLine } from '../support/command-line.js';
import { startDaemon } from '../support/daemon.js';
import { startJsonUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const METRICS = "metrics: [{ name: n, path: '{.n}' }]";

async function check(text: string, ...flags: readonly string[]) {
  const file = forThisTest(makeTemporaryFolder()).write('zxp.yml', text);
  const { exitCode, stderr } = await runCommandLine(['check', file, ...flags]);
  return { exitCode, stderr: stderr.replaceAll(file, 'zxp.yml') };
}

describe('the prefix preset/', () => {
  test.each(['', 'targets: []\n'])('is refused for a module of a file (%j before it)', async (start) => {
    const { exitCode, stderr } = await check(`${start}modules: { preset/expvar: { ${METRICS} } }\n`);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('modules.preset/expvar: names that begin with preset/ are those of the presets');
    expect(stderr).toContain('zxp: hint: rename it');
  });

  test('with a name that no preset has is refused for a target and for --module, with the nearest', async () => {
    const target = await check("targets: [{ name: a, url: 'http://a.example/', module: preset/expva }]\n");
    expect(target.exitCode).toBe(2);
    expect(target.stderr).toContain('unknown module "preset/expva"\n');
    expect(target.stderr).toContain('zxp: hint: did you mean preset/expvar?\n');
    const flag = await check('upstream: http://a.example\n', '--module', 'preset/vault');
    expect(flag).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('names no module: "preset/vault"') });
  });
});

test('a target of a preset is valid, without a warning', async () => {
  const file = "targets: [{ name: a, url: 'http://a.example/debug/vars', module: preset/expvar }]\n";
  expect(await check(file, '--strict')).toEqual({ exitCode: 0, stderr: '' });
});

test('a preset of --module translates the upstream, with the credentials of the scraper', async () => {
  const upstream = await startJsonUpstream({ requests: 3 });
  const zxp = await startDaemon({ config: `upstream: '${upstream.url}'\nmodule: preset/expvar\n` });
  const { text } = await zxp.ask('/metrics', { headers: { authorization: 'Bearer t' } });
  expect(text).toContain('expvar_value{variable="requests"} 3\n');
  expect(upstream.requests).toMatchObject([{ headers: { authorization: 'Bearer t' } }]);
});

test('/probe may request what the configuration names for a preset, and nothing else', async () => {
  const upstream = await startJsonUpstream({ requests: 3 });
  const other = await startJsonUpstream({});
  const zxp = await startDaemon({
    config: `targets:
  - { name: vars, url: '${upstream.url}/debug/vars', module: preset/expvar }
modules: { m: { allow: ['${other.url}'], ${METRICS} } }
`,
  });
  expect((await zxp.probe({ target: 'vars' })).text).toContain('expvar_value{variable="requests"} 3\n');
  expect(await zxp.probe({ target: other.url, module: 'preset/expvar' })).toMatchObject({ status: 403 });
  const unused = await zxp.probe({ target: upstream.url, module: 'preset/dropwizard' });
  expect(unused.status).toBe(403);
  expect(unused.text).toContain('no target of the configuration has the module preset/dropwizard');
  expect((await zxp.probe({ target: upstream.url, module: 'preset/none' })).status).toBe(400);
  expect(other.requests).toEqual([]);
});

test('a preset of a file of json_exporter is as closed as any', async () => {
  const other = await startJsonUpstream({});
  const zxp = await startDaemon({
    config: `modules: { default: { ${METRICS} } }\n`,
    flags: { module: 'preset/expvar' },
  });
  expect((await zxp.probe({ target: other.url, module: 'preset/expvar' })).status).toBe(403);
  expect(other.requests).toEqual([]);
});

describe('the module flatten', () => {
  test('takes any JSON of a configured target, and of zxp scrape', async () => {
    const upstream = await startJsonUpstream({ queues: [{ name: 'mail', depth: 3 }] });
    const zxp = await startDaemon({ config: `targets: [{ name: any, url: '${upstream.url}/x', module: flatten }]\n` });
    const { text } = await zxp.probe({ target: 'any', module: 'flatten' });
    expect(text).toContain('queues_depth{name="mail"} 3\n');
    const { stdout } = await runCommandLine(['scrape', '--module', 'flatten', `${upstream.url}/x`]);
    expect(stdout).toContain('queues_depth{name="mail"} 3\n');
  });

  test('of a file replaces the built-in one, with a warning from zxp check and at the start', async () => {
    const upstream = await startJsonUpstream({ n: 5 });
    const file = `targets: [{ name: any, url: '${upstream.url}/x', module: flatten }]\nmodules: { flatten: { metrics: [{ name: mine, path: '{.n}' }] } }\n`;
    const { exitCode, stderr } = await check(file);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /modules\.flatten: replaces the built-in module flatten\n[\s\S]*zxp: hint: rename it if that is not meant\n/,
    );
    const zxp = await startDaemon({ config: file });
    expect((await zxp.probe({ target: 'any' })).text).toContain('\nmine 5\n');
    expect(zxp.logged.join('\n')).toContain('replaces the built-in module flatten');
  });
});
