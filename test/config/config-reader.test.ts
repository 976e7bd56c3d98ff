import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfigFile } from '../../src/config/config-reader.js';
import type { TextFile } from '../../src/config/text-file.js';
import { Secret } from '../../src/model/secret.js';
import { runs } from '../support/runs.js';
import { describeProblems, readFile } from './read-modules.js';

/** Reads a file that includes others, which are given by the pattern that names them. */
function readWith(text: string, files: Readonly<Record<string, readonly TextFile[]>>) {
  const file = readConfigFile({
    name: 'etc/f.yml',
    text,
    environment: {},
    include: (pattern) => files[pattern] ?? [],
  });
  return { ...file, problems: describeProblems(file.problems) };
}

describe('whose file it is', () => {
  test.each([
    ['modules: {}', 'json_exporter'],
    ['modules: { a: { metrics: [] } }', 'json_exporter'],
    ['x-a: 1\nmodules: {}', 'json_exporter'],
    ['modules: {}\nmodules: {}', 'json_exporter'],
    ['modules: {}\ntargets: []', 'zxp'],
    ['modules: {}\nupstream: http://a', 'zxp'],
    ['modules: {}\ninclude: []', 'zxp'],
    ['modules: {}\nauths: {}', 'zxp'],
    ['modules: {}\nbogus: 1', 'json_exporter'],
    ['x-a: 1', 'zxp'],
    ['{}', 'zxp'],
    ['upstream: http://a', 'zxp'],
    ['{"modules": {}}', 'json_exporter'],
  ])('%j is of %s', (text, dialect) => {
    expect(readFile(text)).toMatchObject({ dialect, problems: [] });
  });

  test.each(['', '# nothing', '~'])('%j is nobody’s, and fine', (text) => {
    expect(readFile(text)).toMatchObject({ dialect: 'zxp', problems: [], modules: new Map() });
  });

  test.each([
    ['a: [', 'f.yml:1'],
    ['\tmodules:', 'f.yml:1'],
    ['a: *b', 'f.yml:1 alias without an anchor before it; put text that starts with * in quotes'],
  ])('%j is not YAML', (text, problem) => {
    const file = readFile(text);
    expect(file).toMatchObject({ dialect: 'zxp', modules: new Map() });
    expect(file.problems[0]).toContain(problem);
  });

  test.each([
    ['word', 'f.yml:1 must be a map, not text'],
    ['[a]', 'f.yml:1 must be a map, not a list'],
    ['5', 'f.yml:1 must be a map, not a number'],
    ['modules: [a]', 'f.yml:1: modules must be a map, not a list'],
    ['modules: word', 'f.yml:1: modules must be a map, not text'],
    ['modules: { a: [b] }', 'f.yml:1: modules.a must be a map, not a list'],
  ])('%j is refused', (text, problem) => {
    expect(readFile(text).problems).toEqual([problem]);
  });

  test('null is a module that gives nothing, as in json_exporter', () => {
    const file = readFile('modules: { a: ~, b: {} }');
    expect(file.problems).toEqual([]);
    expect([...file.modules.keys()]).toEqual(['a', 'b']);
  });
});

describe('modules', () => {
  test('may have names that every object has a key for', () => {
    const file = readFile('modules: { __proto__: {}, constructor: {}, toString: {} }');
    expect([...file.modules.keys()]).toEqual(['__proto__', 'constructor', 'toString']);
  });

  test('of two with one name json_exporter knows the last, and zxp takes none', () => {
    const text = 'modules:\n  a: { timeout: 1s }\n  a: { timeout: 2s }\n';
    const theirs = readFile(text);
    expect(theirs.problems).toEqual([]);
    expect(theirs.modules.get('a')).toMatchObject({ timeoutMs: 2000 });
    expect(readFile(`${text}targets: []`).problems).toEqual(['f.yml:3: modules.a duplicate key; keep one']);
  });

  test('hold secrets that do not print', () => {
    const text = 'modules: { a: { http_client_config: { basic_auth: { username: u, password: canary } } } }';
    const { modules } = readFile(text);
    const credential = modules.get('a')?.request.httpClient.credential;
    expect(credential).toMatchObject({ kind: 'basic', password: { inline: new Secret('canary') } });
    expect(JSON.stringify([...modules])).not.toContain('canary');
  });

  test('take secrets from the environment', () => {
    const text = 'modules: { a: { http_client_config: { authorization: { credentials: "${TOKEN}" } } } }';
    expect(readFile(text).problems).toEqual([
      'f.yml:1: modules.a.http_client_config.authorization.credentials environment variable TOKEN is not set',
    ]);
    expect(readFile(text, { TOKEN: '' }).problems).toEqual([]);
    expect(readFile(text, { TOKEN: 'x' }).problems).toEqual([]);
  });
});

describe('anchors and aliases', () => {
  test('are shared by modules, and stand in x- keys', () => {
    const file = readFile(`\
x-shared: &shared
  timeout: 5s
  labels: { site: north }
modules:
  a: { <<: *shared }
  b: { <<: *shared, labels: { zone: z } }
targets: []
`);
    expect(file.problems).toEqual([]);
    expect(file.modules.get('a')).toMatchObject({ timeoutMs: 5000, mapping: { staticLabels: [['site', 'north']] } });
    expect(file.modules.get('b')?.mapping.staticLabels).toEqual([
      ['site', 'north'],
      ['zone', 'z'],
    ]);
  });

  test('of aliases of aliases come to an end', () => {
    const levels = Array.from({ length: 12 }, (_, i) => i + 1);
    const bomb = levels
      .map(
        (i) =>
          `x-${i}: &a${i} [${Array(9)
            .fill(`*a${i - 1}`)
            .join(', ')}]\n`,
      )
      .join('');
    const text = `x-0: &a0 [{ name: n, path: p }]\n${bomb}targets: []\nmodules: { m: { metrics: *a12 } }\n`;
    expect(readFile(text).problems.length).toBeGreaterThan(0);
    const metrics = `x-0: &a0 { name: n, path: p, labels: { ${Array.from({ length: 300 }, (_, i) => `l${i}: x`).join(', ')} } }\n`;
    const many = `${metrics}targets: []\nmodules: { m: { metrics: [${Array(5000).fill('*a0').join(', ')}] } }\n`;
    expect(readFile(many).problems.join()).toContain('more than 200000 entries in one file');
  });
});

describe('include', () => {
  const main = 'include: [one.yml, modules.d/*.yml]\nmodules: { main: {} }\n';

  test('brings modules and targets, in the order of the files', () => {
    const file = readWith(main, {
      'one.yml': [{ name: 'etc/one.yml', text: 'modules: { one: {} }\nx-a: 1\n' }],
      'modules.d/*.yml': [
        {
          name: 'etc/modules.d/a.yml',
          text: 'modules: { a: {} }\ntargets: [{ name: t, url: "http://t", module: one }]',
        },
        { name: 'etc/modules.d/b.yml', text: '' },
        { name: 'etc/modules.d/c.yml', text: '{"modules": {"c": {"labels": {"x": "y"}}}}' },
      ],
    });
    expect(file.problems).toEqual([]);
    expect([...file.modules.keys()]).toEqual(['main', 'one', 'a', 'c']);
    expect(file.modules.get('c')?.where).toBe('etc/modules.d/c.yml:1:14: modules.c');
    expect(file.targets).toMatchObject([{ name: 't', module: 'one' }]);
    expect(file.dialect).toBe('zxp');
  });

  test('reads a file strictly, and finds files that it names beside it', () => {
    const file = readWith(main, {
      'one.yml': [
        {
          name: 'elsewhere/one.yml',
          text: 'modules: { one: { allow: [], http_client_config: { bearer_token_file: token } } }\n',
        },
      ],
    });
    expect(file.problems).toEqual([]);
    const credential = file.modules.get('one')?.request.httpClient.credential;
    expect(credential).toMatchObject({ credentials: { file: expect.stringMatching(/elsewhere\/token$/) } });
  });

  test.each<readonly [string, TextFile, readonly string[]]>([
    [
      'cannot be read',
      { name: 'etc/one.yml', problem: 'no such file or directory' },
      ['etc/f.yml:1: include[0] etc/one.yml cannot be read: no such file or directory'],
    ],
    [
      'has keys that are not of modules and targets',
      { name: 'etc/one.yml', text: 'upstream: http://a\nmodule: b\nmodulse: {}\n' },
      [
        'etc/one.yml:1: upstream unknown key; known keys: auths, budgets, include, modules, targets',
        'etc/one.yml:2: module unknown key; did you mean modules?',
        'etc/one.yml:3: modulse unknown key; did you mean modules?',
      ],
    ],
    [
      'has a module that is there already',
      { name: 'etc/one.yml', text: 'modules: { main: {} }' },
      ['etc/one.yml:1: modules.main name already used at etc/f.yml:2:12: modules.main; rename one'],
    ],
    [
      'includes others',
      { name: 'etc/one.yml', text: 'include: [two.yml]' },
      ['etc/one.yml:1: include[0] an included file cannot include others; list them all in the main file'],
    ],
    ['is no map', { name: 'etc/one.yml', text: '[a]' }, ['etc/one.yml:1 must be a map, not a list']],
    [
      'has unknown keys in a module',
      { name: 'etc/one.yml', text: 'modules:\n  a:\n    metric: []\n' },
      ['etc/one.yml:3: modules.a.metric unknown key; did you mean metrics?'],
    ],
  ])('of a file that %s is refused', (_what, included, problems) => {
    expect(readWith(main, { 'one.yml': [included] }).problems).toEqual(problems);
  });

  test.each([
    ['include: one.yml', 'etc/f.yml:1: include must be a list, not text'],
    ['include: [{ a: b }]', 'etc/f.yml:1: include[0] must be text, not a map'],
    ['include: ["*.d/x.yml"]', 'etc/f.yml:1: include[0] * is not supported in a folder name; list each folder'],
  ])('%s is refused', (text, problem) => {
    expect(readWith(text, {}).problems).toEqual([problem]);
  });
});

test('every problem of a file is told at once, in the order of the file', () => {
  const { problems } = readFile(`\
targets:
  - { name: a, url: nowhere }
modules:
  m:
    timeout: soon
    metrics:
      - { name: x, path: '{.x}', tpye: value }
      - { path: '{.y}' }
    compat: none
`);
  expect(problems).toEqual([
    'f.yml:2: targets[0].url must be an http or https URL without a user',
    'f.yml:5: modules.m.timeout must be a duration above zero such as 500ms, 10s or 1m30s, up to 24d, not "soon"',
    'f.yml:7: modules.m.metrics[0].tpye unknown key; did you mean type?',
    'f.yml:8: modules.m.metrics[1] needs a name; name: stock_items',
    'f.yml:9: modules.m.compat must be strict or absent',
  ]);
});

describe('whatever a file says', () => {
  const key = fc.constantFrom(
    'modules',
    'targets',
    'include',
    'metrics',
    'name',
    'path',
    'type',
    'labels',
    'values',
    'value',
    'help',
    'valuetype',
    'buckets',
    'quantiles',
    'count',
    'sum',
    'bound',
    'regex',
    'map',
    'otherwise',
    'states',
    'from',
    'key',
    'length',
    'default',
    'date',
    'unit',
    'scale',
    'only',
    'drop',
    'params',
    'headers',
    'body',
    'content',
    'templatize',
    'allow',
    'timeout',
    'compat',
    'forward_headers',
    'valid_status_codes',
    'http_client_config',
    'basic_auth',
    'tls_config',
    'oauth2',
    'url',
    'module',
    'duplicates',
    'aggregate',
    'timestamp',
    'epochtimestamp',
    '__proto__',
    'x-a',
    '<<',
  );
  const scalar = fc.oneof(
    fc.constantFrom(
      '{.a}',
      '$.a[*]',
      'object',
      'histogram',
      'summary',
      'value',
      '${NOPE}',
      'true',
      '',
      '(',
      '{{',
      'root',
    ),
    fc.string({ maxLength: 8 }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  );
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 6, depthSize: 'large' },
      scalar,
      fc.dictionary(key, tie('node'), { maxKeys: 6 }),
      fc.array(tie('node'), { maxLength: 3 }),
    ),
  }));

  test('it is read, or gives problems that say where; it never throws', () => {
    fc.assert(
      fc.property(fc.dictionary(key, node, { maxKeys: 4 }), (document) => {
        const file = readFile(JSON.stringify(document));
        for (const problem of [...file.problems, ...file.warnings]) expect(problem).toMatch(/^f\.yml:\d+\b.* \S/);
      }),
      { numRuns: runs(1000) },
    );
  });

  test('text of any kind is read, or gives problems', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(key, { maxLength: 5 }), (text, keys) => {
        readFile(`${keys.map((each, depth) => `${' '.repeat(depth)}${each}:\n`).join('')}${text}`);
      }),
      { numRuns: runs(500) },
    );
  });
});
