import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Field, type Findings, YamlCursor } from '../../src/config/yaml-cursor.js';
import { runs } from '../support/runs.js';

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
    expect(root?.where).toBe('f.yml:1:1');
    expect(metrics?.where).toBe('f.yml:4:5: modules.a.metrics');
    expect(metrics?.items?.map((item) => item.where)).toEqual([
      'f.yml:5:9: modules.a.metrics[0]',
      'f.yml:6:9: modules.a.metrics[1]',
    ]);
    expect(find(metrics?.items?.[1], 'path')?.where).toBe('f.yml:7:11: modules.a.metrics[1].path');
  });

  test('of what an alias brings: by the path that leads there, and the line where it stands', () => {
    const { root } = open('x-a: &a\n  k: 1\nb: *a\nc:\n  <<: *a\n');
    expect(find(find(root, 'b'), 'k')?.where).toBe('f.yml:2:3: b.k');
    expect(find(find(root, 'c'), 'k')?.where).toBe('f.yml:2:3: c.k');
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
    expect(root?.repeatedKeys.map(({ key, cursor }) => `${key} ${cursor.where}`)).toEqual(['a f.yml:3:1: a']);
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
    expect(findings.problems).toMatchObject([{ message: '<< needs a map or a list of maps' }]);
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
    expect(findings.problems).toEqual([
      {
        where: 'f.yml:2:4',
        message: 'alias without an anchor before it',
        hint: 'put text that starts with * in quotes',
      },
    ]);
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
  const PATH_HINT = "put the path in quotes: '{.name}'";

  test.each<readonly [text: string, place: string, message: string, hint: string | undefined]>([
    ['a: 1\n\tb: 1\n', '2:1', 'tab in the indentation', 'indent with spaces'],
    ['\tmodules:\n', '1:1', 'tab in the indentation', 'indent with spaces'],
    ['a: 1\n\u00a0 b: c: d\n', '2:1', 'no-break space (U+00A0)', 'replace it with a space'],
    ['a: 1\nb: [1, 2\n', '2:4', '"[" is not closed', undefined],
    ['a: {b: 1\nc: 2\n', '1:4', '"{" is not closed', undefined],
    ['a: [\n  {x: 1},\n  {y: 2}\nb: {c: 1}\n', '1:4', '"[" is not closed', undefined],
    ["- {a: 1}\n- {b: {c: 'it''s [x'}\n", '2:3', '"{" is not closed', undefined],
    ['a: {b: [{c: 1}}}\n', '1:8', '"[" is not closed', undefined],
    ['a: {b: {c: [1]\n', '1:8', '"{" is not closed', undefined],
    ['a: [\n  {x: 1,\n  {y: 2}\n]\n', '2:3', '"{" is not closed', undefined],
    ['# [\na: (see [\nb: |\n  { [\nc: [1\n', '5:4', '"[" is not closed', undefined],
    ['\uFEFFa: [1\n', '1:4', '"[" is not closed', undefined],
    ['a: 1\n"b: 2\n', '2:1', 'quote is not closed', undefined],
    ["a: 'x\nb: 1\n", '1:4', 'quote is not closed', undefined],
    ['a: b: c\n', '1:4', 'unexpected second ": " on the line', 'put a value that contains ": " in quotes'],
    ['a: 1\n  b: 2\n', '2:3', 'unexpected indentation', undefined],
    ['a:\n  b: 1\n c: 2\n', '3:1', 'indentation does not match the lines above', undefined],
    ['a: "\\q"\n', '1:5', 'unknown escape sequence in double quotes', 'use single quotes, or \\\\'],
    ['a: 1\nb: }\n', '2:4', 'unexpected "}"', undefined],
    ['{a: 1,, b: 2}\n', '1:7', 'unexpected ","', undefined],
    ['{"a": 1 "b": 2}\n', '1:7', 'missing comma', undefined],
    ['a:1\nb: 2\n', '1:1', 'expected "key: value"', 'put a space after the colon'],
    ['a: 1\nb:2\n', '2:1', 'expected "key: value"', 'put a space after the colon'],
    ['a: 1\nb 2\n', '2:1', 'expected "key: value"', undefined],
    ['a: @b\n', '1:4', '"@" cannot start a value', 'put the value in quotes'],
    ["a: 'it's'\n", '1:8', 'unexpected text after a value', 'put the whole value in quotes'],
    ['a: {.b}{.c}\n', '1:4', '{ starts a map here', PATH_HINT],
    ['a: {.b[*]}\n', '1:4', '{ starts a map here', PATH_HINT],
    ['a: x\nb: { c: d, e: {{ .f }} g }\n', '2:15', '{{ starts a map here', "put the template in quotes: '{{ .name }}'"],
    ['{a: ${B}}\n', '1:6', '{ starts a map here', 'put the variable in quotes: "${NAME}"'],
    ['a: *b\n', '1:4', 'alias without an anchor before it', 'put text that starts with * in quotes'],
    ['\ufffd\ufffda\0:\0', '1:1', 'the file is UTF-16, not UTF-8', 'save it as UTF-8'],
    ['a\0:\0 \0', '1:1', 'the file is UTF-16, not UTF-8', 'save it as UTF-8'],
    ['a: b\nc: \ufffd\n', '2:4', 'bytes that are not UTF-8', 'save the file as UTF-8'],
  ])('%j is one problem, with line and column', (text, place, message, hint) => {
    const { root, findings } = open(text);
    expect(root).toBeUndefined();
    expect(findings.problems).toEqual([{ where: `f.yml:${place}`, message, ...(hint === undefined ? {} : { hint }) }]);
  });

  test('nothing of the text is repeated', () => {
    const file = 'a: { user: CANARY, password: CANARY }\nb:\n  - "CANARY"\nc: |\n  CANARY\nd: *CANARY\n';
    for (const character of ['', '}', '"', '\t', '*', '@', '[']) {
      for (let at = 0; at < file.length; at++) {
        const { findings } = open(file.slice(0, at) + character + file.slice(at + 1));
        expect(JSON.stringify(findings)).not.toContain('CANAR');
      }
    }
  });

  test('an unknown tag is ignored with a warning', () => {
    const { root, findings } = open('a: !b c\n');
    expect(find(root, 'a')?.text).toBe('c');
    expect(findings).toMatchObject({
      problems: [],
      warnings: [{ where: 'f.yml:1:4', message: 'unknown tag, ignored' }],
    });
  });

  test('a byte order mark is skipped', () => {
    expect(entries(open('\ufeffa: 1\n').root)).toEqual(['a=1']);
  });

  test('of several documents the first one counts, and what is wrong with the others does not', () => {
    const { root, findings } = open('a: 1\n---\nb: [\n');
    expect(entries(root)).toEqual(['a=1']);
    expect(findings.problems).toEqual([]);
    expect(root?.secondDocument).toBe('f.yml:2:1');
    expect(open('a: 1\n').root?.secondDocument).toBeUndefined();
  });
});

describe('what a message may name', () => {
  test('is a key with a value, where no single wrong character can have made a secret one', () => {
    const paths = (text: string) => {
      const { root } = open(text);
      const fields = [...(root?.fields ?? []), ...(root?.fields ?? []).flatMap(({ cursor }) => inner(cursor))];
      return fields.map(({ cursor }) => cursor.path);
    };
    const inner = (cursor: YamlCursor): readonly Field[] =>
      cursor.fields ?? cursor.items?.flatMap((item) => item.fields ?? []) ?? [];
    expect(paths('a: {b: c}\nd:\n  e:\n')).toEqual(['a', 'd', 'a.b', 'd.e']);
    expect(paths('a: {password, CANARY}')).toEqual(['a', 'a.<key>', 'a.<key>']);
    expect(paths('a: [CANARY: b]')).toEqual(['a', 'a[0].<key>']);
    expect(paths('a:\n  - CANARY:')).toEqual(['a', 'a[0].<key>']);
    expect(paths('a: { "user:CANARY": x }')).toEqual(['a', 'a.<key>']);
  });

  test('is a value of one word, but not one that an alias brings', () => {
    const found = (text: string) => find(open(text).root, 'k')?.found;
    expect(found('k: gauge')).toBe('"gauge"');
    expect(found('k: 10')).toBe('"10"');
    expect(found('k: two words')).toBe('text');
    expect(found('x: &x CANARY\nk: *x')).toBe('text');
    expect(found('k: ~')).toBe('nothing');
    expect(found("k: ''")).toBe('empty');
    expect(found('k: [a]')).toBe('a list');
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
      /^(more than 200000 entries in one file|nested deeper than 64 levels|.*alias.*)$/,
    );
    expect(performance.now() - start).toBeLessThan(60_000);
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
    { numRuns: runs(1000) },
  );
});
