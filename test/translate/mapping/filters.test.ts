import { describe, expect, test } from 'vitest';
import { compileMetrics, scrapeDocument, translateBy } from './scrape-document.js';

const metrics = `\
- { name: a_up, path: '1', labels: { site: '{.site}', x-zone: '{.zone}' } }
- { name: b_up, path: '1', labels: { name: a_up } }
- { name: c.up, path: '1' }`;

async function keep(module: string, document: unknown = { site: 'n1', zone: 'z' }): Promise<readonly string[]> {
  const translator = await translateBy(metrics, { module });
  const { samples } = await scrapeDocument(translator, JSON.stringify(document));
  return samples.map((line) => line.replace(/[{ ].*/, ''));
}

describe('only and drop', () => {
  test.each([
    ['no filter', '', ['a_up', 'b_up', 'c_up']],
    ['a name', 'only: [a_up]', ['a_up']],
    ['a pattern, which is for the whole name', "only: ['[ab]_']", []],
    ['a pattern of alternatives, for the whole name too', "only: ['a|b_up|c']", ['b_up']],
    ['one of several', "only: [a_up, 'b.*']", ['a_up', 'b_up']],
    ['the name that is exposed', 'only: [c_up]', ['c_up']],
    ['a label', "only: [{ site: 'n.' }]", ['a_up']],
    ['a label by the name in the file', 'only: [{ x-zone: z }]', ['a_up']],
    ['a label that is called name', 'only: [{ name: a_up }]', ['b_up']],
    ['a static label', 'labels: { env: prod }\ndrop: [{ env: prod }]', []],
    ['both, of which drop wins', "only: ['.*_up']\ndrop: [a_up]", ['b_up', 'c_up']],
    ['a label that no series has', 'drop: [{ nope: ".*" }]', ['a_up', 'b_up', 'c_up']],
    ['a label that is empty', 'drop: [{ site: "" }]', ['a_up', 'b_up', 'c_up']],
  ])('go by %s', async (_what, module, kept) => {
    expect(await keep(module)).toEqual(kept);
  });

  test('what they leave out is not a drop', async () => {
    const translator = await translateBy(metrics, { module: 'only: [nothing]' });
    const { outcome } = await scrapeDocument(translator, '{"site": "n", "zone": "z"}');
    expect(outcome).toMatchObject({ up: true, samples: 0 });
    expect(outcome.drops.total).toBe(0);
  });

  test('leave series out before they are folded, and histograms as a whole', async () => {
    const translator = await translateBy(
      `\
- { type: object, name: t, path: '{.x[*]}', labels: { k: '{.k}' }, value: '{.v}', aggregate: sum }
- { type: histogram, name: h, path: '{.x[*]}', labels: { k: '{.k}' }, buckets: '{.b}' }`,
      { module: 'drop: [{ k: b }]' },
    );
    const document = { x: ['a', 'b'].map((k) => ({ k, v: 1, b: { '1': 1 } })) };
    const { samples } = await scrapeDocument(translator, JSON.stringify(document));
    expect(samples.map((line) => line.replace(/ .*/, ''))).toEqual([
      't{k="a"}',
      'h_bucket{k="a",le="1"}',
      'h_bucket{k="a",le="+Inf"}',
      'h_sum{k="a"}',
      'h_count{k="a"}',
    ]);
  });

  test('see long texts and many texts again, and say the same of them', async () => {
    const translator = await translateBy(
      "- { type: object, name: t, path: '{.x[*]}', labels: { k: '{@}' }, value: 1 }",
      { module: "only: [{ k: '[a-m].*' }]" },
    );
    const texts = Array.from({ length: 25_000 }, (_, i) => `${i % 2 === 0 ? 'a' : 'z'}${i}`);
    const document = JSON.stringify({ x: [...texts, `b${'x'.repeat(4000)}`, `z${'x'.repeat(4000)}`] });
    for (let round = 0; round < 2; round++) {
      expect((await scrapeDocument(translator, document)).outcome.samples).toBe(12_501);
    }
  });

  test.each([
    ["only: ['(']", /^is not a regular expression: /],
    ["only: ['(?!x)']", /^is not a regular expression: /],
    ['drop: [{ __name__: x }]', /^"__name__" cannot be the name of a label$/],
    ['drop: [{ a: x, b: y }]', /^must be a pattern for names or one label with a pattern$/],
    ['drop: [{ a: [x] }]', /^must be a pattern for names or one label with a pattern$/],
    ['drop: [{}]', /^must be a pattern for names or one label with a pattern$/],
    ['only: [[a]]', /^must be text, not a list$/],
    ['only: a_up', /^must be a list, not text$/],
  ])('with %s are refused at start', async (module, message) => {
    const { problems } = await compileMetrics(metrics, { module });
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringMatching(message)]);
  });
});
