import { describe, expect, test } from 'vitest';
import type { Drop } from '../../../src/model/drops.js';
import { ZxpError } from '../../../src/model/errors.js';
import { translateZot, zotTranslator } from '../../../src/translate/zot/translate.js';
import { translateAtOnce } from '../translate-at-once.js';
import { roomyLimits } from './scrape-zot.js';

function dropsOf(document: unknown): readonly Drop[] {
  return translateZot(document).drops.examples;
}

function failureOf(document: unknown): ZxpError {
  try {
    translateZot(document);
  } catch (thrown) {
    if (thrown instanceof ZxpError) return thrown;
    throw thrown;
  }
  throw new Error('it is a zot document');
}

describe('a document of somebody else', () => {
  test.each<[message: string, document: unknown]>([
    ['(document) must be object', null],
    ['(document) must be object', []],
    ['(document) must be object', 'zot'],
    ['(document) must be object', 5],
    ["(document) must have required property 'Counters'", { errors: [] }],
    ["(document) must have required property 'Counters'", { counters: [], gauges: [] }],
    ['/Gauges must be array,null', { Gauges: {} }],
    ['/Histograms must be array,null', { Counters: [{ Name: 'a', Count: 1 }], Histograms: 'none' }],
  ])('fails as a whole: %s', (message, document) => {
    expect(failureOf(document)).toMatchObject({
      code: 'schema',
      message: `the response is JSON, but not zot's: ${message}`,
      hint: expect.stringMatching(/\/metrics; .*--module flatten.*zxp infer URL/),
    });
  });

  test('fails as a whole where there are rows and none of them is well-formed', () => {
    const document = { Counters: [], Gauges: [{ Name: 'g' }], Summaries: null, Histograms: [7] };
    expect(failureOf(document)).toMatchObject({
      code: 'schema',
      message: "the response is JSON, but no row is zot's: Gauges[0] is an object: must have required property 'Value'",
    });
  });

  test('is empty where it is well-formed and has no row', () => {
    expect(translateZot({}).families).toEqual([]);
    expect(translateZot({ Counters: [] }).families).toEqual([]);
  });
});

describe('what is dropped is told by its place in the document', () => {
  test('rows that are not well-formed, by the field that is wrong', () => {
    const good = { Name: 'a', Count: 1 };
    const document = {
      Counters: [good, 5, { Name: 'a', Count: [] }, { ...good, LabelNames: [1] }],
      Histograms: [{ ...good, Sum: 1, Buckets: { much: null } }],
    };
    expect(dropsOf(document)).toEqual([
      { cause: 'shape', samples: 1, where: 'Counters[1]', message: 'is a number: must be object' },
      { cause: 'shape', samples: 1, where: 'Counters[2]/Count', message: 'is an array: must be number,string' },
      { cause: 'shape', samples: 1, where: 'Counters[3]/LabelNames', message: 'is an array: must be string' },
      { cause: 'shape', samples: 1, where: 'Histograms[0]/Buckets', message: 'is an object: must be number,string' },
    ]);
  });

  test('a row keeps its index behind rows that are not well-formed', () => {
    const rows = [null, { Name: 'g', Value: 'x' }, {}, { Name: '', Value: 1 }, { Name: 'g', Value: 1 }];
    const wheres = dropsOf({ Gauges: rows }).map(({ cause, where }) => `${cause} ${where}`);
    expect(wheres).toEqual(['shape Gauges[0]', 'value Gauges[1]', 'shape Gauges[2]', 'name Gauges[3]']);
  });

  test('labels, values and buckets, with the samples that they would have been', () => {
    const document = {
      Summaries: [
        { Name: 's', Count: 1, Sum: 'x' },
        { Name: 's', Count: 1, Sum: 1, LabelNames: ['quantile'], LabelValues: ['1'] },
      ],
      Histograms: [
        { Name: 'h', Count: 1, Sum: 1, Buckets: { x: 1 } },
        { Name: 'h', Count: 1, Sum: 1, Buckets: { 1: 1, 2: 1 }, LabelNames: ['a'] },
        { Name: 'h', Count: 1, Sum: 1, Buckets: { 1: 1, '1.0': 1, '+1': 1 } },
      ],
    };
    expect(dropsOf(document).map(({ cause, samples, where }) => [cause, samples, where])).toEqual([
      ['value', 2, 'Summaries[0]'],
      ['label', 2, 'Summaries[1]'],
      ['bucket', 3, 'Histograms[0]'],
      ['label', 5, 'Histograms[1]'],
      ['duplicate', 2, 'Histograms[2]'],
    ]);
  });
});

test('a family of which every row is dropped is none', () => {
  const document = { Gauges: [{ Name: 'g', Value: 1, LabelNames: ['a'] }], Counters: [{ Name: 'c', Count: 1 }] };
  expect(translateZot(document).families.map(({ name }) => name)).toEqual(['c_total']);
});

test('rows with the same label names share one array, which later passes compare by identity', () => {
  const rows = ['1', '2', '3'].map((value) => ({ Name: 'g', Value: 1, LabelNames: ['a.b'], LabelValues: [value] }));
  const [family] = translateZot({ Gauges: rows }).families;
  expect(family?.labelNames).toEqual([['a_b'], ['a_b'], ['a_b']]);
  expect(new Set(family?.labelNames).size).toBe(1);
});

describe('no byte of the body but metric names is repeated in a message', () => {
  const canary = 'c4n4ry';
  const labels = { LabelNames: [canary], LabelValues: [canary] };

  test.each<unknown>([
    canary,
    { [canary]: canary },
    { Counters: { [canary]: canary } },
    { Counters: [{ Name: [canary], [canary]: 1 }] },
    { Histograms: [{ Name: 'h', Count: 1, Sum: 1, Buckets: { [canary]: [canary] } }] },
    {
      Counters: [
        canary,
        { Name: 'a', Count: canary },
        { Name: 'a', Count: { [canary]: canary } },
        { Name: 'a', Count: 1, LabelNames: [canary, canary], LabelValues: [canary, canary] },
        { Name: 'a', Count: 1, LabelNames: [`__${canary}`], LabelValues: [canary] },
        { Name: 'a', Count: 1, LabelNames: [canary] },
        { Name: 'a', Count: 1, LabelNames: [{ [canary]: 1 }] },
        { Name: 'a', Count: 1, ...labels, [canary]: canary },
      ],
      Summaries: [{ Name: 's', Count: 1, Sum: canary, ...labels }],
      Histograms: [
        { Name: 'h', Count: 1, Sum: 1, Buckets: { [canary]: 1 }, ...labels },
        { Name: 'h', Count: 1, Sum: 1, Buckets: { 1: canary }, ...labels },
        { Name: 'h', Count: 1, Sum: 1, Buckets: { [`/${canary}`]: null }, ...labels },
        { Name: 'h', Count: 1, Sum: 1, Buckets: { 1: 1 }, LabelNames: ['le'], LabelValues: [canary] },
      ],
    },
  ])('%j', (document) => {
    let said = '';
    try {
      const body = Buffer.from(JSON.stringify(document));
      said = JSON.stringify(translateAtOnce(zotTranslator, body, roomyLimits).drops.examples);
    } catch (thrown) {
      if (!(thrown instanceof ZxpError)) throw thrown;
      said = `${thrown.message} ${thrown.hint} ${thrown.cause}`;
    }
    expect(said).not.toBe('');
    expect(said).not.toContain(canary);
  });
});
