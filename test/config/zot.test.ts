import { readFileSync } from 'node:fs';
import { stringify as toToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { stringify as toYaml } from 'yaml';
import { type Configuration, loadConfiguration } from '../../src/config/load.js';
import { parseZotFile, zotFileDefaults } from '../../src/config/zot.js';
import { type Problem, ZxpError } from '../../src/model/errors.js';

function load(file = zotFileDefaults(), environment: Readonly<Record<string, string>> = {}): Configuration {
  return loadConfiguration({ flags: new Map(), environment, file });
}

function loadJson(value: unknown): Configuration {
  return load(parseZotFile('zot.json', JSON.stringify(value)));
}

function findProblems(name: string, text: string): readonly Problem[] {
  try {
    load(parseZotFile(name, text));
    return [];
  } catch (thrown) {
    if (thrown instanceof ZxpError && thrown.code === 'config') return thrown.problems;
    throw thrown;
  }
}

const findJsonProblems = (value: unknown) => findProblems('zot.json', JSON.stringify(value));

const whole = {
  Server: { protocol: 'https', host: 'registry.example', port: '8443', CACert: '/etc/ca.pem' },
  Exporter: {
    port: '9101',
    readTimeout: '1m30s',
    writeTimeout: '20s',
    log: { level: 'warn', output: '/var/log/zxp.log' },
    metrics: { path: '/zot' },
  },
};

const wholeConfiguration = {
  upstream: { path: '/metrics', caFile: '/etc/ca.pem' },
  module: 'zot',
  web: {
    listenAddresses: [{ host: undefined, port: 9101 }],
    telemetryPath: '/zot',
    readTimeoutMs: 90_000,
    writeTimeoutMs: 20_000,
  },
  log: { level: 'warn', output: '/var/log/zxp.log' },
};

describe('the file', () => {
  test.each([
    ['zot.json', JSON.stringify(whole)],
    ['zot.JSON', JSON.stringify(whole, undefined, 2)],
    ['zot.yaml', toYaml(whole)],
    ['zot.yml', toYaml(whole)],
    ['zot.toml', toToml(whole)],
  ])('%s means the same in every format', (name, text) => {
    const configuration = load(parseZotFile(name, text));
    expect(configuration).toMatchObject(wholeConfiguration);
    expect(configuration.upstream.url?.href).toBe('https://registry.example:8443/metrics');
  });

  test('may have its keys in any letter case', () => {
    const recase = (value: unknown, change: (key: string) => string): unknown =>
      typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, each]) => [change(key), recase(each, change)]))
        : value;
    expect(loadJson(recase(whole, (key) => key.toLowerCase()))).toEqual(loadJson(whole));
    expect(loadJson(recase(whole, (key) => key.toUpperCase()))).toEqual(loadJson(whole));
  });

  test.each([
    ['zot.json', ''],
    ['zot.json', '{}'],
    ['zot.json', 'null'],
    ['zot.json', '{"Server": null, "Exporter": {"log": null, "port": null}}'],
    ['zot.yaml', '# nothing\n'],
    ['zot.toml', ''],
  ])('%s of %j gives the defaults of zot’s exporter', (name, text) => {
    expect(load(parseZotFile(name, text))).toEqual(load());
  });

  test('that is written with its defaults changes none of them', () => {
    const name = 'zot-exporter.json';
    const text = readFileSync(new URL(`../../fixtures/configs/${name}`, import.meta.url), 'utf8');
    const configuration = load(parseZotFile(name, text));
    expect({ ...configuration, upstream: load().upstream }).toEqual(load());
    expect(configuration.upstream.url?.href).toBe('http://127.0.0.1:8080/metrics');
  });

  test('is not needed: its defaults are those of zot’s exporter', () => {
    const configuration = load();
    expect(configuration.upstream.url?.href).toBe('http://localhost:8080/metrics');
    expect(configuration).toMatchObject({
      upstream: { caFile: undefined },
      web: {
        listenAddresses: [{ host: undefined, port: 8081 }],
        telemetryPath: '/metrics',
        readTimeoutMs: 30_000,
        writeTimeoutMs: 30_000,
      },
      log: { level: 'debug', output: undefined },
    });
  });

  test('is weaker than a variable', () => {
    const file = parseZotFile('zot.json', JSON.stringify(whole));
    expect(load(file, { ZXP_LOG_LEVEL: 'error', ZXP_UPSTREAM: 'https://other' })).toMatchObject({
      upstream: { url: new URL('https://other/metrics') },
      log: { level: 'error' },
    });
  });
});

describe('values', () => {
  test('ports are text or numbers', () => {
    const configuration = loadJson({ Server: { port: 5000 }, Exporter: { port: 0 } });
    expect(configuration.upstream.url?.port).toBe('5000');
    expect(configuration.web.listenAddresses).toEqual([{ host: undefined, port: 0 }]);
    expect(load(parseZotFile('zot.toml', '[Exporter]\nPort = 9102')).web.listenAddresses).toMatchObject([
      { port: 9102 },
    ]);
  });

  test.each([
    ['30s', 30_000],
    ['1h2m3.5s', 3_723_500],
    ['1500ms', 1500],
    ['2500us', 3],
    ['1µs', 1],
    ['1ns', 1],
    [30_000_000_000, 30_000],
    [1, 1],
    [1_500_000_001, 1501],
  ])('the duration %j is %j ms', (readTimeout, milliseconds) => {
    expect(loadJson({ Exporter: { readTimeout } }).web.readTimeoutMs).toBe(milliseconds);
  });

  test.each([
    ['registry', 'registry'],
    ['10.0.0.1', '10.0.0.1'],
    ['::1', '[::1]'],
    ['[::1]', '[::1]'],
  ])('the host %s is asked as %s', (host, hostname) => {
    expect(loadJson({ Server: { host } }).upstream.url?.hostname).toBe(hostname);
  });

  test.each([
    ['trace', 'debug'],
    ['debug', 'debug'],
    ['info', 'info'],
    ['warn', 'warn'],
    ['WARN', 'warn'],
    ['error', 'error'],
    ['fatal', 'error'],
    ['panic', 'error'],
  ])('the level %s logs at %s', (level, read) => {
    expect(loadJson({ Exporter: { log: { level } } }).log.level).toBe(read);
  });

  test.each([
    ['Server.protocol', { Server: { protocol: 'ftp' } }, 'must be http or https, not "ftp"'],
    ['Server.host', { Server: { host: 'http://a' } }, 'must be a host name or address, not text'],
    ['Server.host', { Server: { host: 'a:8080' } }, 'must be a host name or address, not text'],
    ['Server.host', { Server: { host: '' } }, 'must be a host name or address, not empty'],
    ['Server.port', { Server: { port: '70000' } }, 'must be a port, not "70000"'],
    ['Server.port', { Server: { port: 80.5 } }, 'must be a port, not 80.5'],
    ['Server.CACert', { Server: { CACert: 7 } }, 'must be the path of a file, not 7'],
    ['Exporter.port', { Exporter: { port: true } }, 'must be a port, not true'],
    [
      'Exporter.readTimeout',
      { Exporter: { readTimeout: '30' } },
      'must be a duration above zero such as 30s, or nanoseconds, not "30"',
    ],
    [
      'Exporter.writeTimeout',
      { Exporter: { writeTimeout: 0 } },
      'must be a duration above zero such as 30s, or nanoseconds, not 0',
    ],
    [
      'Exporter.log.level',
      { Exporter: { log: { level: 'constructor' } } },
      'must be one of trace, debug, info, warn, warning, error, fatal, panic, not "constructor"',
    ],
    [
      'Exporter.metrics.path',
      { Exporter: { metrics: { path: 'metrics' } } },
      'must be a path that begins with / and has no ? or #, not "metrics"',
    ],
  ])('%s: %j is refused', (key, value, message) => {
    expect(findJsonProblems(value)).toEqual([{ where: `zot.json: ${key}`, message }]);
  });

  test('what looks like a password in the host is not shown', () => {
    const problems = findJsonProblems({ Server: { host: 'user:s3c/s3cr3t@registry' } });
    expect(JSON.stringify(problems)).not.toMatch(/s3c/);
    expect(problems).toMatchObject([{ where: 'zot.json: Server.host' }]);
  });
});

describe('problems', () => {
  test('are told all at once', () => {
    const problems = findJsonProblems({
      Server: { Porrt: 1, protocol: 'ftp' },
      Exporter: { port: -1, log: 'info' },
      Foo: 1,
    });
    const told = [
      {
        where: 'zot.json: Server.Porrt',
        message: "unknown key of zot's exporter",
        hint: 'did you mean server.port?',
      },
      { where: 'zot.json: Exporter.log', message: 'must be a map' },
      { where: 'zot.json: Foo', message: "unknown key of zot's exporter" },
      { where: 'zot.json: Server.protocol', message: 'must be http or https, not "ftp"' },
      { where: 'zot.json: Exporter.port', message: 'must be a port, not -1' },
    ];
    expect(problems).toHaveLength(told.length);
    expect(problems).toEqual(expect.arrayContaining(told));
  });

  test('an unknown key is one in every format', () => {
    for (const [name, text] of [
      ['zot.json', '{"Exporter": {"logg": {}}}'],
      ['zot.yaml', 'Exporter: { logg: {} }'],
      ['zot.toml', '[Exporter.logg]\n'],
    ] as const) {
      expect(findProblems(name, text)).toEqual([
        { where: `${name}: Exporter.logg`, message: "unknown key of zot's exporter", hint: expect.anything() },
      ]);
    }
  });

  test('so are keys that only JavaScript knows', () => {
    expect(findProblems('zot.json', '{"__proto__": {"port": 1}, "Server": {"constructor": 1}}')).toHaveLength(2);
  });

  test('so is a key that is there twice but for the letter case', () => {
    expect(findJsonProblems({ Server: { port: 1, Port: 2 } })).toEqual([
      { where: 'zot.json: Server.Port', message: 'duplicate key: letter case makes no difference' },
    ]);
  });

  test.each([
    ['zot.json', '{"Server": ', 'zot.json:1:1', '"{" is not closed'],
    ['zot.yaml', 'a: [', 'zot.yaml:1:4', '"[" is not closed'],
    ['zot.toml', '[Server', 'zot.toml:1:2', 'invalid TOML'],
    ['zot.yaml', '- a', 'zot.yaml', 'must be a map'],
    ['zot.json', '7', 'zot.json', 'must be a map'],
  ])('%s of %j is refused', (name, text, where, message) => {
    expect(findProblems(name, text)).toEqual([{ where, message }]);
  });

  test.each(['zot', 'zot.ini', 'json', 'zot.json.bak'])('the name %s does not tell its format', (name) => {
    expect(findProblems(name, '{}')).toEqual([
      {
        where: name,
        message: 'the suffix of the file name does not tell its format',
        hint: 'name it .json, .yaml, .yml or .toml',
      },
    ]);
  });
});
