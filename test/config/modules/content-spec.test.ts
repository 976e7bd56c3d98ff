import { describe, expect, test } from 'vitest';
import { findModuleProblems } from '../../../src/modules/compile-modules.js';
import { describeProblems, readFile, readModule } from '../read-modules.js';

/** Everything that is wrong with a condition: what reading finds, else what compiling does. */
async function findProblems(condition: string): Promise<readonly string[]> {
  const text = `module: m\nmodules:\n  m:\n    metrics: [{ name: n, path: '{.n}' }]\n    fail_if:\n      - ${condition}\n`;
  const { modules, problems } = readFile(text);
  return problems.length > 0 ? problems : describeProblems(await findModuleProblems({ modules, dialect: 'zxp' }));
}

describe('a condition that cannot be gets one problem with its place', () => {
  test.each([
    ['{}', "needs a path or cel; { path: '{.status}', not: [ok] }, or { cel: 'body.status != \"ok\"' }"],
    ['{ message: m }', "needs a path or cel; { path: '{.status}', not: [ok] }, or { cel: 'body.status != \"ok\"' }"],
    [
      "{ path: '{.a}' }",
      "needs one of not, is, exists, above, below; { path: '{.status}', not: [ok] }, or { cel: 'body.status != \"ok\"' }",
    ],
    ["{ path: '{.a}', cel: 'true' }", 'path and cel are both set; keep one'],
    ["{ cel: 'true', is: [a] }", 'cel cannot be combined with is; compare in the expression'],
    [
      "{ path: '{.a}', is: [a], not: [b] }",
      'more than one test: not and is; give each a condition of its own; above and below may be combined',
    ],
    [
      "{ path: '{.a}', is: [a], above: 1 }",
      'more than one test: is and above; give each a condition of its own; above and below may be combined',
    ],
  ])('%s', async (condition, expected) => {
    expect(await findProblems(condition)).toEqual([`f.yml:6: modules.m.fail_if[0] ${expected}`]);
  });

  test.each([
    ["{ path: '{.a}', exists: maybe }", 'exists must be true or false'],
    ["{ path: '{.a}', above: high }", 'above must be a number'],
    ["{ path: '{.a}', is: [] }", 'f.yml:6: modules.m.fail_if[0].is needs at least one text; is: [ok]'],
    ["{ path: '{.a}', is: [{}] }", 'must be text'],
    ["{ path: '{.a', exists: true }", '"{.a" is not a path: '],
    ["{ path: '{.a}', equals: 1 }", 'equals'],
    ["{ cel: 'body.' }", '"body." is not an expression: '],
    ["{ cel: 'bdy.status' }", 'there is no variable bdy: there is body, params, status, headers at position 1'],
    ["{ cel: 'body.name.trim()' }", "trim() is not a function of CEL's standard library at position"],
    ["{ cel: 'status' }", 'gives a value of type int, and must give a bool'],
    ["{ cel: 'status == 1.0' }", '== does not take int, double at position'],
    ['{ cel: \'body.a.matches("(")\' }', 'the pattern is not a regular expression of RE2'],
    ["{ cel: '' }", 'is empty'],
  ])('%s', async (condition, expected) => {
    const problems = await findProblems(condition);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^f\.yml:6: modules\.m\.fail_if\[0\]/);
    expect(problems[0]).toContain(expected);
  });
});

test('the conditions of a module are read in their order, those of blackbox_exporter last', () => {
  const { module, problems } = readModule(`\
fail_if_body_json_not_matches_cel: b
fail_if_body_json_matches_cel: a
fail_if: [{ path: p, is: x, message: m }, { path: p, above: 1, below: -1.5 }, { path: p, exists: no }]`);
  expect(problems).toEqual([]);
  expect(module.failIf.map(({ test, message }) => ({ test, message }))).toEqual([
    { test: { kind: 'is', path: 'p', texts: ['x'] }, message: 'm' },
    { test: { kind: 'range', path: 'p', above: 1, below: -1.5 }, message: undefined },
    { test: { kind: 'exists', path: 'p', expected: false }, message: undefined },
    { test: { kind: 'cel', expression: 'a', failsOn: true }, message: undefined },
    { test: { kind: 'cel', expression: 'b', failsOn: false }, message: undefined },
  ]);
});
