import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { startExporter } from '../../src/app/exporter.js';
import { type Configuration, loadConfiguration } from '../../src/config/load.js';
import { renderConfiguration } from '../../src/config/render.js';
import { toZxpError } from '../../src/model/errors.js';
import { ask } from '../support/ask.js';
import { type Flags, startDaemon } from '../support/daemon.js';
import { answerGauges, createHold, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { openRawConnection } from '../support/raw-connection.js';
import { configure, parseConfigFile } from '../support/read-config.js';
import { findSample } from '../support/samples.js';

const WAIT = { timeout: 10_000, interval: 10 };
const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

async function startUpstream(name: string) {
  return forThisTest(await startStubUpstream((_request, response) => answerGauges(response, { [name]: 1 })));
}

/** The daemon, and a way to change what the next reload finds: flags, or something to throw. */
async function startReloadable(flags: Flags) {
  let next: Flags | Error = flags;
  const load = () => {
    if (next instanceof Error) throw next;
    return configure(next);
  };
  const zxp = await startDaemon({ flags, load });
  return {
    ...zxp,
    willLoad: (changed: Flags | Error) => {
      next = changed;
    },
    scrape: async () => (await fetch(`${zxp.url}/metrics`)).text(),
    postReload: async () => {
      const response = await fetch(`${zxp.url}/-/reload`, { method: 'POST' });
      return { status: response.status, text: await response.text() };
    },
  };
}

describe('several listen addresses', () => {
  test('are all served, and all closed', async () => {
    const upstream = await startUpstream('moon');
    const addresses = ['127.0.0.1:0', '127.0.0.2:0', ':0', ...(hasIpv6 ? ['[::1]:0'] : [])];
    const { urls, close } = await startDaemon({
      flags: { upstream: upstream.url, 'web.listen-address': addresses },
    });
    try {
      expect(urls).toHaveLength(addresses.length);
      for (const url of urls) expect(await (await fetch(`${url}/metrics`)).text()).toContain('\nmoon 1\n');
    } finally {
      await close();
    }
    for (const url of urls) await expect(openRawConnection(url)).rejects.toThrow('ECONNREFUSED');
  });

  test('of which one is in use are none, and the start says which', async () => {
    const upstream = await startUpstream('moon');
    const taken = await startDaemon({ flags: { upstream: upstream.url } });
    const free = await startDaemon({ flags: { upstream: upstream.url } });
    const [takenHost, freeHost] = [new URL(taken.url).host, new URL(free.url).host];
    await free.close();
    const addresses = [freeHost, takenHost];
    const start = startDaemon({ flags: { upstream: upstream.url, 'web.listen-address': addresses } });
    await expect(start).rejects.toMatchObject({
      code: 'listen',
      message: `cannot listen on ${takenHost}: the address is in use`,
    });
    await expect(openRawConnection(`http://${freeHost}`)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('slow clients and many clients', () => {
  test('are held to web.read-timeout and web.max-connections', async () => {
    const flags = { 'web.read-timeout': '300ms', 'web.max-connections': '1' };
    const zxp = await startDaemon({ flags: { upstream: 'http://127.0.0.1:1', ...flags } });
    const slow = forThisTest(await openRawConnection(zxp.url));
    const tooMany = forThisTest(await openRawConnection(zxp.url));
    slow.send('GET /-/healthy HTTP/1.1\r\n');
    // The newer one takes its place.
    await slow.untilEnded();
    expect(slow.received).toBe('');
    await tooMany.untilEnded();
    expect(tooMany.received).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  });

  test.each(['GET /-/healthy HTTP/1.1\r\nX: ', 'POST / HTTP/1.1\r\nContent-Length: 9999\r\n\r\n', '\r\n'])(
    'as many as web.max-connections that drip after %j leave health as it is',
    async (head) => {
      const flags = { 'web.read-timeout': '300ms', 'web.max-connections': '8' };
      const zxp = await startDaemon({ flags: { upstream: 'http://127.0.0.1:1', ...flags } });
      const clients = await Promise.all(Array.from({ length: 8 }, () => openRawConnection(zxp.url)));
      for (const client of clients) {
        forThisTest(client);
        client.send(head);
        const timer = setInterval(() => client.send('\r\n'), 20);
        forThisTest({ close: () => clearInterval(timer) });
      }
      for (let i = 0; i < 12; i++) expect((await ask(`${zxp.url}/-/healthy`)).status).toBe(200);
      await Promise.all(clients.map((client) => client.untilReset()));
    },
  );
});

describe('a configuration that nothing can be made of', () => {
  test('refuses the start with every problem, and listens on nothing', async () => {
    const configuration = configure({ module: 'zott', 'upstream.ca-file': '/no/such/file', upstream: 'https://zot:1' });
    const start = startExporter({
      configuration: { ...configuration, upstream: { ...configuration.upstream, url: undefined } },
      load: () => Promise.reject(new Error('nothing to load')),
      logger: { error: vi.fn(), warn: vi.fn(), info: vi.fn(), debug: vi.fn() },
      version: '0',
      nodeVersion: '0',
      environment: {},
    });
    await expect(start).rejects.toMatchObject({
      code: 'config',
      problems: expect.arrayContaining([
        { where: '--module', message: 'names no module: "zott"', hint: 'did you mean zot?' },
        { where: '--upstream.ca-file /no/such/file', message: expect.stringMatching(/^cannot be read: /) },
        { where: '--upstream', message: 'is not set', hint: expect.any(String) },
      ]),
    });
  });

  test('is a CA file without a certificate, or with one that is none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'zxp-'));
    forThisTest({ close: () => rm(folder, { recursive: true }) });
    for (const [name, text] of [
      ['empty.pem', ''],
      ['broken.pem', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'],
    ] as const) {
      const path = join(folder, name);
      await writeFile(path, text);
      const start = startDaemon({ flags: { upstream: 'https://127.0.0.1:1', 'upstream.ca-file': path } });
      await expect(start).rejects.toMatchObject({
        code: 'config',
        problems: [{ where: `--upstream.ca-file ${path}` }],
      });
    }
  });
});

describe('/-/config', () => {
  /** What a file with this text makes of a zxp without flags. */
  function loadYaml(text: string): Configuration {
    return loadConfiguration({ flags: new Map(), environment: {}, file: parseConfigFile('/etc/zxp.yml', text) });
  }

  /** The same settings from a file, which says why it is taken for one of zxp's. */
  function fromFile(configuration: Configuration): Configuration {
    return { ...configuration, file: { dialectReason: 'it has upstream at the top', namedFiles: [] } };
  }

  test('is YAML that gives the same configuration again', async () => {
    const flags = { upstream: 'http://127.0.0.1:1', 'web.listen-address': ['127.0.0.1:0', 'localhost:0'] };
    const zxp = await startDaemon({ flags });
    const response = await fetch(`${zxp.url}/-/config`);
    expect(response.headers.get('content-type')).toBe('text/yaml; charset=utf-8');
    expect(loadYaml(await response.text())).toEqual(fromFile(configure(flags)));
  });

  test('gives the same configuration again where every setting is another than its default', () => {
    const configuration = configure({
      upstream: 'https://[::1]:8443',
      'upstream.path': '/v2/_zot/a%20b',
      'upstream.ca-file': '/etc/ssl/my: own.pem',
      'upstream.max-connections': '7',
      'upstream.connect-timeout': '1m1s1ms',
      module: 'zot',
      'scrape.timeout': '90s',
      'scrape.timeout-offset': '0',
      'scrape.fail-status': 'true',
      'limits.body-size': '1.5KiB',
      'limits.depth': '3',
      'limits.series': '4',
      'limits.labels': '5',
      'limits.label-length': '6',
      'web.listen-address': [':8081', '[::1]:0', '[fe80::1%eth0]:9', 'localhost:65535'],
      'web.telemetry-path': '/"quoted"/~a:b',
      'web.max-requests': '1',
      'web.max-connections': '2',
      'web.read-timeout': '3ms',
      'web.write-timeout': '1d',
      'web.drain-timeout': '1h',
      'web.enable-lifecycle': 'true',
      'log.level': 'debug',
      'log.format': 'json',
      'log.output': '/var/log/zxp: "one".log',
    });
    expect(loadYaml(renderConfiguration(configuration))).toEqual(fromFile(configuration));
  });

  test('names the URL that is asked where the upstream has a path of its own', () => {
    const configuration = configure({ upstream: 'http://registry/base/', 'upstream.path': '/metrics' });
    const again = loadYaml(renderConfiguration(configuration));
    expect(again.upstream.url?.href).toBe('http://registry/base/metrics');
    expect(again.upstream.url).toEqual(configuration.upstream.url);
  });

  test('is the configuration of the last reload', async () => {
    const zxp = await startReloadable({ upstream: 'http://127.0.0.1:1', 'web.enable-lifecycle': 'true' });
    zxp.willLoad({ upstream: 'http://127.0.0.1:2', 'web.enable-lifecycle': 'true' });
    await zxp.reload();
    expect(loadYaml(await (await fetch(`${zxp.url}/-/config`)).text()).upstream.url?.port).toBe('2');
    expect(await (await fetch(zxp.url)).text()).toContain('http://127.0.0.1:2/metrics');
  });
});

describe('POST /-/reload', () => {
  test('is not there unless it is turned on', async () => {
    const zxp = await startReloadable({ upstream: 'http://127.0.0.1:1' });
    const { status, text } = await zxp.postReload();
    expect(status).toBe(404);
    expect(text).not.toContain('/-/reload');
  });

  test.each(['POST', 'PUT'])('brings another upstream into force, by %s too', async (method) => {
    const [first, second] = [await startUpstream('first'), await startUpstream('second')];
    const zxp = await startReloadable({ upstream: first.url, 'web.enable-lifecycle': 'true' });
    expect(await zxp.scrape()).toContain('\nfirst 1\n');
    zxp.willLoad({ upstream: second.url, 'web.enable-lifecycle': 'true' });
    const response = await fetch(`${zxp.url}/-/reload`, { method });
    expect([response.status, await response.text()]).toEqual([200, 'configuration reloaded\n']);
    expect(await zxp.scrape()).toContain('\nsecond 1\n');
    expect(zxp.logged.join('\n')).toContain('info configuration reloaded');
  });

  test.each(['GET', 'HEAD', 'DELETE'])('answers %s with 405, Allow and a hint', async (method) => {
    const zxp = await startReloadable({ upstream: 'http://127.0.0.1:1', 'web.enable-lifecycle': 'true' });
    const response = await fetch(`${zxp.url}/-/reload`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, PUT');
    const text = await response.text();
    if (method !== 'HEAD') expect(text).toBe('error: method not allowed\nhint: /-/reload allows POST, PUT\n');
  });

  test('is among the paths that a 404 names where it is turned on', async () => {
    const zxp = await startReloadable({ upstream: 'http://127.0.0.1:1', 'web.enable-lifecycle': 'true' });
    expect(await (await fetch(`${zxp.url}/nothing`)).text()).toMatch(/^hint: .* {2}\/-\/reload\b/m);
  });
});

describe('a reload that fails', () => {
  /** What a file with a typing error gives. */
  function toProblems(): Error {
    try {
      return new Error(`loaded: ${configure({ upstream: 'registry:8080', 'web.max-requests': 'many' }).module}`);
    } catch (thrown) {
      return toZxpError(thrown);
    }
  }

  test('leaves the old configuration active and says so in the reply, the log and zxp_config_*', async () => {
    const upstream = await startUpstream('first');
    const zxp = await startReloadable({ upstream: upstream.url, 'web.enable-lifecycle': 'true' });
    const before = await zxp.ownMetrics();
    const configBefore = await (await fetch(`${zxp.url}/-/config`)).text();
    zxp.willLoad(toProblems());
    const { status, text } = await zxp.postReload();
    expect(status).toBe(500);
    expect(text.split('\n')).toEqual([
      'error: the configuration has 2 problems; keeping the previous configuration',
      expect.stringMatching(/^error: --upstream: must be an http or https URL .*, not "registry:8080"$/),
      'hint: did you mean http://registry:8080?',
      'error: --web.max-requests: must be a whole number of at least 1, not "many"',
      '',
    ]);
    expect(zxp.logged.join('\n')).toContain('error configuration not reloaded, keeping the previous configuration');
    expect(zxp.logged.join('\n')).toContain('"where":"--web.max-requests"');
    const after = await zxp.ownMetrics();
    expect(findSample(before, 'zxp_config_last_reload_successful')).toBe(1);
    expect(findSample(after, 'zxp_config_last_reload_successful')).toBe(0);
    const timestamp = 'zxp_config_last_reload_success_timestamp_seconds';
    expect(findSample(after, timestamp)).toBe(findSample(before, timestamp));
    expect(await (await fetch(`${zxp.url}/-/config`)).text()).toBe(configBefore);
    expect(await zxp.scrape()).toContain('\nfirst 1\n');
  });

  test('for a module that there is not keeps the previous one active too', async () => {
    const upstream = await startUpstream('first');
    const zxp = await startReloadable({ upstream: upstream.url, 'web.enable-lifecycle': 'true' });
    zxp.willLoad({ upstream: upstream.url, module: 'zott', 'web.enable-lifecycle': 'true' });
    expect((await zxp.postReload()).text).toContain(
      'error: --module: names no module: "zott"\nhint: did you mean zot?\n',
    );
    expect(await zxp.scrape()).toContain('\nfirst 1\n');
  });

  test('is made good by one that does not', async () => {
    const [first, second] = [await startUpstream('first'), await startUpstream('second')];
    const zxp = await startReloadable({ upstream: first.url, 'web.enable-lifecycle': 'true' });
    zxp.willLoad(new Error('the disk is gone'));
    expect(await zxp.postReload()).toEqual({
      status: 500,
      text: 'error: internal error: the disk is gone; keeping the previous configuration\n',
    });
    zxp.willLoad({ upstream: second.url, 'web.enable-lifecycle': 'true' });
    expect((await zxp.postReload()).status).toBe(200);
    expect(findSample(await zxp.ownMetrics(), 'zxp_config_last_reload_successful')).toBe(1);
    expect(await zxp.scrape()).toContain('\nsecond 1\n');
  });
});

describe('a reload', () => {
  test('lets a scrape under way end with the upstream that it began with', async () => {
    const hold = createHold();
    const slow = forThisTest(
      await startStubUpstream(async (_request, response) => {
        await hold.pass();
        answerGauges(response, { slow: 1 });
      }),
    );
    const fast = await startUpstream('fast');
    const zxp = await startReloadable({ upstream: slow.url });
    const underWay = zxp.scrape();
    await vi.waitUntil(() => hold.held === 1, WAIT);
    zxp.willLoad({ upstream: fast.url });
    await zxp.reload();
    expect(await zxp.scrape()).toContain('\nfast 1\n');
    hold.release();
    expect(await underWay).toContain('\nslow 1\n');
  });

  test('happens one at a time, and the last one counts', async () => {
    const upstreams = await Promise.all(['a', 'b', 'c'].map((name) => startUpstream(name)));
    const zxp = await startReloadable({ upstream: 'http://127.0.0.1:1' });
    const reloads = upstreams.map((upstream) => {
      zxp.willLoad({ upstream: upstream.url });
      return zxp.reload();
    });
    await Promise.all(reloads);
    expect(await zxp.scrape()).toContain('\nc 1\n');
  });

  test('says which settings wait for the next start', async () => {
    const zxp = await startReloadable({ upstream: 'http://127.0.0.1:1' });
    zxp.willLoad({ upstream: 'http://127.0.0.1:1', 'web.max-requests': '3', 'web.listen-address': '127.0.0.1:1' });
    await zxp.reload();
    expect(zxp.logged.join('\n')).toContain('warn changed settings need a restart');
    expect(zxp.logged.join('\n')).toContain('"settings":"web.listen_addresses web.max_requests"');
  });

  test('changes the limits, the timeout and the fail status of the scrapes after it', async () => {
    const upstream = await startUpstream('first');
    const zxp = await startReloadable({ upstream: upstream.url });
    zxp.willLoad({ upstream: upstream.url, 'limits.body-size': '3', 'scrape.fail-status': 'true' });
    await zxp.reload();
    const response = await fetch(`${zxp.url}/metrics`);
    expect(response.status).toBe(502);
    expect(await response.text()).toContain('target_scrape_error{reason="too_large"} 1\n');
  });
});

describe('closing', () => {
  test.each([
    ['is not ready', '/-/ready', 'HTTP/1.1 503 Service Unavailable', 'starting or shutting down\n'],
    ['is healthy', '/-/healthy', 'HTTP/1.1 200 OK', 'ok\n'],
  ])('answers the scrape under way, refuses new connections, and %s meanwhile', async (_what, path, status, body) => {
    const hold = createHold();
    const upstream = forThisTest(
      await startStubUpstream(async (_request, response) => {
        await hold.pass();
        answerGauges(response, { moon: 1 });
      }),
    );
    const zxp = await startDaemon({ flags: { upstream: upstream.url, 'web.drain-timeout': '60s' } });
    const connection = forThisTest(await openRawConnection(zxp.url));
    connection.send('GET /metrics HTTP/1.1\r\nHost: zxp\r\n\r\n');
    await vi.waitUntil(() => hold.held === 1, WAIT);
    const closed = zxp.close();
    // On the connection that is still open: answered in turn, after the scrape.
    connection.send(`GET ${path} HTTP/1.1\r\nHost: zxp\r\n\r\n`);
    await vi.waitFor(() => expect(openRawConnection(zxp.url)).rejects.toThrow('ECONNREFUSED'), WAIT);
    hold.release();
    await closed;
    await connection.untilEnded();
    const [, scraped = '', asked = ''] = connection.received.split('HTTP/1.1 ').map((each) => `HTTP/1.1 ${each}`);
    expect(scraped).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(scraped).toContain('\ntarget_up 1\n');
    expect(asked.startsWith(`${status}\r\n`)).toBe(true);
    expect(asked.endsWith(`\r\n\r\n${body}`)).toBe(true);
  });

  test('gives up a scrape that takes longer than web.drain-timeout, upstream too', async () => {
    let isCancelled = false;
    const upstream = forThisTest(
      await startStubUpstream((request) => {
        request.once('close', () => {
          isCancelled = true;
        });
      }),
    );
    const zxp = await startDaemon({ flags: { upstream: upstream.url, 'web.drain-timeout': '50ms' } });
    const connection = forThisTest(await openRawConnection(zxp.url));
    connection.send('GET /metrics HTTP/1.1\r\nHost: zxp\r\n\r\n');
    await vi.waitUntil(() => upstream.arrived === 1, WAIT);
    await zxp.close();
    await connection.untilEnded();
    expect(connection.received).toBe('');
    await vi.waitUntil(() => isCancelled, WAIT);
    const lines = zxp.logged.filter((line) => line.includes('in-flight requests aborted'));
    expect(lines).toEqual([expect.stringMatching(/^warn .*"requests":1/)]);
  });
});
