import { describe, expect, test } from 'vitest';
import type { ResponseFacts } from '../../../src/model/ports.js';
import { translateAtOnce } from '../translate-at-once.js';
import { compileMetrics, scrapeDocument, translateBy, usualLimits } from './scrape-document.js';

/** The samples of one metric of `type: value`. */
async function read(keys: string, document: unknown, more: Parameters<typeof translateBy>[1] = {}) {
  const translator = await translateBy(`- { name: m, ${keys} }`, more);
  const { samples, dropped, outcome } = await scrapeDocument(translator, JSON.stringify(document));
  return { samples, dropped, reason: outcome.reason };
}

describe('a value by expression', () => {
  test.each([
    ['a double', 'self.a / 4.0', { a: 3 }, '0.75'],
    ['an int', 'self.a.size()', { a: [1, 2] }, '2'],
    ['a uint', 'uint(self.a)', { a: 7 }, '7'],
    ['a bool', 'self.a > 1', { a: 2 }, '1'],
    ['a text that is a number', 'self.a', { a: '1e3' }, '1000'],
    ['seconds of a timestamp', 'timestamp(self.a)', { a: '2026-07-01T12:00:00.5Z' }, '1782907200.5'],
    ['whole seconds of a timestamp', 'int(timestamp(self.a))', { a: '2026-07-01T12:00:00.5Z' }, '1782907200'],
    ['seconds of a duration', 'duration(self.a)', { a: '1h30m' }, '5400'],
    ['infinity', 'self.a / 0.0', { a: 1 }, '+Inf'],
    ['NaN', '0.0 / 0.0', {}, 'NaN'],
    ['an integer beyond 2^53 as a double', 'self.a', { a: 2 ** 60 }, '1152921504606847000'],
  ])('is %s', async (_, cel, document, expected) => {
    expect(await read(`cel: '${cel}'`, document)).toEqual({
      samples: [`m ${expected}`],
      dropped: {},
      reason: undefined,
    });
  });

  test.each([
    ['default', "cel: 'self.a', default: 5", {}, ['m 5'], {}],
    ['default for null', "cel: 'self.a', default: 5", { a: null }, ['m 5'], {}],
    ['no default', "cel: 'self.a'", {}, [], { missing: 1 }],
    ['no default for null', "cel: 'self.a'", { a: null }, [], { missing: 1 }],
    ['a missing key that is allowed', "cel: 'self.a', allow_missing_key: true", {}, [], {}],
    ['an error in the middle', "cel: 'self.a + 1.0', default: 7", { a: 'x' }, ['m 7'], {}],
    ['regex', `cel: 'self.a + "!"', regex: '(\\d+)!'`, { a: '12' }, ['m 12'], {}],
    ['map', "cel: 'self.a', map: { up: 1 }, otherwise: 0", { a: 'up' }, ['m 1'], {}],
    ['map of a bool', "cel: 'self.a', map: { 'true': 5 }", { a: true }, ['m 5'], {}],
    ['unit', "cel: 'self.a', unit: bytes", { a: '1 KiB' }, ['m 1024'], {}],
    ['date', "cel: 'self.a', date: unix_ms", { a: 1500 }, ['m 1.5'], {}],
    ['scale', "cel: 'self.a', scale: 0.001", { a: 1100 }, ['m 1.1'], {}],
    ['scale of a duration', "cel: 'duration(self.a)', scale: 1000", { a: '1.5s' }, ['m 1500'], {}],
    ['a text that is no number', "cel: 'self.a'", { a: 'x' }, [], { value: 1 }],
    ['a list', "cel: 'self.a'", { a: [1] }, [], { value: 1 }],
    ['a map', "cel: 'self.a'", { a: {} }, [], { value: 1 }],
  ])('has %s', async (_, keys, document, samples, dropped) => {
    expect(await read(keys, document)).toEqual({ samples, dropped, reason: undefined });
  });

  test('of an element sees it, what is around it, its key and the parameters', async () => {
    const translator = await translateBy(`\
- name: m
  type: object
  path: ['{.halls[*]}', '{.shelves.*}']
  labels:
    hall: { cel: parent.name }
    site: { cel: root.site }
    key: { cel: key }
    unit: { cel: 'params.unit[0]', default: none }
  value: { cel: 'self.n' }`);
    const document = { site: 's', halls: [{ name: 'h', shelves: { a: { n: 1 }, b: { n: 2 } } }] };
    const facts: ResponseFacts = { statusCode: 200, headers: [], params: { unit: ['box'] }, timeLeftMs: 1000 };
    const { families } = translateAtOnce(translator, Buffer.from(JSON.stringify(document)), usualLimits, facts);
    expect(families[0]?.labelValues).toEqual([
      ['h', 's', 'a', 'box'],
      ['h', 's', 'b', 'box'],
    ]);
    const { samples } = await scrapeDocument(translator, JSON.stringify(document));
    expect(samples).toEqual([
      'm{hall="h",site="s",key="a",unit="none"} 1',
      'm{hall="h",site="s",key="b",unit="none"} 2',
    ]);
  });

  test('has the key of an array as an int, also next to one that is read by key: true', async () => {
    const translator = await translateBy(`\
- name: m
  type: object
  path: '{.l[*]}'
  labels: { next: { cel: 'string(key + 1)' }, key: { key: true } }
  value: { cel: 'self * 1.0' }`);
    const { samples } = await scrapeDocument(translator, '{"l": [5, 9007199254740993]}');
    expect(samples).toEqual(['m{next="1",key="0"} 5', 'm{next="2",key="1"} 9007199254740992']);
  });

  test('has the text of a label: numbers as a path has them, times as they are written', async () => {
    const translator = await translateBy(`\
- name: m
  path: '1'
  labels:
    n: { cel: self.n }
    t: { cel: 'timestamp(self.t)' }
    d: { cel: 'duration("90m")' }
    b: { cel: 'self.n > 1' }
    u: { cel: 'uint(self.n)' }`);
    const { samples } = await scrapeDocument(translator, '{"n": 12345678, "t": "2026-07-01T12:00:00+02:00"}');
    expect(samples).toEqual(['m{n="12345678",t="2026-07-01T12:00:00+02:00",d="5400s",b="true",u="12345678"} 1']);
    expect(
      (await read("path: '1', labels: { n: { cel: self.n } }", { n: 12345678 }, { module: 'compat: strict' })).samples,
    ).toEqual(['m{n="1.2345678e+07"} 1']);
  });
});

test('expressions that cost more than the document allows fail the scrape with limit', async () => {
  const translator = await translateBy(`\
- name: m
  type: object
  path: '{.l[*]}'
  value: { cel: 'root.l.filter(x, x > self).size()' }`);
  const l = Array.from({ length: 5000 }, (_, i) => i);
  const { outcome, samples } = await scrapeDocument(translator, JSON.stringify({ l }));
  expect(outcome).toMatchObject({ up: false, reason: 'limit' });
  expect(samples).toEqual([]);
  expect((await scrapeDocument(translator, JSON.stringify({ l: l.slice(0, 50) }))).samples).toHaveLength(1);
});

test('expressions end with the time of the scrape', async () => {
  const translator = await translateBy("- { name: m, cel: 'self.all(a, self.all(b, true))' }");
  const facts: ResponseFacts = { statusCode: 200, headers: [], params: {}, timeLeftMs: -1 };
  const body = Buffer.from(JSON.stringify(Array.from({ length: 400 }, () => 1)));
  expect(() => translateAtOnce(translator, body, usualLimits, facts)).toThrow(
    expect.objectContaining({ code: 'timeout' }),
  );
});

describe('an expression that cannot be is one problem with its place', () => {
  test.each([
    ["- { name: m, cel: 'self.' }", 'is not an expression'],
    [
      "- { name: m, cel: 'body.a' }",
      'there is no variable body: there is self, parent, root, key, params at position 1',
    ],
    ["- { name: m, cel: '[1]' }", 'gives a value of type list, which is neither a number nor a text'],
    ["- { name: m, cel: 'key' }", 'asks for the key of the whole document, which has none'],
    ["- { name: m, path: '1', labels: { l: { cel: '1 +' } } }", 'is not an expression'],
    [
      "- { name: m, type: object, path: '{.l}', value: { cel: 'key' } }",
      'gives no keys, which a label or value asks for',
    ],
  ])('%s', async (metric, expected) => {
    const { problems } = await compileMetrics(metric);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.where).toMatch(/^zxp\.yml:\d+:\d+: modules\.m\.metrics\[0\]/);
    expect(problems[0]?.message).toContain(expected);
  });
});

test('a module without expressions, headers and status gets nothing of the response', async () => {
  expect((await translateBy("- { name: m, path: '{.a}' }")).usesResponse).toBe(false);
  for (const source of ["cel: 'self.a'", 'header: X-A', 'status: true']) {
    expect((await translateBy(`- { name: m, ${source} }`)).usesResponse).toBe(true);
  }
});

describe('a value of the head of the response', () => {
  const facts: ResponseFacts = {
    statusCode: 203,
    headers: [
      ['X-RateLimit-Remaining', '42'],
      ['X-Many', '1'],
      ['x-many', '2'],
    ],
    params: {},
    timeLeftMs: 1000,
  };

  async function readHead(keys: string): Promise<unknown> {
    const translator = await translateBy(`- { name: m, ${keys} }`);
    const [family] = translateAtOnce(translator, Buffer.from('{}'), usualLimits, facts).families;
    return family !== undefined && 'values' in family ? [...family.values, ...family.labelValues.flat()] : undefined;
  }

  test.each([
    ['header: X-RateLimit-Remaining', [42]],
    ['header: x-ratelimit-remaining, scale: 2', [84]],
    ['header: X-Missing, default: 7', [7]],
    ['header: X-Missing', undefined],
    ["header: X-Many, regex: '(\\d), \\d'", [1]],
    ['status: true', [203]],
    ["status: true, map: { '203': 1 }, otherwise: 0", [1]],
    ["path: '1', labels: { code: { status: true }, left: { header: X-RateLimit-Remaining } }", [1, '203', '42']],
  ])('%s', async (keys, expected) => {
    expect(await readHead(keys)).toEqual(expected);
  });
});
