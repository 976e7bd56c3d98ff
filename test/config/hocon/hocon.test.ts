import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readProperties } from '../../../src/config/hocon/properties.js';
import { type HoconValue, readHocon } from '../../../src/config/hocon/resolve.js';
import { HoconError } from '../../../src/config/hocon/syntax.js';
import { runs } from '../../support/runs.js';

interface Options {
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

function read(text: string, { environment = {}, files = {} }: Options = {}): unknown {
  return toPlain(readHocon({ text, environment, include: (path) => files[path] }));
}

/** Unquoted numbers, `true`, `false` and `null` as JSON has them. */
function toPlain(value: HoconValue): unknown {
  if (value.kind === 'array') return value.items.map(toPlain);
  if (value.kind === 'object')
    return Object.fromEntries([...value.fields].map(([name, each]) => [name, toPlain(each)]));
  if (value.isQuoted || !/^(-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null)$/.test(value.text)) return value.text;
  return JSON.parse(value.text);
}

describe('HOCON', () => {
  test.each<readonly [string, string, unknown]>([
    ['no braces, = and comments', '# c\n// d\na = 1 # e\nb = x // f', { a: 1, b: 'x' }],
    ['JSON', '{"a": {"b": [1, "two", true, null]}}', { a: { b: [1, 'two', true, null] } }],
    ['a byte order mark', '\uFEFFa = 1', { a: 1 }],
    ['Windows line breaks', 'a = 1\r\nb {\r\n  c = 2\r\n}\r\n', { a: 1, b: { c: 2 } }],
    ['an object without a separator', 'a { b = 1 }', { a: { b: 1 } }],
    ['a dotted key', 'a.b."c.d" = 1', { a: { b: { 'c.d': 1 } } }],
    ['objects whose key comes again', 'a { b = 1, c = 1 }\na { c = 2 }\na.d = 3', { a: { b: 1, c: 2, d: 3 } }],
    ['a text that replaces an object', 'a { b = 1 }\na = 2', { a: 2 }],
    ['lists with line breaks for commas', 'a = [\n 1\n 2,\n 3,\n]', { a: [1, 2, 3] }],
    ['text that is joined with its blanks', 'a = one  "two" three ', { a: 'one  two three' }],
    ['lists that are joined', 'a = [1] [2]', { a: [1, 2] }],
    ['objects that are joined', 'a = {b = 1} {c = 2}', { a: { b: 1, c: 2 } }],
    ['three quotes', 'a = """x "y" \\n""""', { a: 'x "y" \\n"' }],
    ['escapes', String.raw`a = "\u00e9\t\"\\"`, { a: 'é\t"\\' }],
    ['a substitution of the file, further down', 'a = ${b.c}\nb { c = 1 }', { a: 1, b: { c: 1 } }],
    ['a substitution within text', 'a = "http://"${h}":1"\nh = x', { a: 'http://x:1', h: 'x' }],
    [
      'an object that extends another',
      'base { x = 1, y = 2 }\na = ${base} { y = 3 }',
      { base: { x: 1, y: 2 }, a: { x: 1, y: 3 } },
    ],
    ['an optional substitution of nothing', 'a = 1\na = ${?NONE}', { a: 1 }],
    ['a key that is only an optional substitution of nothing', 'a = ${?NONE}', {}],
    ['a value that refers to the one before it', 'a = [1]\na = ${a} [2]', { a: [1, 2] }],
    ['+=', 'a = [1]\na += 2\nb += x', { a: [1, 2], b: ['x'] }],
    ['a key that is called include', 'include = 1', { include: 1 }],
    ['a key with a blank', 'a b = 1', { 'a b': 1 }],
    ['nothing', '', {}],
    [
      'names that every object has',
      '__proto__.x = 1\nconstructor = 2',
      JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}'),
    ],
  ])('reads %s', (_name, text, value) => {
    expect(read(text)).toEqual(value);
  });

  test('takes what no key has from the environment', () => {
    expect(read('a = ${TOKEN}', { environment: { TOKEN: 't' } })).toEqual({ a: 't' });
    expect(read('TOKEN = own\na = ${TOKEN}', { environment: { TOKEN: 't' } })).toMatchObject({ a: 'own' });
  });

  test.each(['include "b.conf"', 'include file("b.conf")', 'include required(file("b.conf"))'])(
    '%s reads that file',
    (include) => {
      expect(read(`${include}\na = 2`, { files: { 'b.conf': 'a = 1\nb = 1' } })).toEqual({ a: 2, b: 1 });
    },
  );

  test('an include of a file that is absent is nothing unless it is required', () => {
    expect(read('include "none"\na = 1')).toEqual({ a: 1 });
    expect(() => read('include required("none")')).toThrow('the file none is not there');
  });

  test.each<readonly [string, string, string]>([
    ['a = "x', '1:5', 'a text has no closing quote'],
    ['a {\n b = 1', '1:3', 'has no closing }'],
    ['a = [1', '1:5', 'has no closing ]'],
    ['a = 1 }', '1:7', '} without an opening {'],
    ['\n\n  a', '3:3', 'a has no value'],
    ['a =', '1:4', 'expected a value, found end of file'],
    ['a = http://x', '1:9', 'unexpected ":"'],
    ['a = ${b}', '1:5', '${b} is neither a key of the file nor a variable that is set'],
    ['a = ${b}\nb = ${a}', '2:5', '${a} is neither a key of the file nor a variable that is set'],
    ['a = [1] x', '1:9', 'joins values of different kinds'],
    ['a = 1,,b = 2', '1:7', 'two commas in a row'],
    ['a..b = 1', '1:3', 'a key has an empty part'],
    ['[1]', '1:1', 'must be a map, not a list'],
    ['include url("http://x/y.conf")', '1:1', 'include url(...) is not supported'],
    [String.raw`a = "\q"`, '1:8', 'unknown escape in a text'],
    ['{a = 1}}', '1:8', 'unexpected text after the closing brace'],
  ])('%j is refused at %s', (text, place, message) => {
    const error = failure(text);
    expect(error.message).toBe(message);
    expect(`${error.at.line}:${error.at.column}`).toBe(place);
  });

  test.each<readonly [string, string]>([
    ['brackets', `a = ${'['.repeat(100_000)}`],
    ['braces', 'a {'.repeat(100_000)],
    ['values', `a = [${'1,'.repeat(200_000)}]`],
    ['a chain of substitutions', Array.from({ length: 20_000 }, (_, i) => `a${i} = \${a${i + 1}}`).join('\n')],
    [
      'text that doubles',
      `a0 = xxxxxxxxxx\n${Array.from({ length: 40 }, (_, i) => `a${i + 1} = \${a${i}}\${a${i}}`).join('\n')}`,
    ],
    [
      'lists that double',
      `a0 = [1]\n${Array.from({ length: 40 }, (_, i) => `a${i + 1} = \${a${i}}\${a${i}}`).join('\n')}`,
    ],
    ['a file that includes itself', 'include "self"'],
  ])('too many %s are refused, and soon', (_name, text) => {
    const started = performance.now();
    expect(() => read(text, { files: { self: 'include "self"' } })).toThrow(HoconError);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('reads every JSON object as JSON does', () => {
    const key = fc.string({ minLength: 1, maxLength: 8 });
    const { object } = fc.letrec<{ object: object; value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        tie('object'),
      ),
      object: fc
        .uniqueArray(fc.tuple(key, tie('value')), { maxLength: 5, selector: ([name]) => name })
        .map((entries) => Object.fromEntries(entries)),
    }));
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 2), (value, indent) => {
        expect(read(JSON.stringify(value, null, indent))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('any text is read or refused with a place in it', () => {
    const token = fc.constantFrom(
      'a',
      '.',
      '{',
      '}',
      '[',
      ']',
      '=',
      ':',
      '+=',
      ',',
      '\n',
      '"',
      '"""',
      '${',
      '${?',
      '#',
      '//',
      ' ',
      'include ',
      '\\',
      'é',
      '1',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 40 }), (tokens) => {
        const text = tokens.join('');
        try {
          read(text);
        } catch (thrown) {
          if (!(thrown instanceof HoconError)) throw thrown;
          expect(thrown.at.line).toBeLessThanOrEqual(text.split('\n').length);
          expect(thrown.at.column).toBeGreaterThan(0);
        }
      }),
      { numRuns: runs(2000) },
    );
  });
});

describe('properties', () => {
  test('are levels parted by dots', () => {
    const text =
      '# c\n! d\nagent.name = n\nagent.proxy.port: 1\nagent.paths.0.path x\\\n   y\nempty\nk\\=ey = \\u0041\\t';
    expect(toPlain(readProperties(text))).toEqual({
      agent: { name: 'n', proxy: { port: 1 }, paths: { 0: { path: 'xy' } } },
      empty: '',
      'k=ey': 'A\t',
    });
  });

  test('any text is read or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '.', '=', ':', '\\', '\n', ' ', '#', 'u', '0') }), (text) => {
        try {
          readProperties(text);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(HoconError);
        }
      }),
    );
  });
});

function failure(text: string): HoconError {
  try {
    read(text);
  } catch (thrown) {
    if (thrown instanceof HoconError) return thrown;
    throw thrown;
  }
  throw new Error(`${text} was not refused`);
}
