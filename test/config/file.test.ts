import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfigFile } from '../../src/config/file.js';

function problemsOf(...lines: readonly string[]) {
  return parseConfigFile('etc/zxp.yml', lines.join('\n')).problems;
}

function valuesOf(text: string, key: string, isList = false) {
  return parseConfigFile('etc/zxp.yml', text).find(key, isList);
}

describe('a value', () => {
  test('is found under its key with file and line', () => {
    const text = '# comment\nupstream: http://a\nweb:\n  # comment\n  max_requests: 7\n';
    expect(valuesOf(text, 'upstream')).toEqual([{ value: 'http://a', where: 'etc/zxp.yml:2: upstream' }]);
    expect(valuesOf(text, 'web.max_requests')).toEqual([{ value: 7, where: 'etc/zxp.yml:5: web.max_requests' }]);
    expect(valuesOf(text, 'module')).toEqual([]);
  });

  test('of a JSON file is found like that of a YAML file', () => {
    const text = '{\n  "upstream": "http://a",\n  "web": {\n    "max_requests": 7\n  }\n}\n';
    expect(valuesOf(text, 'web.max_requests')).toEqual([{ value: 7, where: 'etc/zxp.yml:4: web.max_requests' }]);
  });

  test('of a list is one of several, where a list may be', () => {
    const text = 'web: { listen_addresses: [":1", ":2"] }';
    expect(valuesOf(text, 'web.listen_addresses', true).map(({ value }) => value)).toEqual([':1', ':2']);
    expect(valuesOf(text, 'web.listen_addresses', false).map(({ value }) => value)).toEqual([[':1', ':2']]);
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

  test('that are not there, or stand for too much, are problems of their line', () => {
    expect(problemsOf('', 'module: *nowhere')).toMatchObject([{ where: 'etc/zxp.yml:2' }]);
    const ten = (name: string) => `[${Array(10).fill(`*${name}`).join(',')}]`;
    const bomb = problemsOf('x-a: &a [1]', `x-b: &b ${ten('a')}`, `x-c: &c ${ten('b')}`, `module: ${ten('c')}`);
    expect(bomb).toMatchObject([{ where: 'etc/zxp.yml:4', message: expect.stringContaining('module cannot be read') }]);
  });

  test('that stand for themselves end', () => {
    expect(() => problemsOf('web: &web', '  <<: *web')).not.toThrow();
  });
});

describe('an unknown key', () => {
  test('is a problem of its line, with the nearest name', () => {
    expect(problemsOf('upstream: http://a', 'modul: zot', 'web:', '  max_request: 3', 'fruit_salad: 1')).toEqual([
      { where: 'etc/zxp.yml:2', message: 'modul is not a setting that zxp knows', hint: 'did you mean module?' },
      {
        where: 'etc/zxp.yml:4',
        message: 'web.max_request is not a setting that zxp knows',
        hint: 'did you mean web.max_requests?',
      },
      { where: 'etc/zxp.yml:5', message: 'fruit_salad is not a setting that zxp knows' },
    ]);
  });

  test('is one that begins with x- inside a section', () => {
    expect(problemsOf('log: { x-level: debug }')).toHaveLength(1);
  });

  test('is one with a dot, even if it says a setting', () => {
    expect(problemsOf('log.level: debug')).toEqual([
      { where: 'etc/zxp.yml:1', message: 'log.level is not a setting that zxp knows', hint: 'put level under log' },
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

  test.each(['just words', '- a\n- list', '7'])('of %j is refused', (text) => {
    expect(problemsOf(text)).toEqual([{ where: 'etc/zxp.yml:1', message: 'must be a map of settings' }]);
  });

  test('whose section is no map is refused', () => {
    expect(problemsOf('', 'web: 7')).toEqual([{ where: 'etc/zxp.yml:2', message: 'web must be a map of settings' }]);
  });

  test('that says a key twice is refused', () => {
    expect(problemsOf('module: zot', 'module: zot')).toMatchObject([{ where: 'etc/zxp.yml:2' }]);
    expect(problemsOf('{"log": {"level": "info",', '"level": "warn"}}')).toMatchObject([{ where: 'etc/zxp.yml:2' }]);
  });

  test('that is no YAML is refused with the line, in one line', () => {
    const problems = problemsOf('module: zot', 'log: [unclosed', 'web: }');
    expect(problems.length).toBeGreaterThan(0);
    for (const { where, message } of problems) {
      expect(where).toMatch(/^etc\/zxp\.yml:[23]$/);
      expect(message).not.toContain('\n');
    }
    expect(problemsOf('module: zot', '---', 'module: zot')).toMatchObject([{ where: 'etc/zxp.yml:2' }]);
    expect(problemsOf('\tmodule: zot')).toMatchObject([{ where: 'etc/zxp.yml:1' }]);
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
