import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { finishSteps } from '../../../src/async/steps.js';
import type { Problem } from '../../../src/model/errors.js';
import { ZxpError } from '../../../src/model/errors.js';
import { joinLines } from '../../../src/translate/document/ndjson.js';
import { prepareDocuments } from '../../../src/translate/document/prepare.js';
import { runs } from '../../support/runs.js';
import { unlimitedWork } from '../../support/unlimited-work.js';
import { findModule, readConfig, scrapeDocument, translateBy, usualLimits } from '../mapping/scrape-document.js';

function join(text: string): unknown {
  return JSON.parse(Buffer.from(joinLines(Buffer.from(text))).toString());
}

function failure(text: string): string {
  try {
    joinLines(Buffer.from(text));
  } catch (thrown) {
    if (thrown instanceof ZxpError) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  return 'none';
}

describe('JSON Lines', () => {
  test.each([
    ['', []],
    ['\n\n', []],
    ['{"a":1}\n{"a":2}\n', [{ a: 1 }, { a: 2 }]],
    ['{"a":1}\r\n\r\n  {"a":2}', [{ a: 1 }, { a: 2 }]],
    ['\ufeff1\n"a\\"\\n,"\n[1,[2]]\nnull', [1, 'a"\n,', [1, [2]], null]],
    ['\x1e{"a":\n1}\n\x1e2\n', [{ a: 1 }, 2]],
  ])('%j are the elements of an array', (text, elements) => {
    expect(join(text)).toEqual(elements);
  });

  test.each([
    ['{"a":1}\n{"a":', 'line 2: a document that does not end on its line'],
    ['{"a":1,\n"b":2}', 'line 1: a document that does not end on its line'],
    ['1\n"abc', 'line 2: a text that does not end on its line'],
    ['1\n\n2,3\n', 'line 3: a comma between documents'],
    ['\x1e1\n\x1e2', 'line 2: a record that is cut off'],
  ])('%j are not: %s', (text, message) => {
    expect(failure(text)).toBe(`decode: the response is not JSON Lines: ${message}`);
  });

  test('of any documents are what they were, and lines that are not JSON are not JSON together', () => {
    const line = fc.oneof(fc.json(), fc.constantFrom('1 2', '{', '}', '[', ']', ',', 'x', '"'));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const areGood = lines.every(isJson);
        let joined: unknown;
        try {
          joined = join(lines.join('\n'));
        } catch {
          joined = undefined;
        }
        expect(joined).toEqual(areGood ? lines.map((each) => JSON.parse(each)) : undefined);
      }),
      { numRuns: runs(1000) },
    );
  });

  function isJson(text: string): boolean {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  }

  test('are read element by element, and a cut one fails the scrape', async () => {
    const module = 'format: ndjson';
    const translator = await prepared(
      module,
      "- { name: n, type: object, path: '{[*]}', labels: { h: '{.h}' }, value: '{.v}' }",
    );
    const { samples } = await scrapeDocument(translator, '{"h":"a","v":1}\n{"h":"b","v":2}\n');
    expect(samples).toEqual(['n{h="a"} 1', 'n{h="b"} 2']);
    expect((await scrapeDocument(translator, '{"h":"a","v":1}\n{"h":"b",')).outcome).toMatchObject({
      up: false,
      reason: 'decode',
    });
  });

  /** Where the only mistake of a document is told to be, read as a whole and in chunks of so many bytes. */
  async function findMistakes(text: string) {
    const translator = await prepared(
      'format: ndjson',
      "- { name: n, type: object, path: '{[*]}', labels: { h: '{.h}' }, value: '{.v}' }",
    );
    return [undefined, 1, 20, 100].map((chunkBytes) => {
      const context = { limits: usualLimits, work: unlimitedWork, chunkBytes };
      try {
        finishSteps(translator.translate(Buffer.from(text), context));
        return 'none';
      } catch (thrown) {
        return /line \d+, column \d+/.exec(String(thrown))?.[0];
      }
    });
  }

  test('tell a mistake by its own line and column', async () => {
    const line = fc.json();
    const mistakes = fc.constantFrom('{"h":nan}', '{"h":01}', '{"h":"\\x      "}');
    const property = fc.asyncProperty(
      fc.array(line),
      mistakes,
      fc.array(line),
      fc.constantFrom('\n', '\r\n', ' \n\n'),
      async (before, mistake, after, separator) => {
        const text = [...before, mistake, ...after].join(separator);
        const place = `line ${before.length * (separator.split('\n').length - 1) + 1}, column 6`;
        const column = mistake.includes('x') ? place.replace('column 6', 'column 7') : place;
        for (const found of await findMistakes(text)) expect(found).toBe(column);
      },
    );
    await fc.assert(property, { numRuns: runs(150) });
  });

  test('of a sequence tell a mistake by its line, too', async () => {
    for (const found of await findMistakes('\x1e{"h":1}\n\x1e{"h":2}\n\x1e{"h":nan}\n')) {
      expect(found).toBe('line 3, column 7');
    }
  });
});

async function prepared(module: string, metrics: string, problems: Problem[] = []) {
  const file = readConfig(`targets: []\nmodules:\n  m:\n    ${module}\n    metrics: []\n`);
  return prepareDocuments(await translateBy(metrics), findModule(file).mapping, problems);
}

describe('decode', () => {
  test('replaces a text by the document that it is', async () => {
    const translator = await prepared("decode: [{ path: '{.o.payload}' }]", "- { name: n, path: '{.o.payload.a[1]}' }");
    const { samples } = await scrapeDocument(
      translator,
      JSON.stringify({ o: { payload: '{"a":[1,9007199254740993]}' } }),
    );
    expect(samples).toEqual(['n 9007199254740992']);
  });

  test('goes from array to array, one step after another', async () => {
    const translator = await prepared(
      "decode: [{ path: ['{.items[*]}', '{.body}'] }, { path: ['$.items[*].body.list[*]', '$.x'] }]",
      "- { name: n, type: object, path: ['{.items[*]}', '{.body.list[*]}'], value: '{.x.y}' }",
    );
    const body = JSON.stringify({ list: [{ x: '{"y":1}' }, { x: '{"y":2}' }] });
    const { samples } = await scrapeDocument(translator, JSON.stringify({ items: [{ body }, { body: 5 }] }));
    expect(samples).toEqual(['n 1']);
  });

  test('leaves what is not a text, and what is not JSON', async () => {
    const translator = await prepared("decode: [{ path: '{.p}' }]", "- { name: n, path: '1', labels: { p: '{.p}' } }");
    for (const p of ['x', 5, '{"a":']) {
      const { samples } = await scrapeDocument(translator, JSON.stringify({ p }));
      expect(samples).toEqual([`n{p=${JSON.stringify(String(p))}} 1`]);
    }
    expect((await scrapeDocument(translator, '[]')).samples).toEqual(['n{p=""} 1']);
  });

  test.each([
    ["{ path: '{.a[*]}' }", 'must lead to one text'],
    ["{ path: '{}' }", 'must lead to one text'],
    ["{ path: '{.a[}' }", expect.stringMatching(/is not a path/)],
  ])('%s is refused at start', async (step, message) => {
    const problems: Problem[] = [];
    await prepared(`decode: [${step}]`, "- { name: n, path: '1' }", problems);
    expect(problems).toMatchObject([{ message }]);
  });
});
