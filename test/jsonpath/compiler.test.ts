import { describe, expect, test } from 'vitest';
import { isQuery, loadPathCompiler } from '../../src/jsonpath/compiler.js';
import { PathSyntaxError } from '../../src/jsonpath/path.js';
import { unlimitedWork } from '../support/unlimited-work.js';

const options = { allowMissingKey: false, strictNumbers: false };

describe('isQuery', () => {
  test.each(['$', '$.a', '$..a', '$["a"]', "$ ['a']", '$.', '$[*]'])('%j is an RFC 9535 query', (source) => {
    expect(isQuery(source)).toBe(true);
  });

  test.each([`\${.a}`, '$5', '$ {.price}', '$name', `US\${.a}`, '{$.a}', ' $.a', '', '$$.a'])(
    '%j is a template',
    (source) => {
      expect(isQuery(source)).toBe(false);
    },
  );
});

describe('loadPathCompiler', () => {
  test('compiles templates and queries', async () => {
    const compile = await loadPathCompiler(['{.a}', '$.a']);
    expect(compile('{.a}', options).text({ a: 1 }, unlimitedWork)).toBe('1');
    expect(compile('$.a', options).text({ a: 2 }, unlimitedWork)).toBe('2');
    expect(compile(`\${.a}`, options).text({ a: 3 }, unlimitedWork)).toBe('$3');
  });

  test('refuses a query that was not announced', async () => {
    const compile = await loadPathCompiler(['{.a}']);
    expect(compile('{.a}', options).text({ a: 1 }, unlimitedWork)).toBe('1');
    expect(() => compile('$.a', options)).toThrow(PathSyntaxError);
  });
});
