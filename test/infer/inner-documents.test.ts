import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inferMapping } from '../../src/infer/infer.js';
import { runs } from '../support/runs.js';
import { anyDocument } from './documents.js';
import { tryMapping } from './try-mapping.js';

const infer = (document: unknown) => inferMapping(document, { name: 'shop' });

/** The values of the series that the proposed module makes of its document. */
async function scrape(document: unknown): Promise<readonly number[]> {
  const { complaints, samples } = await tryMapping(infer(document), JSON.stringify(document));
  expect(complaints).toEqual([]);
  return samples.map(({ value }) => value);
}

describe('a text that is a document is decoded', () => {
  test('at the top', async () => {
    const document = { payload: '{"stock": {"lamps": 4}, "open": true}' };
    expect(infer(document)).toContain("decode: [{ path: '{.payload}' }]\n");
    expect([...(await scrape(document))].sort()).toEqual([1, 4]);
  });

  test('in each element of a list, also where some have none', async () => {
    const halls = [{ name: 'a', body: '{"free": 3}' }, { name: 'b', body: null }, { name: 'c' }];
    expect(infer({ halls })).toContain("decode: [{ path: ['{.halls[*]}', '{.body}'] }]\n");
    expect(await scrape({ halls })).toEqual([3]);
  });

  test('in each value of a map', async () => {
    const document = { users: { alice: { state: '{"carts": 2}' }, bob: { state: '{"carts": 5}' } } };
    expect(infer(document)).not.toContain('alice');
    expect(await scrape(document)).toEqual([2, 5]);
  });

  test('inside of another one', async () => {
    const document = { a: JSON.stringify({ b: JSON.stringify({ count: 7 }) }) };
    expect(infer(document)).toContain("decode: [{ path: '{.a}' }, { path: '{.a.b}' }]\n");
    expect(await scrape(document)).toEqual([7]);
  });

  test('whatever it holds: the file loads without problems, and drops nothing', async () => {
    await fc.assert(
      fc.asyncProperty(anyDocument, anyDocument, async (first, second) => {
        const text = JSON.stringify(first);
        const document = {
          payload: text,
          rows: [
            { id: 'a', m: text },
            { id: 'b', m: JSON.stringify(second) },
          ],
        };
        const yaml = infer(document);
        const { complaints } = await tryMapping(yaml, JSON.stringify(document));
        expect(complaints, `${JSON.stringify(document)}\n${yaml}`).toEqual([]);
      }),
      { numRuns: runs(60) },
    );
  });

  test('where it is a list of objects', async () => {
    const document = { body: '[{"name": "lamp", "stored": 4}, {"name": "rug", "stored": 0}]' };
    expect(await scrape(document)).toEqual([4, 0]);
  });
});

describe('no text is decoded', () => {
  const rows = [
    [
      'where one of several is no document',
      {
        rows: [
          { id: 'a', m: '{"x": 1}' },
          { id: 'b', m: '{oops' },
        ],
      },
    ],
    [
      'where objects and lists alternate',
      {
        rows: [
          { id: 'a', m: '{"x": 1}' },
          { id: 'b', m: '[{"x": 1}]' },
        ],
      },
    ],
    ['that has nothing in it', { m: '{}', l: '[]' }],
    ['that is a list of numbers', { m: '[1, 2]' }],
    ['that nests too deep', { m: `${'['.repeat(5000)}${']'.repeat(5000)}`, n: 1 }],
    ['of an annotation that Kubernetes does not have itself', { annotations: { 'corp.example/state': '{"x": 1}' } }],
  ] as const;
  test.each(rows)('%s', async (_, document) => {
    const yaml = infer(document);
    expect(yaml).not.toContain('decode');
    expect(yaml).not.toContain('corp');
    expect((await tryMapping(yaml, JSON.stringify(document))).complaints).toEqual([]);
  });
});
