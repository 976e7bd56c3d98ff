import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inferMapping } from '../../src/infer/infer.js';
import { tryMapping } from './try-mapping.js';

/** The labels and values of the series of one family, where the file has no problem and drops nothing. */
async function scrape(document: unknown, family: string) {
  const { complaints, samples } = await tryMapping(inferMapping(document, { name: 'lab' }), JSON.stringify(document));
  expect(complaints).toEqual([]);
  return samples.filter(({ name }) => name === family).map(({ labels, value }) => [labels, value]);
}

describe('numbers of a list have their names in another list of the same object', () => {
  const hosts = ['web', 'db', 'mail'];
  const found = [
    [{ host: 'web' }, 2],
    [{ host: 'db' }, 0],
    [{ host: 'mail' }, 5],
  ];

  test('at the top', async () => {
    expect(await scrape({ hosts, jobs: [2, 0, 5] }, 'lab_jobs')).toEqual(found);
  });

  test('further inside, by the path from the document', async () => {
    expect(await scrape({ now: { hosts, jobs: [2, 0, 5] } }, 'lab_now_jobs')).toEqual(found);
  });

  test('by the index, where some are null', async () => {
    expect(await scrape({ hosts, jobs: [2, null, 5] }, 'lab_jobs')).toEqual([found[0], found[2]]);
  });

  test('whatever texts and numbers there are', async () => {
    const texts = fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 12 }), { minLength: 1, maxLength: 6 });
    const numbers = fc.array(fc.option(fc.double({ noNaN: true })), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(texts, numbers, async (keys, values) => {
        const document = { keys, values, more: values.slice(0, keys.length) };
        await scrape(document, 'lab_values');
      }),
      { numRuns: 60 },
    );
  });
});

describe('a list is not taken for names', () => {
  const rows = [
    ['that has a text twice', { hosts: ['a', 'b', 'a'], jobs: [2, 0, 5] }],
    ['that has another length', { hosts: ['a', 'b'], jobs: [2, 0, 5] }],
    ['of dates', { days: ['2026-07-01', '2026-07-02', '2026-07-03'], jobs: [2, 0, 5] }],
    ['beside another one of texts', { hosts: ['a', 'b', 'c'], zones: ['x', 'y', 'z'], jobs: [2, 0, 5] }],
  ] as const;

  test.each(rows)('%s', async (_, document) => {
    const series = await scrape(document, 'lab_jobs');
    expect(series.map(([labels]) => labels)).toEqual([{ index: '0' }, { index: '1' }, { index: '2' }]);
  });
});
