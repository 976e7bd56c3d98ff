import { describe, expect, test } from 'vitest';
import { noHttpClient } from '../../../src/config/modules/http-client.js';
import type { ModuleSpec } from '../../../src/model/module.js';
import { readModule } from '../read-modules.js';

function problemsOf(keys: string, options: Parameters<typeof readModule>[1] = {}): readonly string[] {
  return readModule(keys, options).problems.map((problem) => problem.replace(/^f\.yml:\d+: modules\.m/, '~'));
}

const text = (value: string, place: string, path: string, more = {}) => ({
  text: value,
  isTemplate: false,
  isSecret: false,
  where: `f.yml:${place}: modules.m.${path}`,
  ...more,
});

describe('a module', () => {
  test('with nothing is a mapping that gives nothing', () => {
    const { module, problems, warnings } = readModule('metrics: []');
    expect([...problems, ...warnings]).toEqual([]);
    expect(module).toEqual({
      name: 'm',
      where: 'f.yml:3:3: modules.m',
      translator: 'mapping',
      mapping: { format: 'json', decode: [], metrics: [], staticLabels: [], only: [], drop: [], isStrict: false },
      request: {
        headers: [],
        params: [],
        body: undefined,
        forwardHeaders: [],
        forwardsAuthorization: true,
        forwardsVerified: false,
        validStatusCodes: [],
        httpClient: noHttpClient,
      },
      failIf: [],
      timeoutMs: undefined,
      policy: { minIntervalMs: undefined, staleOnErrorMs: undefined, coalesces: false, budget: undefined },
      maxConnections: undefined,
      allow: undefined,
      auth: undefined,
      pages: undefined,
      follow: undefined,
      discover: undefined,
    } satisfies ModuleSpec);
  });

  test('with everything', () => {
    const { module, problems, warnings } = readModule(`\
translator: mapping
compat: strict
labels: { site: north, n: 1.0 }
only: ['a.*', { site: n.* }]
drop: [b]
allow: ['https://api.example', 'https://*.example:8443/', 'http://[::1]:80']
timeout: 1m30s
headers: { Accept: a, X-Many: [b, 5], X-T: { template: '{{ .x }}' } }
params: { lang: [en, de], q: { template: '{{ .q | first }}' } }
forward_headers: [X-Scope-OrgID, cookie]
valid_status_codes: [200, 404]
body: { content: '{"a": 1}', templatize: true }
http_client_config: { follow_redirects: true }
metrics:
  - { name: n, path: '{.a}' }
min_interval: 30s
max_connections: 3`);
    expect([...problems, ...warnings]).toEqual([]);
    expect(module).toMatchObject({
      mapping: {
        isStrict: true,
        staticLabels: [
          ['site', 'north'],
          ['n', '1.0'],
        ],
        only: [
          { where: 'f.yml:7:12: modules.m.only[0]', label: undefined, pattern: 'a.*' },
          { where: 'f.yml:7:19: modules.m.only[1]', label: 'site', pattern: 'n.*' },
        ],
        drop: [{ label: undefined, pattern: 'b' }],
        metrics: [{ name: 'n' }],
      },
      allow: ['https://api.example', 'https://*.example:8443', 'http://[::1]:80'],
      timeoutMs: 90_000,
      policy: { minIntervalMs: 30_000 },
      maxConnections: 3,
      request: {
        headers: [
          ['Accept', text('a', '11:16', 'headers.Accept')],
          ['X-Many', text('b', '11:36', 'headers.X-Many[0]')],
          ['X-Many', text('5', '11:39', 'headers.X-Many[1]')],
          ['X-T', text('{{ .x }}', '11:43', 'headers.X-T', { isTemplate: true })],
        ],
        params: [
          ['lang', text('en', '12:22', 'params.lang[0]')],
          ['lang', text('de', '12:26', 'params.lang[1]')],
          ['q', text('{{ .q | first }}', '12:31', 'params.q', { isTemplate: true })],
        ],
        forwardHeaders: ['x-scope-orgid', 'cookie'],
        validStatusCodes: [200, 404],
        body: { text: '{"a": 1}', isTemplate: true },
        httpClient: { followRedirects: true },
      },
    });
  });

  test('whose body has no content is no POST', () => {
    for (const body of ['{}', "{ content: '' }", '~', '{ templatize: true }']) {
      expect(readModule(`body: ${body}`).module.request.body).toBeUndefined();
    }
  });
});

describe('${NAME} in headers and parameters', () => {
  const keys = 'headers: { X-Key: "${KEY}", X-Text: "a ${KEY}", X-More: "$${KEY}" }\nparams: { appid: "${KEY}" }';

  test('is the environment in a file of zxp, where it is all there is', () => {
    const { module, problems } = readModule(keys, { environment: { KEY: 'canary' } });
    expect(problems).toEqual([]);
    const texts = [...module.request.headers, ...module.request.params].map(([, value]) => [
      value.text,
      value.isSecret,
    ]);
    expect(texts).toEqual([
      ['canary', true],
      ['a ${KEY}', false],
      ['$${KEY}', false],
      ['canary', true],
    ]);
  });

  test('refuses the start where it is not set', () => {
    expect(problemsOf(keys)).toEqual([
      '~.headers.X-Key environment variable KEY is not set',
      '~.params.appid environment variable KEY is not set',
    ]);
  });

  test('is text in a file of json_exporter', () => {
    const { module, problems } = readModule(keys, { isJsonExporter: true, environment: { KEY: 'canary' } });
    expect(problems).toEqual([]);
    expect(module.request.headers[0]?.[1]).toMatchObject({ text: '${KEY}', isSecret: false });
  });
});

test('what a module allows of this machine is kept as a URL has it', () => {
  const { module, problems } = readModule(
    "allow: ['file:///var/lib/x.json', 'FILE:///var/lib/../run/', 'unix:///run/x.sock']",
  );
  expect(problems).toEqual([]);
  expect(module.allow).toEqual(['file:///var/lib/x.json', 'file:///var/run/', 'unix:///run/x.sock']);
});

describe('what is wrong with a module is all told at once', () => {
  test.each([
    'file:///var/*.json',
    'file:///',
    'file://host/x',
    'file:///x?y',
    'file:x',
    'unix:///run/x.sock:/metrics',
    'unix:///run/x.sock:',
    'unix:///run/',
    'unix:///',
  ])('allow: [%j]', (text) => {
    expect(problemsOf(`allow: [${JSON.stringify(text)}]`)).toEqual([
      '~.allow[0] must be a file, a folder or a socket, without patterns; ' +
        'file:///var/lib/x.json, file:///var/lib/folder/ for all below, unix:///run/x.sock',
    ]);
  });

  test.each<readonly [string, readonly string[]]>([
    ['compat: loose', ['~.compat must be strict or absent']],
    ['metrics: {}', ['~.metrics must be a list, not a map']],
    ['metrics: word', ['~.metrics must be a list, not text']],
    ['labels: [a]', ['~.labels must be a map, not a list']],
    ['labels: { a: {} }', ['~.labels.a must be text, not a map']],
    ['timeout: 5', ['~.timeout must be a duration above zero such as 500ms, 10s or 1m30s, up to 24d, not "5"']],
    ['headers: { "a b": c }', ['~.headers.<key> invalid header name; remove blanks, colons and the like']],
    ['headers: { a: "b\\nc" }', ['~.headers.a invalid header value; remove line breaks and control characters']],
    ['headers: { a: { text: b } }', ["~.headers.a must be text or {template: '...'}"]],
    ['headers: { a: { template: b, x: c } }', ["~.headers.a must be text or {template: '...'}"]],
    ['params: { a: [[b]] }', ['~.params.a[0] must be text, not a list']],
    ['body: text', ['~.body must be a map, not text']],
    [
      'body: { content: [a], templatize: 5 }',
      ['~.body.content must be text, not a list', '~.body.templatize must be true or false, not a number'],
    ],
    ['body: { contnet: a }', ['~.body.contnet unknown key; did you mean content?']],
    [
      'forward_headers: [Authorization]',
      ['~.forward_headers[0] Authorization is forwarded by default, where the module has no credentials of its own'],
    ],
    [
      'forward_headers: [Host, Connection, content-length, "a b", ""]',
      [
        '~.forward_headers[0] this header cannot be forwarded',
        '~.forward_headers[1] this header cannot be forwarded',
        '~.forward_headers[2] this header cannot be forwarded',
        '~.forward_headers[3] this header cannot be forwarded',
        '~.forward_headers[4] this header cannot be forwarded',
      ],
    ],
    [
      'valid_status_codes: [200, "404", 99, 600, 2xx]',
      [
        '~.valid_status_codes[1] must be an HTTP status code from 100 to 599',
        '~.valid_status_codes[2] must be an HTTP status code from 100 to 599',
        '~.valid_status_codes[3] must be an HTTP status code from 100 to 599',
        '~.valid_status_codes[4] must be an HTTP status code from 100 to 599',
      ],
    ],
    [
      'translator: zot\nmetrics: [{ name: n, path: a }]',
      ['~.metrics belongs to the translator mapping, not to zot; remove it, or the translator'],
    ],
    [
      'translator: zot\nlabels: { a: b }\nonly: [a]\ndrop: [b]\ncompat: strict',
      ['labels', 'only', 'drop', 'compat'].map(
        (key) => `~.${key} belongs to the translator mapping, not to zot; remove it, or the translator`,
      ),
    ],
    ['translater: zot', ['~.translater unknown key; did you mean translator?']],
  ])('%j', (keys, problems) => {
    expect(problemsOf(keys)).toEqual(problems);
  });

  test.each([
    'api.example',
    'ftp://api.example',
    'https://api.example/path',
    'https://api.example?x',
    'https://user@api.example',
    'https://*',
    'https://*.*.example',
    'https://a.*.example',
    'https://api.example:99999',
    'https://*.example:99999',
    'https://%zz',
    'https://*.%zz',
    'https://a\\b',
    'https://',
    'null',
  ])('allow: [%j]', (origin) => {
    expect(problemsOf(`allow: [${JSON.stringify(origin)}]`)).toEqual([
      '~.allow[0] must be an origin such as https://api.example or https://*.example:8443',
    ]);
  });

  test('an empty list in allow allows nothing, and is not the same as none', () => {
    expect(readModule('allow: []').module.allow).toEqual([]);
    expect(readModule('allow: ~').module.allow).toEqual([]);
  });
});

test('a file of json_exporter that has redirects followed hears that zxp asks to be told so', () => {
  const read = (config: string) => readModule(`http_client_config: ${config}`, { isJsonExporter: true }).warnings;
  expect(read('{}')).toEqual([expect.stringContaining('follow_redirects: true')]);
  expect(read('{ follow_redirects: false }')).toEqual([]);
  expect(read('~')).toEqual([]);
});

describe('items of pages', () => {
  const keysWith = (items: string) => `pages: { items: '${items}', next: link }\nmetrics: []`;

  test.each([
    ['{.items[*]}', '{.items}'],
    ['{ .a.items[*] }', '{.a.items}'],
    ['{.items.*}', '{.items}'],
    ['{[*]}', '{@}'],
    ['$.items[*]', '$.items'],
    ['$[*]', '$'],
  ])('that lead to elements, %s, are refused with the path of the array', (items, array) => {
    const problems = readModule(keysWith(items)).problems.join();
    expect(problems).toContain('is the path of the array, not of its elements');
    expect(problems).toMatch(/drop (\[\*\]|\.\*): /);
    expect(problems).toContain(`: items: '${array}'`);
  });

  test.each(['{.items}', '{@}', '$', '{.data[0].items}', '{.data[*].items}', '{..items}'])('may be %s', (items) => {
    expect(readModule(keysWith(items)).problems).toEqual([]);
  });
});
