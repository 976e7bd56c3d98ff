import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfigFile } from '../support/read-config.js';

function problemsOf(...lines: readonly string[]) {
  return parseConfigFile('etc/zxp.yml', lines.join('\n')).problems;
}

function valuesOf(text: string, key: string, isList = false) {
  return parseConfigFile('etc/zxp.yml', text).find(key, isList);
}

describe('a value', () => {
  test('is found under its key with file and line', () => {
    const text = '# comment\nupstream: http://a\nweb:\n  # comment\n  max_requests: 7\n';
    expect(valuesOf(text, 'upstream')).toEqual([
      { value: 'http://a', where: 'etc/zxp.yml:2:1: upstream', found: 'text' },
    ]);
    expect(valuesOf(text, 'web.max_requests')).toMatchObject([
      { value: 7, where: 'etc/zxp.yml:5:3: web.max_requests' },
    ]);
    expect(valuesOf(text, 'module')).toEqual([]);
  });

  test('of a JSON file is found like that of a YAML file', () => {
    const text = '{\n  "upstream": "http://a",\n  "web": {\n    "max_requests": 7\n  }\n}\n';
    expect(valuesOf(text, 'web.max_requests')).toMatchObject([
      { value: 7, where: 'etc/zxp.yml:4:5: web.max_requests' },
    ]);
  });

  test('of a list is one of several, where a list may be', () => {
    const text = 'web: { listen_addresses: [":1", ":2"] }';
    expect(valuesOf(text, 'web.listen_addresses', true).map(({ value }) => value)).toEqual([':1', ':2']);
  });

  test('that is a path is relative to the file', () => {
    const text = 'upstream_ca_file: ca.pem\nlog: { output: /var/log/zxp.log }\nmodule: ca.pem\n';
    expect(valuesOf(text, 'upstream_ca_file').map(({ value }) => value)).toEqual(['etc/ca.pem']);
    expect(valuesOf(text, 'log.output').map(({ value }) => value)).toEqual(['/var/log/zxp.log']);
    expect(valuesOf(text, 'module').map(({ value }) => value)).toEqual(['ca.pem']);
    const list = 'web: { auth_token_files: [tokens, /run/tokens] }';
    expect(valuesOf(list, 'web.auth_token_files', true).map(({ value }) => value)).toEqual([
      'etc/tokens',
      '/run/tokens',
    ]);
  });
});

describe('anchors', () => {
  test('live under x- keys, and stand for a value, a section, or a part of one', () => {
    const text = [
      'x-level: &level debug',
      'x-web: &web { max_requests: 1, max_connections: 2 }',
      'x-unknown: [anything]',
      'log: { level: *level }',
      'web:',
      '  <<: *web',
      '  max_requests: 3',
    ].join('\n');
    expect(problemsOf(text)).toEqual([]);
    expect(valuesOf(text, 'log.level').map(({ value }) => value)).toEqual(['debug']);
    expect(valuesOf(text, 'web.max_requests').map(({ value }) => value)).toEqual([3]);
    expect(valuesOf(text, 'web.max_connections').map(({ value }) => value)).toEqual([2]);
    expect(valuesOf('x-web: &web { max_requests: 1 }\nweb: *web', 'web.max_requests')).toMatchObject([{ value: 1 }]);
  });

  test('that are not there are problems with their place, and a value of many aliases is refused by its setting', () => {
    expect(problemsOf('', 'module: *nowhere')).toMatchObject([{ where: 'etc/zxp.yml:2:9' }]);
    const ten = (name: string) => `[${Array(10).fill(`*${name}`).join(',')}]`;
    const bomb = problemsOf('x-a: &a [1]', `x-b: &b ${ten('a')}`, `x-c: &c ${ten('b')}`, `module: ${ten('c')}`);
    expect(bomb).toEqual([]);
  });

  test('that stand for themselves end', () => {
    expect(() => problemsOf('web: &web', '  <<: *web')).not.toThrow();
  });
});

describe('an unknown key', () => {
  test('is a problem of its place, with the nearest name', () => {
    const problems = problemsOf('upstream: http://a', 'modul: zot', 'web:', '  max_request: 3', 'fruit_salad: 1');
    expect(problems).toMatchObject([
      { where: 'etc/zxp.yml:2:1: modul', message: 'unknown key', hint: 'did you mean module?' },
      { where: 'etc/zxp.yml:4:3: web.max_request', message: 'unknown key', hint: 'did you mean max_requests?' },
      {
        where: 'etc/zxp.yml:5:1: fruit_salad',
        message: 'unknown key',
        hint: expect.stringMatching(/^known keys: auths, /),
      },
    ]);
  });

  test('is one that begins with x- inside a section', () => {
    expect(problemsOf('log: { x-level: debug }')).toHaveLength(1);
  });

  test('is one with a dot, even if it is that of a setting', () => {
    expect(problemsOf('log.level: debug', 'module: zot')).toEqual([
      { where: 'etc/zxp.yml:1:1: log.level', message: 'unknown key', hint: 'put level under log' },
    ]);
    expect(valuesOf('log.level: debug', 'log.level')).toEqual([]);
  });

  test('is one that only JavaScript knows', () => {
    expect(problemsOf('constructor: 1', '__proto__: 1', 'toString: { log: 1 }')).toHaveLength(3);
  });
});

describe('a file', () => {
  test.each(['', '\n', '# nothing\n', 'null', '---\n', '{}', 'web:\nlog: # nothing yet\n'])(
    'of %j sets nothing',
    (text) => {
      expect(problemsOf(text)).toEqual([]);
    },
  );

  test.each([
    ['just words', 'text'],
    ['- a\n- list', 'a list'],
    ['7', 'a number'],
  ])('of %j is refused', (text, kind) => {
    expect(problemsOf(text)).toEqual([{ where: 'etc/zxp.yml:1:1', message: `must be a map, not ${kind}` }]);
  });

  test('whose section is not a map is refused', () => {
    expect(problemsOf('', 'web: 7')).toEqual([
      { where: 'etc/zxp.yml:2:1: web', message: 'must be a map, not a number' },
    ]);
  });

  test('that has a key twice is refused', () => {
    expect(problemsOf('module: zot', 'module: zot')).toMatchObject([{ where: 'etc/zxp.yml:2:1: module' }]);
    expect(problemsOf('{"log": {"level": "info",', '"level": "warn"}}')).toMatchObject([
      { where: 'etc/zxp.yml:2:1: log.level', message: 'duplicate key' },
    ]);
  });

  test('that is not YAML, or two documents, is refused with the place', () => {
    expect(problemsOf('module: zot', 'log: [unclosed', 'web: }')).toEqual([
      { where: 'etc/zxp.yml:2:6', message: '"[" is not closed' },
    ]);
    expect(problemsOf('module: zot', '---', 'module: zot')).toMatchObject([
      { where: 'etc/zxp.yml:2:1', message: 'multiple YAML documents are not supported' },
    ]);
    expect(problemsOf('\tmodule: zot')).toMatchObject([{ where: 'etc/zxp.yml:1:1' }]);
  });

  test('of any text is read or refused, never more', () => {
    const pieces = fc.constantFrom(
      'a',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      '}',
      '{',
      '&a ',
      '*a',
      '<<',
      '"',
      '|',
      '!!map ',
      'web',
      '#',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (list) => {
        const file = parseConfigFile('zxp.yml', list.join(''));
        file.find('web', false);
      }),
    );
  });
});
