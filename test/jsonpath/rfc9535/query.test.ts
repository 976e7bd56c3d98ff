import { describe, expect, test } from 'vitest';
import { PathFailure, PathSyntaxError } from '../../../src/jsonpath/path.js';
import { compileQuery } from '../../../src/jsonpath/rfc9535/query.js';
import { unlimitedWork } from '../../support/unlimited-work.js';

const plain = { allowMissingKey: false, strictNumbers: false };
const lenient = { ...plain, allowMissingKey: true };

const document: unknown = JSON.parse(`{
  "limit": 2, "name": "x", "re": "b.*", "items": [
    {"id": 1, "load": 0.25, "s": "UP", "tags": ["a", "b"]}, {"id": 2, "load": 0.75, "s": "DOWN", "tags": []},
    {"id": 3, "load": 1, "s": "UP", "sub": [{"v": 2}, {"v": 3}]}
  ], "o": {"b": 1, "a": 2}, "null": null, "none": []
}`);

function select(source: string, of = document, options = plain): unknown {
  const result = compileQuery(source, options).select(of, unlimitedWork);
  return result instanceof PathFailure ? result.kind : result;
}

describe('a query', () => {
  test('that is singular is text, number and one node', () => {
    expect(compileQuery('$.items[0].tags[-1]', plain).text(document, unlimitedWork)).toBe('b');
    expect(compileQuery('$["items"][1].load', plain).number(document, unlimitedWork)).toBe(0.75);
    expect(select('$.items[2].id')).toEqual([3]);
    expect(compileQuery('$', plain).number(42, unlimitedWork)).toBe(42);
  });

  test('of null is null, whether it is inside or the document', () => {
    expect(compileQuery('$.null', plain).text(document, unlimitedWork)).toBe('null');
    expect(compileQuery('$', plain).text(null, unlimitedWork)).toBe('null');
    expect(select('$', null)).toEqual([null]);
  });

  test('that leads nowhere is missing', () => {
    for (const source of ['$.nope', '$.items[9]', '$.o[0]', '$.null[0]', '$.name.x', '$.nope[*]', '$.items.id[*]']) {
      expect(select(source), source).toBe('missing');
      expect(select(source, document, lenient), source).toEqual([]);
      expect(compileQuery(source, lenient).text(document, unlimitedWork), source).toHaveProperty('kind', 'missing');
    }
  });

  test('that selects from what is there may select nothing', () => {
    for (const source of ['$.none[*]', '$.items[*].nope', '$..nope', '$.items[?@.id > 9]', '$.name.*', '$.none[0:1]']) {
      expect(select(source), source).toEqual([]);
      expect(compileQuery(source, plain).text(document, unlimitedWork), source).toBe('');
      expect(compileQuery(source, plain).number(document, unlimitedWork), source).toHaveProperty('kind', 'error');
    }
  });

  test('of several nodes is text joined by blanks, and no number', () => {
    expect(compileQuery('$.items[*].s', plain).text(document, unlimitedWork)).toBe('UP DOWN UP');
    expect(compileQuery('$.items[*].id', plain).number(document, unlimitedWork)).toHaveProperty('kind', 'error');
    expect(compileQuery('$.items[?@.s=="DOWN"].id', plain).number(document, unlimitedWork)).toBe(2);
  });

  test('has wildcards on arrays and objects, unions, slices and descents', () => {
    expect(select('$.o.*')).toEqual([1, 2]);
    expect(select('$.o["a","b","a"]')).toEqual([2, 1, 2]);
    expect(select('$.items[0,2].id')).toEqual([1, 3]);
    expect(select('$.items[::-2].id')).toEqual([3, 1]);
    expect(select('$.items[-9:1].id')).toEqual([1]);
    expect(select('$.items[5:0:-1].id')).toEqual([3, 2]);
    expect(select('$.items[::0].id')).toEqual([]);
    expect(select('$..v')).toEqual([2, 3]);
    expect(select('$..[0].id')).toEqual([1]);
  });
});

describe('a filter', () => {
  test('compares, combines and groups', () => {
    expect(select('$.items[?@.load > 0.5].id')).toEqual([2, 3]);
    expect(select('$.items[?@.load >= 0.25 && @.load<0.80].id')).toEqual([1, 2]);
    expect(select('$.items[?@.s=="UP" && !(@.id==1 || @.sub[0].v==9)].id')).toEqual([3]);
    expect(select('$.items[?@.id==1 || @.id==3 && @.s=="DOWN"].id')).toEqual([1]);
    expect(select('$.items[?!@.sub].id')).toEqual([1, 2]);
    expect(select('$.o[?@ == 2]')).toEqual([2]);
  });

  test('takes $ for the whole document, inside another filter too', () => {
    expect(select('$.items[?@.id == $.limit].id')).toEqual([2]);
    expect(select('$.items[?@.sub[?@.v == $.limit]].id')).toEqual([3]);
  });

  test('finds values of two types different, and missing equal to missing', () => {
    expect(select('$.items[?@.id == "1"]')).toEqual([]);
    expect(select('$.items[?@.nope == @.nada].id')).toEqual([1, 2, 3]);
    expect(select('$.items[?@.sub == null].id')).toEqual([]);
    expect(select('$[?@ == null]', [null, 1])).toEqual([null]);
    expect(
      select('$[?@.a == @.b]', [
        { a: [1, { x: [] }], b: [1, { x: [] }] },
        { a: {}, b: [] },
      ]),
    ).toHaveLength(1);
  });

  test('counts, measures and unpacks', () => {
    expect(select('$.items[?count(@.tags[*]) == 2].id')).toEqual([1]);
    expect(select('$.items[?length(@.tags) == 0].id')).toEqual([2]);
    expect(select('$.items[?value(@..v) == 2].id')).toEqual([]);
    expect(select('$[?length(@) == 1]', ['😀', 'ab', {}, 5])).toEqual(['😀']);
  });

  test('keeps the digits of long integers', () => {
    expect(select('$[?@ == 9007199254740993]', [9007199254740993n, 9007199254740992])).toEqual([9007199254740993n]);
    expect(select('$[?@ > 9007199254740992]', [9007199254740993n, 9007199254740992])).toEqual([9007199254740993n]);
  });

  test('matches regular expressions against the whole text or a part of it', () => {
    expect(select('$[?match(@, "b.*")]', ['abc', 'bc', 'b\n', 5])).toEqual(['bc']);
    expect(select('$[?search(@, "^b|c$")]', ['abc', 'bx', 'xax'])).toEqual(['abc', 'bx']);
    expect(select('$[?match(@, "[.](\\\\.|\\\\d)[^.]")]', ['..x', '.5x', 'x5x'])).toEqual(['..x', '.5x']);
    expect(select('$[?match(@, ".")]', ['😀', '\r', '\n', '.'])).toEqual(['😀', '.']);
    expect(select('$.l[?match(@, $.re)]', { re: 'b.*', l: ['abc', 'bc'] })).toEqual(['bc']);
    expect(select('$.l[?match(@, $.re)]', { re: '(', l: ['('] })).toEqual([]);
  });

  test('cannot be made to hang by a regular expression', () => {
    expect(select('$[?match(@, "(a+)+$")]', [`${'a'.repeat(50_000)}!`])).toEqual([]);
    const costly = { re: '[ab]*a[ab]{200}[xyz]', l: Array.from({ length: 50 }, () => 'ab'.repeat(20_000)) };
    expect(select('$.l[?match(@, $.re)]', costly)).toBe('error');
    const patterns = Array.from({ length: 5000 }, (_, i) => ({ re: `[ab]{500}${i}`, s: 'a' }));
    expect(select('$[?match(@.s, @.re)]', patterns)).toBe('error');
  });
});

describe('what is no query', () => {
  test.each([
    ['$.', 2],
    ['$.a b', 4],
    ['$.a\n', 4],
    ['$[01]', 2],
    ['$["a"', 5],
    ['$[?@.a == 0.5 && @.b ==]', 23],
    ['$[?@.a == 0.005 && nope(@.b) == 1]', 19],
    ['$[?@..a == 1]', 3],
    ['$[?match(@.a, "(")]', 15],
    ['$[?0.5 < @.a && match(@.a, "(")]', 28],
  ])('%j is refused at position %i', (source, position) => {
    expect(() => compileQuery(source, plain)).toThrow(
      expect.objectContaining({ code: 'config', source, position }) as PathSyntaxError,
    );
  });

  test('nests too deep', () => {
    for (const source of [
      `$[?${'('.repeat(5000)}@${')'.repeat(5000)}]`,
      `$[?${'!'.repeat(100_000)}@]`,
      `$[?@${'||@'.repeat(9000)}]`,
    ]) {
      expect(() => compileQuery(source, plain)).toThrow(PathSyntaxError);
    }
  });
});
