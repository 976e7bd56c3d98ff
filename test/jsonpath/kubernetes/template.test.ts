import { describe, expect, test } from 'vitest';
import { compileTemplate } from '../../../src/jsonpath/kubernetes/template.js';
import { PathFailure, PathSyntaxError } from '../../../src/jsonpath/path.js';
import { unlimitedWork } from '../../support/unlimited-work.js';

const plain = { allowMissingKey: false, strictNumbers: false };
const lenient = { ...plain, allowMissingKey: true };
const strict = { ...plain, strictNumbers: true };

const document: unknown = JSON.parse(`{
  "name": "x", "n": 5, "big": 1700000000, "half": 0.5, "large": 1234567.5, "t": true, "null": null, "empty": "",
  "quoted": "'3'", "list": [10, 20, 30], "none": [], "o": {"b": 1, "a": [2, "<"], "c": {}},
  "items": [{"id": 1, "s": "UP"}, {"id": 2, "s": "DOWN"}, {"id": 3, "s": "UP"}], "a.b": 7, "k v": 8
}`);

function text(source: string, options = plain, of = document): unknown {
  const result = compileTemplate(source, options).text(of, unlimitedWork);
  return result instanceof PathFailure ? result.kind : result;
}

function number(source: string, options = plain, of = document): unknown {
  const result = compileTemplate(source, options).number(of, unlimitedWork);
  return result instanceof PathFailure ? result.kind : result;
}

function select(source: string, options = plain, of = document): unknown {
  const result = compileTemplate(source, options).select(of, unlimitedWork);
  return result instanceof PathFailure ? result.kind : result;
}

describe('text', () => {
  test('outside braces stands for itself, $ before a block too', () => {
    expect(text(`US\${.n}`)).toBe('US$5');
    expect(text(`\${.name}`)).toBe('$x');
    expect(text('a}b')).toBe('a}b');
    expect(text('.name')).toBe('.name');
  });

  test('of several blocks is joined without anything, of several matches with a blank', () => {
    expect(text('{.name}{.n}')).toBe('x5');
    expect(text('{.list[*]}')).toBe('10 20 30');
    expect(text('{.list[*]}-{.name}')).toBe('10 20 30-x');
  });

  test('loses one pair of outer quotes, also when two blocks make it', () => {
    expect(text('{.quoted}')).toBe('3');
    expect(text('"{.name}-{.n}"')).toBe('x-5');
    expect(text('{"\'a"}', plain)).toBe("'a");
  });

  test('of an object or array is compact JSON with sorted keys and escaped HTML', () => {
    expect(text('{.o}')).toBe('{"a":[2,"\\u003c"],"b":1,"c":{}}');
    expect(text('{.none}{.list}')).toBe('[][10,20,30]');
  });

  test('of an object sorts keys by code points and replaces lone surrogates', () => {
    const odd: unknown = JSON.parse('{"\\uffff":1,"😀":2,"a":"\\ud800\\u2028","\\ud800":-0}');
    expect(text('{}', plain, odd)).toBe('{"a":"\ufffd\\u2028","\uffff":1,"\ufffd":-0,"😀":2}');
  });

  test('of null is the word null inside a document, and <no value> where the document is null', () => {
    expect(text('{.null}')).toBe('null');
    expect(text('{@}', plain, null)).toBe('<no value>');
  });

  test('of a missing field is a failure for the whole template, unless missing keys are allowed', () => {
    expect(text('x-{.nope}')).toBe('missing');
    expect(text('x-{.nope}', lenient)).toBe('x-');
    expect(text('{.nope}', lenient)).toBe('missing');
    expect(text('{.empty}', lenient)).toBe('missing');
    expect(text('{.empty}')).toBe('');
  });

  test('of an index out of bounds is an error whether missing keys are allowed or not', () => {
    expect(text('{.list[3]}', lenient)).toBe('error');
    expect(text('{.list[-4]}', lenient)).toBe('error');
    expect(text('{.o[0]}', lenient)).toBe('error');
    expect(text('{.o[*]}', lenient)).toBe('error');
  });

  test('of an index into null is empty, but for a document that is null', () => {
    expect(text('{.null[0].x}')).toBe('');
    expect(text('{.null[0].x}', lenient)).toBe('missing');
    expect(text('{[0]}', plain, null)).toBe('error');
    expect(text('{[0:1]}', plain, null)).toBe('error');
  });

  test('has no matches behind an empty array, as in Go', () => {
    const nested: unknown = JSON.parse('{"l":[{"w":[1]},{"w":[]},{"w":[2]}]}');
    expect(text('{.l[*].w[*]}', plain, nested)).toBe('1');
  });

  test('that would grow beyond a mebibyte is a failure', () => {
    const wide = { l: Array.from({ length: 1000 }, () => 'x'.repeat(2000)) };
    expect(text('{.l[*]}', plain, wide)).toBe('error');
    expect(text('{.l}', plain, wide)).toBe('error');
    expect(text('{.l[0]}{.l[1]}', plain, wide)).toHaveLength(4000);
  });
});

describe('number text', () => {
  test('is decimal up to 1e21', () => {
    expect(text('{.big}')).toBe('1700000000');
    expect(text('{@}', plain, 1e20)).toBe('100000000000000000000');
    expect(text('{@}', plain, 1e21)).toBe('1e+21');
    expect(text('{.half}')).toBe('0.5');
    expect(text('{.large}')).toBe('1234567.5');
    expect(text('{@}', plain, 0.00001)).toBe('0.00001');
    expect(text('{@}', plain, -0)).toBe('-0');
  });

  test("is decimal for integers and Go's for fractions where it is mixed", () => {
    const mixed = { ...plain, numberText: 'mixed' as const };
    expect(text('{.big} {.large}', mixed)).toBe('1700000000 1.2345675e+06');
    expect(text('{@}', mixed, 0.00001)).toBe('1e-05');
  });

  test('is exact for the bigint of parseDocument, rounded when strict', () => {
    const one = { id: 9007199254740993n, l: [-9007199254740993n] };
    expect(text('{.id} {.l}', plain, one)).toBe('9007199254740993 [-9007199254740993]');
    expect(text('{.id} {.l}', strict, one)).toBe('9.007199254740992e+15 [-9007199254740992]');
  });

  test('has an exponent from a million on when strict', () => {
    expect(text('{.big}', strict)).toBe('1.7e+09');
    expect(text('{@}', strict, 999999)).toBe('999999');
    expect(text('{@}', strict, 1000000)).toBe('1e+06');
    expect(text('{.l}', strict, { l: [1000000] })).toBe('[1000000]');
  });

  test('of a number beyond a double is an infinity, and no sample value', () => {
    const huge: unknown = JSON.parse('{"n":1e999,"l":[-1e999]}');
    expect(text('{.n}', plain, huge)).toBe('+Inf');
    expect(number('{.n}', plain, huge)).toBe('error');
    expect(number('{.l[*]}', plain, huge)).toBe('error');
    expect(text('{.l}', plain, huge)).toBe('error');
  });
});

describe('number', () => {
  test('is the number, boolean or numeric text at the end of the path', () => {
    expect(number('{.n}')).toBe(5);
    expect(number('{.t}')).toBe(1);
    expect(number('{.quoted}')).toBe(3);
    expect(number('{@}', plain, 9007199254740993n)).toBe(9007199254740992);
    expect(number('{.list[-1:]}')).toBe(30);
  });

  test('can be built out of text', () => {
    expect(number('-{.n}')).toBe(-5);
    expect(number('{.big}e-3')).toBe(1700000);
    expect(number('{.n}000')).toBe(5000);
    expect(number('0x{.n}p0')).toBe(5);
    expect(number('1')).toBe(1);
    expect(number('{5}')).toBe(5);
  });

  test('is an error for null, containers, words, nothing and several matches', () => {
    for (const source of ['{.null}', '{.o}', '{.list}', '{.name}', '{.empty}', '{.list[*]}', '{.none[*]}', '']) {
      expect(number(source), source).toBe('error');
    }
  });

  test('is missing for a missing field, and for an empty text where missing keys are allowed', () => {
    expect(number('{.nope}')).toBe('missing');
    expect(number('{.empty}', lenient)).toBe('missing');
    expect(number('{.none[*]}', lenient)).toBe('missing');
    expect(number('{.nope}e3', lenient)).toBe('error');
  });
});

describe('select', () => {
  test('gives the matches as they are', () => {
    expect(select('{.items[*]}')).toHaveLength(3);
    expect(select('{.list}')).toEqual([[10, 20, 30]]);
    expect(select('{@}')).toEqual([document]);
    expect(select('{12}{""}')).toBe('error');
    expect(select('{12}')).toEqual([12]);
    expect(select("{['list','none'][*]}")).toEqual([10, 20, 30]);
  });

  test('gives a constant as one text, and nothing for two blocks or text around one', () => {
    expect(select('anything')).toEqual(['anything']);
    expect(select('{.list[*]}{.none[*]}')).toBe('error');
    expect(select(' {.list[*]}')).toBe('error');
    expect(select('')).toBe('error');
  });

  test('gives nothing for a missing field only where missing keys are allowed', () => {
    expect(select('{.nope[*]}')).toBe('missing');
    expect(select('{.nope[*]}', lenient)).toEqual([]);
    expect(select('{.nope}', lenient)).toEqual([]);
    expect(select('{.none[*]}')).toEqual([]);
    expect(select('{.null[0]}')).toEqual([]);
  });

  test('refuses a document that is null', () => {
    expect(select('{}', plain, null)).toBe('error');
    expect(select('{@}{""}', plain, null)).toBe('error');
    expect(select('{.null}')).toEqual([null]);
  });
});

describe('a range', () => {
  test('renders its body for each match, and nests', () => {
    expect(text('{range .items[*]}{.id}={.s},{end}')).toBe('1=UP,2=DOWN,3=UP,');
    expect(text('{range .l[*]}{range .m[*]}{@}{end};{end}!', plain, { l: [{ m: [1, 2] }, { m: [3] }] })).toBe('12;3;!');
  });

  test('without an end is rendered once more on the document', () => {
    expect(text('{range .list[*]}{@};', plain, { list: [1] })).toBe('1;{"list":[1]};');
  });

  test('over nothing still reads its body, which fails where a field is read', () => {
    expect(text('a{range .none[*]}{@}{end}b')).toBe('ab');
    expect(text('a{range .none[*]}{.x}{end}b')).toBe('missing');
  });

  test('that is not open cannot be ended', () => {
    expect(text('{.n}{end}')).toBe('error');
  });

  test('nests to a limit', () => {
    expect(text(`${'{range @}'.repeat(500)}x`, plain, { a: 1 })).toBe('error');
  });

  test('without an end multiplies those after it, up to a million turns', () => {
    expect(text('{range @[*]}'.repeat(2), plain, ['', ''])).toBe('error');
    expect(text('{range @.*}'.repeat(3), plain, 'abcd')).toBe('');
    expect(text('{range @.*}'.repeat(30), plain, 'abcd')).toBe('error');
  });
});

describe('a filter', () => {
  test('compares texts, numbers and booleans', () => {
    expect(text('{.items[?(@.s=="UP")].id}')).toBe('1 3');
    expect(text("{.items[?(@.s!='UP')].id}")).toBe('2');
    expect(text('{.items[?(@.id>=2.0)].id}')).toBe('2 3');
    expect(text('{.items[?(@.id<2.0)].id}', strict)).toBe('1');
    expect(text('{.l[?(@==true)]}', plain, { l: [true, false] })).toBe('true');
    expect(text('{.l[?(@<true)]}', plain, { l: [true, false] })).toBe('error');
  });

  test('compares a number with an integer literal unless strict', () => {
    expect(text('{.items[?(@.id==2)].s}')).toBe('DOWN');
    expect(text('{.items[?(2<@.id)].s}')).toBe('UP');
    expect(text('{.items[?(@.id==2)].s}', strict)).toBe('error');
    expect(text('{.l[?(@==9007199254740993)]}', plain, { l: [9007199254740993n, 9007199254740992] })).toBe(
      '9007199254740993',
    );
  });

  test('orders texts by code points', () => {
    expect(text('{.l[?(@>"\uffff")]}', plain, { l: ['😀', 'a'] })).toBe('😀');
  });

  test('fails as a whole where types differ, where an element lacks the field, and on an object', () => {
    expect(text('{.items[?(@.s==1.0)]}')).toBe('error');
    expect(text('{.l[?(@.a=="x")]}', plain, { l: [{ a: 'x' }, {}] })).toBe('error');
    expect(text('{.l[?(@.a=="x")]}', lenient, { l: [{ a: 'x' }, {}] })).toBe('{"a":"x"}');
    expect(text('{.l[?(@.a=="x")]}', lenient, { l: [{ a: null }] })).toBe('error');
    expect(text('{.o[?(@.a)]}')).toBe('error');
  });

  test('asks for existence without an operator, where a failing side with matches left exists', () => {
    expect(text('{.items[?(@.s)].id}')).toBe('1 2 3');
    expect(text('{.items[?(@.nope)].id}')).toBe('');
    expect(text('{.items[?(@.id in [1,2])].id}')).toBe('1 2 3');
    expect(text('{.items[?(@.id[7])].id}')).toBe('1 2 3');
  });
});

describe('other steps', () => {
  test('slices take from, to, steps and negative bounds, and refuse what Go refuses', () => {
    expect(text('{.list[1:]}|{.list[:-1]}|{.list[::2]}|{.list[-2:]}|{.list[]}')).toBe('20 30|10 20|10 30|20 30|10');
    expect(text('{.list[2:2]}|{.list[9:9]}')).toBe('|');
    for (const source of ['{.list[2:1]}', '{.list[0:9]}', '{.list[0:2:0]}', '{.list[0:2:-1]}', '{.list[-9:]}']) {
      expect(text(source), source).toBe('error');
    }
    expect(text('{.list[9223372036854775806:9223372036854775807]}')).toBe('error');
  });

  test('a key in quotes is a path again, and a backslash takes the next character as it is', () => {
    expect(text("{['o.b']}")).toBe('1');
    expect(text("{['a\\.b']} {.a\\.b} {.k\\ v}")).toBe('7 7 8');
    expect(text("{['k v']}")).toBe('missing');
    expect(text("{['']}{.}", plain, { '': 1 })).toBe('11');
  });

  test('a descent finds containers and texts, parents first, and no scalars', () => {
    expect(select('{..}', plain, { a: [1, 'x'], b: {} })).toEqual([{ a: [1, 'x'], b: {} }, [1, 'x'], 'x']);
    expect(text('{..b}', plain, { b: 1, c: [{ b: 2 }] })).toBe('1 2');
  });

  test('.* takes texts apart into bytes', () => {
    expect(text('{.name.*}')).toBe('120');
    expect(select('{@.*}', plain, 'é')).toEqual([0xc3, 0xa9]);
  });

  test('words other than range and end are errors when they are reached', () => {
    expect(text('{name}')).toBe('error');
    expect(text('{.a.length()}')).toBe('missing');
  });
});

describe('what does not parse', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['{.n', 3],
    ['{.n | upper}', 4],
    ['{["name"]}', 1],
    ['{.a[ 0 ]}', 3],
    ['x{.a[0}', 4],
    ['{\n.n}', 1],
    ['{....a}', 3],
    ['{..*}', 3],
    ['{.a[?(@.b]}', 3],
    ['{.a[?(@.b)}', 10],
    ['{.a[?(@.b && @.c)]}', 10],
    ["{.a['b','c]}", 7],
    ["{'a}", 1],
    ["{'\\q'}", 1],
    ['{1.2.3}', 1],
    ['{.a[99999999999999999999]}', 3],
    ["{.a['b]c']}", 3],
  ];
  test.each(cases)('%j is refused at position %i', (source, position) => {
    expect(() => compileTemplate(source, plain)).toThrow(
      expect.objectContaining({ code: 'config', source, position }) as PathSyntaxError,
    );
  });

  test('a template of a megabyte parses', () => {
    expect(text('{.n}'.repeat(1 << 18))).toHaveLength(1 << 18);
    expect(() => compileTemplate('{['.repeat(1 << 18), plain)).toThrow(PathSyntaxError);
    expect(() => compileTemplate('{[?('.repeat(1 << 18), plain)).toThrow(PathSyntaxError);
  });
});
