import { describe, expect, test } from 'vitest';
import type { ValueSpec } from '../../../src/model/module.js';
import { readMetric } from '../read-modules.js';

const plain: Omit<ValueSpec, 'path'> = {
  where: 'f.yml:8:9: modules.m.metrics[0].value',
  cel: undefined,
  header: undefined,
  isStatus: false,
  levelsUp: 0,
  isKey: false,
  isLength: false,
  isAtIndex: false,
  json: undefined,
  fallback: undefined,
  regex: undefined,
  map: undefined,
  unit: undefined,
  date: undefined,
  timezone: undefined,
  base: undefined,
  scale: undefined,
};

function read(value: string) {
  const { metric, problems } = readMetric(`type: object\npath: '{.l[*]}'\nvalue: ${value}\nname: n`);
  return { value: metric.values[0]?.value, states: metric.values[0]?.states, problems };
}

describe('a value', () => {
  test.each<readonly [string, Partial<ValueSpec>]>([
    ["'{.a}'", { path: '{.a}' }],
    ['1', { path: '1' }],
    ['1.50', { path: '1.50' }],
    ['yes', { path: 'yes' }],
    ["{ path: '{.a}' }", { path: '{.a}' }],
    ["{ path: '' }", { path: '' }],
    ['{ key: true }', { path: undefined, isKey: true }],
    ["{ cel: 'self.a' }", { path: undefined, cel: 'self.a' }],
    ["{ cel: 'self.a', default: 0, scale: 2 }", { path: undefined, cel: 'self.a', fallback: '0', scale: 2 }],
    ['{ header: X-RateLimit-Remaining }', { path: undefined, header: 'x-ratelimit-remaining' }],
    ['{ status: true }', { path: undefined, isStatus: true }],
    ["{ path: '{.a}', status: false }", { path: '{.a}' }],
    ["{ path: '{.a}', key: false }", { path: '{.a}' }],
    ["{ path: '{.a}', length: true }", { path: '{.a}', isLength: true }],
    ["{ path: '{.a}', from: element }", { path: '{.a}', levelsUp: 0 }],
    ["{ path: '{.a}', from: parent }", { path: '{.a}', levelsUp: 1 }],
    ["{ path: '{.a}', from: grandparent }", { path: '{.a}', levelsUp: 2 }],
    ["{ path: '{.a}', from: 12 }", { path: '{.a}', levelsUp: 12 }],
    ["{ path: '{.a}', from: root }", { path: '{.a}', levelsUp: Number.POSITIVE_INFINITY }],
    ["{ path: '{.a}', default: 0 }", { path: '{.a}', fallback: '0' }],
    ["{ path: '{.a}', default: ~ }", { path: '{.a}' }],
    ["{ path: '{.a}', regex: '(a)' }", { path: '{.a}', regex: { pattern: '(a)', replacement: undefined } }],
    [
      "{ path: '{.a}', regex: { pattern: '(a)', replacement: '$1x' } }",
      { path: '{.a}', regex: { pattern: '(a)', replacement: '$1x' } },
    ],
    [
      "{ path: '{.a}', map: { UP: 1, 2: two, true: 3, ~: 4 } }",
      {
        path: '{.a}',
        map: {
          entries: new Map([
            ['UP', '1'],
            ['2', 'two'],
            ['true', '3'],
            ['', '4'],
          ]),
          otherwise: undefined,
        },
      },
    ],
    ["{ path: '{.a}', map: {}, otherwise: 0 }", { path: '{.a}', map: { entries: new Map(), otherwise: '0' } }],
    ["{ path: '{.a}', unit: bytes }", { path: '{.a}', unit: 'bytes' }],
    ["{ path: '{.a}', date: '%Y' }", { path: '{.a}', date: '%Y' }],
    ["{ path: '{.a}', scale: -1e-3 }", { path: '{.a}', scale: -0.001 }],
  ])('%s', (yaml, wanted) => {
    const { value, problems } = read(yaml);
    expect(problems).toEqual([]);
    expect(value).toEqual({ ...plain, ...wanted });
  });

  test('may be a state set, with the label `state` unless it says another', () => {
    expect(read("{ path: '{.a}', states: [UP, 0] }").states).toEqual({
      label: 'state',
      names: ['UP', '0'],
      isStateSet: false,
    });
    expect(read("{ path: '{.a}', states: [UP], state_label: phase }").states).toEqual({
      label: 'phase',
      names: ['UP'],
      isStateSet: false,
    });
  });

  test.each([
    ['[a]', ['f.yml:8: modules.m.metrics[0].value must be text, not a list']],
    ["{ pth: '{.a}' }", ['f.yml:8: modules.m.metrics[0].value.pth unknown key; did you mean path?']],
    [
      '{ path: [a], regex: 5, map: { a: [1] }, default: {}, date: [], from: -1, scale: 1s, length: 1 }',
      [
        'f.yml:8: modules.m.metrics[0].value.path must be text, not a list',
        'f.yml:8: modules.m.metrics[0].value.map.a must be text, not a list',
        'f.yml:8: modules.m.metrics[0].value.default must be text, not a map',
        'f.yml:8: modules.m.metrics[0].value.date must be text, not a list',
        'f.yml:8: modules.m.metrics[0].value.from must be element, parent, grandparent, root or a number of levels up',
        'f.yml:8: modules.m.metrics[0].value.scale must be a number, not text',
        'f.yml:8: modules.m.metrics[0].value.length must be true or false, not a number',
      ],
    ],
    [
      "{ path: '{.a}', regex: { patern: a, replacement: b } }",
      ['f.yml:8: modules.m.metrics[0].value.regex needs a pattern'],
    ],
    [
      "{ path: '{.a}', regex: { pattern: a, replace: b } }",
      ['f.yml:8: modules.m.metrics[0].value.regex.replace unknown key; known keys: pattern, replacement'],
    ],
    ["{ path: '{.a}', cel: self.a }", ['f.yml:8: modules.m.metrics[0].value path and cel are both set; keep one']],
    ['{ header: X-A, status: true }', ['f.yml:8: modules.m.metrics[0].value header and status are both set; keep one']],
    [
      '{ cel: self.a, length: true }',
      ['f.yml:8: modules.m.metrics[0].value.length is for a path; use size(), parent and root in the expression'],
    ],
    ['{ header: X-A, from: root }', ['f.yml:8: modules.m.metrics[0].value.from is for a path; remove it']],
    [
      "{ header: 'X A' }",
      ['f.yml:8: modules.m.metrics[0].value.header invalid header name; remove blanks, colons and the like'],
    ],
    ["{ path: '{.a}', path: '{.b}' }", ['f.yml:8: modules.m.metrics[0].value.path duplicate key; keep one']],
  ])('%s is refused', (yaml, problems) => {
    expect(read(yaml).problems).toEqual(problems);
  });
});
