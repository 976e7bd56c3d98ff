import { describe, expect, test } from 'vitest';
import { compileMetrics, scrapeDocument, translateBy } from './scrape-document.js';

/** The sample that a value, as YAML has it, makes of a document, or the causes for which there is none. */
async function readValue(value: string, document: unknown, more: string = ''): Promise<string | readonly string[]> {
  const translator = await translateBy(`- { name: v, path: '{}', type: object, value: ${value} ${more} }`);
  const { samples, dropped } = await scrapeDocument(translator, JSON.stringify(document));
  return samples[0]?.replace(/^v /, '') ?? Object.keys(dropped);
}

/** The text of a label. */
async function readLabel(label: string, document: unknown, more = ''): Promise<string> {
  const translator = await translateBy(`- { name: v, path: '1', labels: { a: ${label} } ${more} }`);
  const { samples } = await scrapeDocument(translator, JSON.stringify(document));
  return /a="(.*)"/s.exec(samples[0] ?? '')?.[1] ?? '';
}

/** What is wrong with a value. */
async function findProblems(value: string): Promise<readonly string[]> {
  const { problems } = await compileMetrics(`- { name: v, type: object, path: '{.l[*]}', value: ${value} }`);
  return problems.map(({ message }) => message);
}

describe('a default', () => {
  test.each([
    ['a missing field', {}],
    ['null', { n: null }],
    ['an empty text', { n: '' }],
  ])('stands for %s', async (_what, document) => {
    expect(await readValue("{ path: '{.n}', default: 5 }", document)).toBe('5');
    expect(await readValue('{ path: $.n, default: 5 }', document)).toBe('5');
    expect(await readLabel("{ path: '{.n}', default: none }", document)).toBe('none');
  });

  test('does not replace what is there and does not fit', async () => {
    expect(await readValue("{ path: '{.n}', default: 5 }", { n: 'x' })).toEqual(['value']);
    expect(await readValue("{ path: '{.l[0].n}', default: 5 }", { l: { n: 1 } })).toEqual(['value']);
    expect(await readLabel("{ path: '{.n}', default: none }", { n: 'null' })).toBe('null');
  });

  test.each([
    ['an element of an empty array', "'{.l[0].n}'", { l: [] }],
    ['an index out of range', "'{.l[3]}'", { l: [1] }],
    ['an index from the end out of range', "'{.l[-2]}'", { l: [1] }],
    ['a slice out of range', "'{.l[1:2].n}'", { l: [] }],
    ['an element of a missing array', "'{.l[0].n}'", {}],
    ['an element of null', "'{.l[0].n}'", { l: null }],
    ['a field of null', "'{.o.n}'", { o: null }],
    ['a field of a text', "'{.o.n}'", { o: 'x' }],
    ['a field that no element has', "'{.l[*].n}'", { l: [{}, {}] }],
    ['a field of no element', "'{.l[*].n}'", { l: [] }],
    ['no element that a filter keeps', "'{.l[?(@.k==1.0)].n}'", { l: [{}, { k: 2 }] }],
    ['nothing below', "'{..n}'", {}],
    ['null where the path can match many', "'{.l[*].n}'", { l: [{ n: null }] }],
    ['the index of a query out of range', "'$.l[0].n'", { l: [] }],
    ['a query that matches nothing', "'$.l[*].n'", { l: [] }],
    ['a query that matches null', "'$.l[*].n'", { l: [{ n: null }] }],
  ])('replaces %s', async (_what, path, document) => {
    for (const more of ['', ', allow_missing_key: true']) {
      expect(await readValue(`{ path: ${path}, default: 0 }`, document, more)).toBe('0');
      expect(await readLabel(`{ path: ${path}, default: none }`, document, more)).toBe('none');
    }
  });

  test('replaces a text with a block that finds nothing or null, unless a missing key is allowed', async () => {
    expect(await readLabel("{ path: 'x-{.n}', default: none }", {})).toBe('none');
    expect(await readLabel("{ path: 'x-{.n}', default: none }", { n: null })).toBe('none');
    expect(await readLabel("{ path: 'x-{.n}', default: none }", {}, ', allow_missing_key: true')).toBe('x-');
  });

  test('goes through the regex, the map, the unit and the scale like what the path finds', async () => {
    const value = "{ path: '{.n}', default: '7 of 9', regex: 'of (.)', map: { 9: 3m }, unit: duration, scale: 2 }";
    expect(await readValue(value, {})).toBe('360');
  });

  test('of a length stands for what is missing, and not for what is empty', async () => {
    const value = "{ path: '{.l}', length: true, default: -1 }";
    expect(await readValue(value, {})).toBe('-1');
    expect(await readValue(value, {}, ', allow_missing_key: true')).toBe('-1');
    expect(await readValue(value, { l: null })).toBe('-1');
    expect(await readValue("{ path: '{.l[0]}', length: true, default: -1 }", { l: [] })).toBe('-1');
    expect(await readValue(value, { l: [] })).toBe('0');
    expect(await readValue(value, { l: [1, 2] })).toBe('2');
  });
});

describe('without a default', () => {
  test('a missing field is dropped as missing, and as nothing with allow_missing_key', async () => {
    expect(await readValue("'{.n}'", {})).toEqual(['missing']);
    expect(await readValue("'{.n}'", {}, ', allow_missing_key: true')).toEqual([]);
  });

  test('null, an object and a text are dropped as values that are no number', async () => {
    for (const n of [null, {}, [], 'x', '']) expect(await readValue("'{.n}'", { n })).toEqual(['value']);
  });

  test('a label that is missing is empty, and nothing is dropped for it', async () => {
    expect(await readLabel("'x-{.n}'", {})).toBe('');
    const translator = await translateBy("- { name: v, path: '1', labels: { a: '{.n}' } }");
    const { samples, outcome } = await scrapeDocument(translator, '{}');
    expect(samples).toEqual(['v{a=""} 1']);
    expect(outcome.drops.total).toBe(0);
  });
});

describe('a length', () => {
  const one = { nodes: [{ state: 'down', a: [1, 2, 3], b: 'text' }] };

  test.each([
    ['$.nodes[?@.state == "down"]', '1'],
    ['$.nodes[*]', '1'],
    ['$.nodes[0:1]', '1'],
    ['$..nodes', '1'],
    ["$.nodes[0]['a', 'zz']", '1'],
    ["{.nodes[?(@.state=='down')]}", '1'],
    ['{.nodes[*]}', '1'],
    ['{.nodes[*].a}', '1'],
    ['{.nodes[*].b}', '1'],
    ['{.nodes[0:1]}', '1'],
    ['{..a}', '1'],
    ["{.nodes[0]['a','a']}", '2'],
    ['{.nodes.*}', '1'],
  ])('of %s, which can match many, is the number of matches, however many there are', async (path, length) => {
    expect(await readValue(`{ path: ${JSON.stringify(path)}, length: true }`, one)).toBe(length);
  });

  test.each([
    ['$.nodes', '1'],
    ['$.nodes[0]', '3'],
    ['$.nodes[0].a', '3'],
    ['{.nodes[0].a}', '3'],
    ['{.nodes[0].b}', '4'],
    ["{.nodes[-1]['a']}", '3'],
  ])('of %s, which matches one at most, is the length of that', async (path, length) => {
    expect(await readValue(`{ path: ${JSON.stringify(path)}, length: true }`, one)).toBe(length);
  });

  test('within elements goes by their paths too', async () => {
    const metric = "{ name: v, type: object, path: '{.nodes[*]}', value: { path: '{.a[*]}', length: true } }";
    const translator = await translateBy(`- ${metric}`);
    for (const a of [[], [{ x: 1, y: 2 }], ['four', 'five']]) {
      const { samples } = await scrapeDocument(translator, JSON.stringify({ nodes: [{ a }] }));
      expect(samples).toEqual([`v ${a.length}`]);
    }
  });

  test('of null is dropped without a default', async () => {
    expect(await readValue("{ path: '{.l}', length: true }", { l: null })).toEqual(['value']);
  });
});

describe('numbers', () => {
  const big = 1_782_900_000.25;

  test.each(['', 'compat: strict'])(
    'are decimals to regex, map, states, unit and date: module with "%s"',
    async (module) => {
      for (const isJsonExporter of [false, true]) {
        const read = async (metric: string, n: unknown) => {
          const translator = await translateBy(`- { name: v, type: object, path: '{}', ${metric} }`, {
            module,
            isJsonExporter,
          });
          return (await scrapeDocument(translator, JSON.stringify({ n }))).samples;
        };
        expect(await read("value: { path: '{.n}', regex: '^(\\d+)' }", big)).toEqual(['v 1782900000']);
        expect(await read("value: { path: '{.n}', map: { '1234567.5': 1 }, otherwise: 0 }", 1234567.5)).toEqual([
          'v 1',
        ]);
        expect(await read("value: { path: '{.n}', states: ['1234567.25'] }", 1234567.25)).toEqual([
          'v{state="1234567.25"} 1',
        ]);
        expect(await read("value: { path: '{.n}', unit: percent }", 0.00001)).toEqual(['v 1e-7']);
        expect(await read("value: { path: '{.n}', unit: percent }", 1234567.25)).toEqual(['v 12345.6725']);
        expect(await read("value: { path: '{.n}', unit: bytes }", 1e-7)).toEqual(['v 1e-7']);
        expect(await read("value: { path: '{.n}', unit: duration }", 12345678.5)).toEqual(['v 12345678.5']);
        expect(await read("value: { path: '{.n}', date: unix }", big)).toEqual(['v 1782900000.25']);
        expect(await read("value: 1, labels: { a: { path: '{.n}', regex: '^(\\d+)' } }", big)).toEqual([
          'v{a="1782900000"} 1',
        ]);
      }
    },
  );

  const labels =
    "- { name: v, path: '1', labels: { i: '{.i}', f: '{.f}', s: '{.s}', z: '{.z}', d: { path: '{.f}', default: x } } }";
  const document = '{ "i": 12345678, "f": 1234567.25, "s": 0.00001, "z": -0 }';

  test.each([
    ["zxp's own file", '', false, '12345678', '1234567.25', '0.00001'],
    ["json_exporter's file", '', true, '12345678', '1.23456725e+06', '1e-05'],
    ["zxp's own file with compat: strict", 'compat: strict', false, '1.2345678e+07', '1.23456725e+06', '1e-05'],
    ["json_exporter's file with compat: strict", 'compat: strict', true, '1.2345678e+07', '1.23456725e+06', '1e-05'],
  ])('as labels of %s', async (_file, module, isJsonExporter, i, f, s) => {
    const translator = await translateBy(labels, { module, isJsonExporter });
    const { samples } = await scrapeDocument(translator, document);
    expect(samples).toEqual([`v{i="${i}",f="${f}",s="${s}",z="-0",d="${f}"} 1`]);
  });

  test('with a minus sign are minus zero where they are zero, in every file', async () => {
    for (const isJsonExporter of [false, true]) {
      const translator = await translateBy("- { name: v, path: '{.z}' }\n- { name: w, path: '-{.n}' }", {
        isJsonExporter,
      });
      expect((await scrapeDocument(translator, '{ "z": -0.0, "n": 0 }')).samples).toEqual(['v -0', 'w -0']);
    }
  });
});

describe('a label', () => {
  test('$ is text in a file of json_exporter, and the whole document in one of zxp', async () => {
    const metrics = "- { name: v, path: '1', labels: { currency: '$' } }";
    const theirs = await translateBy(metrics, { isJsonExporter: true });
    expect((await scrapeDocument(theirs, '{"a":1}')).samples).toEqual(['v{currency="$"} 1']);
    const own = await translateBy(metrics);
    expect((await scrapeDocument(own, '"all"')).samples).toEqual(['v{currency="all"} 1']);
  });

  test('keeps single quotes around its text, which a number does not mind and compat: strict strips', async () => {
    const metrics = "- { name: v, path: '{.n}', labels: { a: '{.t}', b: \"'{.t}'\" } }";
    const document = JSON.stringify({ n: "'5'", t: "'x'" });
    for (const isJsonExporter of [false, true]) {
      const kept = await translateBy(metrics, { isJsonExporter });
      expect((await scrapeDocument(kept, document)).samples).toEqual([`v{a="'x'",b="''x''"} 5`]);
      const stripped = await translateBy(metrics, { isJsonExporter, module: 'compat: strict' });
      expect((await scrapeDocument(stripped, document)).samples).toEqual([`v{a="x",b="''x''"} 5`]);
    }
  });
});

describe('a regex', () => {
  test.each([
    ['has no group: the match', "'[0-9]+'", '42'],
    ['has groups: the first one', "'(\\d)(\\d)'", '4'],
    ['has a group that takes no part: nothing', "'(x)?42'", ''],
    ['has a group with a name: that', "'(?P<n>\\d\\d)'", '42'],
    ['has a bracket in a class: the match', "'[(]*\\d+'", '42'],
    ['has an escaped bracket: the match', "'\\(?\\d+'", '42'],
    ['has a group that is not captured: the match', "'(?:4)2'", '42'],
    ['has a replacement: that', "{ pattern: '(4)(2)', replacement: '${2}$1-$0-$$' }", '24-42-$'],
    ['has an empty replacement: nothing', "{ pattern: '42', replacement: '' }", ''],
  ])('that %s', async (_what, regex, text) => {
    expect(await readLabel(`{ path: '{.t}', regex: ${regex} }`, { t: 'a 42 b' })).toBe(text);
  });

  test('searches all of the text unless it says otherwise, and is nothing where it does not match', async () => {
    expect(await readLabel("{ path: '{.t}', regex: '^b' }", { t: 'a b' })).toBe('');
    expect(await readLabel("{ path: '{.t}', regex: 'x', default: none }", { t: 'a b' })).toBe('');
    expect(await readValue("{ path: '{.t}', regex: '\\d' }", { t: 'a b' })).toEqual(['value']);
  });

  test.each([
    ["'('", /^is not a regular expression: /],
    ["'(?=x)'", /^is not a regular expression: /],
    ["'(x)\\1'", /^is not a regular expression: /],
    ["{ pattern: 'x', replacement: '$1' }", /^the replacement names the group \$1, which is not there$/],
    ["{ pattern: '(x)', replacement: '${2}' }", /^the replacement names the group \$\{2\}, which is not there$/],
  ])('%s is refused at start', async (regex, message) => {
    const problems = await findProblems(`{ path: '{.t}', regex: ${regex} }`);
    expect(problems).toEqual([expect.stringMatching(message)]);
  });

  test('that would backtrack for ever elsewhere takes linear time', async () => {
    const value = "{ path: '{.t}', regex: '^(a+)+$', map: {}, otherwise: 1 }";
    const start = performance.now();
    expect(await readValue(value, { t: `${'a'.repeat(100_000)}!` })).toEqual(['value']);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('a map', () => {
  test.each([
    ['a text', 'UP', '1'],
    ['a number by its text', 7, '2'],
    ['a boolean', true, '3'],
    ['null', null, '4'],
    ['anything else', 'DOWN', '0'],
    ['a name that every object has', 'constructor', '0'],
    ['another one', '__proto__', '5'],
  ])('reads %s', async (_what, n, value) => {
    const map = "{ path: '{.n}', map: { UP: 1, 7: 2, true: 3, 'null': 4, __proto__: 5 }, otherwise: 0 }";
    expect(await readValue(map, { n })).toBe(value);
  });

  test('without otherwise drops what it does not have', async () => {
    expect(await readValue("{ path: '{.n}', map: { UP: 1 } }", { n: 'toString' })).toEqual(['value']);
  });

  test('to a word that is no number drops the sample', async () => {
    expect(await readValue("{ path: '{.n}', map: { UP: high } }", { n: 'UP' })).toEqual(['value']);
  });
});

describe('another base', () => {
  test('reads texts, and leaves numbers of the document what they are', async () => {
    expect(await readValue("{ path: '{.n}', base: 16 }", { n: '1d5' })).toBe('469');
    expect(await readValue("{ path: '{.n}', base: 16 }", { n: 10 })).toBe('10');
    expect(await readValue("{ path: '{.n}', base: 2, scale: 2 }", { n: 10 })).toBe('20');
    expect(await readValue("{ path: '{.n}', base: 2, scale: 2 }", { n: '10' })).toBe('4');
    expect(await readValue("{ path: '{.n}', base: 16, regex: '^0(.*)' }", { n: '010' })).toBe('16');
    expect(await readValue("{ path: '{.n}', base: 16, default: ff }", {})).toBe('255');
    expect(await readValue("{ path: '{.n}', base: 16 }", { n: 'x' })).toEqual(['value']);
  });
});

describe('JSON in a text', () => {
  const document = { payload: '{"inner": {"count": 3, "name": "x", "list": [1, 2], "id": 9007199254740993}}' };

  test('is read by a path of its own, before the other steps', async () => {
    expect(await readValue("{ path: '{.payload}', json: '{.inner.count}' }", document)).toBe('3');
    expect(await readValue("{ path: '{.payload}', json: $.inner.count, scale: 2 }", document)).toBe('6');
    expect(await readValue("{ path: '{.payload}', json: '{.inner.list}', length: true }", document)).toBe('2');
    expect(await readLabel("{ path: '{.payload}', json: '{.inner.name}', map: { x: found } }", document)).toBe('found');
    expect(await readLabel("{ path: '{.payload}', json: '{.inner.id}' }", document)).toBe('9007199254740993');
  });

  test('that is missing, or in which nothing is found, is the default', async () => {
    expect(await readValue("{ path: '{.payload}', json: '{.nope}', default: 7 }", document)).toBe('7');
    expect(await readValue("{ path: '{.nope}', json: '{.n}', default: 7 }", document)).toBe('7');
    expect(await readValue("{ path: '{.payload}', json: '{.nope}' }", document)).toEqual(['missing']);
  });

  test('that is not JSON, or nests too deep, is dropped', async () => {
    for (const payload of ['x', '{"n": ', '['.repeat(600)]) {
      expect(await readValue("{ path: '{.payload}', json: '{.n}' }", { payload })).toEqual(['value']);
    }
  });
});

describe('a list by index', () => {
  const metric =
    "{ name: v, type: object, path: '{.values[*]}', labels: { name: { path: '{.keys}', at: index } }, value: '{@}' }";

  test('joins two lists of the document', async () => {
    const translator = await translateBy(`- ${metric}`);
    const document = { keys: ['a', 'b'], values: [1, 2, 3] };
    const { samples } = await scrapeDocument(translator, JSON.stringify(document));
    expect(samples).toEqual(['v{name="a"} 1', 'v{name="b"} 2', 'v{name=""} 3']);
  });

  test('takes several matches for a list, and one of a parent where from says so', async () => {
    const translator = await translateBy(`\
- { name: v, type: object, path: '{.values[*]}', labels: { name: { path: '{.keys[*].k}', at: index, default: none } }, value: '{@}' }
- { name: w, type: object, path: ['{.rows[*]}', '{.cells[*]}'], labels: { c: { path: '{.names}', at: index, from: parent } }, value: '{@}' }
- { name: x, type: object, path: '{.keys[*]}', value: { path: '{.values}', at: index, scale: 2 }, labels: { k: '{.k}' } }`);
    const document = { keys: [{ k: 'a' }], values: [1, 2], rows: [{ names: ['p', 'q'], cells: [5, 6] }] };
    const { samples } = await scrapeDocument(translator, JSON.stringify(document));
    expect(samples).toEqual(['v{name="a"} 1', 'v{name="none"} 2', 'w{c="p"} 5', 'w{c="q"} 6', 'x{k="a"} 2']);
  });

  test('needs a path whose elements have indices', async () => {
    const { problems } = await compileMetrics(metricOver("'{.values[?(@.x)]}'"));
    expect(problems.map(({ message }) => message)).toEqual(['gives no keys, which a label or value asks for']);
  });

  function metricOver(path: string): string {
    return `- { name: v, type: object, path: ${path}, labels: { name: { path: '{.keys}', at: index } }, value: '{@}' }`;
  }
});

describe('a time zone', () => {
  test.each([
    ['2026-01-15 12:00:00', '1768474800'],
    ['2026-07-15 12:00:00', '1784109600'],
  ])('is that of a date without an offset: %s', async (text, seconds) => {
    const value = "{ path: '{.t}', date: '%Y-%m-%d %H:%M:%S', timezone: Europe/Berlin }";
    expect(await readValue(value, { t: text })).toBe(seconds);
  });

  test('does not matter where there is an offset', async () => {
    const value = "{ path: '{.t}', date: '%Y-%m-%d %H:%M:%S %Z', timezone: Europe/Berlin }";
    expect(await readValue(value, { t: '2026-01-15 12:00:00 +00:00' })).toBe('1768478400');
  });

  test.each([
    ["{ path: '{.t}', date: '%Y', timezone: Mars/Olympus }", 'unknown time zone "Mars/Olympus"'],
    ["{ path: '{.t}', timezone: Europe/Berlin }", 'timezone needs a date'],
    ["{ path: '{.t}', base: 16, unit: bytes }", 'base and unit are both set'],
  ])('%s is refused at start', async (value, message) => {
    expect(await findProblems(value)).toEqual([message]);
  });
});

describe('a scale', () => {
  test.each([
    ['0.001', 1.1, '0.0011'],
    ['1000', 1.5, '1500'],
    ['-1', 2, '-2'],
    ['1e-9', 1_234_567_891, '1.234567891'],
    ['1', 2, '2'],
    ['0', 2, '0'],
  ])('of %s is applied last', async (scale, n, value) => {
    expect(await readValue(`{ path: '{.n}', scale: ${scale} }`, { n })).toBe(value);
  });
});

describe('what does not go together is refused at start', () => {
  test.each([
    ["{ path: '{.n}', unit: bytes, date: unix }", 'has both unit and date'],
    ["{ path: '{.n}', date: yesterday }", expect.stringMatching(/^date must be rfc3339, http, unix, /)],
    ["{ path: '{.n}', key: true }", 'path and key are both set'],
    ['{ key: true, length: true }', 'key and length are both set'],
    ['{ scale: 2 }', 'needs a path'],
    ["{ path: '{.n}', otherwise: 2 }", 'otherwise needs a map'],
    ["{ path: '{.n}', states: [a], scale: 2 }", 'states cannot be combined with unit, date or scale'],
    ["{ path: '{.n}', states: [] }", 'needs at least one state'],
    ["{ path: '{.n}', states: [a, b, a] }", 'the same state twice'],
    ["{ path: '{.n}', state_label: a }", 'state_label needs states'],
    ["{ path: '{.n}', states: [a], state_label: a-b }", '"a-b" cannot be the name of a label'],
    ["{ path: '{.n}', unit: miles }", 'must be one of bytes, duration, percent, not "miles"'],
    ["{ path: '{.n}', scale: half }", 'must be a number, not text'],
    ["{ path: '{.n}', from: above }", 'must be element, parent, grandparent, root or a number of levels up'],
    ["{ path: '{.n}', from: 7 }", 'looks 7 levels up, and the metric is one level deep'],
    ["{ path: '{.n}', map: [a] }", 'must be a map, not a list'],
    ["{ path: '{.n}', regex: { replacement: a } }", 'needs a pattern'],
  ])('%s', async (value, message) => {
    expect(await findProblems(value)).toEqual([message]);
  });

  test.each(['unit: bytes', 'date: unix', 'scale: 2'])('a label with %s, which makes numbers', async (key) => {
    const { problems } = await compileMetrics(`- { name: v, path: '1', labels: { a: { path: '{.n}', ${key} } } }`);
    expect(problems).toMatchObject([{ message: 'unit, date and scale make numbers, and a label is text' }]);
  });
});

describe('a path that does not parse', () => {
  const metrics = "- { name: bad, path: '{.a[}' }\n- { name: good, path: '{.a}' }";

  test('is told with its position, and the place in the file', async () => {
    const { pathProblems } = await compileMetrics(metrics);
    expect(pathProblems).toMatchObject([
      {
        where: 'zxp.yml:6:9: modules.m.metrics[0]',
        message: expect.stringMatching(/^"\{\.a\[\}" is not a path: .* at position \d+$/),
      },
    ]);
  });

  test('drops its sample at every scrape where the file is started all the same, as json_exporter does', async () => {
    const { translator } = await compileMetrics(metrics, { isJsonExporter: true });
    const { samples, dropped } = await scrapeDocument(translator, '{"a": 1}');
    expect(samples).toEqual(['good 1']);
    expect(dropped).toEqual({ value: 1 });
  });
});
