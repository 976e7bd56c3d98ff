import { describe, expect, test } from 'vitest';
import { compileTemplate } from '../../src/jsonpath/kubernetes/template.js';
import { PathFailure } from '../../src/jsonpath/path.js';
import { compileQuery } from '../../src/jsonpath/rfc9535/query.js';
import { unlimitedWork } from '../support/unlimited-work.js';

const options = { allowMissingKey: false, strictNumbers: false };
const languages = [
  ['a template', (path: string) => compileTemplate(`{${path}}`, options)],
  ['a query', (path: string) => compileQuery(`$${path}`, options)],
] as const;

describe.each(languages)('%s', (_name, compile) => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'length', '0'])(
    'finds the key %s where the document has it, and nowhere else',
    (key) => {
      const step = /\d/.test(key) ? `['${key}']` : `.${key}`;
      const has: unknown = JSON.parse(`{${JSON.stringify(key)}: 7}`);
      expect(compile(step).number(has, unlimitedWork)).toBe(7);
      expect(
        compile(`..${key === '0' ? "['0']" : key}`).select(JSON.parse(`[{${JSON.stringify(key)}: 7}]`), unlimitedWork),
      ).toEqual([7]);
      for (const other of ['{}', '[1,2]', '"text"', '5', 'true', 'null', '{"__proto__":null}'].filter(
        (text) => !text.includes(key),
      )) {
        expect(compile(step).text(JSON.parse(other), unlimitedWork), other).toBeInstanceOf(PathFailure);
        expect(compile(`.a${step}`).number({ a: JSON.parse(other) }, unlimitedWork), other).toBeInstanceOf(PathFailure);
      }
    },
  );

  test('walks a document of 100 000 levels without the stack', () => {
    let deep: unknown = { leaf: 1 };
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(compile('..leaf').number(deep, unlimitedWork)).toBe(1);
    expect(compile('[0]').text(deep, unlimitedWork)).toBeInstanceOf(PathFailure);
  });

  test('selects from two million elements', () => {
    const wide = { l: Array.from({ length: 2_000_000 }, (_, n) => n) };
    expect(compile('.l[*]').select(wide, unlimitedWork)).toHaveLength(2_000_000);
    expect(compile('.l[*]').text(wide, unlimitedWork)).toBeInstanceOf(PathFailure);
    expect(compile('.l[-1]').number(wide, unlimitedWork)).toBe(1_999_999);
  });

  test('takes keys and texts of a megabyte', () => {
    const long = 'k'.repeat(1 << 20);
    expect(compile(`.${long}`).text({ [long]: long }, unlimitedWork)).toBe(long);
    expect(compile('.t').number({ t: '1'.repeat(1 << 20) }, unlimitedWork)).toBeInstanceOf(PathFailure);
  });
});
