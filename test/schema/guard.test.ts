import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { compileGuard, toGuard } from '../../src/schema/guard.js';

interface Point {
  readonly x: number;
  readonly name?: string;
}

const guard = toGuard<Point>(
  new Ajv().compile({
    type: 'object',
    required: ['x'],
    additionalProperties: false,
    properties: { x: { type: 'number' }, name: { type: 'string' }, list: { type: 'array', items: { type: 'string' } } },
  }),
);

describe('a guard', () => {
  test('matches what its schema describes, which then has the type', () => {
    const value: unknown = { x: 1, name: 'a' };
    if (!guard.matches(value)) throw new Error('it matches');
    expectTypeOf(value).toEqualTypeOf<Point>();
    expect(guard.explain(value)).toEqual([]);
  });

  test.each<[value: unknown, where: string, message: string]>([
    [undefined, '(document)', 'must be object'],
    [null, '(document)', 'must be object'],
    [[], '(document)', 'must be object'],
    [{}, '(document)', "must have required property 'x'"],
    [{ x: '1' }, '/x', 'must be number'],
    [{ x: Number.NaN }, '/x', 'must be number'],
    [{ x: Number.POSITIVE_INFINITY }, '/x', 'must be number'],
    [{ x: 1, y: 2 }, '(document)', 'must NOT have additional properties'],
    [{ x: 1, list: ['a', 2] }, '/list/1', 'must be string'],
  ])('says of %j where and why it does not match', (value, where, message) => {
    expect(guard.matches(value)).toBe(false);
    expect(guard.explain(value)).toEqual([{ where, message }]);
  });

  test('says of one value what is wrong with it, whatever it was asked before', () => {
    expect(guard.explain({ x: 'no' })).toHaveLength(1);
    expect(guard.matches({ x: 1 })).toBe(true);
    expect(guard.explain({ x: 1 })).toEqual([]);
    expect(guard.explain({})).toHaveLength(1);
  });

  test('changes nothing in what it looks at', () => {
    const value = { x: 1, y: { z: '2' } };
    guard.matches(value);
    expect(value).toEqual({ x: 1, y: { z: '2' } });
  });

  test('sees an own key called __proto__', () => {
    const own: unknown = JSON.parse('{"x":1,"__proto__":{"name":5}}');
    expect(guard.matches(own)).toBe(false);
  });
});

test('a schema that was not compiled is refused, and the error says how to compile it', () => {
  expect(() => compileGuard({ type: 'object', required: ['never seen'] })).toThrow('run npm run schemas');
});

test('the validators are those of the schemas in src/', { timeout: 60_000 }, async () => {
  const { renderValidators, validatorsFile } = await import('../../build/schemas.mjs');
  const committed = readFileSync(new URL(`../../${validatorsFile}`, import.meta.url), 'utf8');
  expect(committed === (await renderValidators()), 'run npm run schemas').toBe(true);
});
