import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Budget } from '../../src/cel/budget.js';
import { compileExpression } from '../../src/cel/expression.js';
import { dyn } from '../../src/cel/types.js';
import { EvaluationError } from '../../src/cel/values.js';
import { ZxpError } from '../../src/model/errors.js';
import { runs } from '../support/runs.js';

const declarations = { body: dyn };
const inTime = () => false;
const small = () => new Budget({ bytes: 0, isLate: inTime });

function evaluate(source: string, body: unknown, budget = small()): unknown {
  return compileExpression(source, declarations).evaluate([body], budget);
}

const numbers = Array.from({ length: 10_000 }, (_, i) => i);
const letters = 'a'.repeat(400_000);

describe('work that grows faster than the document ends with limit', () => {
  test.each([
    ['an element for every pair', 'body.exists(a, body.exists(b, a + b < 0.0))', numbers],
    ['an element for every triple', 'body.map(a, body.map(b, body.map(c, c)))', numbers],
    ['a list that doubles', `[body]${'.map(l, l + l)'.repeat(20)}.size()`, numbers],
    ['a text for every element', 'body.all(i, i in body)', numbers],
    [
      'equal trees that share their branches',
      `[[1]]${'.map(l, [l, l])'.repeat(30)} == [[1]]${'.map(l, [l, l])'.repeat(30)}`,
      null,
    ],
    [
      'a long text that is searched for in a longer one',
      'body.contains("b" + body) || body.contains(body + "b")',
      letters.slice(0, 1),
    ],
    ['patterns on long texts', `${'body.matches("(a|b|c|ab|bc)*d") || '.repeat(20)} false`, letters],
    [
      'patterns from the document',
      'body.exists(p, "x".matches(p))',
      Array.from({ length: 2000 }, (_, i) => `(a{500}){2}${i}`),
    ],
    ['keys of a large object', 'body.all(k, body.all(l, true))', Object.fromEntries(numbers.map((i) => [i, i]))],
  ])('%s', (_, source, body) => {
    let outcome: unknown;
    const start = performance.now();
    try {
      outcome = evaluate(source, body);
    } catch (thrown) {
      outcome = thrown;
    }
    expect(performance.now() - start).toBeLessThan(2000);
    if (source.includes('contains')) expect(outcome).toBe(false);
    else expect(outcome).toMatchObject({ name: 'ZxpError', code: 'limit' });
  });

  test('a search for half of a text in all of it is charged for its worst case', () => {
    const body = { whole: letters, part: `b${letters.slice(0, 100_000)}` };
    expect(() => evaluate('body.whole.contains(body.part)', body)).toThrow(expect.objectContaining({ code: 'limit' }));
  });

  test('texts do not grow beyond a million characters', () => {
    const grown = evaluate(
      `[body]${'.map(t, t + t)'.repeat(15)}`,
      letters.slice(0, 1000),
      new Budget({ bytes: 1e6, isLate: inTime }),
    );
    expect(grown).toBeInstanceOf(EvaluationError);
  });
});

test('a larger document may cost more', () => {
  const source = 'body.all(a, body.exists(b, b == a))';
  const few = numbers.slice(0, 2000);
  expect(() => evaluate(source, few)).toThrow(expect.objectContaining({ code: 'limit' }));
  expect(evaluate(source, few, new Budget({ bytes: 10_000_000, isLate: inTime }))).toBe(true);
});

test('an expression ends soon after the time of its scrape', () => {
  let looks = 0;
  const budget = new Budget({ bytes: 1e9, isLate: () => ++looks > 3 });
  expect(() => evaluate('body.map(a, body.map(b, b))', numbers, budget)).toThrow(
    expect.objectContaining({ code: 'timeout' }),
  );
  expect(looks).toBe(4);
});

test('|| does not absorb what the budget throws', () => {
  expect(() => evaluate('true && (body.exists(a, body.exists(b, false)) || true)', numbers)).toThrow(
    expect.objectContaining({ code: 'limit' }),
  );
});

test('backtracking would take years for a pattern that is linear here', () => {
  expect(evaluate('body.matches("^(a+)+$")', `${'a'.repeat(5000)}!`)).toBe(false);
});

describe('whatever the expression and the document', () => {
  const leaf = fc.constantFrom(
    'body',
    'body.a',
    'body.b',
    'body[0]',
    'body.a[1]',
    'x',
    'y',
    '1',
    '-1',
    '0',
    '2u',
    '1.5',
    '"a"',
    '""',
    'b"a"',
    'true',
    'false',
    'null',
    '[]',
    '{}',
    'timestamp(0)',
    'duration("1h")',
    'int',
    '"2024-02-29T12:34:56Z"',
    '"Europe/Berlin"',
    '9223372036854775807',
    '1e308',
  );
  const binary = fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', '&&', '||', 'in');
  const unary = fc.constantFrom(
    'size',
    'int',
    'uint',
    'double',
    'string',
    'bool',
    'bytes',
    'type',
    'dyn',
    'timestamp',
    'duration',
    'has',
    '!',
    '-',
  );
  const member = fc.constantFrom('size', 'getHours', 'getDate', 'getMilliseconds', 'getDayOfYear', 'nope');
  const memberWithText = fc.constantFrom('contains', 'startsWith', 'endsWith', 'matches', 'getHours');
  const macro = fc.constantFrom('all', 'exists', 'exists_one', 'map', 'filter');
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      fc.tuple(tie('expression'), binary, tie('expression')).map(([a, op, b]) => `(dyn(${a}) ${op} dyn(${b}))`),
      fc.tuple(tie('expression'), binary, tie('expression')).map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(unary, tie('expression')).map(([name, a]) => `${name}(${a})`),
      fc.tuple(tie('expression'), member).map(([a, name]) => `dyn(${a}).${name}()`),
      fc
        .tuple(tie('expression'), memberWithText, tie('expression'))
        .map(([a, name, b]) => `dyn(${a}).${name}(dyn(${b}))`),
      fc
        .tuple(tie('expression'), macro, tie('expression'))
        .map(([a, name, b]) => `dyn(${a}).${name}(x, ${name === 'map' ? '' : 'dyn'}(${b}))`),
      fc
        .tuple(tie('expression'), tie('expression'), tie('expression'))
        .map(([a, b, c]) => `dyn(${a}).map(y, dyn(${b}), ${c})`),
      fc
        .tuple(tie('expression'), tie('expression'), tie('expression'))
        .map(([a, b, c]) => `(dyn(${a}) ? dyn(${b}) : dyn(${c}))`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `[dyn(${a}), dyn(${b})]`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `{dyn(${a}): dyn(${b})}`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `dyn(${a})[dyn(${b})]`),
    ),
  }));
  const document = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.record({ a: fc.jsonValue({ maxDepth: 2 }), b: fc.oneof(fc.bigInt(), fc.string(), fc.array(fc.double())) }),
  );

  function attempt(source: string, body: unknown): unknown {
    try {
      return evaluate(source, body);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(ZxpError);
      return thrown;
    }
  }

  test('an expression of the grammar gives a value, an EvaluationError or a ZxpError', () => {
    let evaluated = 0;
    fc.assert(
      fc.property(expression, document, (source, body) => {
        const outcome = attempt(source, body);
        if (!(outcome instanceof ZxpError)) evaluated++;
        expect(outcome).not.toBe(undefined);
      }),
      { numRuns: runs(3000) },
    );
    expect(evaluated).toBeGreaterThan(runs(3000) / 10);
  });

  test('any text gives a value, an EvaluationError or a ZxpError', () => {
    const token = fc.constantFrom(
      'body',
      '.',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '\\',
      '?',
      ':',
      '&&',
      '!',
      '-',
      '1',
      'u',
      'e',
      'b',
      'r',
      'has',
      'map',
      ',',
      ' ',
      '\n',
      '//',
      '`',
      'é',
      '\u0000',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(token).map((tokens) => tokens.join('')),
        ),
        document,
        (source, body) => {
          expect(attempt(source, body)).not.toBe(undefined);
        },
      ),
      { numRuns: runs(3000) },
    );
  });

  test.each([
    ['negations', '!'.repeat(9000)],
    ['parentheses', `${'('.repeat(4000)}1${')'.repeat(4000)}`],
    ['lists', '['.repeat(5000)],
    ['sums', `1${'+1'.repeat(4000)}`],
    ['fields', `body${'.a'.repeat(4000)}`],
    ['conditions', `${'true?1:'.repeat(1200)}1`],
    ['characters', `"${'a'.repeat(20_000)}"`],
  ])('an expression of thousands of %s is refused', (_, source) => {
    expect(() => compileExpression(source, declarations)).toThrow(expect.objectContaining({ code: 'config' }));
  });
});

test('10,000 elements cost less than five times what JSON.parse takes for their text', () => {
  const items = numbers.map((i) => ({
    id: i,
    name: `item-${i}`,
    active: i % 7,
    total: 7,
    state: 'ok',
    tags: ['a', 'b'],
  }));
  const text = JSON.stringify(items);
  const bytes = text.length;
  const expressions = ['self.active / self.total * 100.0', 'self.state == "ok" ? 1 : 0', '"a" in self.tags'].map(
    (each) => compileExpression(each, { self: dyn }),
  );
  const measure = (run: () => void) => {
    const times = Array.from({ length: 9 }, () => {
      const start = performance.now();
      run();
      return performance.now() - start;
    });
    return times.sort((a, b) => a - b)[4]!;
  };
  const parse = measure(() => JSON.parse(text));
  const evaluateAll = measure(() => {
    const budget = new Budget({ bytes, isLate: inTime });
    for (const item of items) for (const each of expressions) each.evaluate([item], budget);
  });
  expect(evaluateAll / parse).toBeLessThan(5);
});
