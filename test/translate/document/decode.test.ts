import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ZxpError } from '../../../src/model/errors.js';
import { decodeJson } from '../../../src/translate/document/decode.js';
import { findSyntaxProblem } from '../../../src/translate/document/syntax-error.js';
import { runs } from '../../support/runs.js';

const roomy = { bodyBytes: 1e9, depth: 512, nodes: 2_500_000, series: 1e6, labels: 64, labelLength: 4096 };

function decode(body: string | Uint8Array, depth = roomy.depth): unknown {
  return decodeJson(typeof body === 'string' ? Buffer.from(body) : body, { ...roomy, depth });
}

function failureOf(body: string | Uint8Array, depth?: number): ZxpError {
  try {
    decode(body, depth);
  } catch (thrown) {
    if (thrown instanceof ZxpError) return thrown;
    throw thrown;
  }
  throw new Error('it decodes');
}

describe('nesting', () => {
  function depthOf(value: unknown): number {
    if (typeof value !== 'object' || value === null) return 0;
    return 1 + Math.max(0, ...Object.values(value).map(depthOf));
  }

  const brackets = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'é', 'x'), maxLength: 8 });
  const documents = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.oneof(brackets, fc.integer(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(brackets, tie('value'), { maxKeys: 3 }),
    ),
  })).value;

  test('any document decodes at a limit of its own depth, and not below', () => {
    fc.assert(
      fc.property(documents, fc.constantFrom(0, 1), (document, indent) => {
        const text = JSON.stringify(document, undefined, indent);
        const depth = depthOf(document);
        expect(decode(text, depth)).toEqual(JSON.parse(text));
        if (depth > 0) expect(failureOf(text, depth - 1).code).toBe('limit');
      }),
      { numRuns: runs(1000) },
    );
  });

  test('any JSON value decodes to what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'grapheme' }), (text) => {
        expect(decode(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('five million opening brackets are refused before a parser sees them', () => {
    expect(failureOf(Buffer.alloc(5_000_000, '['))).toMatchObject({ code: 'limit' });
  });

  test('closing brackets that were never opened buy no depth', () => {
    expect(failureOf(`]]]]${'['.repeat(5)}`, 2).code).toBe('decode');
  });

  test('a string that never ends hides no brackets from the parser', () => {
    expect(failureOf(`"${'['.repeat(100)}`, 2).code).toBe('decode');
    expect(failureOf('"\\', 2).code).toBe('decode');
  });

  test('a view into a larger buffer is read alone', () => {
    const whole = Buffer.from('[[[{"a":1}]]]');
    expect(decode(whole.subarray(3, 10), 1)).toEqual({ a: 1 });
  });
});

describe('texts that are not Unicode', () => {
  test('invalid UTF-8 becomes U+FFFD', () => {
    expect(decode(Buffer.from('"a\xffb\xed\xa0\x80"', 'latin1'))).toBe('a\ufffdb\ufffd\ufffd\ufffd');
  });

  test.each([
    ['"\\ud800"', '\ufffd'],
    ['"\\uDFFF"', '\ufffd'],
    ['"\\ud83d\\ude00"', '😀'],
    ['"\\uD83D\\uDE00"', '😀'],
    ['"\\ud83d\\ud83d\\ude00"', '\ufffd😀'],
    ['"\\ude00\\ud83d"', '\ufffd\ufffd'],
    ['"\\ud83dx\\ude00"', '\ufffdx\ufffd'],
    ['"\\ud83d\\n"', '\ufffd\n'],
    ['"\\\\ud83d"', '\\ud83d'],
    ['"\\\\\\ud83d"', '\\\ufffd'],
    ['"\\\\\\\\ud83d"', '\\\\ud83d'],
    ['"\\u00e9\\ud83d"', 'é\ufffd'],
  ])('%s becomes %j', (text, expected) => {
    expect(decode(text)).toBe(expected);
  });

  test('half a surrogate pair in a key becomes U+FFFD', () => {
    expect(decode('{"\\ud800":1}')).toEqual({ '\ufffd': 1 });
  });

  test('any text is what it would be after a way through UTF-8', () => {
    const units = fc.string({
      unit: fc.constantFrom('\ud83d', '\ude00', '\\', 'u', 'd', '8', '"', 'x'),
      maxLength: 10,
    });
    fc.assert(
      fc.property(units, (text) => {
        expect(decode(JSON.stringify(text))).toBe(Buffer.from(text).toString());
      }),
      { numRuns: runs(1000) },
    );
  });
});

test('a byte order mark is skipped', () => {
  expect(decode('\ufeff{"a":1}')).toEqual({ a: 1 });
  expect(failureOf('\ufeff').message).toBe('the response is not JSON: it is empty');
});

test('the place of a mistake is found in whatever JSON.parse refuses, and in nothing else', () => {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '\\',
    '1',
    '-',
    '.',
    'e',
    'true',
    'nul',
    'nan',
    ' ',
    '\n',
    'é',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      const { message, line, column } = findSyntaxProblem(text);
      const isGood = message === 'something that does not parse';
      expect(isGood).toBe(isJson(text));
      expect(text.split('\n')[line - 1]?.length ?? -1).toBeGreaterThanOrEqual(column - 1);
    }),
    { numRuns: runs(5000) },
  );
});

test('the place of a mistake behind a million brackets or in a text of ten megabytes is found at once', () => {
  const start = performance.now();
  expect(findSyntaxProblem(`${'['.repeat(1e6)}x`).column).toBe(1_000_001);
  expect(findSyntaxProblem(`["${'a\\n'.repeat(3e6)}" x`).message).toBe(
    'something else, where a comma or ] is expected',
  );
  expect(findSyntaxProblem(`[${'1,'.repeat(3e6)}]`).message).toBe('a trailing comma before ]');
  expect(performance.now() - start).toBeLessThan(10_000);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('what is not JSON', () => {
  test.each<[hint: string, body: string | Uint8Array]>([
    ['it is empty', ''],
    ['it is blank', ' \r\n\t'],
    ['it is UTF-16', Buffer.from('\ufeff{}', 'utf16le')],
    ['it is UTF-16', Buffer.from('\ufeff{}', 'utf16le').swap16()],
    ['it is UTF-16 or UTF-32', Buffer.from('{}', 'utf16le')],
    ['it is UTF-16 or UTF-32', Buffer.from('{}', 'utf16le').swap16()],
    ['it is gzip without a Content-Encoding', Buffer.from([0x1f, 0x8b, 8, 0])],
    ['it looks like HTML or XML', '\n<!doctype html><title>Log in</title>'],
    ['it is the Prometheus text format already', '# HELP up x\n# TYPE up gauge\nup 1\n'],
    ['it is the Prometheus text format already', '# TYPE up gauge\nup 1\n'],
    ['line 1, column 8: the end, where a key in double quotes is expected', '{"a":1,'],
    ['line 1, column 2: a } that closes nothing', '1}'],
    ['line 1, column 6: nan, which is not JSON', '{"a":nan}'],
    ['line 3, column 8: -Infinity, which is not JSON', '{\n  "a": 1,\n  "b": -Infinity\n}'],
    ['line 1, column 2: None, which is not JSON', '[None]'],
    ['line 1, column 7: a trailing comma before }', '{"a":1,}'],
    ['line 1, column 3: a trailing comma before ]', '[1,]'],
    ['line 2, column 1: a second document', '{"a":1}\n{"a":2}\n'],
    ['line 1, column 1: a prefix against script inclusion', ")]}'\n{}"],
    ['line 1, column 2: a single quote', "{'a':1}"],
    ['line 2, column 2: a comment', '[\n // one\n 1]'],
    ['line 1, column 2: something else, where a key in double quotes is expected', '{a:1}'],
    ['line 1, column 2: a number in a form that JSON does not have', '[01]'],
    ['line 1, column 2: a number in a form that JSON does not have', '[+1]'],
    ['line 1, column 2: a number in a form that JSON does not have', '[.5]'],
    ['line 1, column 2: a number in a form that JSON does not have', '[0x1F]'],
    ['line 1, column 4: something else, where a comma or ] is expected', '[1 x]'],
    ['line 1, column 5: something else, where a colon is expected', '{"a"x}'],
    ['line 1, column 7: ], where a comma or } is expected', '{"a":1]'],
    ['line 1, column 5: an escape that JSON does not have', '["é \\x41......"]'],
    ['line 1, column 3: a control character in a text', '["\u0001"]'],
    ['line 1, column 2: a text that does not end', '["abc'],
    ['line 1, column 8: the end, where a comma or ] is expected', '[[1],[2'],
    ['line 1, column 2: ,, where a value is expected', '[,1]'],
    ['line 1, column 4: something else, where the end is expected', '{} ;'],
  ])('says that %s', (hint, body) => {
    const { code, message } = failureOf(body);
    expect([code, message]).toEqual(['decode', `the response is not JSON: ${hint}`]);
  });

  test.each([
    'x',
    '{"a":"x',
    '<html>x</html>',
    '# HELP x\nx 1\n',
    '\ufeffx',
    '[nan, x]',
    '{"a": x}',
    '{"x":1}}',
    '[[["x"]]]',
    "{'x':1}",
    'x'.repeat(100),
  ])('no word of %s is repeated, not even in the cause', (template) => {
    const canary = 'c4n4ry';
    const error = failureOf(template.replaceAll('x', canary), 2);
    for (const text of [error.message, error.hint, error.stack, String(error.cause), JSON.stringify(error)]) {
      expect(text ?? '').not.toContain(canary);
    }
  });
});
