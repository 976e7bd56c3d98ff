import { describe, expect, test } from 'vitest';
import { readConfigFile } from '../../src/config/config-reader.js';
import { type Configuration, loadConfiguration } from '../../src/config/load.js';
import type { Problem } from '../../src/model/errors.js';
import { compileModules, findModuleProblems } from '../../src/modules/compile-modules.js';
import { dropColumn } from '../config/read-modules.js';

function load(text: string): Configuration {
  const file = readConfigFile({ name: 'f.yml', text, environment: { KEY: 'canary' }, include: () => [] });
  return loadConfiguration({ flags: new Map(), environment: {}, file });
}

async function compile(text: string) {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const opened: string[] = [];
  const modules = await compileModules(load(text), {
    problems,
    warnings,
    openUpstream: (spec) => {
      opened.push(spec.name);
      return { fetch: () => Promise.reject(new Error('not asked')), close: async () => undefined };
    },
  });
  return { modules, problems: problems.map(onLine), warnings: warnings.map(onLine), opened };
}

/** Without columns: these tests are about the line. */
function onLine(problem: Problem): Problem {
  return { ...problem, where: dropColumn(problem.where) };
}

const METRIC = "metrics: [{ name: n, path: '{.n}' }]";

describe('modules', () => {
  test('that are many leave the event loop its turns while they are compiled', async () => {
    const rows = Array.from({ length: 400 }, (_, i) => `  m${i}: { ${METRIC} }`).join('\n');
    const configuration = load(`upstream: http://a\nmodules:\n${rows}`);
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    const openUpstream = () => {
      const until = performance.now() + 0.2;
      while (performance.now() < until);
      return { fetch: () => Promise.reject(new Error('not asked')), close: async () => undefined };
    };
    await compileModules(configuration, { problems: [], warnings: [], openUpstream });
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(1);
  });

  test('are those of the file, and the built-in ones', async () => {
    const { modules, opened } = await compile(`upstream: http://a\nmodules: { m: { ${METRIC} }, n: {} }`);
    expect([...modules.keys()]).toEqual(['flatten', 'zot', 'm', 'n']);
    expect(opened).toEqual(['flatten', 'zot', 'm', 'n']);
    expect(modules.get('zot')?.translator.name).toBe('zot');
    expect(modules.get('flatten')?.translator.name).toBe('flatten');
  });

  test.each(['zot', 'flatten'])('called %s replace the built-in one, with a warning', async (name) => {
    const { modules, warnings } = await compile(`upstream: http://a\nmodules: { ${name}: { ${METRIC} } }`);
    expect(modules.get(name)?.translator.name).toBe('mapping');
    expect([...modules.keys()].toSorted()).toEqual(['flatten', 'zot']);
    expect(warnings).toEqual([
      {
        where: `f.yml:2: modules.${name}`,
        message: `replaces the built-in module ${name}`,
        hint: 'rename it if that is not meant',
      },
    ]);
  });

  test('have the timeout that they say, or the daemon’s', async () => {
    const { modules } = await compile('scrape: { timeout: 7s }\nmodules: { a: { timeout: 2s }, b: {} }');
    expect(modules.get('a')?.timeoutMs).toBe(2000);
    expect(modules.get('b')?.timeoutMs).toBe(7000);
  });

  test('may use any translator, with requests of their own', async () => {
    const { modules, problems } = await compile('targets: []\nmodules: { z: { translator: zot, params: { a: b } } }');
    expect(problems).toEqual([]);
    expect(modules.get('z')?.translator.name).toBe('zot');
    expect(modules.get('z')?.renderRequest(new Map()).params).toEqual([['a', 'b']]);
  });

  test('whose translator is none are refused, with the nearest', async () => {
    const { problems } = await compile(
      'targets: []\nmodules: { a: { translator: maping }, b: { translator: prometheus } }',
    );
    expect(problems).toEqual([
      { where: 'f.yml:2: modules.a', message: 'unknown translator "maping"', hint: 'did you mean mapping?' },
      {
        where: 'f.yml:2: modules.b',
        message: 'unknown translator "prometheus"',
        hint: 'known: zot, mapping, flatten, prom2json, otlp',
      },
    ]);
  });
});

describe('a path that does not parse', () => {
  const bad = "{ metrics: [{ name: n, path: '{.n' }] }";

  test('refuses a file of zxp, and is a warning in one of json_exporter', async () => {
    const own = await compile(`targets: []\nmodules: { a: ${bad} }`);
    expect(own.problems).toMatchObject([{ where: 'f.yml:2: modules.a.metrics[0]' }]);
    const theirs = await compile(`modules: { a: ${bad} }`);
    expect(theirs.problems).toEqual([]);
    expect(theirs.warnings[0]).toMatchObject({ where: 'f.yml:1: modules.a.metrics[0]' });
  });

  test('is found without anything else of the configuration', async () => {
    const configuration = load(`targets: []\nmodules: { a: ${bad}, b: { body: { content: '{{', templatize: true } } }`);
    expect(await findModuleProblems(configuration)).toMatchObject([
      { where: 'f.yml:2:27: modules.a.metrics[0]' },
      { where: 'f.yml:2:61: modules.b.body', message: expect.stringMatching(/^is not a template: /) },
    ]);
  });
});

test('a query in a file of json_exporter is warned of: it takes it for text', async () => {
  const module = "{ allow: [], metrics: [{ name: n, path: $.a, labels: { l: '$.b[*]', m: 'US${.c}', o: $5 } }] }";
  expect((await compile(`modules: { a: ${module} }`)).warnings).toEqual([
    {
      where: 'f.yml:1: modules.a.metrics[0].labels.l',
      message: '"$.b[*]" is a query of RFC 9535, and text in json_exporter',
    },
    {
      where: 'f.yml:1: modules.a.metrics[0]',
      message: '"$.a" is a query of RFC 9535, and text in json_exporter',
    },
  ]);
  expect((await compile(`targets: []\nmodules: { a: ${module} }`)).warnings).toEqual([]);
});

describe('a module that holds credentials', () => {
  const holders = [
    'http_client_config: { basic_auth: { username: u } }',
    'http_client_config: { authorization: { credentials: canary } }',
    'http_client_config: { bearer_token: canary }',
    "http_client_config: { oauth2: { client_id: a, token_url: 'http://b' } }",
    'http_client_config: { http_headers: { X-A: { values: [b] } } }',
    'registry_token: { basic_auth: { username: u } }',
    "login: { url: /in, token: { path: '{.t}' } }",
    'headers: { Authorization: canary }',
    'headers: { X-Api-Key: canary }',
    'headers: { Cookie: canary }',
    'headers: { X-Plain: "${KEY}" }',
    'params: { api_key: canary }',
    'params: { appid: "${KEY}" }',
  ];

  const named = new Map([
    ['headers: { Authorization: canary }', ['headers', 'header Authorization', ' by its name']],
    ['headers: { X-Api-Key: canary }', ['headers', 'header X-Api-Key', ' by its name']],
    ['headers: { Cookie: canary }', ['headers', 'header Cookie', ' by its name']],
    ['headers: { X-Plain: "${KEY}" }', ['headers', 'header X-Plain', ', as its value is from the environment']],
    ['params: { api_key: canary }', ['params', 'parameter api_key', ' by its name']],
    ['params: { appid: "${KEY}" }', ['params', 'parameter appid', ', as its value is from the environment']],
  ]);

  test.each(holders)('%s needs to say where they may go, in a file of zxp', async (holder) => {
    const text = `targets: []\nmodules: { m: { ${holder} } }`;
    const { problems } = await compile(text);
    const [section, what = '', why] = named.get(holder) ?? [];
    const name = what.replace(/^\w+ /, '');
    expect(problems).toEqual([
      {
        where: section === undefined ? 'f.yml:2: modules.m' : `f.yml:2: modules.m.${section}.${name}`,
        message: `credentials need allow or targets${section === undefined ? '' : `: the ${what} counts as a credential${why}`}`,
        hint: 'list the origins that it may request: allow: ["https://api.example"], or name its targets',
      },
    ]);
    expect(JSON.stringify(problems)).not.toContain('canary');
    const allowed = [
      text.replace(`{ ${holder}`, `{ allow: [], ${holder}`),
      text.replace('targets: []', "targets: [{ name: t, url: 'http://t', module: m }]"),
      `${text}\nupstream: http://a\nmodule: m`,
    ];
    for (const each of allowed) expect((await compile(each)).problems).toEqual([]);
  });

  test.each(holders.filter((holder) => !holder.includes('${')))(
    '%s is warned of in a file of json_exporter',
    async (holder) => {
      const { problems, warnings } = await compile(`modules: { m: { ${holder} } }`);
      expect(problems).toEqual([]);
      expect(warnings.map(({ message }) => message)).toEqual([
        'has credentials and no allow: any client of zxp can have them sent anywhere',
      ]);
    },
  );

  test('is not one that asks a token server for its scraper’s own user', async () => {
    expect((await compile('targets: []\nmodules: { m: { registry_token: {} } }')).problems).toEqual([]);
  });

  test('or holds none, and has no allow: whom a file of json_exporter may ask is warned of', async () => {
    const { warnings } = await compile(`modules: { m: { headers: { X-Plain: text }, ${METRIC} } }`);
    expect(warnings).toEqual([
      {
        where: 'f.yml:1: modules.m',
        message:
          'has no allow: any client of zxp can have it request any address; the Authorization of the job goes along',
        hint: 'list the origins that it may request: allow: ["https://api.example"], or name its targets',
      },
    ]);
    expect((await compile(`modules: { m: { allow: [], ${METRIC} } }`)).warnings).toEqual([]);
    expect((await compile(`targets: []\nmodules: { m: { ${METRIC} } }`)).warnings).toEqual([]);
  });
});

describe('a login by a whole URL', () => {
  const module = (more: string) => `{ ${more}, login: { url: 'https://in.example:8443/x', token: { path: '{.t}' } } }`;
  const config = (more: string, rest = 'targets: []') => `${rest}\nmodules: { m: ${module(more)} }`;

  test.each([
    ['allow names its origin', config("allow: ['https://in.example:8443']")],
    ['allow names all below', config("allow: ['https://*.example:8443']")],
    [
      'it is the origin of a target',
      config('timeout: 1s', "targets: [{ name: t, url: 'https://in.example:8443/y', module: m }]"),
    ],
    ['it is the origin of the upstream', config('timeout: 1s', "upstream: 'https://in.example:8443'\nmodule: m")],
  ])('may be asked where %s', async (_, text) => {
    expect((await compile(text)).problems).toEqual([]);
  });

  test.each([
    ['another port', "allow: ['https://in.example']"],
    ['another scheme', "allow: ['http://in.example:8443']"],
    ['another host', "allow: ['https://api.example:8443', 'https://*.in.example:8443']"],
  ])('may not where the module may ask %s alone', async (_, more) => {
    expect((await compile(config(more))).problems).toEqual([
      {
        where: 'f.yml:2: modules.m.login',
        message: 'has a url that the module may not request',
        hint: 'list its origin: allow: ["https://in.example:8443"], or give a path: it is requested on the target\'s own origin',
      },
    ]);
  });

  test('that does not compile is found without anything else of the configuration', async () => {
    const login = "login: { url: /in, token: { path: '{.t' }, body: '{{ .user }}' }";
    const configuration = load(`targets: []\nmodules: { a: { allow: [], ${login} } }`);
    expect(await findModuleProblems(configuration)).toMatchObject([
      { where: 'f.yml:2:71: modules.a.login.body', message: expect.stringContaining('there is no .user') },
      { where: 'f.yml:2:47: modules.a.login.token', message: expect.stringMatching(/^is no path: /) },
    ]);
  });
});
