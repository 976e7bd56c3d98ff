import { describe, expect, test } from 'vitest';
import { Section } from '../../src/config/section.js';
import { oneOf, positiveDuration } from '../../src/config/values.js';
import { type Findings, YamlCursor } from '../../src/config/yaml-cursor.js';
import { describeProblems } from './read-modules.js';

function open(text: string, isStrict = true) {
  const findings: Findings = { problems: [], warnings: [] };
  const cursor = YamlCursor.open('f.yml', text, findings);
  if (cursor === undefined) throw new Error(findings.problems[0]?.message);
  const section = Section.open(cursor, {
    findings,
    dialect: isStrict ? 'zxp' : 'json_exporter',
    unknownKeys: isStrict ? 'refuse' : 'warn',
    environment: {},
    folder: '',
    files: [],
  });
  if (section === undefined) throw new Error(findings.problems[0]?.message);
  return {
    section,
    get problems() {
      return describeProblems(findings.problems);
    },
    get warnings() {
      return describeProblems(findings.warnings);
    },
  };
}

describe('a section', () => {
  test('is a map, or null; anything else is a problem', () => {
    expect(open('~').section.keys).toEqual([]);
    for (const [text, kind] of [
      ['[1]', 'a list'],
      ['word', 'text'],
      ['5', 'a number'],
    ]) {
      expect(() => open(text ?? '')).toThrow(`must be a map, not ${kind}`);
    }
  });

  test('with a no-break space behind its colon names that', () => {
    expect(() => open('upstream:\u00a0http://a')).toThrow('no-break space (U+00A0) in what should be a map');
  });

  test('gives values of each kind', () => {
    const { section, problems } = open('t: 1.10\nf: yes\nn: 1e-3\nd: 1m30s\nw: b\nl: [x, y]\ns: {k: v}\n');
    expect(section.text('t')).toBe('1.10');
    expect(section.flag('f')).toBe(true);
    expect(section.number('n')).toBe(0.001);
    expect(section.read('d', positiveDuration)).toBe(90_000);
    expect(section.read('w', oneOf(['a', 'b']))).toBe('b');
    expect(section.list('l').map((cursor) => cursor.text)).toEqual(['x', 'y']);
    expect(section.section('s')?.text('k')).toBe('v');
    section.finish();
    expect(problems).toEqual([]);
  });

  test('gives nothing for what is absent or null, and complains of neither', () => {
    for (const text of ['~', 't: ~\nf:\nn: null\nl:\ns:\n']) {
      const { section, problems } = open(text);
      expect(section.text('t')).toBeUndefined();
      expect(section.flag('f')).toBeUndefined();
      expect(section.number('n')).toBeUndefined();
      expect(section.list('l')).toEqual([]);
      expect(section.section('s')).toBeUndefined();
      section.finish();
      expect(problems).toEqual([]);
    }
  });

  test('says of each wrong value where it is, what it must be and what it is', () => {
    const read = open('t: [a]\nf: "true"\nn: five\nd: 10\nw: appel\nl: a\ns: a\n');
    const { section } = read;
    section.text('t');
    section.flag('f');
    section.number('n');
    section.read('d', positiveDuration);
    section.read('w', oneOf(['apple', 'bread']));
    section.list('l');
    section.section('s');
    expect(read.problems).toEqual([
      'f.yml:1: t must be text, not a list',
      'f.yml:2: f must be true or false, not text',
      'f.yml:3: n must be a number, not text',
      'f.yml:4: d must be a duration above zero such as 500ms, 10s or 1m30s, up to 24d, not "10"',
      'f.yml:5: w must be one of apple, bread, not "appel"; did you mean apple?',
      'f.yml:6: l must be a list, not text',
      'f.yml:7: s must be a map, not text',
    ]);
  });

  test.each(['y', 'Yes', 'ON', 'true', 'TRUE'])('takes %s for true, as YAML 1.1 does', (word) => {
    expect(open(`f: ${word}`).section.flag('f')).toBe(true);
  });

  test.each(['n', 'No', 'OFF', 'false'])('takes %s for false', (word) => {
    expect(open(`f: ${word}`).section.flag('f')).toBe(false);
  });

  test.each(['1', '0', 'maybe', "'yes'", '[true]', '.inf'])('takes %s for neither', (word) => {
    const { section, problems } = open(`f: ${word}`);
    expect(section.flag('f')).toBeUndefined();
    expect(problems).toBeDefined();
  });

  test.each(['.inf', '-.inf', '.nan', '"1"', '0x1g'])('%s is no number', (word) => {
    expect(open(`n: ${word}`).section.number('n')).toBeUndefined();
  });
});

describe('keys that nobody reads', () => {
  const text = 'name: a\nhlep: b\nzzzzzzzz: c\n';

  test('are refused in a file of zxp, with the nearest one that is read', () => {
    const read = open(text);
    read.section.text('name');
    read.section.text('help');
    read.section.finish();
    expect(read.problems).toEqual([
      'f.yml:2: hlep unknown key; did you mean help?',
      'f.yml:3: zzzzzzzz unknown key; known keys: help, name',
    ]);
  });

  test('are warned of in another', () => {
    const read = open(text, false);
    read.section.text('help');
    read.section.text('name');
    read.section.finish();
    expect(read.problems).toEqual([]);
    expect(read.warnings).toEqual([
      'f.yml:2: hlep unknown key, ignored; did you mean help?',
      'f.yml:3: zzzzzzzz unknown key, ignored',
    ]);
  });
});

describe('a key that is there twice', () => {
  const text = 'a: 1\nm: {x: 1, y: 2}\na: 2\nm: {y: 3}\n';

  test('is refused in a file of zxp', () => {
    expect(open(text).problems).toEqual(['f.yml:3: a duplicate key; keep one', 'f.yml:4: m duplicate key; keep one']);
  });

  test('means what Go makes of it in another: maps merge, of all else the last one counts', () => {
    const { section, problems } = open(text, false);
    expect(section.text('a')).toBe('2');
    expect(
      section
        .section('m')
        ?.entries()
        .map(({ key, cursor }) => `${key}=${cursor.text}`),
    ).toEqual(['x=1', 'y=3']);
    expect(problems).toEqual([]);
  });

  test('and null the second time keeps the first', () => {
    expect(open('a: 1\na: ~\n', false).section.text('a')).toBe('1');
  });

  test('is none where << brings it', () => {
    const { section, problems } = open('<<: {a: 1, m: {x: 1}}\na: 2\nm: {y: 2}\n');
    expect(problems).toEqual([]);
    expect(section.text('a')).toBe('2');
    expect(section.section('m')?.keys).toEqual(['x', 'y']);
  });
});

describe('a map with something missing', () => {
  function finish(text: string, isStrict = true) {
    const opened = open(text, isStrict);
    opened.section.take('url');
    opened.section.needs('interval', {});
    opened.section.needs('name', {});
    opened.section.finish();
    return [...opened.problems, ...opened.warnings];
  }

  test('needs it, with the article that it has', () => {
    expect(finish('{ url: a }')).toEqual(['f.yml:1 needs an interval', 'f.yml:1 needs a name']);
  });

  test('and none of its keys is one mistake, not two', () => {
    for (const isStrict of [true, false]) {
      expect(finish('{ a: x }', isStrict)).toEqual(['f.yml:1 needs an interval', 'f.yml:1 needs a name']);
    }
    expect(finish('{ url: a, b: c }')).toHaveLength(3);
  });

  test('and a misspelt key is the misspelt key', () => {
    expect(finish('{ nmae: x }')).toEqual([
      'f.yml:1 needs an interval',
      'f.yml:1: nmae unknown key; did you mean name?',
    ]);
  });
});
