import { describe, expect, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { createHold, startJsonUpstream, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { samplesOf } from '../support/samples.js';

const flags = { 'web.enable-lifecycle': 'true' };

const config = (url: string, name = 'n') => `\
include: [more.yml]
targets: [{ name: box, url: '${url}', module: m }]
modules: { m: { metrics: [{ name: ${name}, path: '{.n}' }] } }
`;
const MORE = 'modules: { more: {} }\n';

/** The two ways to load the file again: what SIGHUP does, and POST /-/reload. Both give what went wrong. */
const ways: readonly (readonly [string, (zxp: Daemon) => Promise<string>])[] = [
  [
    'SIGHUP',
    (zxp) =>
      zxp.reload().then(
        () => '',
        (error: Error & { problems?: readonly { where: string; message: string }[] }) =>
          [error.message, ...(error.problems ?? []).map(({ where, message }) => `${where}: ${message}`)].join('\n'),
      ),
  ],
  [
    'POST /-/reload',
    async (zxp) => {
      const { status, text } = await zxp.ask('/-/reload', { method: 'POST' });
      return status === 200 ? '' : text;
    },
  ],
];

/** Files that do not load, and what is said of each. */
const badFiles: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['is no YAML', 'modules: [', /zxp\.yml:1/],
  [
    'has an unknown key',
    'targets: []\nmodules: { m: { metrcs: [] } }',
    /zxp\.yml:2:17: modules\.m\.metrcs: unknown key/,
  ],
  [
    'has a path that does not parse',
    "targets: []\nmodules: { m: { metrics: [{ name: n, path: '{.n' }] } }",
    /is not a path/,
  ],
  [
    'has a template that does not parse',
    "targets: []\nmodules: { m: { params: { a: { template: '{{' } } } }",
    /is not a template/,
  ],
  [
    'has credentials for anybody',
    'targets: []\nmodules: { m: { headers: { Authorization: canary } } }',
    /credentials need allow or targets/,
  ],
  ['names a variable that is not set', 'targets: []\nmodules: { m: { allow: [], headers: { A: "${NOPE}" } } }', /NOPE/],
  [
    'names a module that is not there',
    "targets: [{ name: a, url: 'http://a', module: b }]\nmodules: {}",
    /targets\[0\]\.module: unknown module "b"/,
  ],
  ['includes a file that is not there', 'include: [nope.yml]\nmodules: {}', /include\[0\]: .*nope\.yml cannot be read/],
  ['has nothing to ask', 'log: { level: info }', /--upstream: is not set/],
];

/** A problem in the log, as the command line prints it. */
function describeLogged(line: string): string {
  const [, message = '', fields = '{}'] = /^error (.*?) (\{.*\})$/.exec(line) ?? [];
  return `${JSON.parse(fields).where}: ${message}`;
}

describe.each(ways)('%s', (_way, reload) => {
  async function start() {
    const upstream = await startJsonUpstream({ n: 7 });
    const zxp = await startDaemon({ config: config(upstream.url), flags, files: { 'more.yml': MORE } });
    const probe = async () => samplesOf(await zxp.probe({ target: 'box' }));
    expect(await probe()).toEqual(['n 7']);
    return { upstream, zxp, probe };
  }

  test('brings changed modules, targets and included files into force', async () => {
    const { upstream, zxp, probe } = await start();
    zxp.write(config(upstream.url, 'renamed'));
    zxp.folder.write('more.yml', `targets: [{ name: second, url: '${upstream.url}/2', module: m }]\n`);
    expect(await reload(zxp)).toBe('');
    expect(await probe()).toEqual(['renamed 7']);
    expect(samplesOf(await zxp.probe({ target: 'second' }))).toEqual(['renamed 7']);
    expect(JSON.parse((await zxp.ask('/-/targets')).text)).toMatchObject([
      { labels: { __param_target: 'box' } },
      { labels: { __param_target: 'second' } },
    ]);
    expect((await zxp.probe({ target: 'box', module: 'more' })).text).toContain('there is no module "more"');
  });

  test.each(badFiles)(
    'of a file that %s keeps the previous one active, and says so everywhere',
    async (_what, text, message) => {
      const { zxp, probe } = await start();
      zxp.write(text);
      const said = await reload(zxp);
      expect(said).toMatch(message);
      expect(said).toContain('keeping the previous configuration');
      expect(said).not.toContain('canary');
      expect(await probe()).toEqual(['n 7']);
      expect(JSON.parse((await zxp.ask('/-/targets')).text)).toHaveLength(1);
      const own = (await zxp.ask('/-/metrics')).text;
      expect(own).toContain('zxp_config_last_reload_successful 0\n');
      const errors = zxp.logged.filter((line) => line.startsWith('error '));
      expect(errors[0]).toContain('configuration not reloaded, keeping the previous configuration');
      expect(errors.slice(1).map(describeLogged).join('\n')).toMatch(message);
    },
  );

  test('of a file that is mended brings it into force, and says so', async () => {
    const { upstream, zxp, probe } = await start();
    zxp.write('modules: [');
    expect(await reload(zxp)).not.toBe('');
    zxp.write(config(upstream.url, 'mended'));
    expect(await reload(zxp)).toBe('');
    expect(await probe()).toEqual(['mended 7']);
    expect((await zxp.ask('/-/metrics')).text).toContain('zxp_config_last_reload_successful 1\n');
  });

  test('of an included file that is broken leaves all of it active', async () => {
    const { zxp, probe } = await start();
    zxp.folder.write('more.yml', 'modules: { more: { metrics: {} } }');
    expect(await reload(zxp)).toMatch(/more\.yml:1:20: modules\.more\.metrics: must be a list, not a map/);
    expect(await probe()).toEqual(['n 7']);
  });

  test('from a file of json_exporter to one of zxp closes what was open to anybody', async () => {
    const upstream = await startJsonUpstream({ n: 7 });
    const zxp = await startDaemon({ config: "modules: { default: { metrics: [{ name: n, path: '{.n}' }] } }", flags });
    expect((await zxp.probe({ target: upstream.url })).status).toBe(200);
    expect(zxp.logged.join('\n')).toContain('any client of zxp can have it request any address');
    zxp.write("targets: []\nmodules: { default: { metrics: [{ name: n, path: '{.n}' }] } }");
    expect(await reload(zxp)).toBe('');
    expect((await zxp.probe({ target: upstream.url })).status).toBe(403);
  });
});

test('a probe that is under way when the file changes is answered by the modules that it began with', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const { url } = forThisTest(
    await startStubUpstream(async (_request, response) => {
      isAsked();
      await held;
      response.end('{"n": 7}');
    }),
  );
  const zxp = await startDaemon({ config: config(url), files: { 'more.yml': MORE } });
  const before = zxp.probe({ target: 'box' });
  await asked;
  zxp.write(config(url, 'renamed'));
  await zxp.reload();
  release();
  expect(samplesOf(await before)).toEqual(['n 7']);
  expect(samplesOf(await zxp.probe({ target: 'box' }))).toEqual(['renamed 7']);
});

test('POST /-/reload is not there unless the lifecycle is enabled', async () => {
  const upstream = await startJsonUpstream();
  const zxp = await startDaemon({ config: config(upstream.url), files: { 'more.yml': MORE } });
  expect((await zxp.ask('/-/reload', { method: 'POST' })).status).toBe(404);
});

test('requests to reload that come while one is under way share the next', async () => {
  const upstream = await startJsonUpstream();
  const zxp = await startDaemon({ config: config(upstream.url), files: { 'more.yml': MORE }, flags });
  const ask = async () => expect((await zxp.ask('/-/reload', { method: 'POST' })).status).toBe(200);
  await Promise.all([ask(), ...Array.from({ length: 30 }, () => zxp.reload())]);
  const reloads = zxp.logged.filter((line) => line.includes('configuration reloaded'));
  expect(reloads.length).toBeGreaterThan(0);
  expect(reloads.length).toBeLessThan(4);
});

describe('a scrape of several requests that is under way through a reload', () => {
  const requests = [
    ['pages', "pages: { items: '{.items}', next: { page: p } }"],
    ['follow', "follow: { each: '{.items[*]}', url: 'items/{{ . }}' }"],
  ] as const;

  test.each(requests)('goes on with the requests of %s that it began with', async (_what, keys) => {
    const hold = createHold();
    let asked = 0;
    const api = forThisTest(
      await startStubUpstream(async (_request, response) => {
        asked++;
        if (asked === 1) await hold.pass();
        response.end(JSON.stringify({ items: asked < 3 ? [asked] : [] }));
      }),
    );
    const text = (name: string) => `\
targets: [{ name: box, url: '${api.url}/list', module: m }]
modules: { m: { ${keys}, metrics: [{ name: ${name}, type: object, path: '{.items[*]}', labels: { i: '{@}' }, value: '1' }] } }
`;
    const zxp = await startDaemon({ config: text('old') });
    const scrape = zxp.ask('/probe?target=box');
    await eventually('the first request is there', () => hold.held === 1);
    zxp.write(text('new'));
    await zxp.reload();
    hold.release();
    const { text: exposition } = await scrape;
    expect(exposition).toMatch(/^target_up 1$/m);
    expect(exposition).toMatch(/^old\{i="1"\} 1$/m);
    expect(asked).toBeGreaterThan(1);
  });
});
