import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTokenTable, matchesGlob } from '../../../src/tunnel/proxy/agent-identity.js';

describe('a glob of paths', () => {
  test.each([
    ['app_*', 'app_metrics', true],
    ['app_*', 'app_', true],
    ['app_*', 'my_app_x', false],
    ['*', '', true],
    ['?', '', false],
    ['a?c', 'abc', true],
    ['a?c', 'abbc', false],
    ['App', 'app', false],
    ['/app', 'app', false],
    ['*a*b', 'xaxbxab', true],
    ['[ab]', 'a', false],
    ['a.c', 'abc', false],
  ])('%s matches %s: %s', (glob, path, matches) => {
    expect(matchesGlob(glob, path)).toBe(matches);
  });

  test('means the same as the regular expression that it stands for', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 8 });
    const path = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 });
    fc.assert(
      fc.property(word, path, (glob, text) => {
        const pattern = glob.replaceAll('.', '\\.').replaceAll('?', '.').replaceAll('*', '.*');
        expect(matchesGlob(glob, text)).toBe(new RegExp(`^${pattern}$`).test(text));
      }),
    );
  });

  test('takes no long time for what makes a regular expression backtrack', () => {
    const began = performance.now();
    expect(matchesGlob('*a'.repeat(50), 'a'.repeat(1000))).toBe(true);
    expect(matchesGlob(`${'*a'.repeat(50)}b`, 'a'.repeat(1000))).toBe(false);
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe('a table of tokens', () => {
  const table = createTokenTable([
    { name: 'warehouse', token: 'one', paths: ['app_*', 'stock'] },
    { name: 'office', token: 'two', paths: [] },
  ]);

  test('finds whose token it is, and nobody for another', () => {
    expect(table.find('one')?.name).toBe('warehouse');
    expect(table.find('two')?.name).toBe('office');
    for (const token of ['', 'on', 'one ', 'three']) expect(table.find(token)).toBeUndefined();
  });

  test('allows the paths of the globs, and every path without any', () => {
    const mayRegister = table.find('one')!.mayRegister;
    expect(['app_x', 'stock', 'stocks'].map(mayRegister)).toEqual([true, true, false]);
    expect(table.find('two')!.mayRegister('anything')).toBe(true);
  });

  test('renews an identity whose name and token are still there, with its new paths', () => {
    const next = createTokenTable([{ name: 'warehouse', token: 'one', paths: ['stock'] }]);
    expect(next.renew(table.find('one')!)?.mayRegister('app_x')).toBe(false);
    expect(next.renew(table.find('two')!)).toBeUndefined();
    const rotated = createTokenTable([{ name: 'warehouse', token: 'new', paths: [] }]);
    expect(rotated.renew(table.find('one')!)).toBeUndefined();
  });

  test.each([
    [[['a', ''] as const], /token of agent a is empty/],
    [[['a', 'x'] as const, ['a', 'y'] as const], /two agents are called a/],
    [[['a', 'x'] as const, ['b', 'x'] as const], /a and b have the same token/],
  ])('refuses %j', (tokens, message) => {
    const create = () => createTokenTable(tokens.map(([name, token]) => ({ name, token, paths: [] })));
    expect(create).toThrow(message);
  });
});
