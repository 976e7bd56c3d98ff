import { mkdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { matchesLocal } from '../../src/modules/origins.js';
import { toConfigFile } from '../support/config-file.js';
import { startDaemon } from '../support/daemon.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const METRIC = "metrics: [{ name: n, path: '{.n}' }]";

/** A folder with a server on `x.sock`, and files. */
async function start() {
  const folder = forThisTest(makeTemporaryFolder());
  let requests = 0;
  const server = createServer((_, response) => {
    requests++;
    response.end('{"n": 7}');
  });
  await new Promise<void>((resolve) => server.listen(join(folder.path, 'x.sock'), resolve));
  forThisTest({ close: () => void server.close() });
  mkdirSync(join(folder.path, 'open'));
  for (const name of ['a.json', 'open/b.json']) folder.write(name, '{"n": 8}');
  return { path: folder.path, folder, requests: () => requests };
}

const facts = (text: string) => text.split('\n').filter((line) => /^(n|target_up|target_scrape_error)\b/.test(line));

describe('/probe', () => {
  test('asks sockets and files that allow has literally, and files below a folder of it', async () => {
    const { path } = await start();
    const zxp = await startDaemon({
      config: `targets: []
modules:
  m: { allow: ['unix://${path}/x.sock', 'file://${path}/a.json', 'file://${path}/open/'], ${METRIC} }`,
    });
    const rows: readonly (readonly [string, number])[] = [
      [`unix://${path}/x.sock`, 7],
      [`unix://${path}/x.sock:/any/path?x=y`, 7],
      [`file://${path}/a.json`, 8],
      [`file://${path}/open/b.json`, 8],
    ];
    for (const [target, n] of rows) {
      const { text, status } = await zxp.probe({ target, module: 'm' });
      expect(status).toBe(200);
      expect(facts(text), target).toEqual([`n ${n}`, 'target_up 1']);
    }
  });

  test('asks no other, whatever the spelling', async () => {
    const { path, requests, folder } = await start();
    folder.write('open-not.json', '{"n": 9}');
    const zxp = await startDaemon({
      config: `
targets: [{ name: near, url: 'unix://${path}/y.sock:/', module: m }, { name: web, url: 'http://localhost/', module: m }]
modules:
  m: { allow: ['file://${path}/open/', 'https://*.example'], ${METRIC} }
  any: { ${METRIC} }`,
    });
    const targets = [
      `unix://${path}/x.sock:/`,
      `unix://${path}/y.sock/../x.sock:/`,
      `unix://${path}/y.sock:/../../x.sock:/`,
      `file://${path}/a.json`,
      `file://${path}/open/../a.json`,
      `file://${path}/open/%2e%2e/a.json`,
      `file://${path}/open/.%2E/a.json`,
      `file://${path}/open-not.json`,
      'file:///etc/passwd',
    ];
    for (const module of ['m', 'any', 'zot']) {
      for (const target of targets) {
        const { status, text } = await zxp.probe({ target, module });
        expect(status, `${module} ${target}`).toBe(module === 'm' ? 403 : 400);
        expect(text).toContain(module === 'm' ? "hint: add it to the module's allow list" : 'error: the target is not');
      }
    }
    for (const target of [
      `file://${path}/open/..%2Fa.json`,
      `file://${path}/open/`,
      `file://localhost${path}/a.json`,
    ]) {
      expect((await zxp.probe({ target, module: 'm' })).status, target).toBe(400);
    }
    expect(requests()).toBe(0);
  });

  test('asks none where a file of json_exporter leaves the targets open', async () => {
    const { path, requests } = await start();
    const zxp = await startDaemon({ config: `modules: { default: { ${METRIC} } }` });
    for (const target of [`unix://${path}/x.sock:/`, `file://${path}/a.json`]) {
      expect((await zxp.probe({ target })).status).toBe(400);
    }
    expect(requests()).toBe(0);
  });

  test('says that a file which leads out of its folder is blocked, and one that is not there cannot be reached', async () => {
    const { path } = await start();
    symlinkSync('../a.json', join(path, 'open', 'out.json'));
    const zxp = await startDaemon({
      config: `targets: []\nmodules: { m: { allow: ['file://${path}/open/'], ${METRIC} } }`,
    });
    for (const [name, reason] of [
      ['out.json', 'blocked'],
      ['no.json', 'connect'],
    ]) {
      const { text } = await zxp.probe({ target: `file://${path}/open/${name}`, module: 'm' });
      expect(facts(text)).toEqual(['target_up 0', `target_scrape_error{reason="${reason}"} 1`]);
    }
  });

  test('asks named targets, whose file may be a link, and puts no parameters on a file', async () => {
    const { path } = await start();
    symlinkSync(join(path, 'a.json'), join(path, 'open', 'link.json'));
    const zxp = await startDaemon({
      config: `
targets:
  - { name: socket, url: 'unix://${path}/x.sock:/m', module: m }
  - { name: file, url: 'file://${path}/open/link.json', module: m }
modules: { m: { allow: ['file://${path}/open/'], params: { a: b }, ${METRIC} } }`,
    });
    expect(facts((await zxp.probe({ target: 'socket' })).text)).toEqual(['n 7', 'target_up 1']);
    expect(facts((await zxp.probe({ target: 'file' })).text)).toEqual(['n 8', 'target_up 1']);
  });
});

test('what allow has of this machine must be literal', async () => {
  for (const entry of [
    'file:///var/*.json',
    'unix:///run/x.sock:/metrics',
    'file:///',
    'file://host/x',
    'unix:/run/x',
  ]) {
    await expect(
      startDaemon({ config: `targets: []\nmodules: { m: { allow: ['${entry}'], ${METRIC} } }` }),
    ).rejects.toMatchObject({ code: 'config' });
  }
});

test('a pattern of this machine matches no origin, and an origin nothing of this machine', () => {
  const matches = (url: string, pattern: string) => matchesLocal(new URL(url), pattern);
  expect(matches('http://a/', 'http://a')).toBe(false);
  expect(matches('file:///a/b', 'https://*.example')).toBe(false);
  expect(matches('file:///a/b', 'file:///a')).toBe(false);
  expect(matches('file:///a/b', 'file:///a/')).toBe(true);
  expect(matches('unix:///a/b:/', 'file:///a/')).toBe(false);
});

describe('--upstream', () => {
  const gauge = '{"Gauges": [{"Name": "zot.info", "Value": 1, "LabelNames": [], "LabelValues": []}]}';

  test('may be a file, which is read whole', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const path = folder.write('metrics.json', gauge);
    const exporter = await startDaemon({ config: toConfigFile({ upstream: `file://${path}` }) });
    expect((await exporter.scrape()).samples).toEqual(expect.arrayContaining(['zot_info 1', 'target_up 1']));
  });

  test('may be a socket, with a path before that of --upstream.path', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const asked: string[] = [];
    const server = createServer(({ url = '' }, response) => {
      asked.push(url);
      response.end(gauge);
    });
    await new Promise<void>((resolve) => server.listen(join(folder.path, 'x.sock'), resolve));
    forThisTest({ close: () => void server.close() });
    for (const behind of ['', ':', ':/base', ':/base/']) {
      const exporter = await startDaemon({
        config: toConfigFile({ upstream: `unix://${folder.path}/x.sock${behind}` }),
      });
      expect((await exporter.scrape()).samples).toEqual(expect.arrayContaining(['zot_info 1', 'target_up 1']));
    }
    expect(asked).toEqual(['/metrics', '/metrics', '/base/metrics', '/base/metrics']);
  });
});
