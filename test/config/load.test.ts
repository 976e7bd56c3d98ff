import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import {
  type Configuration,
  loadConfiguration,
  mayNeedAccessPolicy,
  readConfiguration,
  type SettingSources,
} from '../../src/config/load.js';
import { type Setting, settingRows, toVariableName } from '../../src/config/settings.js';
import { type Problem, ZxpError } from '../../src/model/errors.js';
import { parseConfigFile } from '../support/read-config.js';
import { type Sample, samplesFor } from '../support/setting-samples.js';
import { readDoorOf } from '../support/web-config-reader.js';

interface Given {
  readonly flags?: Readonly<Record<string, string | readonly string[]>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The text of a file called zxp.yml. */
  readonly file?: string;
  readonly problems?: readonly Problem[];
}

function load(given: Given): Configuration {
  return loadConfiguration(toSources(given));
}

/** What one setting comes to by itself, be there others that it cannot do without. */
function readAlone(given: Given): Omit<Configuration, 'file'> {
  const { file: _file, ...rest } = readConfiguration(toSources(given)).configuration;
  return rest;
}

function toSources({ flags = {}, environment = {}, file, problems = [] }: Given): SettingSources {
  const values = Object.entries(flags).map(([name, value]) => [name, [value].flat()] as const);
  return {
    flags: new Map(values),
    environment,
    problems,
    file: file === undefined ? undefined : parseConfigFile('zxp.yml', file),
    readWebConfig: readDoorOf(''),
  };
}

function findProblems(given: Given): readonly Problem[] {
  try {
    load(given);
    return [];
  } catch (thrown) {
    if (thrown instanceof ZxpError && thrown.code === 'config') return thrown.problems;
    throw thrown;
  }
}

/** A config file, as YAML or as JSON, that says one setting. */
function toFile(row: Setting<unknown>, sample: Sample, write: (value: unknown) => string): string {
  const keys = (row.key ?? '').split('.');
  return write(keys.reduceRight<unknown>((value, key) => ({ [key]: value }), sample.native));
}

const rowsOfFiles = settingRows.filter((row) => row.key !== undefined).map((row) => [row.name, row] as const);

describe.each(rowsOfFiles)('--%s', (name, row) => {
  const samples = samplesFor(row);
  const [stronger, weaker] = samples;
  const variable = toVariableName(row);
  const byFlag = readAlone({ flags: { [name]: stronger.text } });

  test('is the default where nothing says it', () => {
    const fallback = row.default;
    const isConditional = name === 'web.health-listen-address';
    if (fallback !== undefined && !isConditional)
      expect(readAlone({})).toEqual(readAlone({ flags: { [name]: fallback } }));
    for (const { text } of samples.filter((each) => each.text !== fallback)) {
      expect(readAlone({ flags: { [name]: text } })).not.toEqual(readAlone({}));
    }
  });

  test('means the same as a flag, a variable, and a key in YAML and in JSON', () => {
    for (const sample of samples) {
      const configuration = readAlone({ flags: { [name]: sample.text } });
      expect(readAlone({ environment: { [variable]: sample.text } })).toEqual(configuration);
      expect(readAlone({ file: toFile(row, sample, stringify) })).toEqual(configuration);
      expect(readAlone({ file: toFile(row, sample, JSON.stringify) })).toEqual(configuration);
    }
  });

  test('as a flag wins over the variable and the file', () => {
    const file = toFile(row, weaker, stringify);
    const flags = { [name]: stronger.text };
    expect(readAlone({ flags, environment: { [variable]: weaker.text } })).toEqual(byFlag);
    expect(readAlone({ flags, file })).toEqual(byFlag);
    expect(readAlone({ flags, environment: { [variable]: weaker.text }, file })).toEqual(byFlag);
  });

  test('as a variable wins over the file', () => {
    const environment = { [variable]: stronger.text };
    expect(readAlone({ environment, file: toFile(row, weaker, stringify) })).toEqual(byFlag);
  });

  test('is refused empty, wherever it is', () => {
    const message = `must be ${row.kind.expected}, not empty`;
    const file = toFile(row, { text: '', native: '' }, stringify);
    const place = row.key?.includes('.') ? '2:3' : '1:1';
    expect(findProblems({ flags: { [name]: '' } })).toEqual([{ where: `--${name}`, message }]);
    expect(findProblems({ environment: { [variable]: '' } })).toEqual([{ where: variable, message }]);
    expect(findProblems({ file })).toEqual([{ where: `zxp.yml:${place}: ${row.key}`, message }]);
  });

  test('is refused when the file says nothing, a map or an empty list', () => {
    const messages = [null, {}, []].map((native) => {
      const file = toFile(row, { text: '', native: native as never }, JSON.stringify);
      return findProblems({ file }).map((problem) => problem.message);
    });
    const must = `must be ${row.kind.expected}, not`;
    expect(messages).toEqual([[`${must} nothing`], [`${must} a map`], [`${must} an empty list`]]);
  });
});

test('the config file is the one setting that no file has', () => {
  const names = settingRows.filter((row) => row.key === undefined).map((row) => row.name);
  expect(names).toEqual(['config.file']);
  expect(findProblems({ environment: { ZXP_CONFIG_FILE: '' } })).toHaveLength(1);
  expect(findProblems({ flags: { 'config.file': ['a.yml', 'b.yml'] } })).toEqual([
    { where: '--config.file', message: 'given 2 times', hint: 'keep one' },
  ]);
});

describe('defaults', () => {
  test('only these settings have none', () => {
    const names = settingRows.filter((row) => row.default === undefined).map((row) => row.name);
    expect(names).toEqual([
      'upstream',
      'upstream.ca-file',
      'config.file',
      'scrape.workers',
      'web.external-url',
      'web.route-prefix',
      'web.config.file',
      'web.auth.mode',
      'web.auth.token-file',
      'log.output',
    ]);
  });

  test('are the configuration where nothing is said', () => {
    expect(load({})).toMatchObject({
      upstream: { url: undefined, path: '/metrics' },
      module: 'zot',
      scrape: { timeoutMs: 10_000, timeoutOffsetMs: 500, failStatus: false, coalesce: false },
      limits: {
        bodyBytes: 64 * 1024 ** 2,
        depth: 512,
        nodes: 2_500_000,
        series: 1_000_000,
        labels: 64,
        labelLength: 4096,
      },
      web: { listenAddresses: [{ host: undefined, port: 8081 }], telemetryPath: '/metrics', maxRequests: 256 },
      log: { level: 'info', format: 'logfmt', output: undefined },
    });
  });
});

test('each setting has a flag, a variable and a key of its own', () => {
  for (const list of [
    settingRows.map((row) => row.name),
    settingRows.map((row) => toVariableName(row)),
    settingRows.flatMap((row) => row.key ?? []),
  ]) {
    expect(new Set(list).size).toBe(list.length);
  }
});

describe('problems', () => {
  test('are told all at once, each with its place, what was expected and found, and a hint', () => {
    const problems = findProblems({
      flags: { upstream: 'registry:8080', 'log.format': 'jsn' },
      environment: { ZXP_LOG_LEVEL: 'wran', ZXP_UPSTREM: 'x' },
      file: 'scrape:\n  timeout: 10\nwebb: {}\nweb:\n  listen_addresses: [":1", ":x"]\n',
      problems: [{ where: '--bogus', message: 'is not a flag that zxp knows' }],
    });
    expect(problems).toEqual([
      { where: '--bogus', message: 'is not a flag that zxp knows' },
      { where: 'ZXP_UPSTREM', message: 'unknown environment variable', hint: 'did you mean ZXP_UPSTREAM?' },
      { where: 'zxp.yml:3:1: webb', message: 'unknown key', hint: 'did you mean web?' },
      {
        where: '--upstream',
        message:
          'must be an http or https URL such as http://registry:8080, without user, query or fragment, not "registry:8080"',
        hint: 'did you mean http://registry:8080?',
      },
      {
        where: 'zxp.yml:2:3: scrape.timeout',
        message: 'must be a duration above zero such as 500ms, 10s or 1m30s, up to 24d, not "10"',
      },
      {
        where: 'zxp.yml:5:28: web.listen_addresses[1]',
        message: 'must be an address such as :8081, 127.0.0.1:8081, [::1]:8081 or unix:/run/zxp.sock',
      },
      {
        where: 'ZXP_LOG_LEVEL',
        message: 'must be one of error, warn, info, debug, not "wran"',
        hint: 'did you mean warn?',
      },
      { where: '--log.format', message: 'must be one of logfmt, json, not "jsn"', hint: 'did you mean json?' },
    ]);
  });

  test('are counted in the message', () => {
    expect(() => load({ flags: { module: '' } })).toThrow('the configuration has one problem');
    expect(() => load({ flags: { module: '', 'log.level': '' } })).toThrow('the configuration has 2 problems');
  });

  test('a flag given twice is one, unless it may be repeated', () => {
    expect(findProblems({ flags: { module: ['zot', 'zot'] } })).toEqual([
      { where: '--module', message: 'given 2 times', hint: 'keep one' },
    ]);
    expect(load({ flags: { 'web.listen-address': [':1', '[::1]:2'] } }).web.listenAddresses).toEqual([
      { host: undefined, port: 1 },
      { host: '::1', port: 2 },
    ]);
  });

  test('a variable has a repeatable setting as a list with commas, a file as a list or one value', () => {
    const addresses = [
      { host: undefined, port: 1 },
      { host: '::1', port: 2 },
    ];
    const list = load({ environment: { ZXP_WEB_LISTEN_ADDRESS: ':1, [::1]:2' } });
    expect(list.web.listenAddresses).toEqual(addresses);
    expect(load({ file: 'web: { listen_addresses: [":1", "[::1]:2"] }' })).toMatchObject({ web: list.web });
    expect(load({ file: 'web: { listen_addresses: ":1" }' }).web.listenAddresses).toEqual(addresses.slice(0, 1));
  });

  test('a value of many characters is cut short', () => {
    const [problem] = findProblems({ flags: { 'log.level': 'x'.repeat(10_000) } });
    expect(problem?.message.length).toBeLessThan(300);
  });
});

describe('variables', () => {
  test('one that begins with ZXP_ and is no setting is refused, with the nearest name', () => {
    expect(
      findProblems({ environment: { ZXP_LOG_LEVLE: 'info', ZXP_TOTALLY_DIFFERENT: '', HOME: '/', zxp_x: '1' } }),
    ).toEqual([
      { where: 'ZXP_LOG_LEVLE', message: 'unknown environment variable', hint: 'did you mean ZXP_LOG_LEVEL?' },
      {
        where: 'ZXP_TOTALLY_DIFFERENT',
        message: 'unknown environment variable',
        hint: 'unset it, or see zxp help',
      },
    ]);
  });

  test('one that is not set is none', () => {
    expect(findProblems({ environment: { ZXP_NOT_THERE: undefined, ZXP_UPSTREAM: undefined } })).toEqual([]);
  });

  test('those that Kubernetes sets for Services called zxp and zxp-metrics are none of ours', () => {
    const links = ['ZXP', 'ZXP_METRICS', 'ZXP_UPSTREAM'].flatMap((service) => [
      [`${service}_SERVICE_HOST`, '10.0.0.11'],
      [`${service}_SERVICE_PORT`, '8081'],
      [`${service}_SERVICE_PORT_HTTP_METRICS`, '8081'],
      [`${service}_PORT`, 'tcp://10.0.0.11:8081'],
      [`${service}_PORT_8081_TCP`, 'tcp://10.0.0.11:8081'],
      [`${service}_PORT_8081_TCP_PROTO`, 'tcp'],
      [`${service}_PORT_8081_TCP_PORT`, '8081'],
      [`${service}_PORT_8081_TCP_ADDR`, '10.0.0.11'],
      [`${service}_PORT_53_UDP`, 'udp://10.0.0.11:53'],
    ]);
    expect(findProblems({ environment: Object.fromEntries(links) })).toEqual([]);
    expect(findProblems({ environment: { ZXP_PORT: '8081' } })).toHaveLength(1);
  });
});

describe('--upstream', () => {
  const HINT = 'zxp forwards the credentials of the scraper: set basic_auth in the Prometheus job instead';

  test.each([
    'http://user:s3cr3t@registry:8080',
    'http://s3cr3t@registry:8080',
    'HTTPS://user:s3c@s3cr3t@registry',
    'http://user:s3cr3t/s3cr3t@registry',
    'http://user:80/s3cr3t@registry',
    'http://user:s3cr3t?s3cr3t@registry',
    'http://user:s3cr3t#s3cr3t@registry',
    'http://user:s3cr3t\\s3cr3t@registry',
    'http://user:s3cr3t s3cr3t@registry',
    'http://user:s3cr3t\ns3cr3t@registry',
    'user:s3cr3t@registry:8080',
    '//user:s3cr3t@registry',
    'ftp://user:s3cr3t@registry',
  ])('%j is refused with a hint, and its password is nowhere', (upstream) => {
    for (const given of [
      { flags: { upstream } },
      { environment: { ZXP_UPSTREAM: upstream } },
      { file: JSON.stringify({ upstream }) },
    ]) {
      const problems = findProblems(given);
      expect(problems).toMatchObject([{ hint: HINT }]);
      expect(JSON.stringify(problems)).not.toContain('s3cr3t');
      if (!('file' in given)) expect(JSON.stringify(problems)).toContain('<secret>@registry');
    }
  });

  test('is refused with any credentials at all, and they are nowhere', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (user, before, behind) => {
        const problems = findProblems({ flags: { upstream: `http://${user}:${before}s3cr3t${behind}@registry` } });
        expect(problems).toMatchObject([{ hint: HINT }]);
        expect(JSON.stringify(problems)).not.toContain('s3cr3t');
      }),
    );
  });

  test.each([
    ['registry', 'did you mean http://registry?'],
    ['registry:8080/base', 'did you mean http://registry:8080/base?'],
    ['http://registry/?a=b', 'the path goes into --upstream.path'],
    ['//registry', undefined],
    ['htp://registry', undefined],
  ])('%j gives the hint %j', (upstream, hint) => {
    expect(findProblems({ flags: { upstream } }).map((problem) => problem.hint)).toEqual([hint]);
  });

  test.each([
    ['http://registry:8080', undefined, 'http://registry:8080/metrics'],
    ['http://registry:8080/', '/', 'http://registry:8080/'],
    ['http://registry:8080/base', '/metrics', 'http://registry:8080/base/metrics'],
    ['http://registry:8080/base/', '/a/b', 'http://registry:8080/base/a/b'],
  ])('%s with the path %s is %s', (upstream, path, href) => {
    const flags = { upstream, ...(path === undefined ? {} : { 'upstream.path': path }) };
    expect(load({ flags }).upstream.url?.href).toBe(href);
  });
});

describe('settings that contradict each other', () => {
  test.each(['/', '/healthz', '/readyz', '/probe', '/-/metrics', '/-/anything'])(
    '%s cannot be the telemetry path: it serves something else',
    (path) => {
      expect(findProblems({ flags: { 'web.telemetry-path': path } })).toEqual([
        {
          where: '--web.telemetry-path',
          message: `cannot be ${path}, which serves something else`,
          hint: 'choose another, such as /metrics',
        },
      ]);
    },
  );

  test('certificates have no use where the upstream is plain http, which is a warning', () => {
    const warn = (upstream: string) => {
      const file = parseConfigFile('zxp.yml', 'upstream_ca_file: /ca.pem');
      return loadConfiguration({ flags: new Map([['upstream', [upstream]]]), environment: {}, file }).warnings;
    };
    expect(warn('http://registry')).toEqual([
      {
        where: '--upstream.ca-file',
        message: 'has no effect: the upstream is plain http',
        hint: 'did you mean https in --upstream?',
      },
    ]);
    expect(warn('https://registry')).toEqual([]);
  });
});

test.each([
  ['http://registry:8080/metrics', '/metrics', 1],
  ['http://registry:8080/metrics/', '/metrics', 1],
  ['unix:///run/zot.sock:/metrics', '/metrics', 1],
  ['http://registry:8080/metrics', '/', 0],
  ['http://registry:8080/base', '/metrics', 0],
  ['http://registry:8080/base', '/base/metrics', 0],
  ['file:///var/lib/metrics', '/metrics', 0],
])('an upstream %s with the path %s is warned of %i times', (upstream, path, count) => {
  const flags = new Map([
    ['upstream', [upstream]],
    ['upstream.path', [path]],
  ]);
  const { warnings } = loadConfiguration({ flags, environment: {} });
  expect(warnings).toEqual(
    count === 0
      ? []
      : [
          {
            where: '--upstream',
            message: 'ends with /metrics, and the upstream path /metrics is added to it',
            hint: 'remove /metrics from the URL, or set --upstream.path',
          },
        ],
  );
});

describe('the address for health', () => {
  const toWeb = (given: Given) => load(given).web.healthListenAddress;

  test('is none, unless one is said', () => {
    expect(toWeb({})).toBeUndefined();
    expect(toWeb({ flags: { 'web.health-listen-address': ':9102' } })).toEqual({ host: undefined, port: 9102 });
  });

  test('is the default under the mode mtls, unless another is said', () => {
    const text = 'tls_server_config: { cert_file: a, key_file: b, client_ca_file: c }';
    const loadMutual = (flags: Readonly<Record<string, string>>) =>
      loadConfiguration({
        ...toSources({ flags: { 'web.config.file': 'web.yml', 'web.auth.mode': 'mtls', ...flags } }),
        readWebConfig: readDoorOf(text),
      });
    expect(loadMutual({}).web.healthListenAddress).toEqual({ host: '127.0.0.1', port: 8082 });
    const said = loadMutual({ 'web.health-listen-address': ':9102' });
    expect(said.web.healthListenAddress).toEqual({ host: undefined, port: 9102 });
  });
});

describe('access control', () => {
  test('is that of the file, and its problems and warnings are told with the others', () => {
    const text = 'basic_auth_users: { alice: x }\n';
    const sources = {
      ...toSources({ flags: { 'web.config.file': 'web.yml' } }),
      problems: [{ where: 'a', message: 'b' }],
    };
    const { configuration, problems } = readConfiguration({ ...sources, readWebConfig: readDoorOf(text) });
    expect(problems.map(({ where }) => where)).toEqual(['a', 'web.yml:1:21: basic_auth_users.alice']);
    expect(configuration.access?.mode).toBe('basic');
    expect(configuration.warnings.map(({ where }) => where)).toEqual(['--web.listen-address :8081']);
  });

  test('is not asked for where nobody is to come in', () => {
    const flags = { 'web.config.file': 'web.yml', 'web.auth.mode': 'basic' };
    const { configuration, problems } = readConfiguration({ ...toSources({ flags }), ignoresAccessPolicy: true });
    expect([configuration.access, problems]).toEqual([undefined, []]);
  });

  test.each<[string, Given]>([
    ['a flag', { flags: { 'web.config.file': 'web.yml' } }],
    ['another flag', { flags: { 'web.auth.mode': 'basic' } }],
    ['a variable', { environment: { ZXP_WEB_AUTH_TOKEN_FILE: 'tokens' } }],
    ['a file', { file: 'web: { auth_token_files: [tokens] }' }],
  ])('needs somebody to read it where %s speaks of it', (_source, given) => {
    expect(mayNeedAccessPolicy(toSources(given))).toBe(true);
    expect(mayNeedAccessPolicy({ ...toSources(given), ignoresAccessPolicy: true })).toBe(false);
  });

  test('needs nobody where nothing speaks of it', () => {
    const given = { flags: { 'web.max-requests': '1' }, environment: { ZXP_UPSTREAM: 'http://a' }, file: 'web: {}' };
    expect(mayNeedAccessPolicy(toSources(given))).toBe(false);
  });

  test('is never passed over because nobody can read its file', () => {
    const flags = new Map([['web.config.file', ['web.yml']]]);
    expect(() => loadConfiguration({ flags, environment: {} })).toThrow(
      'there is nothing to read the access policy with',
    );
  });
});
