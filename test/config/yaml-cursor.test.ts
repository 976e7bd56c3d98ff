import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Findings, YamlCursor } from '../../src/config/yaml-cursor.js';

function open(text: string): { readonly root: YamlCursor | undefined; readonly findings: Findings } {
  const findings: Findings = { problems: [], warnings: [] };
  return { root: YamlCursor.open('f.yml', text, findings), findings };
}

/** The texts of a map's entries, in their order. */
function entries(cursor: YamlCursor | undefined): readonly string[] {
  return (cursor?.fields ?? []).map((field) => `${field.key}=${field.cursor.text}`);
}

function find(cursor: YamlCursor | undefined, key: string): YamlCursor | undefined {
  return cursor?.fields?.findLast((field) => field.key === key)?.cursor;
}

describe('a cursor knows its place', () => {
  test('by file, line and path', () => {
    const { root } = open(
      '# comment\nmodules:\n  a:\n    metrics:\n      - name: x\n      - { name: y,\n          path: z }\n',
    );
    const metrics = find(find(find(root, 'modules'), 'a'), 'metrics');
    expect(root?.where).toBe('f.yml:1');
    expect(metrics?.where).toBe('f.yml:4: modules.a.metrics');
    expect(metrics?.items?.map((item) => item.where)).toEqual([
      'f.yml:5: modules.a.metrics[0]',
      'f.yml:6: modules.a.metrics[1]',
    ]);
    expect(find(metrics?.items?.[1], 'path')?.where).toBe('f.yml:7: modules.a.metrics[1].path');
  });

  test('of what an alias brings: by the path that leads there, and the line where it stands', () => {
    const { root } = open('x-a: &a\n  k: 1\nb: *a\nc:\n  <<: *a\n');
    expect(find(find(root, 'b'), 'k')?.where).toBe('f.yml:2: b.k');
    expect(find(find(root, 'c'), 'k')?.where).toBe('f.yml:2: c.k');
  });
});

describe('scalars', () => {
  test.each([
    ['1.10', '1.10'],
    ['yes', 'yes'],
    ['0x10', '0x10'],
    ['010', '010'],
    ['1_000', '1_000'],
    ['2020-01-01', '2020-01-01'],
    ['1e3', '1e3'],
    ['.5', '.5'],
    ['+1', '+1'],
    ['~', ''],
    ['null', ''],
    ['', ''],
    ["'null'", 'null'],
    ['"1.10"', '1.10'],
    ['"a\\tb"', 'a\tb'],
    ["'it''s'", "it's"],
    ['a b\n  c', 'a b c'],
    ['|\n  a\n  b', 'a\nb\n'],
    ['>\n  a\n  b', 'a b\n'],
    ['!!str 5', '5'],
    ['true', 'true'],
  ])('%j has the text %j', (yaml, text) => {
    expect(find(open(`k: ${yaml}\n`).root, 'k')?.text).toBe(text);
  });

  test.each([
    ['{a: 1}', 'a map'],
    ['[1]', 'a list'],
    ['word', 'text'],
    ['"5"', 'text'],
    ['5', 'a number'],
    ['true', 'true or false'],
    ['~', 'nothing'],
  ])('%j is %s', (yaml, kind) => {
    expect(find(open(`k: ${yaml}\n`).root, 'k')?.kind).toBe(kind);
  });

  test('a document of one scalar is text, and of nothing is null, or none at all', () => {
    expect(open('word').root?.text).toBe('word');
    expect(open('---\n').root?.isNull).toBe(true);
    for (const text of ['', '\n', '# nothing\n', '\ufeff']) {
      expect(open(text)).toEqual({ root: undefined, findings: { problems: [], warnings: [] } });
    }
  });
});

describe('maps', () => {
  test('keep a key that is there twice, and tell of it', () => {
    const { root } = open('a: 1\nb: 2\na: 3\n');
    expect(entries(root)).toEqual(['a=1', 'b=2', 'a=3']);
    expect(root?.repeatedKeys.map(({ key, cursor }) => `${key} ${cursor.where}`)).toEqual(['a f.yml:3']);
  });

  test('expand << where it stands, so that what comes later wins', () => {
    const { root } = open('x: &x {a: 1, b: 2}\nm: {a: 0, <<: *x, b: 3}\n');
    expect(entries(find(root, 'm'))).toEqual(['a=0', 'a=1', 'b=2', 'b=3']);
    expect(find(root, 'm')?.repeatedKeys).toEqual([]);
  });

  test('of several maps in << the first one wins, and those that they merge themselves lose', () => {
    const { root } = open('x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nm: {<<: [{a: 9}, *y]}\n');
    expect(entries(find(root, 'm'))).toEqual(['a=1', 'b=2', 'a=9']);
  });

  test('take "<<" in quotes for a key', () => {
    expect(entries(open('"<<": 1\n').root)).toEqual(['<<=1']);
  });

  test.each(['5', 'word', '[1]', '~'])('with << and %s are a problem, told once', (value) => {
    const { root, findings } = open(`m: {<<: ${value}, a: 1}\n`);
    expect(entries(find(root, 'm'))).toEqual(['a=1']);
    expect(entries(find(root, 'm'))).toEqual(['a=1']);
    expect(findings.problems).toMatchObject([{ message: 'has << with what is neither a map nor a list of maps' }]);
  });

  test('take an alias for a key', () => {
    expect(entries(open('x: &x word\n*x : 1\n').root)).toEqual(['x=word', 'word=1']);
  });

  test('have keys that every object inherits', () => {
    expect(entries(open('__proto__: 1\nconstructor: 2\n').root)).toEqual(['__proto__=1', 'constructor=2']);
  });
});

describe('anchors', () => {
  test('stand for the last one of their name before the alias', () => {
    const { root } = open('a: &x 1\nb: *x\nc: &x 2\nd: *x\n');
    expect(entries(root)).toEqual(['a=1', 'b=1', 'c=2', 'd=2']);
  });

  test('that are not there, or come later, are problems with their line', () => {
    const { root, findings } = open('a: 1\nb: *later\nc: &later 2\n');
    expect(root).toBeUndefined();
    expect(findings.problems).toEqual([{ where: 'f.yml:2', message: 'has no anchor &later before *later' }]);
  });

  test('many aliases of a large document are read at once', () => {
    const text = `x: &x {a: 1}\nl:\n${'  - {b: 2, <<: *x}\n'.repeat(5000)}`;
    const start = performance.now();
    const { root, findings } = open(text);
    expect(find(root, 'l')?.items?.every((item) => entries(item).length === 2)).toBe(true);
    expect(findings.problems).toEqual([]);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('what is not YAML', () => {
  test.each([
    ['\tmodules:\n\t\ta: 1\n', 1],
    ['a: 1\nb: [1, 2\n', 3],
    ['a: 1\n"b: 2\n', 3],
    ['a: b: c\n', 1],
    ['a: "\\q"\n', 1],
  ])('%j has a problem in line %i', (text, line) => {
    const { root, findings } = open(text);
    expect(root).toBeUndefined();
    expect(findings.problems.map(({ where }) => where)).toContain(`f.yml:${line}`);
    for (const { message } of findings.problems) expect(message).not.toContain('\n');
  });

  test('of several documents the first one counts, and what is wrong with the others does not', () => {
    const { root, findings } = open('a: 1\n---\nb: [\n');
    expect(entries(root)).toEqual(['a=1']);
    expect(findings.problems).toEqual([]);
  });
});

/** Reads all of a file, as far as it can be read. */
function walk(cursor: YamlCursor | undefined): number {
  const pending = cursor === undefined ? [] : [cursor];
  let seen = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    seen++;
    for (const { cursor: inner } of next.fields ?? []) pending.push(inner);
    pending.push(...(next.items ?? []));
  }
  return seen;
}

describe('files that grow when they are read', () => {
  const levels = Array.from({ length: 30 }, (_, i) => i);
  const bombs = {
    'lists of lists': `l0: &l0 [x]\n${levels.map((i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}]\n`).join('')}`,
    'maps of maps': `l0: &l0 {x: 1}\n${levels.map((i) => `l${i + 1}: &l${i + 1} {a: *l${i}, b: *l${i}, c: *l${i}}\n`).join('')}`,
    'merges of merges': `l0: &l0 {x: 1}\n${levels.map((i) => `l${i + 1}: &l${i + 1} {<<: [${`*l${i}, `.repeat(9)}]}\n`).join('')}`,
    'merges of nothing': `l0: &l0 {}\n${levels.map((i) => `l${i + 1}: &l${i + 1} {<<: [${`*l${i}, `.repeat(9)}]}\n`).join('')}`,
    'one large map, many times': `m: &m {${Array.from({ length: 5000 }, (_, i) => `k${i}: 1`).join(', ')}}\nl: [${'*m, '.repeat(5000)}]\n`,
    'an alias to what it stands in': 'a: &a [*a, *a]\n',
    'a merge of what it stands in': 'a: &a {b: {<<: *a, c: *a}}\n',
  };

  test.each(Object.entries(bombs))('%s come to an end, with one problem', (_what, text) => {
    const start = performance.now();
    const { root, findings } = open(text);
    expect(walk(root)).toBeLessThan(1_000_000);
    expect(findings.problems).toHaveLength(1);
    expect(findings.problems[0]?.message).toMatch(
      /^(is beyond 200000 entries in one file|nests deeper than 64 levels|.*alias.*)$/,
    );
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  test.each([
    ['lists', '['.repeat(100_000)],
    ['closed lists', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['maps', '{a: '.repeat(100_000)],
    ['block lists', `${'- '.repeat(20_000)}x`],
    ['list in list, and only 100 deep', `${'['.repeat(100)}${']'.repeat(100)}`],
  ])('%s that nest too deep are a problem', (_what, text) => {
    const { root, findings } = open(text);
    walk(root);
    expect(findings.problems.length).toBeGreaterThan(0);
  });
});

test('no text throws: it is read, or gives problems', () => {
  const word = fc.constantFrom(
    'modules',
    ':',
    ' ',
    '\n',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '&a ',
    '*a',
    '<<',
    '"',
    "'",
    '|',
    '>',
    '#',
    '!',
    '!!str ',
    '%YAML',
    '---',
    '...',
    '\t',
    '~',
    'null',
    '?',
    '@',
    '`',
    '  ',
    'metrics',
    '0x1',
    '\\',
    '\u0000',
    '\ud800',
    'ü',
  );
  const yamlish = fc.array(word, { maxLength: 40 }).map((words) => words.join(''));
  fc.assert(
    fc.property(fc.oneof(yamlish, fc.string(), fc.string({ unit: 'binary' })), (text) => {
      const { root, findings } = open(text);
      walk(root);
      for (const { where } of findings.problems) expect(where).toMatch(/^f\.yml(:\d+)?/);
    }),
    { numRuns: 1000 },
  );
});
